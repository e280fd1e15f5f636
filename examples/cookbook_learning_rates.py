"""Recipes about the learning rate: read it, reduce it on a plateau, cosine, steps,
warm-up, schedules in a chain. All of them work in a sunk loop."""

import math

import numpy as np

import cellnet as ms
from cellnet import Model, Tensor, nn
from cellnet.experimental import optim
from cellnet.train import Callback, LearningRateScheduler, ReduceLROnPlateau

generator = np.random.default_rng(1)
X = generator.normal(size=(512, 8)).astype(np.float32)
Y = np.sin(X.sum(axis=1, keepdims=True))
STEPS = 16  # in an epoch, of batches of 32


class Rates(Callback):
    """Keeps the learning rate at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.values = []

    def on_train_epoch_end(self, run_context):
        optimizer = run_context.original_args().optimizer
        self.values.append(float(optimizer.get_lr()))


def rates(learning_rate, epochs, *callbacks, validate=False):
    """Train sunk; the rate that each epoch ends with."""
    ms.set_seed(1)
    net = nn.SequentialCell(nn.Dense(8, 16), nn.Tanh(), nn.Dense(16, 1))
    optimizer = nn.Momentum(net.trainable_params(), learning_rate, 0.9)
    model = Model(net, nn.MSELoss(), optimizer, metrics={"loss"})
    seen = Rates()
    model.fit(
        epochs,
        (X, Y),
        (X, Y) if validate else None,
        callbacks=[*callbacks, seen],
        dataset_sink_mode=True,
    )
    return seen.values


class WarmUpCosine(nn.LearningRateSchedule):
    """Two schedules in a row, a function of the step."""

    def __init__(self, warm_steps, steps, peak):
        super().__init__()
        self.warm, self.warm_steps = nn.WarmUpLR(peak, warm_steps), warm_steps
        self.cosine = nn.CosineDecayLR(0.0, peak, steps - warm_steps)

    def construct(self, global_step):
        if global_step < self.warm_steps:
            return self.warm(global_step)
        return self.cosine(global_step - self.warm_steps)


def chained(epochs):
    """Two schedulers that both change one optimizer's rate, step by step."""
    weight = ms.Parameter(Tensor(np.zeros((2, 2), np.float32)), name="w")
    optimizer = optim.SGD([weight], 0.1)
    first = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    second = optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.1)
    seen = []
    for _ in range(epochs):
        seen.append(float(second.get_last_lr()[0]))
        optimizer((Tensor(np.zeros((2, 2), np.float32)),))
        first.step()
        second.step()
    return seen


def per_group():
    """The rate of each Parameter, where groups have their own."""
    net = nn.SequentialCell(nn.Dense(8, 4), nn.Dense(4, 1))
    groups = [
        {"params": net[0].trainable_params(), "lr": 0.01},
        {"params": net[1].trainable_params()},
    ]
    optimizer = nn.Momentum(groups, 0.1, 0.9)
    return [float(rate) for rate in optimizer.get_lr()]


def main():
    """Print the rates that each recipe gives, and check them."""
    show = lambda values: " ".join(f"{value:.4g}" for value in values)  # noqa: E731
    print("per group:", show(per_group()))
    assert np.allclose(per_group(), [0.01, 0.01, 0.1, 0.1])

    plateau = ReduceLROnPlateau("eval_loss", factor=0.5, patience=2, min_delta=10.0)
    found = rates(0.1, 7, plateau, validate=True)
    print("plateau:", show(found))
    # the first loss counts as better; then each second epoch without one halves
    assert np.allclose(found, [0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125])

    found = rates(nn.cosine_decay_lr(0.0, 0.1, 8 * STEPS, STEPS, 8), 7)
    print("cosine:", show(found))
    ends = [0.05 * (1 + math.cos(math.pi * epoch / 8)) for epoch in range(1, 8)]
    assert np.allclose(found, ends, atol=1e-6)

    found = rates(nn.piecewise_constant_lr([5 * STEPS, 7 * STEPS], [0.1, 0.01]), 6)
    print("steps:", show(found))
    assert np.allclose(found, [0.1] * 4 + [0.01] * 2)

    found = rates(nn.WarmUpLR(0.1, 4 * STEPS), 6)
    print("warm-up:", show(found))
    assert np.allclose(found, [0.025, 0.05, 0.075, 0.1, 0.1, 0.1])

    half_each_epoch = LearningRateScheduler(lambda rate, step: rate * 0.5)
    found = rates(0.1, 3, half_each_epoch)
    print("a function:", show(found))
    assert np.allclose(found, [0.05, 0.025, 0.0125])

    found = rates(WarmUpCosine(2 * STEPS, 6 * STEPS, 0.1), 5)
    print("warm-up, then cosine:", show(found))
    assert np.allclose(found[:2], [0.05, 0.1])
    falling = [0.05 * (1 + math.cos(math.pi * epoch / 4)) for epoch in range(1, 4)]
    assert np.allclose(found[2:], falling, atol=1e-6)

    print("chained:", show(chained(4)))
    assert np.allclose(chained(4), [0.1, 0.09, 0.081, 0.00729])


if __name__ == "__main__":
    main()
