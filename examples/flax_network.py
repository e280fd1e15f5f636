"""A flax nnx.Module and an optax chain, trained sunk by Model."""

import numpy as np
import optax
from flax import nnx

from cellnet import Model
from cellnet.train import LossMonitor

generator = np.random.default_rng(1)
x = generator.normal(size=(2048, 8)).astype(np.float32)
y = (x.sum(axis=1) > 0).astype(np.int32)


class Net(nnx.Module):
    """Two dense layers with batch normalisation and dropout."""

    def __init__(self, rngs: nnx.Rngs):
        self.hidden = nnx.Linear(8, 64, rngs=rngs)
        self.norm = nnx.BatchNorm(64, rngs=rngs)
        self.dropout = nnx.Dropout(0.1, rngs=rngs)
        self.out = nnx.Linear(64, 2, rngs=rngs)

    def __call__(self, x):
        return self.out(self.dropout(nnx.relu(self.norm(self.hidden(x)))))


def cross_entropy(logits, labels):
    """Mean softmax cross entropy of class numbers."""
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


network = Net(nnx.Rngs(0))
schedule = optax.cosine_decay_schedule(0.01, decay_steps=640)
optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
model = Model(network, cross_entropy, optimizer, metrics={"acc"})
model.train(10, (x, y), callbacks=LossMonitor(), dataset_sink_mode=True)
found = model.eval((x, y))
print(found)
assert found["acc"] > 0.95
network.eval()  # the module itself holds the trained values
print(network(x[:4]).argmax(axis=1), y[:4])
