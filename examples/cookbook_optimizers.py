"""Recipes about updates: no decay of biases, clipping, frozen layers, averaged weights,
the accuracy of scores, runs that repeat bit for bit."""

import numpy as np

import cellnet as ms
from cellnet import Model, Tensor, nn

generator = np.random.default_rng(1)
X = generator.normal(size=(1024, 8)).astype(np.float32)
Y = (X.sum(axis=1) > np.sin(3 * X[:, 0])).astype(np.int32)


def create_network():
    """The same weights each time."""
    ms.set_seed(1)
    return nn.SequentialCell(nn.Dense(8, 64), nn.ReLU(), nn.Dense(64, 2))


def train(network, optimizer, epochs=5):
    """Sunk training; the accuracy on the data."""
    model = Model(network, nn.CrossEntropyLoss(), optimizer, metrics={"acc"})
    model.train(epochs, (X, Y), dataset_sink_mode=True)
    return model.eval((X, Y))["acc"]


def without_decay_of_biases(network):
    """Groups of Parameters with a weight decay of their own."""
    trained = network.trainable_params()
    biases = [p for p in trained if p.name.endswith("bias")]
    others = [p for p in trained if not p.name.endswith("bias")]
    groups = [{"params": biases, "weight_decay": 0.0}, {"params": others}]
    return nn.SGD(groups, learning_rate=1e-2, momentum=0.9, weight_decay=1e-4)


def clipped(network, **limit):
    """Clipping by value=, by norm= of each gradient, or by global_norm= of all."""
    optimizer = nn.SGD(network.trainable_params(), learning_rate=0.1)
    return nn.GradientClipping(optimizer, **limit)


def frozen(network):
    """Only the last layer is trained: the others are not among trainable_params()."""
    for parameter in network[0].get_parameters():
        parameter.requires_grad = False
    return nn.Adam(network.trainable_params(), learning_rate=0.01)


def averaged(network, decay=0.99):
    """The average of the weights after each update, kept on the device."""
    optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)
    return nn.ExponentialMovingAverage(optimizer, decay)


def accuracy(scores, labels):
    """The share of the largest scores that are at their labels."""
    return float((scores.argmax(1) == labels).astype(ms.float32).mean())


def main():
    """One training by each recipe."""
    network = create_network()
    found = train(network, without_decay_of_biases(network))
    print(f"biases do not decay: {found:.1%}")
    assert found > 0.85
    scores, labels = network(Tensor(X)), Tensor(Y)
    model = Model(network, nn.CrossEntropyLoss(), metrics={"acc"})
    assert abs(accuracy(scores, labels) - model.eval((X, Y))["acc"]) < 1e-6

    for limit in ({"value": 0.5}, {"norm": 1.0}, {"global_norm": 1.0}):
        network = create_network()
        found = train(network, clipped(network, **limit))
        print(f"clipped by {limit}: {found:.1%}")
        assert found > 0.85

    network = create_network()
    first = network[0].weight.asnumpy().copy()
    found = train(network, frozen(network))
    print(f"first layer frozen: {found:.1%}")
    assert (network[0].weight.asnumpy() == first).all()
    assert found > 0.85

    network = create_network()
    optimizer = averaged(network)
    last = train(network, optimizer, epochs=20)
    with optimizer.averaged():
        model = Model(network, nn.CrossEntropyLoss(), metrics={"acc"})
        mean = model.eval((X, Y))["acc"]
    print(f"last weights {last:.1%}, averaged weights {mean:.1%}")
    assert mean > 0.9

    runs = []
    for _ in range(2):
        network = create_network()  # set_seed: weights, dropout, shuffles
        train(network, nn.Adam(network.trainable_params(), 0.01))
        runs.append([p.asnumpy() for p in network.get_parameters()])
    assert all((a == b).all() for a, b in zip(*runs, strict=True))
    print("two runs: the same to the last bit")


if __name__ == "__main__":
    main()
