"""Optimizers whose settings live in ``param_groups``, and schedulers that change them.

The learning rate of a group is a Parameter, so that it changes without compiling.
"""

from cellnet.experimental.optim import lr_scheduler
from cellnet.experimental.optim._adams import Adam, Adamax, AdamW, NAdam, RAdam
from cellnet.experimental.optim._averages import ASGD, Adadelta, Adagrad, RMSprop, Rprop
from cellnet.experimental.optim._sgd import SGD
from cellnet.experimental.optim.optimizer import Optimizer

__all__ = [
    "ASGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
    "lr_scheduler",
]
