"""Recipes about losses: smoothed labels, a loss of one's own, mixup, L1 and L2 terms,
bilinear pooling. Each is a few lines; main() trains with all of them."""

import jax
import numpy as np

import cellnet as ms
from cellnet import Model, Tensor, nn, ops

CLASSES = 3
# scores of a batch of 4, as published with their loss in PyTorch
SCORES = [
    [0.7026, 0.1489, 0.0065, 0.6841, 0.4166, 0.3980, 0.9849, 0.6701, 0.4601, 0.8599],
    [0.7461, 0.3920, 0.9978, 0.0354, 0.9843, 0.0312, 0.5989, 0.2888, 0.8170, 0.4150],
    [0.8408, 0.5368, 0.0059, 0.8931, 0.3942, 0.7349, 0.5500, 0.0074, 0.0554, 0.1537],
    [0.7282, 0.8755, 0.3649, 0.4566, 0.8796, 0.2390, 0.9865, 0.7549, 0.9105, 0.5427],
]


class MyLoss(nn.LossBase):
    """Any loss: a Cell of (output, label) -> scalar."""

    def construct(self, x, y):
        return ((x - y) ** 2).mean()


class LabelSmoothing(nn.LossBase):
    """Cross entropy with ``1 - e`` at the label and ``e / (C - 1)`` elsewhere.

    ``nn.CrossEntropyLoss(label_smoothing=e)`` is the usual form: e / C everywhere.
    """

    def __init__(self, e=0.1, reduction="mean"):
        super().__init__(reduction)
        self.e = e

    def construct(self, scores, labels):
        classes = scores.shape[1]
        smooth = ops.full(scores.shape, self.e / (classes - 1), dtype=scores.dtype)
        hit = ops.one_hot(labels, classes, 1.0, 0.0).astype(ms.bool_)
        target = ops.select(hit, ops.full_like(smooth, 1 - self.e), smooth)
        return self.get_loss(-(target * ops.log_softmax(scores, 1)).sum(1))


class Mixup(nn.Cell):
    """Loss of images that are each mixed with another one of the batch, on the device.

    On the host: ``data.map(vision.MixUpBatch(alpha), ["image", "label"])``.
    """

    def __init__(self, network, loss_fn, alpha=0.2):
        super().__init__()
        self.network, self.loss_fn = network, loss_fn
        draw = lambda seed: jax.random.beta(jax.random.key(seed), alpha, alpha)  # noqa: E731
        self.beta = ops.Custom(draw, func_type="jax")

    def construct(self, images, labels):
        share = self.beta(ops.randint(0, 2**31 - 1, ()))
        index = ops.randperm(images.shape[0])
        scores = self.network(share * images + (1 - share) * images[index])
        one, other = self.loss_fn(scores, labels), self.loss_fn(scores, labels[index])
        return share * one + (1 - share) * other


class Regularized(nn.Cell):
    """A loss plus ``l1 * sum |w|`` and ``l2 / 2 * sum w^2``, of weights, not biases."""

    def __init__(self, network, loss_fn, l1=0.0, l2=0.0):
        super().__init__()
        self.network, self.loss_fn, self.l1, self.l2 = network, loss_fn, l1, l2
        trained = network.trainable_params()
        self.weights = [p for p in trained if "bias" not in p.name]

    def construct(self, images, labels):
        loss = self.loss_fn(self.network(images), labels)
        for weight in self.weights:
            loss += self.l1 * weight.abs().sum() + self.l2 / 2 * (weight**2).sum()
        return loss


class BilinearPooling(nn.Cell):
    """(N, D, H, W) -> (N, D * D): products of channels, signed root, unit length."""

    def construct(self, x):
        n, d, h, w = x.shape
        x = x.reshape(n, d, h * w)
        x = ops.bmm(x, x.swapaxes(1, 2)) / (h * w)
        assert x.shape == (n, d, d)  # looked at once, while the step is compiled
        x = x.reshape(n, d * d)
        x = ops.sign(x) * ops.sqrt(ops.abs(x) + 1e-5)
        return x / ops.maximum(ops.norm(x, dim=1, keepdim=True), 1e-12)


def main():
    """One loss of one batch; a small network trained on noisy textures with each."""
    loss = float(nn.CrossEntropyLoss()(Tensor(SCORES), Tensor([1, 5, 3, 7])))
    print(f"total loss of a batch: {loss:.4f}")
    assert abs(loss - 2.42895) < 1e-4  # the scores have four digits
    generator = np.random.default_rng(1)
    labels = generator.integers(0, CLASSES, 600).astype(np.int32)
    directions = generator.normal(size=(CLASSES, 4, 1, 1))
    images = generator.normal(size=(600, 4, 6, 6)) * (1 + directions[labels] ** 2)
    data = images.astype(np.float32), labels
    losses = {
        "smoothed": lambda net: nn.WithLossCell(net, LabelSmoothing(0.1)),
        "built in": lambda net: nn.WithLossCell(
            net, nn.CrossEntropyLoss(label_smoothing=0.1)
        ),
        "mixup": lambda net: Mixup(net, nn.CrossEntropyLoss()),
        "L1 and L2": lambda net: Regularized(net, nn.CrossEntropyLoss(), 1e-4, 1e-4),
    }
    for name, with_loss in losses.items():
        ms.set_seed(1)
        net = nn.SequentialCell(
            nn.Conv2d(4, 6, 1), BilinearPooling(), nn.Dense(36, CLASSES)
        )
        optimizer = nn.Adam(net.trainable_params(), 0.03)
        Model(with_loss(net), None, optimizer).train(10, data, dataset_sink_mode=True)
        model = Model(net, nn.CrossEntropyLoss(), metrics={"acc"})
        accuracy = model.eval(data)["acc"]
        print(f"{name}: accuracy {accuracy:.1%}")
        assert accuracy > 0.8, name


if __name__ == "__main__":
    main()
