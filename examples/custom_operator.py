"""Operations of one's own in a network: a JAX function, a Pallas kernel, NumPy.

Each is x * sigmoid(b x), with its gradient; all three train the same network sunk.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl

import cellnet as ms
from cellnet import Model, Tensor, nn, ops

SLOPE = 1.5


def swish(x):
    """As JAX says it: the gradient comes by itself."""
    return x * jax.nn.sigmoid(SLOPE * x)


def kernel(x_ref, out_ref):
    x = x_ref[...]
    out_ref[...] = x * (1 / (1 + jnp.exp(-SLOPE * x)))


def pallas_swish(x):
    """As a kernel; interpreted where there is no GPU or TPU."""
    on_cpu = jax.default_backend() == "cpu"
    shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
    return pl.pallas_call(kernel, out_shape=shape, interpret=on_cpu)(x)


def numpy_swish(x):
    """On the host."""
    return x / (1 + np.exp(-SLOPE * x))


def gradient(x, out, dout):
    """The gradient of all three, on Tensors."""
    share = ops.sigmoid(SLOPE * x)
    return dout * (share + SLOPE * out * (1 - share))


OPERATIONS = {
    "JAX": ops.Custom(swish, func_type="jax"),
    "Pallas": ops.Custom(pallas_swish, func_type="jax", bprop=gradient),
    "NumPy": ops.Custom(numpy_swish, lambda s: s, lambda d: d, bprop=gradient),
}


class Net(nn.Cell):
    def __init__(self, operation):
        super().__init__()
        self.hidden, self.out = nn.Dense(8, 32), nn.Dense(32, 1)
        self.operation = operation

    def construct(self, x):
        return self.out(self.operation(self.hidden(x)))


x = np.random.default_rng(1).normal(size=(1024, 8)).astype(np.float32)
y = np.sin(x.sum(axis=1, keepdims=True))
losses = {}
for name, operation in OPERATIONS.items():
    ms.set_seed(1)
    found = ms.grad(operation)(Tensor(x[0]))
    expected = jax.vmap(jax.grad(swish))(x[0])
    np.testing.assert_allclose(found.asnumpy(), expected, rtol=1e-4)
    net = Net(operation)
    optimizer = nn.Adam(net.trainable_params(), 0.01)
    model = Model(net, nn.MSELoss(), optimizer, metrics={"loss"})
    model.train(3, (x, y), dataset_sink_mode=True)
    losses[name] = model.eval((x, y))["loss"]
    print(f"{name}: loss {losses[name]:.5f}")
assert max(losses.values()) - min(losses.values()) < 1e-4
