"""Pooling against NumPy loops; where the gradient of a maximum goes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.test_util import check_grads

from cellnet.ops.lowering import avg_pool, max_pool

# name: (x, window, stride, padding)
CASES = {
    "rank 1": ((2, 3, 7), (3,), (2,), ((1, 0),)),
    "divides": ((2, 3, 4, 6), (2, 3), (2, 3), ((0, 0), (0, 0))),
    "remainder": ((2, 3, 5, 7), (2, 2), (2, 2), ((0, 0), (0, 0))),
    "overlap": ((2, 3, 6, 7), (3, 3), (2, 2), ((1, 1), (0, 1))),
    "stride 1": ((1, 2, 4, 5), (3, 2), (1, 1), ((1, 1), (1, 0))),
    "gaps": ((1, 2, 7, 8), (2, 2), (3, 5), ((0, 0), (0, 0))),
    "whole": ((2, 3, 4, 5), (4, 5), (1, 1), ((0, 0), (0, 0))),
    "one wide": ((1, 2, 4, 5), (3, 3), (2, 4), ((0, 0), (0, 0))),
    "batch last": ((5, 3, 5, 7), (3, 2), (2, 1), ((1, 0), (0, 1))),
    "batch last, rank 1": ((5, 2, 7), (3,), (2,), ((1, 0),)),
    "batch last, rank 3": ((4, 2, 3, 4, 5), (2, 3, 2), (2, 1, 2), ((0, 0),) * 3),
    "rank 3": ((1, 2, 4, 5, 3), (2, 3, 2), (2, 1, 1), ((0, 0), (1, 1), (0, 1))),
}
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def static(case):
    return dict(zip(("window", "stride", "padding"), case[1:], strict=True))


def windows(x, window, stride, padding, fill):
    """``(N, C, *positions, elements)``, elements in row-major order."""
    x = np.pad(x, ((0, 0), (0, 0), *padding), constant_values=fill)
    axes = tuple(range(2, x.ndim))
    views = np.lib.stride_tricks.sliding_window_view(x, window, axes)
    views = views[(slice(None), slice(None), *(slice(None, None, s) for s in stride))]
    return views.reshape(*views.shape[: x.ndim], -1)


def max_grad(x, c, window, stride, padding):
    """Each ``c`` to the first maximum of its window, by loops."""
    padded = np.pad(x, ((0, 0), (0, 0), *padding), constant_values=-np.inf)
    grad = np.zeros(padded.shape)
    for index in np.ndindex(*c.shape):
        corner = [p * s for p, s in zip(index[2:], stride, strict=True)]
        box = tuple(slice(a, a + k) for a, k in zip(corner, window, strict=True))
        first = np.unravel_index(padded[index[:2]][box].argmax(), window)
        at = tuple(a + f for a, f in zip(corner, first, strict=True))
        grad[(*index[:2], *at)] += c[index]
    inner = tuple(
        slice(low, low + n) for n, (low, _) in zip(x.shape[2:], padding, strict=True)
    )
    return grad[(slice(None), slice(None), *inner)]


def values(case, dtype=np.float32, levels=None):
    rng = np.random.default_rng(0)
    if levels:  # few values: many ties
        return rng.integers(0, levels, case[0]).astype(dtype)
    return rng.permutation(np.prod(case[0])).reshape(case[0]).astype(dtype) / 8


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.int32, jnp.uint8])
def test_max_of_other_dtypes(dtype):
    case = CASES["rank 1"]
    x = jnp.asarray(values(case, levels=50), dtype)
    got = max_pool(x, **static(case))
    assert got.dtype == dtype
    expected = windows(np.asarray(x, np.float64), *case[1:], fill=-np.inf).max(-1)
    np.testing.assert_array_equal(np.asarray(got, np.float64), expected)


@EACH
def test_max_and_its_gradient_equal_numpy_loops(case):
    negative = values(case) - 1000  # below the zeros that a wrong padding would bring
    ties = values(case, levels=2)
    holes = values(case)
    holes.reshape(-1)[::5] = np.nan  # a NaN is larger than any number
    pooled = functools.partial(max_pool, **static(case))

    @jax.jit
    def value_and_pull(x, c):
        y, pull = jax.vjp(pooled, x)
        return y, pull(c)[0]

    for x in (negative, ties, holes):
        y = windows(x, *case[1:], fill=-np.inf).max(-1)
        c = np.random.default_rng(1).integers(1, 9, y.shape).astype(np.float32)
        got, dx = value_and_pull(x, c)
        np.testing.assert_array_equal(got, y)
        # argmax of NumPy, too, takes the first maximum, and a NaN for one
        np.testing.assert_array_equal(dx, max_grad(x, c, *case[1:]))


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_only_the_value_is_left_to_reduce_window(platform):
    def grad(x):
        return jax.grad(lambda x: (max_pool(x, window=2, stride=2) ** 2).sum())(x)

    lowered = (
        jax.jit(grad)
        .trace(jnp.ones((1, 1, 4, 4)))
        .lower(lowering_platforms=(platform,))
    )
    text = lowered.as_text()
    assert "stablehlo.reduce_window" in text
    assert "select_and_scatter" not in text  # its order among ties is the backend's


def test_max_keeps_no_mask_for_the_backward_pass():
    x = jnp.ones((2, 3, 8, 8))
    _, pull = jax.vjp(lambda x: max_pool(x, window=2, stride=2), x)
    kept = [leaf for leaf in jax.tree.leaves(pull) if hasattr(leaf, "shape")]
    assert sum(leaf.size for leaf in kept) <= x.size + 2 * x.size // 4


def test_max_derivatives_to_second_order():
    case = CASES["rank 1"]

    @jax.jit
    def scaled(x):
        return max_pool(x * x, **static(case)) / 100

    x = jnp.asarray(values(case)) + 1  # 1/8 apart: finite differences keep order
    check_grads(scaled, (x,), 2, modes=["fwd", "rev"], rtol=0.05, atol=0.05)


@EACH
@pytest.mark.parametrize("include", [True, False])
def test_average_equals_numpy(case, include):
    x = values(case)
    got = avg_pool(x, **static(case), count_include_pad=include)
    inside = windows(np.ones(case[0]), *case[1:], fill=0).sum(-1)
    count = np.prod(case[1]) if include else inside
    expected = windows(x, *case[1:], fill=0).sum(-1) / count
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_average_derivatives_to_second_order():
    case = CASES["rank 1"]

    @jax.jit
    def square(x):
        return avg_pool(x, **static(case), count_include_pad=False) ** 2

    x = jnp.asarray(np.random.default_rng(0).normal(size=case[0]), jnp.float32)
    check_grads(square, (x,), 2, modes=["fwd", "rev"], rtol=0.05, atol=0.05)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_average_of_halves_is_summed_in_float32(dtype):
    got = avg_pool(jnp.ones((1, 1, 4096), dtype), window=4096, stride=1)
    assert got.dtype == dtype
    assert got.item() == 1


POOLS = {
    "max": lambda x: max_pool(x, **static(CASES["overlap"])),
    "avg": lambda x: avg_pool(x, **static(CASES["overlap"]), count_include_pad=False),
}


@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS.keys())
def test_vmap_scan_and_float64_equal_plain_calls(pool):
    with jax.enable_x64(True):
        x = values(CASES["overlap"], np.float64, levels=9)
        stacked = jnp.stack([x, x[::-1], -x])

        def step(total, x):
            y, pull = jax.vjp(pool, x)
            return total, (y, pull(jnp.cos(y))[0])

        mapped = jax.jit(jax.vmap(lambda x: step(0.0, x)[1]))(stacked)
        scanned = lax.scan(step, 0.0, stacked)[1]
        plain = jax.jit(step)
        for i, row in enumerate(stacked):
            for got in (mapped, scanned):
                for a, b in zip(got, plain(0.0, row)[1], strict=True):
                    assert a.dtype == np.float64
                    np.testing.assert_allclose(a[i], b, rtol=1e-12)


@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS.keys())
def test_one_exported_program_serves_all_platforms(pool):
    x = jnp.asarray(values(CASES["overlap"]))
    function = jax.jit(jax.grad(lambda x: (pool(x) ** 2).sum()))
    exported = jax.export.export(function, platforms=("cpu", "cuda", "tpu"))(x)
    assert exported.platforms == ("cpu", "cuda", "tpu")
    assert exported.mlir_module_serialized
    np.testing.assert_allclose(exported.call(x), function(x), rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: max_pool(x > 0, window=2, stride=2), TypeError, "float or int"),
        (lambda x: avg_pool(x.astype(int), window=2, stride=2), TypeError, "floating"),
        (lambda x: max_pool(x[0, 0], window=2, stride=2), ValueError, "1 to 3 more"),
        (lambda x: max_pool(x, window=5, stride=1), ValueError, "a window that fits"),
        (lambda x: max_pool(x, window=(2, 2, 2), stride=1), ValueError, "window="),
        (lambda x: avg_pool(x, window=2, stride=0), ValueError, "stride=0"),
        (lambda x: avg_pool(x, window=2, stride=1, padding=-1), ValueError, "padding"),
        (
            lambda x: avg_pool(
                x, window=2, stride=1, padding=2, count_include_pad=False
            ),
            ValueError,
            "every window to reach",
        ),
    ],
)
def test_errors_say_what_came_and_what_was_expected(call, error, message):
    with pytest.raises(error, match=message):
        call(jnp.ones((1, 1, 4, 4)))
