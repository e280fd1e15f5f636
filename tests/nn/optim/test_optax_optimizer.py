"""OptaxOptimizer against loops written by hand with optax."""

import copy

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from cellnet import context
from cellnet.nn.optim import OptaxOptimizer
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

TRANSFORMS = {
    "adamw": lambda: optax.adamw(optax.cosine_decay_schedule(0.1, 10)),
    "clip": lambda: optax.chain(
        optax.clip_by_global_norm(1.0), optax.sgd(0.1, momentum=0.9, nesterov=True)
    ),
    "masked": lambda: optax.chain(
        optax.add_decayed_weights(
            0.1, mask=lambda tree: {name: name.endswith("weight") for name in tree}
        ),
        optax.sgd(0.1),
    ),
    "partition": lambda: optax.partition(
        {"w": optax.adam(0.1), "b": optax.sgd(0.1)},
        {"fc.weight": "w", "fc.bias": "b"},
    ),
    "accumulated": lambda: optax.MultiSteps(
        optax.adam(0.1), every_k_schedule=2
    ).gradient_transformation(),
    "hyperparams": lambda: optax.inject_hyperparams(optax.adam)(
        learning_rate=optax.linear_schedule(0.1, 0.2, 4)
    ),
    "random": lambda: optax.chain(optax.add_noise(0.1, 0.5, 0), optax.sgd(0.1)),
    "keeps_gradients": lambda: _previous_gradient(),
}


def _previous_gradient():
    """A transformation that holds on to the very arrays it is given."""

    def update(updates, state, params=None):
        del params
        return jax.tree.map(lambda g, last: -0.1 * (g + last), updates, state), updates

    return optax.GradientTransformation(optax.tree.zeros_like, update)


def by_hand(transform, params, gradients):
    values = {p.name: jnp.asarray(p.asnumpy()) for p in params}
    state = transform.init(values)

    @jax.jit
    def step(values, state, grads):
        updates, state = transform.update(grads, state, values)
        return optax.apply_updates(values, updates), state

    for grads in gradients:
        named = {p.name: jnp.asarray(g) for p, g in zip(params, grads, strict=True)}
        values, state = step(values, state, named)
    return values, state


@pytest.mark.parametrize("name", TRANSFORMS)
def test_equals_the_hand_written_loop_bit_for_bit(name, params, gradients, run):
    values, state = by_hand(TRANSFORMS[name](), params, gradients)
    optimizer = OptaxOptimizer(params, TRANSFORMS[name]())
    run(optimizer)
    for parameter in params:
        np.testing.assert_array_equal(parameter.asnumpy(), values[parameter.name])
    leaves = [
        jax.random.key_data(x) if jnp.issubdtype(x.dtype, jax.dtypes.prng_key) else x
        for x in jax.tree.leaves(state)
    ]
    for parameter, leaf in zip(optimizer.opt_state, leaves, strict=True):
        np.testing.assert_array_equal(parameter.asnumpy(), leaf)
        assert parameter.asnumpy().dtype == leaf.dtype
    assert optimizer.compile_cache.num_traces == 1


@pytest.mark.parametrize("name", ["adamw", "keeps_gradients"])
def test_eager_steps_agree_and_leave_buffers_that_may_be_donated(
    name, params, gradients
):
    values, _ = by_hand(TRANSFORMS[name](), params, gradients)
    optimizer = OptaxOptimizer(params, TRANSFORMS[name]())
    kept = [tuple(Tensor(g) for g in step) for step in gradients]
    context.set_context(mode=context.PYNATIVE_MODE)
    try:
        for grads in kept[:-1]:
            optimizer(grads)
    finally:
        context.set_context(mode=context.GRAPH_MODE)
    optimizer(kept[-1])  # donates what the eager steps left
    for parameter in params:
        np.testing.assert_allclose(
            parameter.asnumpy(), values[parameter.name], rtol=1e-5, atol=1e-6
        )
    for grads, step in zip(kept, gradients, strict=True):
        np.testing.assert_array_equal(grads[0].asnumpy(), step[0])


def test_names_of_the_state(params):
    optimizer = OptaxOptimizer(params, optax.adam(0.1))
    assert [p.name for p in optimizer.get_parameters()] == [
        "global_step",
        "fc.weight",
        "fc.bias",
        "opt_state.0.count",
        "opt_state.0.mu.fc.bias",
        "opt_state.0.mu.fc.weight",
        "opt_state.0.nu.fc.bias",
        "opt_state.0.nu.fc.weight",
    ]
    assert optimizer.trainable_params() == params


def test_a_transform_without_state(params, gradients):
    optimizer = OptaxOptimizer(params, optax.sgd(1.0))
    before = params[1].asnumpy()
    optimizer(tuple(Tensor(g) for g in gradients[0]))
    np.testing.assert_array_equal(params[1].asnumpy(), before - gradients[0][1])
    assert optimizer.opt_state == ()
    assert int(optimizer.global_step.asnumpy()[0]) == 1


def test_extra_arguments_reach_the_transform(mode):
    w = Parameter(Tensor(np.ones(1, np.float32)), name="w")
    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=1)
    optimizer = OptaxOptimizer([w], optax.chain(optax.sgd(1.0), plateau))
    moved = []
    for _ in range(4):
        before = w.asnumpy()[0]
        optimizer((Tensor(np.ones(1, np.float32)),), value=Tensor(1.0))
        moved.append(float(before - w.asnumpy()[0]))
    # no value is better than the one before, so every later step halves the rate
    assert moved == [1.0, 0.5, 0.25, 0.125]


def test_half_precision_keeps_its_type():
    w = Parameter(Tensor(np.ones(2, np.float16)), name="w")
    optimizer = OptaxOptimizer([w], optax.adam(0.1))
    optimizer((Tensor(np.ones(2, np.float16)),))
    assert str(w.dtype) == "Float16"
    assert optimizer.compile_cache.num_traces == 1


def test_a_copy_goes_its_own_way(params, gradients):
    optimizer = OptaxOptimizer(params, optax.adam(0.1))
    twin = copy.deepcopy(optimizer)
    grads = tuple(Tensor(g) for g in gradients[0])
    before = params[0].asnumpy()
    twin(grads)
    np.testing.assert_array_equal(params[0].asnumpy(), before)
    optimizer(grads)
    np.testing.assert_array_equal(params[0].asnumpy(), twin.parameters[0].asnumpy())


def test_bad_arguments(params):
    with pytest.raises(TypeError, match="must be an optax.GradientTransformation"):
        OptaxOptimizer(params, optax.adam)
    with pytest.raises(TypeError, match="optax.partition"):
        OptaxOptimizer([{"params": params}], optax.adam(0.1))
    with pytest.raises(ValueError, match="must not be empty"):
        OptaxOptimizer([], optax.adam(0.1))
