"""linen modules as Cells, against hand-written flax loops."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen

from cellnet.interop.flax import LinenCell, as_cell, is_network
from cellnet.nn import _guests
from cellnet.random import set_seed
from cellnet.tensor import Tensor
from tests.interop._training import (
    assert_trees_close,
    batches,
    cross_entropy,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")


class CNN(linen.Module):
    @linen.compact
    def __call__(self, x, train: bool):
        x = linen.Conv(4, (3, 3))(x)
        x = linen.relu(linen.BatchNorm(use_running_average=not train)(x))
        x = linen.Dropout(0.5, deterministic=not train)(x).mean((1, 2))
        return linen.Dense(3)(x)


def initial(seed=0):
    return CNN().init(jax.random.key(seed), jnp.ones((1, 6, 6, 1)), train=False)


def flax_loop(variables, tx, data, key):
    """Plain linen and optax; one key is split off for each step."""
    params, stats = variables["params"], variables["batch_stats"]
    opt_state = tx.init(params)

    @jax.jit
    def step(params, stats, opt_state, key, x, y):
        def loss_fn(params):
            logits, changed = CNN().apply(
                {"params": params, "batch_stats": stats},
                x,
                train=True,
                rngs={"dropout": key},
                mutable=["batch_stats"],
            )
            return cross_entropy(logits, y), changed["batch_stats"]

        (loss, stats), grads = jax.value_and_grad(loss_fn, has_aux=True)(params)
        updates, opt_state = tx.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), stats, opt_state, loss

    losses = []
    for x, y in data:
        key, now = jax.random.split(key)
        params, stats, opt_state, loss = step(params, stats, opt_state, now, x, y)
        losses.append(float(loss))
    return losses, {"params": params, "batch_stats": stats}


def test_trajectory_equals_flax_loop():
    data, tx = batches(6), optax.adam(1e-2)
    expected, variables = flax_loop(initial(), tx, data, jax.random.key(7))
    set_seed(7)
    cell = LinenCell(CNN(), initial())
    losses = train(cell, tx, data)
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-5)
    assert_trees_close(cell.variables, variables)


@pytest.mark.parametrize("form", ["bound", "pair"])
def test_adopted_forms_run_in_eval_mode(form):
    variables = initial()
    value = CNN().bind(variables) if form == "bound" else (CNN(), variables)
    assert is_network(value)
    x, _ = batches(1)[0]
    expected = CNN().apply(variables, x, train=False)
    actual = as_cell(value)(Tensor(x)).asnumpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_names_and_collections():
    cell = LinenCell(CNN(), initial())
    assert {p.name for p in cell.trainable_params()} == {
        "BatchNorm_0.bias",
        "BatchNorm_0.scale",
        "Conv_0.bias",
        "Conv_0.kernel",
        "Dense_0.bias",
        "Dense_0.kernel",
    }
    assert {p.name for p in cell.untrainable_params()} == {
        "batch_stats.BatchNorm_0.mean",
        "batch_stats.BatchNorm_0.var",
    }


def test_variables_are_copies():
    data = batches(2, shape=(4, 2))
    variables = linen.Dense(3).init(jax.random.key(0), data[0][0])
    before = np.asarray(variables["params"]["kernel"])
    cell = LinenCell(linen.Dense(3), variables)
    train(cell, optax.sgd(0.1), data)
    taken = cell.variables
    kernel = np.asarray(taken["params"]["kernel"])
    assert np.abs(kernel - before).max() > 1e-4
    train(cell, optax.sgd(0.1), data)
    np.testing.assert_array_equal(taken["params"]["kernel"], kernel)
    np.testing.assert_array_equal(variables["params"]["kernel"], before)


@pytest.mark.parametrize(
    ("name", "while_training"),
    [
        ("train", True),
        ("training", True),
        ("is_training", True),
        ("deterministic", False),
        ("use_running_average", False),
    ],
)
def test_mode_keyword(name, while_training):
    class Net(linen.Module):
        pass

    source = f"lambda self, x, {name}: x + (2.0 if {name} else 1.0)"
    Net.__call__ = eval(source)
    cell = LinenCell(Net(), {})
    on = Tensor(0.0)
    assert float(cell.set_train()(on)) == (2.0 if while_training else 1.0)
    assert float(cell.set_train(False)(on)) == (1.0 if while_training else 2.0)


def test_given_keyword_wins():
    variables = initial()
    x, _ = batches(1)[0]
    cell = LinenCell(CNN(), variables).set_train()
    expected = CNN().apply(variables, x, train=False)
    actual = cell(Tensor(x), train=False).asnumpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_bound_module_is_found_by_cells():
    assert _guests.is_network(CNN().bind(initial()))


def test_unbound_module_is_explained():
    assert is_network(CNN())
    with pytest.raises(TypeError, match=r"has no variables; pass module\.bind"):
        as_cell(CNN())


def test_params_alone_are_refused():
    with pytest.raises(ValueError, match="expected 'params' among them"):
        LinenCell(CNN(), initial()["params"])


def test_no_module_is_refused():
    with pytest.raises(TypeError, match="expected a linen module, got str"):
        LinenCell("net", {})
