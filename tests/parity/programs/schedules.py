"""Learning rates: the lists, the schedules by step, the schedulers by epoch.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import mindspore as ms
import numpy as np
from mindspore import nn
from mindspore.experimental import optim
from mindspore.experimental.optim import lr_scheduler as by_epoch

LISTS = {
    "exponential": lambda: nn.exponential_decay_lr(0.1, 0.9, 12, 3, 2),
    "exponential_stair": lambda: nn.exponential_decay_lr(0.1, 0.9, 12, 3, 2, True),
    "natural": lambda: nn.natural_exp_decay_lr(0.1, 0.9, 12, 3, 2, True),
    "inverse": lambda: nn.inverse_decay_lr(0.1, 0.5, 12, 3, 1),
    "inverse_stair": lambda: nn.inverse_decay_lr(0.1, 0.5, 12, 3, 2, True),
    "cosine": lambda: nn.cosine_decay_lr(0.01, 0.1, 12, 3, 4),
    "polynomial": lambda: nn.polynomial_decay_lr(0.1, 0.01, 12, 3, 4, 2.0),
    "polynomial_again": lambda: nn.polynomial_decay_lr(0.1, 0.01, 12, 3, 2, 0.5, True),
    "warm_up": lambda: nn.warmup_lr(0.1, 12, 3, 3),
    "pieces": lambda: nn.piecewise_constant_lr([2, 5, 10], [0.1, 0.05, 0.01]),
}
SCHEDULES = {
    "exponential": lambda: nn.ExponentialDecayLR(0.1, 0.9, 4),
    "exponential_stair": lambda: nn.ExponentialDecayLR(0.1, 0.9, 4, True),
    "natural": lambda: nn.NaturalExpDecayLR(0.1, 0.9, 4, True),
    "inverse": lambda: nn.InverseDecayLR(0.1, 0.9, 4, True),
    "cosine": lambda: nn.CosineDecayLR(0.01, 0.1, 4),
    "warm_up": lambda: nn.WarmUpLR(0.1, 3),
}
SCHEDULERS = {
    "StepLR": lambda o: by_epoch.StepLR(o, 3, 0.1),
    "MultiStepLR": lambda o: by_epoch.MultiStepLR(o, [2, 5], 0.1),
    "ExponentialLR": lambda o: by_epoch.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda o: by_epoch.CosineAnnealingLR(o, 4, 0.01),
    "LambdaLR": lambda o: by_epoch.LambdaLR(o, lambda epoch: 0.5**epoch),
    "LinearLR": lambda o: by_epoch.LinearLR(o, 0.5, 1.0, 4),
    "PolynomialLR": lambda o: by_epoch.PolynomialLR(o, 5, 2.0),
    "ConstantLR": lambda o: by_epoch.ConstantLR(o, 0.5, 3),
    "CosineAnnealingWarmRestarts": lambda o: by_epoch.CosineAnnealingWarmRestarts(
        o, 3, 2, 0.01
    ),
    "MultiplicativeLR": lambda o: by_epoch.MultiplicativeLR(o, lambda epoch: 0.9),
    "CyclicLR": lambda o: by_epoch.CyclicLR(o, 0.01, 0.1, 3),
}


def lists(inputs):
    del inputs
    return {name: np.array(make(), float) for name, make in LISTS.items()}


def schedules(inputs):
    steps = [ms.Tensor(int(step), ms.int32) for step in inputs["steps"]]
    ms.set_context(mode=ms.PYNATIVE_MODE)
    return {
        name: np.array([make()(step).asnumpy() for step in steps])
        for name, make in SCHEDULES.items()
    }


def schedulers(inputs):
    ms.set_context(mode=ms.PYNATIVE_MODE)
    count = int(inputs["count"])
    found = {name: rates(make, [()] * count) for name, make in SCHEDULERS.items()}
    losses = [(float(loss),) for loss in inputs["losses"]]
    found["ReduceLROnPlateau"] = rates(
        lambda o: by_epoch.ReduceLROnPlateau(o, "min", 0.5, 1), losses
    )
    return found


def rates(make, arguments):
    """The rate after each ``step`` of a scheduler."""
    weight = ms.Parameter(ms.Tensor(np.ones(2, np.float32)), name="weight")
    optimizer = optim.SGD([weight], 0.1)
    scheduler = make(optimizer)
    seen = []
    for given in arguments:
        scheduler.step(*given)
        seen.append(float(optimizer.param_groups[0]["lr"].asnumpy()))
    return np.array(seen, float)
