"""Cells as nnx modules, against cellnet's own training step."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from cellnet import nn
from cellnet.interop.flax import CellModule, RandomKey, as_cell, to_flax
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.random import key_parameter, set_seed
from cellnet.tensor import Tensor
from tests.interop._training import (
    assert_trees_close,
    batches,
    cross_entropy,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")


class MLP(Cell):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Dense(5, 6)
        self.norm = nn.BatchNorm1d(6)
        self.relu = op(jax.nn.relu)
        self.drop = nn.Dropout(p=0.3)
        self.head = nn.Dense(6, 3)

    def construct(self, x):
        return self.head(self.drop(self.relu(self.norm(self.hidden(x)))))


def vectors(num_batches):
    return batches(num_batches, shape=(8, 5))


def values_of(cell):
    return {path: p.asnumpy() for path, p in cell.parameters_and_names()}


@nnx.jit
def flax_step(module, optimizer, x, y):
    loss, grads = nnx.value_and_grad(lambda m: cross_entropy(m(x), y))(module)
    optimizer.update(module, grads)
    return loss


def test_nnx_loop_equals_cellnet_step():
    set_seed(3)
    cell, data, tx = MLP(), vectors(6), optax.adam(1e-2)
    module = to_flax(cell)
    module.train()
    optimizer = nnx.Optimizer(module, tx, wrt=nnx.Param)
    losses = [float(flax_step(module, optimizer, x, y)) for x, y in data]

    expected = train(cell, tx, data)
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-5)
    trained = {path: v[...] for path, v in module.parameters.items()}
    assert_trees_close(trained, {p: jnp.asarray(v) for p, v in values_of(cell).items()})
    np.testing.assert_array_equal(module.random_key[...], key_parameter().asnumpy())


def test_plain_optax_loop_over_split_state_equals_cellnet_step():
    set_seed(3)
    cell, data, tx = MLP(), vectors(3), optax.sgd(0.1, 0.9)
    module = to_flax(cell)
    module.train()
    graphdef, params, rest = nnx.split(module, nnx.Param, ...)
    opt_state = tx.init(params)

    @jax.jit
    def step(params, rest, opt_state, x, y):
        def loss_fn(params):
            merged = nnx.merge(graphdef, params, rest, copy=True)
            loss = cross_entropy(merged(x), y)
            return loss, nnx.split(merged, nnx.Param, ...)[2]

        (loss, rest), grads = jax.value_and_grad(loss_fn, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), rest, opt_state, loss

    losses = []
    for x, y in data:
        params, rest, opt_state, loss = step(params, rest, opt_state, x, y)
        losses.append(float(loss))
    np.testing.assert_allclose(losses, train(cell, tx, data), rtol=1e-5, atol=1e-5)


def test_the_cell_is_not_changed():
    cell = MLP()
    before, key = values_of(cell), key_parameter().asnumpy()
    module = to_flax(cell)
    module.train()
    optimizer = nnx.Optimizer(module, optax.sgd(0.1), wrt=nnx.Param)
    for x, y in vectors(2):
        flax_step(module, optimizer, x, y)
    assert cell.training is False
    np.testing.assert_array_equal(key_parameter().asnumpy(), key)
    for path, value in values_of(cell).items():
        np.testing.assert_array_equal(value, before[path])
    trained = module.parameters["hidden.weight"][...]
    assert np.abs(trained - before["hidden.weight"]).max() > 1e-4


def test_variable_types():
    module = to_flax(MLP())
    params = nnx.state(module, nnx.Param)["parameters"]
    assert set(params) == {
        "hidden.weight",
        "hidden.bias",
        "norm.gamma",
        "norm.beta",
        "head.weight",
        "head.bias",
    }
    stats = nnx.state(module, nnx.BatchStat)["parameters"]
    assert set(stats) == {"norm.moving_mean", "norm.moving_variance"}
    assert list(nnx.state(module, RandomKey)) == ["random_key"]


def test_train_and_eval_switch_the_cell():
    set_seed(0)
    module = to_flax(MLP())
    x = vectors(1)[0][0]
    module.eval()
    first = module(x)
    np.testing.assert_array_equal(module(x), first)
    np.testing.assert_array_equal(module.parameters["norm.moving_mean"][...], 0)
    module.train()
    assert np.abs(module(x) - module(x)).max() > 1e-3
    assert np.abs(module.parameters["norm.moving_mean"][...]).max() > 0
    module.eval()
    again = module(x)
    np.testing.assert_array_equal(module(x), again)


def test_dropout_differs_between_jitted_calls():
    module = to_flax(MLP())
    module.train()
    run = nnx.jit(lambda m, x: m(x))
    x = vectors(1)[0][0]
    assert np.abs(run(module, x) - run(module, x)).max() > 1e-3


def test_inputs_and_outputs():
    class Two(Cell):
        def construct(self, x, pair, scale=1):
            add = op(lambda a, b: a + b * scale)
            return add(x, pair[0]), {"x": x, "kind": "two"}

    module = to_flax(Two())
    one = np.ones(2, np.float32)
    total, rest = module(Tensor(one), (jnp.ones(2), one), scale=3)
    assert isinstance(total, jax.Array)
    np.testing.assert_array_equal(total, [4.0, 4.0])
    assert isinstance(rest["x"], jax.Array)
    assert rest["kind"] == "two"


def test_clone_and_merge_keep_values_apart():
    module = to_flax(MLP())
    twin = nnx.clone(module)
    twin.parameters["head.bias"][...] = jnp.full(3, 7.0)
    x = vectors(1)[0][0]
    difference = twin(x) - module(x)
    bias = module.parameters["head.bias"][...]
    np.testing.assert_allclose(difference, np.broadcast_to(7.0 - bias, (8, 3)), 1e-4)


def test_there_and_back_again():
    set_seed(0)
    cell = MLP()
    x = Tensor(vectors(1)[0][0])
    expected = cell(x).asnumpy()
    again = as_cell(to_flax(cell))
    np.testing.assert_allclose(again(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    assert "parameters.hidden.weight" in {p.name for p in again.trainable_params()}


def test_nnx_cell_gives_a_copy_of_its_module():
    source = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    cell = as_cell(source)
    cell.bias.set_data(Tensor(np.full(3, 2.0, np.float32)))
    module = cell.to_flax()
    assert type(module) is nnx.Linear
    assert module is not source
    np.testing.assert_array_equal(module.bias[...], np.full(3, 2.0))
    np.testing.assert_array_equal(source.bias[...], np.zeros(3))


def test_cell_around_an_nnx_module():
    class Net(Cell):
        def __init__(self):
            super().__init__()
            self.net = nnx.Dropout(0.5, rngs=nnx.Rngs(0))

        def construct(self, x):
            return self.net(x)

    module = to_flax(Net())
    assert isinstance(module, CellModule)
    module.train()
    theirs = nnx.Dropout(0.5, rngs=nnx.Rngs(0))
    x = np.ones((4, 8), np.float32)
    for _ in range(2):
        np.testing.assert_array_equal(nnx.jit(lambda m, x: m(x))(module, x), theirs(x))


def test_foreign_parameter_is_refused():
    outside = Parameter(1.0, name="outside")

    class Net(Cell):
        def construct(self, x):
            outside.set_data(x)
            return x

    with pytest.raises(RuntimeError, match="'outside', which is not its own"):
        to_flax(Net())(jnp.asarray(2.0))


def test_no_cell_is_refused():
    with pytest.raises(TypeError, match="expected a Cell, got int"):
        to_flax(3)
