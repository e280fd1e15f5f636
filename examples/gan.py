"""A step of one's own with two losses and two optimizers: a small GAN, sunk.

The generator learns to draw points of a ring, the discriminator to tell them from real
ones; one step updates both, and 200 steps are one compiled loop.
"""

import sys

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Tensor, nn, ops

BATCH, NOISE, SINK = 256, 8, 200
EPOCHS = 3 if "--quick" in sys.argv else 20

ms.set_seed(1)
angles = np.random.default_rng(1).uniform(0, 2 * np.pi, 51_200)
ring = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def dense_net(size, out):
    layers = [nn.Dense(size, 64), nn.LeakyReLU(0.2), nn.Dense(64, 64)]
    return nn.SequentialCell(*layers, nn.LeakyReLU(0.2), nn.Dense(64, out))


class GanStep(nn.Cell):
    """One update of the discriminator, then one of the generator."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.loss_fn = nn.BCEWithLogitsLoss()
        self.update_generator = nn.Adam(generator.trainable_params(), 1e-3, beta1=0.5)
        self.update_discriminator = nn.Adam(
            discriminator.trainable_params(), 1e-3, beta1=0.5
        )
        self.discriminator_grad = ms.value_and_grad(
            self.discriminator_loss, None, self.update_discriminator.parameters
        )
        self.generator_grad = ms.value_and_grad(
            self.generator_loss, None, self.update_generator.parameters
        )

    def discriminator_loss(self, real, noise):
        """Real points should get 1, drawn ones 0."""
        fake = ops.stop_gradient(self.generator(noise))
        says_real, says_fake = self.discriminator(real), self.discriminator(fake)
        return self.loss_fn(says_real, ops.ones_like(says_real)) + self.loss_fn(
            says_fake, ops.zeros_like(says_fake)
        )

    def generator_loss(self, noise):
        """What is drawn should be taken for real."""
        says = self.discriminator(self.generator(noise))
        return self.loss_fn(says, ops.ones_like(says))

    def construct(self, real):
        noise = ops.standard_normal((BATCH, NOISE))
        loss_d, grads = self.discriminator_grad(real, noise)
        self.update_discriminator(grads)
        loss_g, grads = self.generator_grad(noise)
        self.update_generator(grads)
        return loss_d, loss_g


generator, discriminator = dense_net(NOISE, 2), dense_net(2, 1)
step = GanStep(generator, discriminator).set_train()
data = ds.NumpySlicesDataset(ring, ["point"]).batch(BATCH)
sunk = ms.data_sink(step, data, sink_size=SINK)


def distance():
    """How far drawn points are from the ring, on average."""
    noise = np.random.default_rng(2).normal(size=(1000, NOISE)).astype(np.float32)
    drawn = generator(Tensor(noise)).asnumpy()
    return float(np.abs(np.linalg.norm(drawn, axis=1) - 1).mean())


start = distance()
for epoch in range(EPOCHS):
    loss_d, loss_g = sunk()
    print(f"epoch {epoch + 1}: losses {float(loss_d):.3f}, {float(loss_g):.3f}")
print(f"distance from the ring: {start:.3f} before, {distance():.3f} after")
assert distance() < min(0.3, start / 2)
