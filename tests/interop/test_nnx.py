"""nnx modules as Cells, against hand-written flax loops."""

import copy
import gc
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from cellnet import context
from cellnet.dataset import NumpySlicesDataset
from cellnet.interop.flax import as_cell, is_network
from cellnet.nn import _guests
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.tensor import Tensor
from cellnet.train.model import Model
from tests.interop._training import (
    assert_trees_close,
    batches,
    cross_entropy,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def _graph_mode_again():
    yield
    context.reset_context()


class CNN(nnx.Module):
    def __init__(self, seed=0):
        rngs = nnx.Rngs(seed)
        # a bias before batch normalization has no gradient but rounding errors,
        # of which Adam would make steps
        self.conv1 = nnx.Conv(1, 4, (3, 3), use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.drop1 = nnx.Dropout(0.3, rngs=rngs)
        self.drop2 = nnx.Dropout(0.5, rngs=rngs)
        self.head = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        x = nnx.relu(self.norm(self.conv1(x)))
        return self.head(self.drop2(self.drop1(x).mean((1, 2))))


def flax_loop(module, tx, data):
    """The loop as flax's own guide writes it."""
    optimizer = nnx.Optimizer(module, tx, wrt=nnx.Param)
    module.train()

    @nnx.jit
    def step(module, optimizer, x, y):
        loss, grads = nnx.value_and_grad(lambda m: cross_entropy(m(x), y))(module)
        optimizer.update(module, grads)
        return loss

    return [float(step(module, optimizer, x, y)) for x, y in data]


@pytest.mark.parametrize(
    ("mode", "rule"),
    [("graph", "momentum"), ("graph", "adamw"), ("pynative", "momentum")],
)
def test_trajectory_equals_flax_loop(mode, rule):
    tx = optax.sgd(0.1, 0.9) if rule == "momentum" else optax.adamw(1e-2)
    ours, theirs = CNN(), CNN()
    cell = as_cell(ours)
    data = batches(6 if mode == "graph" else 2)
    expected = flax_loop(theirs, tx, data)
    if mode == "pynative":
        context.set_context(mode=context.PYNATIVE_MODE)
    losses = train(cell, tx, data)
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-5)
    cell.sync_guest()
    assert_trees_close(nnx.state(ours), nnx.state(theirs))


@pytest.mark.parametrize("sink", [True, False])
def test_model_trains_the_users_module_like_the_flax_loop(sink):
    ours, theirs, tx, data = CNN(), CNN(), optax.adamw(1e-2), batches(4)
    flax_loop(theirs, tx, data)
    columns = tuple(np.concatenate(column) for column in zip(*data, strict=True))
    dataset = NumpySlicesDataset(columns, ["x", "y"], shuffle=False).batch(8)
    Model(ours, op(cross_entropy), tx).train(1, dataset, dataset_sink_mode=sink)
    assert_trees_close(nnx.state(ours), nnx.state(theirs))


def test_parameters_are_named_by_path_and_trainable_where_nnx_param():
    cell = as_cell(CNN())
    trainable = {p.name for p in cell.trainable_params()}
    assert trainable == {
        "conv1.kernel",
        "norm.scale",
        "norm.bias",
        "head.kernel",
        "head.bias",
    }
    state = {p.name: p for p in cell.untrainable_params()}
    assert {"norm.mean", "norm.var", "drop1.rngs.key", "drop1.rngs.count"} <= set(state)
    assert state["drop1.rngs.key"].asnumpy().dtype == np.uint32


def test_child_is_named_by_attribute_and_runs():
    class Net(Cell):
        def __init__(self):
            super().__init__()
            self.net = nnx.Linear(2, 3, rngs=nnx.Rngs(0))

        def construct(self, x):
            return self.net(x)

    net = Net()
    assert [p.name for p in net.get_parameters()] == ["net.bias", "net.kernel"]
    x = np.array([[1.0, 2.0]], np.float32)
    linear = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    np.testing.assert_allclose(net(Tensor(x)).asnumpy(), linear(x), rtol=1e-6)


def test_same_module_gives_same_cell_while_it_lives():
    module = CNN()
    cell = as_cell(module)
    assert as_cell(module) is cell
    assert as_cell(CNN()) is not cell
    alive = weakref.ref(cell)
    del cell
    gc.collect()
    assert alive() is None
    assert as_cell(module).training is False


def test_eval_uses_running_statistics_and_writes_nothing():
    module = CNN()
    cell = as_cell(module).set_train(False)
    before = {p.name: p.asnumpy() for p in cell.get_parameters()}
    x, _ = batches(1)[0]
    module.eval()
    np.testing.assert_allclose(
        cell(Tensor(x)).asnumpy(), module(x), rtol=1e-5, atol=1e-6
    )
    for parameter in cell.get_parameters():
        np.testing.assert_array_equal(parameter.asnumpy(), before[parameter.name])


def test_user_module_is_untouched_until_sync():
    module = nnx.Sequential(
        nnx.Dropout(0.5, deterministic=True, rngs=nnx.Rngs(0)),
        nnx.Linear(2, 3, rngs=nnx.Rngs(0)),
    )
    dropout, kernel = module.layers[0], module.layers[1].kernel
    before, data = np.asarray(kernel[...]), batches(3, shape=(4, 2))
    cell = as_cell(module)
    train(cell, optax.sgd(0.1), data)
    np.testing.assert_array_equal(kernel[...], before)
    assert dropout.deterministic is True
    assert int(dropout.rngs.count[...]) == 0
    cell.sync_guest()
    after = np.asarray(kernel[...])
    assert np.abs(after - before).max() > 1e-4
    assert int(dropout.rngs.count[...]) == 3
    # the next donated step must not delete what the module got
    train(cell, optax.sgd(0.1), data)
    np.testing.assert_array_equal(kernel[...], after)


def test_values_assigned_to_the_module_reach_the_cell():
    module = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    cell = as_cell(module)
    module.kernel[...] = jnp.ones((2, 3))
    cell.bias.set_data(Tensor(np.full(3, 5.0, np.float32)))
    cell.sync_guest()
    np.testing.assert_array_equal(cell.kernel.asnumpy(), np.ones((2, 3)))
    np.testing.assert_array_equal(module.bias[...], np.full(3, 5.0))


def test_changed_attribute_takes_effect_and_nothing_else_retraces():
    module = nnx.Dropout(0.5, rngs=nnx.Rngs(0))
    cell = as_cell(module).set_train()
    x = Tensor(np.ones((4, 100), np.float32))
    assert (cell(x).asnumpy() == 0).any()
    cell(x)
    cell.sync_guest()
    cell(x)
    assert cell.compile_cache.num_traces == 1
    module.rate = 0.0
    np.testing.assert_array_equal(cell(x).asnumpy(), np.ones((4, 100)))
    assert cell.compile_cache.num_traces == 2
    module.rate = 0.5
    assert (cell(x).asnumpy() == 0).any()
    assert cell.compile_cache.num_traces == 2


def test_dropout_draws_from_the_modules_own_stream():
    ours, theirs = (nnx.Dropout(0.5, rngs=nnx.Rngs(3)) for _ in range(2))
    cell = as_cell(ours).set_train()
    x = np.ones((4, 8), np.float32)
    for _ in range(3):
        np.testing.assert_array_equal(cell(Tensor(x)).asnumpy(), theirs(x))


def test_other_key_implementation_is_kept():
    key = jax.random.key(0, impl="rbg")
    ours, theirs = (nnx.Dropout(0.5, rngs=nnx.Rngs(key)) for _ in range(2))
    cell = as_cell(ours).set_train()
    assert cell.parameters_dict()["rngs.key"].shape == (4,)
    x = np.ones((4, 8), np.float32)
    np.testing.assert_array_equal(cell(Tensor(x)).asnumpy(), theirs(x))
    cell.sync_guest()
    np.testing.assert_array_equal(ours(x), theirs(x))


def test_tied_and_structured_variables():
    class Net(nnx.Module):
        def __init__(self):
            rngs = nnx.Rngs(0)
            self.layers = nnx.List([nnx.Linear(2, 2, rngs=rngs) for _ in range(2)])
            self.layers[1].kernel = self.layers[0].kernel
            self.table = nnx.Variable({"low": jnp.zeros(()), "high": jnp.ones(())})

        def __call__(self, x):
            for layer in self.layers:
                x = layer(x)
            table = self.table.get_value()
            self.table.set_value({**table, "low": table["low"] + 1})
            return x + table["high"]

    ours, theirs = Net(), Net()
    cell = as_cell(ours)
    assert sorted(p.name for p in cell.get_parameters()) == [
        "layers.0.bias",
        "layers.0.kernel",
        "layers.1.bias",
        "table.high",
        "table.low",
    ]
    x = np.ones((1, 2), np.float32)
    for _ in range(2):
        np.testing.assert_allclose(cell(Tensor(x)).asnumpy(), theirs(x), rtol=1e-6)
    assert float(cell.parameters_dict()["table.low"]) == 2.0


@pytest.mark.parametrize("keyword", ["train", "deterministic"])
def test_mode_keyword_is_passed(keyword):
    class Net(nnx.Module):
        def __call__(self, x, **kwargs):
            raise NotImplementedError

    if keyword == "train":
        Net.__call__ = lambda self, x, *, train: x + 1 if train else x
    else:
        Net.__call__ = lambda self, x, *, deterministic: x if deterministic else x + 1
    cell = as_cell(Net())
    one = Tensor(1.0)
    assert float(cell(one)) == 1.0
    assert float(cell.set_train()(one)) == 2.0


def test_structured_outputs_and_own_arrays():
    class Net(nnx.Module):
        def __init__(self):
            self.w = nnx.Param(jnp.ones(2))

        def __call__(self, x):
            return {"sum": x + self.w, "w": self.w[...], "name": "net"}

    context.set_context(mode=context.PYNATIVE_MODE)
    cell = as_cell(Net())
    outputs = cell(Tensor(np.ones(2, np.float32)))
    assert isinstance(outputs["sum"], Tensor)
    assert outputs["name"] == "net"
    assert outputs["w"]._value is not cell.w._data


def test_deepcopy_is_independent():
    cell = as_cell(nnx.Linear(2, 3, rngs=nnx.Rngs(0)))
    cell.kernel.set_data(Tensor(np.full((2, 3), 2.0, np.float32)))
    twin = copy.deepcopy(cell)
    twin.kernel.set_data(Tensor(np.zeros((2, 3), np.float32)))
    twin.sync_guest()
    x = Tensor(np.ones((1, 2), np.float32))
    np.testing.assert_allclose(cell(x).asnumpy(), np.full((1, 3), 4.0))
    np.testing.assert_allclose(twin(x).asnumpy(), np.zeros((1, 3)))


def test_variables_that_came_later_are_refused():
    module = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    cell = as_cell(module)
    module.extra = nnx.Param(jnp.ones(1))
    with pytest.raises(RuntimeError, match="extra came or went"):
        cell.sync_guest()


def test_is_network():
    assert is_network(CNN())
    assert _guests.is_network(CNN())
    assert not is_network(nnx.Rngs(0))
    assert not is_network(CNN)
    assert not is_network(Tensor(1.0))


@pytest.mark.parametrize("value", [nnx.List([]), nnx.Dict({})], ids=["List", "Dict"])
def test_module_without_call_is_refused(value):
    with pytest.raises(TypeError, match="has no __call__"):
        as_cell(value)


def test_other_values_are_refused():
    with pytest.raises(TypeError, match=r"expected an nnx\.Module.*got int"):
        as_cell(3)


def test_variables_with_refs_are_refused():
    module = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    module.scale = nnx.Param(jnp.ones(1), ref=True)
    with pytest.raises(TypeError, match="'scale' holds a mutable ref"):
        as_cell(module)
