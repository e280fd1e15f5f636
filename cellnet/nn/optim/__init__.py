"""Optimizers: MindSpore's names and numbers, optax's update rules."""

from cellnet.nn.optim._adam_kin import AdaMax, AdamOffload, LazyAdam
from cellnet.nn.optim.adadelta import Adadelta
from cellnet.nn.optim.adagrad import Adagrad
from cellnet.nn.optim.adam import Adam
from cellnet.nn.optim.adam_weight_decay import AdamWeightDecay
from cellnet.nn.optim.asgd import ASGD
from cellnet.nn.optim.lamb import Lamb
from cellnet.nn.optim.lars import LARS
from cellnet.nn.optim.momentum import Momentum
from cellnet.nn.optim.optax_optimizer import OptaxOptimizer
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.nn.optim.proximal import FTRL, ProximalAdagrad
from cellnet.nn.optim.rmsprop import RMSProp
from cellnet.nn.optim.rprop import Rprop
from cellnet.nn.optim.sgd import SGD

__all__ = [
    "ASGD",
    "FTRL",
    "LARS",
    "SGD",
    "AdaMax",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamOffload",
    "AdamWeightDecay",
    "Lamb",
    "LazyAdam",
    "Momentum",
    "OptaxOptimizer",
    "Optimizer",
    "ProximalAdagrad",
    "RMSProp",
    "Rprop",
]
