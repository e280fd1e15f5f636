"""Recipes about precision: float16 with a scaled loss, steps that overflow left out,
bfloat16, lists of one's own, a scaler in a step written by hand."""

import numpy as np

import cellnet as ms
from cellnet import Model, amp, nn, ops
from cellnet.train import DynamicLossScaleManager

generator = np.random.default_rng(1)
X = generator.normal(size=(1024, 8)).astype(np.float32)
Y = (X.sum(axis=1) > np.sin(3 * X[:, 0])).astype(np.int32)
EPOCHS, STEPS = 5, 5 * 32
TOO_LARGE = 2.0**24  # a float16 ends at 65504


def create_network():
    """The same weights each time."""
    ms.set_seed(1)
    return nn.SequentialCell(nn.Dense(8, 64), nn.ReLU(), nn.Dense(64, 2))


def train(network, sink=True, **precision):
    """The trained Model."""
    optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)
    loss_fn = nn.CrossEntropyLoss()
    model = Model(network, loss_fn, optimizer, metrics={"acc"}, **precision)
    data = ms.dataset.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(32)
    model.train(EPOCHS, data, dataset_sink_mode=sink)
    return model


def scaled(sink):
    """float16 with a loss scale that begins too large: overflows lower it."""
    manager = DynamicLossScaleManager(TOO_LARGE, scale_window=10 * STEPS)
    network = create_network()
    model = train(network, sink, amp_level="O3", loss_scale_manager=manager)
    halved = TOO_LARGE / float(model.train_network.scale_sense)
    return model, int(np.log2(halved)), [p.asnumpy() for p in network.get_parameters()]


def by_hand(network):
    """A function that makes a step, its loss scaled by an amp.DynamicLossScaler."""
    optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)
    loss_fn = nn.CrossEntropyLoss()
    scaler = amp.DynamicLossScaler(TOO_LARGE, 2, 10 * STEPS)

    def forward(features, labels):
        return scaler.scale(loss_fn(network(features), labels))

    gradients = ms.value_and_grad(forward, None, optimizer.parameters)

    def step(features, labels):
        loss, grads = gradients(features, labels)
        finite = amp.all_finite(grads)
        if finite:  # a branch of the compiled step, no look at the device
            optimizer(scaler.unscale(grads))
        scaler.adjust(finite)
        return scaler.unscale(loss)

    return step, scaler


def main():
    """One training by each recipe."""
    sunk, skipped, weights = scaled(sink=True)
    found = sunk.eval((X, Y))["acc"]
    print(f"float16, scaled: {found:.1%}, {skipped} of {STEPS} steps left out")
    _, as_many, others = scaled(sink=False)
    assert skipped == as_many > 0
    apart = max(np.abs(a - b).max() for a, b in zip(weights, others, strict=True))
    print(f"not sunk: as many, weights {apart:.1g} apart")
    assert found > 0.9
    assert apart < 1e-3

    network = amp.auto_mixed_precision(create_network(), "auto", ms.bfloat16)
    found = train(network).eval((X, Y))["acc"]
    print(f"bfloat16, not scaled: {found:.1%}")
    assert found > 0.9

    network = amp.custom_mixed_precision(create_network(), white_list=[ops.MatMul])
    found = train(network).eval((X, Y))["acc"]
    print(f"a list of one's own: {found:.1%}")
    assert found > 0.9

    network = amp.auto_mixed_precision(create_network(), "O3")
    step, scaler = by_hand(network)
    data = ms.dataset.NumpySlicesDataset((X, Y), ["x", "y"]).batch(32)
    run = ms.data_sink(step, data, sink_size=STEPS)
    loss = float(run())
    scale = float(scaler.scale_value)
    print(f"a scaler by hand: loss {loss:.3f}, scale {TOO_LARGE:.0f} -> {scale:.0f}")
    assert scale < TOO_LARGE
    assert loss < 0.4


if __name__ == "__main__":
    main()
