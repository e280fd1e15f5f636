"""Four small batches, one update: what a batch of 128 gives, in the memory of 32."""

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, nn

generator = np.random.default_rng(1)
x = generator.normal(size=(2048, 8)).astype(np.float32)
y = np.sin(x.sum(axis=1, keepdims=True))


def train(batch, **settings):
    """10 epochs, each one compiled loop; the trained weights and the optimizer."""
    ms.set_seed(1)
    network = nn.SequentialCell(nn.Dense(8, 64), nn.Tanh(), nn.Dense(64, 1))
    optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)
    data = ds.NumpySlicesDataset((x, y), ["x", "y"], shuffle=False).batch(batch)
    model = Model(network, nn.MSELoss(), optimizer, metrics={"loss"}, **settings)
    model.train(10, data, dataset_sink_mode=True)
    weights = [p.asnumpy() for p in network.trainable_params()]
    return weights, int(optimizer.global_step.asnumpy()[0]), model.eval(data)["loss"]


small, updates, loss = train(32, gradient_accumulation_steps=4)
large, large_updates, large_loss = train(128)
apart = max(np.abs(a - b).max() for a, b in zip(small, large, strict=True))
print(f"4 x 32: loss {loss:.4f} after {updates} updates")
print(f"1 x 128: loss {large_loss:.4f} after {large_updates} updates")
print(f"weights at most {apart:.1e} apart")
assert updates == large_updates == 160
assert apart < 1e-4
