"""Cells around an optimizer, against NumPy and optax, and inside sunk loops."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, context, nn
from cellnet.train import DynamicLossScaleManager, FixedLossScaleManager
from tests.train._training import LeastSquares, X, Y

RNG = np.random.default_rng(0)
SHAPES = ((3, 2), (4,))
GRADIENTS = [[RNG.normal(size=s).astype(np.float32) for s in SHAPES] for _ in range(7)]
MODES = (context.GRAPH_MODE, context.PYNATIVE_MODE)


def parameters():
    return [
        Parameter(Tensor(np.full(s, 0.5, np.float32)), name=f"w{i}")
        for i, s in enumerate(SHAPES)
    ]


def run(optimizer, gradients=GRADIENTS):
    for given in gradients:
        optimizer(tuple(map(Tensor, given)))
    return [p.asnumpy().copy() for p in optimizer.parameters]


def by_optax(transform, gradients=GRADIENTS):
    values = [jnp.full(s, 0.5) for s in SHAPES]
    state = transform.init(values)
    for given in gradients:
        updates, state = transform.update(
            [jnp.asarray(g) for g in given], state, values
        )
        values = optax.apply_updates(values, updates)
    return values, state


def assert_close(actual, expected, **tolerances):
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, e, **{"rtol": 1e-6, "atol": 1e-7, **tolerances})


# -- accumulation ---------------------------------------------------------------------
@pytest.mark.parametrize("mode", MODES)
def test_accumulation_is_optax_multi_steps(mode):
    ms.set_context(mode=mode)
    optimizer = nn.GradientAccumulation(nn.Momentum(parameters(), 0.1, 0.9), 3)
    expected, _ = by_optax(optax.MultiSteps(optax.sgd(0.1, 0.9), 3))
    assert_close(run(optimizer), expected)
    # 7 gradients: two updates, and one that waits for the next
    assert int(optimizer.global_step.asnumpy()[0]) == 2
    assert int(optimizer.num_gathered) == 1
    assert_close([p.asnumpy() for p in optimizer.gathered], GRADIENTS[6])


def linear_model(batch, **settings):
    net = LeastSquares()
    optimizer = nn.Momentum(net.trainable_params(), 0.1, 0.9)
    data = ds.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(batch)
    return Model(net, None, optimizer, **settings), data


@pytest.mark.parametrize("sink", [True, False])
def test_small_batches_accumulated_train_like_large_ones(sink):
    model, data = linear_model(2, gradient_accumulation_steps=4)
    model.train(3, data, dataset_sink_mode=sink)
    large, large_data = linear_model(8)
    large.train(3, large_data, dataset_sink_mode=sink)
    np.testing.assert_allclose(
        model.predict_network.w.asnumpy(), large.predict_network.w.asnumpy(), rtol=1e-5
    )


def test_an_epoch_may_end_between_two_updates():
    model, data = linear_model(4, gradient_accumulation_steps=3)
    model.train(3, data, dataset_sink_mode=True)  # 6 steps, 2 in an epoch
    optimizer = model.train_network.optimizer
    assert int(optimizer.global_step.asnumpy()[0]) == 2
    assert int(optimizer.num_gathered) == 0


def test_a_step_that_overflows_is_not_gathered():
    net = LeastSquares()
    optimizer = nn.SGD(net.trainable_params(), 1e-9)
    manager = DynamicLossScaleManager(2.0**127, 2, 100)  # the first product is infinite
    data = ds.NumpySlicesDataset((100 * X, Y), ["x", "y"], shuffle=False).batch(8)
    model = Model(
        net, None, optimizer, loss_scale_manager=manager, gradient_accumulation_steps=2
    )
    model.train(30, data, dataset_sink_mode=True)
    step = model.train_network
    overflows = round(np.log2(2.0**127 / float(step.scale_sense)))
    assert 0 < overflows < 30
    updates = int(optimizer.global_step.asnumpy()[0])
    assert updates * 2 + int(step.optimizer.num_gathered) == 30 - overflows


def test_update_work_is_left_out_between_updates():
    """The compiled step has a branch; a select would compute every update."""
    optimizer = nn.GradientAccumulation(nn.Adam(parameters(), 0.1), 2)
    kept = list(optimizer.get_parameters())

    def step(values, gradients):
        from cellnet.graph.state import functionalize

        pure = functionalize(lambda *g: optimizer(tuple(map(Tensor, g))), kept)
        return [value for _, value in pure(values, *gradients)[1]]

    jaxpr = jax.make_jaxpr(step)([p.value()._value for p in kept], GRADIENTS[0])
    assert "cond" in {equation.primitive.name for equation in jaxpr.eqns}


# -- clipping -------------------------------------------------------------------------
def scaled(gradient, limit, norm):
    return gradient * min(1.0, limit / norm)


def by_element(gradients):
    return [np.clip(g, -0.5, 0.5) for g in gradients]


def by_norm(gradients):
    return [scaled(g, 0.5, np.linalg.norm(g)) for g in gradients]


def by_global_norm(gradients):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [scaled(g, 0.5, norm) for g in gradients]


@pytest.mark.parametrize("loss_scale", [1.0, 128.0])
@pytest.mark.parametrize(
    ("kind", "formula"),
    [("value", by_element), ("norm", by_norm), ("global_norm", by_global_norm)],
)
def test_clipping(kind, formula, loss_scale):
    inner = nn.Momentum(parameters(), 0.1, 0.0, loss_scale=loss_scale)
    optimizer = nn.GradientClipping(inner, **{kind: 0.5})
    gradients = [[g * f for g in GRADIENTS[0]] for f in (1.0, 0.01)]
    expected = [np.full(s, 0.5) for s in SHAPES]
    for given in gradients:
        expected = [w - 0.1 * g for w, g in zip(expected, formula(given), strict=True)]
    found = run(optimizer, [[g * loss_scale for g in given] for given in gradients])
    assert_close(found, expected, rtol=1e-5)


# -- averages -------------------------------------------------------------------------
@pytest.mark.parametrize("mode", MODES)
def test_the_average_is_that_of_the_weights_after_each_update(mode):
    ms.set_context(mode=mode)
    optimizer = nn.ExponentialMovingAverage(nn.SGD(parameters(), 0.1), 0.75)
    average = None
    for given in GRADIENTS:
        weights = run(optimizer, [given])
        average = (
            weights
            if average is None
            else [0.75 * a + 0.25 * w for a, w in zip(average, weights, strict=True)]
        )
    with optimizer.averaged():
        assert_close([p.asnumpy() for p in optimizer.parameters], average, rtol=1e-5)
        assert_close([p.asnumpy() for p in optimizer.averages], weights)
    assert_close([p.asnumpy() for p in optimizer.parameters], weights)


def test_averages_of_a_sunk_training_are_those_of_a_loop():
    kept = []
    for sink in (True, False):
        net = LeastSquares()
        optimizer = nn.ExponentialMovingAverage(
            nn.Momentum(net.trainable_params(), 0.1, 0.9), 0.9
        )
        data = ds.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(4)
        Model(net, None, optimizer).train(3, data, dataset_sink_mode=sink)
        kept.append(optimizer.averages[0].asnumpy())
    np.testing.assert_array_equal(kept[0], kept[1])
    assert not np.array_equal(kept[0], net.w.asnumpy())


@pytest.mark.parametrize("dtype", [ms.float16, ms.bfloat16])
def test_averages_of_weights_of_16_bits_move_by_small_steps(dtype):
    w = Parameter(Tensor([1.0], dtype), name="w")
    optimizer = nn.ExponentialMovingAverage(nn.SGD([w], 1.0), 0.9999)
    optimizer((Tensor([0.0], dtype),))
    average = 1.0
    for gradient in [-0.5] + 49 * [0.0]:
        optimizer((Tensor([gradient], dtype),))
        average = 0.9999 * average + 0.0001 * 1.5
    with optimizer.averaged():
        assert w.dtype == dtype
        np.testing.assert_allclose(float(w), average, rtol=4e-3)
    assert float(w) == 1.5
    np.testing.assert_allclose(float(optimizer.averages[0]), average, rtol=1e-6)


def test_averages_follow_updates_not_steps():
    inner = nn.ExponentialMovingAverage(nn.SGD(parameters(), 0.1), 0.5)
    run(nn.GradientAccumulation(inner, 3))
    assert int(inner.num_updates) == 2


# -- what they share ------------------------------------------------------------------
def test_settings_of_the_optimizer_inside_are_seen():
    inner = nn.Momentum(parameters(), 0.25, 0.9, loss_scale=8.0)
    outer = nn.GradientAccumulation(nn.GradientClipping(inner, norm=1.0), 2)
    assert outer.learning_rate is inner.learning_rate
    assert outer.loss_scale == 8.0
    assert float(outer.get_lr()) == 0.25
    assert outer.get_lr_parameter(inner.parameters[0]) is inner.learning_rate
    assert outer.global_step is inner.global_step


def test_optax_transformations_can_be_inside():
    transform = optax.adam(0.1)
    inner = nn.OptaxOptimizer(parameters(), transform)
    expected, _ = by_optax(optax.chain(optax.clip(0.5), transform))
    assert_close(run(nn.GradientClipping(inner, value=0.5)), expected, rtol=1e-5)


def test_states_are_saved_with_the_training_step():
    net = LeastSquares()
    optimizer = nn.ExponentialMovingAverage(nn.SGD(net.trainable_params(), 0.1))
    manager = FixedLossScaleManager(4.0)
    model = Model(
        *(net, None, optimizer),
        loss_scale_manager=manager,
        gradient_accumulation_steps=2,
    )
    names = set(model.train_network.parameters_dict())
    assert {"w", "ema.w", "ema_updates", "grad_accumulation.w"} <= names
    assert {p.name for p in model.train_network.trainable_params()} >= {"w"}
    assert not optimizer.averages[0].requires_grad


@pytest.mark.parametrize(
    ("kind", "text", "call"),
    [
        (TypeError, "optimizer", lambda o: nn.GradientAccumulation(3, 2)),
        (TypeError, "steps", lambda o: nn.GradientAccumulation(o, 2.0)),
        (ValueError, "steps", lambda o: nn.GradientAccumulation(o, 0)),
        (ValueError, "got none", lambda o: nn.GradientClipping(o)),
        (
            ValueError,
            "got value, norm",
            lambda o: nn.GradientClipping(o, value=1, norm=1),
        ),
        (ValueError, "norm", lambda o: nn.GradientClipping(o, norm=0.0)),
        (TypeError, "value", lambda o: nn.GradientClipping(o, value="1")),
        (ValueError, "decay", lambda o: nn.ExponentialMovingAverage(o, 1.0)),
        (ValueError, "decay", lambda o: nn.ExponentialMovingAverage(o, -0.1)),
        (TypeError, "decay", lambda o: nn.ExponentialMovingAverage(o, "1")),
        (ValueError, "w0.*shape", lambda o: run(nn.GradientAccumulation(o, 2), BAD)),
        (
            ValueError,
            "needs an optimizer",
            lambda o: Model(LeastSquares(), gradient_accumulation_steps=2),
        ),
        (
            ValueError,
            "gradient_accumulation_steps",
            lambda o: Model(LeastSquares(), None, o, gradient_accumulation_steps=0),
        ),
    ],
)
def test_errors(kind, text, call):
    with pytest.raises(kind, match=text):
        call(nn.SGD(parameters(), 0.1))


BAD = [[np.zeros((2, 3), np.float32), np.zeros(4, np.float32)]]
