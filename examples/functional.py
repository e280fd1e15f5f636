"""2.x style: a forward function, its gradients, an optimizer, and data_sink."""

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import nn

ms.set_seed(1)
x = np.random.normal(size=(2048, 8)).astype(np.float32)
y = np.sin(x.sum(axis=1, keepdims=True))

network = nn.SequentialCell(nn.Dense(8, 64), nn.ReLU(), nn.Dense(64, 1))
loss_fn = nn.MSELoss()
optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)


def forward(data, label):
    """Loss, and the network's output as an auxiliary value."""
    output = network(data)
    return loss_fn(output, label), output


grad_fn = ms.value_and_grad(forward, None, optimizer.parameters, has_aux=True)


def train_step(data, label):
    """One update; returns the loss."""
    (loss, _), grads = grad_fn(data, label)
    optimizer(grads)
    return loss


network.set_train()
data = ds.NumpySlicesDataset((x, y), ["x", "y"]).batch(32)
sunk = ms.data_sink(train_step, data, sink_size=64)
for epoch in range(10):
    loss = float(sunk())
    print(f"epoch {epoch + 1}, loss {loss:.5f}")
assert loss < 0.25
