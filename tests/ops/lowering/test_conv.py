"""Convolution against NumPy loops, and every way of differentiating and mapping it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.test_util import check_grads

from cellnet.ops.lowering import (
    _conv_cpu,
    _form_canonical,
    _form_depthwise,
    _form_patches,
    _form_tiles,
    conv,
    conv_input_grad,
    conv_weight_grad,
)
from cellnet.ops.lowering._geometry import ConvSpec

# name: (x, w, stride, padding, dilation, groups)
CASES = {
    "rank 1": ((2, 3, 7), (4, 3, 3), (2,), ((1, 0),), (1,), 1),
    "rank 1 over-padded": ((2, 3, 5), (4, 3, 2), (1,), ((3, 2),), (1,), 1),
    "rank 1 groups": ((2, 4, 7), (6, 2, 3), (2,), ((1, 2),), (2,), 2),
    "rank 1 depthwise": ((2, 3, 6), (6, 1, 2), (1,), ((1, 0),), (2,), 3),
    "rank 2": ((2, 3, 6, 5), (4, 3, 3, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "stride": ((2, 3, 8, 7), (4, 3, 3, 3), (2, 3), ((1, 1), (1, 1)), (1, 1), 1),
    "unused border": ((1, 2, 8, 9), (3, 2, 2, 3), (3, 5), ((0, 0), (0, 0)), (1, 1), 1),
    "dilation": ((2, 2, 8, 7), (3, 2, 3, 2), (1, 2), ((2, 1), (0, 3)), (2, 3), 1),
    "1x1": ((2, 3, 4, 5), (4, 3, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "1x1 stride": ((2, 3, 5, 5), (4, 3, 1, 1), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
    "groups": ((2, 4, 5, 6), (6, 2, 3, 2), (1, 2), ((1, 1), (1, 0)), (1, 1), 2),
    "depthwise": ((2, 3, 5, 6), (3, 1, 3, 3), (2, 1), ((1, 1), (1, 1)), (1, 2), 3),
    "depthwise x2": ((2, 3, 5, 4), (6, 1, 2, 3), (1, 1), ((1, 0), (1, 1)), (1, 1), 3),
    "rank 3": (
        (1, 2, 4, 3, 5),
        (3, 2, 2, 3, 2),
        (1, 2, 3),
        ((0, 1), (1, 1), (0, 0)),
        (2, 1, 1),
        1,
    ),
}


def static(case):
    _, _, stride, padding, dilation, groups = case
    return {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }


def loops(x, w, c, stride, padding, dilation, groups):
    """y by the definition, and the gradients of <y, c>, in float64."""
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x = np.pad(x, ((0, 0), (0, 0), *padding))
    size = positions(x.shape[2:], w.shape[2:], stride, dilation)
    y, dx, dw = np.zeros((len(x), len(w), *size)), np.zeros(x.shape), np.zeros(w.shape)
    inputs, outputs = w.shape[1], len(w) // groups
    for n, o, *at in np.ndindex(*y.shape):
        first = o // outputs * inputs
        window = tuple(
            slice(p * s, p * s + (k - 1) * d + 1, d)
            for p, s, k, d in zip(at, stride, w.shape[2:], dilation, strict=True)
        )
        seen = (n, slice(first, first + inputs), *window)
        y[(n, o, *at)] = (x[seen] * w[o]).sum()
        dx[seen] += c[(n, o, *at)] * w[o]
        dw[o] += c[(n, o, *at)] * x[seen]
    inner = (
        slice(low, n - high)
        for n, (low, high) in zip(x.shape[2:], padding, strict=True)
    )
    return y, dx[(slice(None), slice(None), *inner)], dw


def positions(size, kernel, stride, dilation):
    return [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, d, s in zip(size, kernel, dilation, stride, strict=True)
    ]


def operands(case, dtype=np.float32):
    x, w, stride, padding, dilation, _ = case
    padded = [n + sum(pair) for n, pair in zip(x[2:], padding, strict=True)]
    c = (x[0], w[0], *positions(padded, w[2:], stride, dilation))
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.normal(size=shape), dtype) for shape in (x, w, c)]


def passes(case):
    """The three entry points, as one compiled function of (x, w, c)."""

    @jax.jit
    def all_three(x, w, c):
        spec = static(case)
        return (
            conv(x, w, **spec),
            conv_input_grad(c, w, size=x.shape[2:], **spec),
            conv_weight_grad(x, c, kernel=w.shape[2:], **spec),
        )

    return all_three


def check_against_loops(case):
    values = operands(case)
    results = zip(passes(case)(*values), loops(*values, *case[2:]), strict=True)
    for got, expected in results:
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_passes_equal_numpy_loops(name):
    check_against_loops(CASES[name])


@pytest.fixture
def force(monkeypatch):
    """Makes every convolution take one form; what was compiled is forgotten."""

    def choose(form):
        monkeypatch.setattr(_conv_cpu, "choose", lambda *_: form)
        jax.clear_caches()

    yield choose
    jax.clear_caches()


DENSE = ["rank 1", "rank 2", "stride", "unused border", "dilation", "1x1", "rank 3"]


@pytest.mark.parametrize(
    ("form", "name"),
    [
        *((_form_canonical, name) for name in DENSE),
        *((_form_patches, name) for name in DENSE),
        *((_form_tiles, name) for name in [*DENSE, "1x1 stride"] if name != "rank 1"),
    ],
    ids=str,
)
def test_form_equals_numpy_loops(form, name, force):
    force(form)  # tiny shapes choose few of them by themselves
    check_against_loops(CASES[name])


@pytest.mark.parametrize("columns", [1, 5, 17])
def test_tiles_of_any_width_equal_numpy_loops(columns, force, monkeypatch):
    """One tile or many, and a last one that reaches beyond the border."""
    force(_form_tiles)
    monkeypatch.setattr(_form_tiles, "ROWS", 3 * columns)
    pads = ((1, 2), (0, 1))
    check_against_loops(((4, 2, 5, 13), (3, 2, 3, 4), (1, 1), pads, (1, 1), 1))


def test_derivatives_to_second_order():
    case = CASES["rank 1 groups"]
    x, w, _ = operands(case)
    function = jax.jit(lambda x, w: conv(x, w, **static(case)))
    check_grads(function, (x, w), 2, modes=["fwd", "rev"], rtol=0.03, atol=0.03)


@pytest.mark.parametrize("which", ["x, w", "c, w", "x, c"])
def test_mixed_derivatives_of_each_pass(which):
    """Of a bilinear B(a, b): what its derivatives along a and b must be."""
    case = CASES["rank 1 groups"]
    x, w, c = operands(case)
    size, kernel = x.shape[2:], w.shape[2:]
    function, a, b = {
        "x, w": (lambda x, w: conv(x, w, **static(case)), x, w),
        "c, w": (lambda c, w: conv_input_grad(c, w, size=size, **static(case)), c, w),
        "x, c": (
            lambda x, c: conv_weight_grad(x, c, kernel=kernel, **static(case)),
            x,
            c,
        ),
    }[which]

    @jax.jit
    def derivatives(a, b):
        def along(a, b):
            return jax.jvp(function, (a, b), (2 * a, -b))[1]  # 2 B - B = B

        forward = jax.jvp(along, (a, b), (a, b))[1]  # of degree 2 in (a, b)
        half_square, pull = jax.vjp(lambda a, b: (function(a, b) ** 2).sum() / 2, a, b)
        da, db = pull(1.0)
        return forward, half_square, (a * da).sum(), (b * db).sum()

    forward, half_square, *euler = derivatives(a, b)
    np.testing.assert_allclose(forward, 2 * function(a, b), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(euler, [2 * half_square] * 2, rtol=1e-4)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
@pytest.mark.parametrize("name", ["rank 1", "rank 1 depthwise"])
def test_half_types_are_float32_rounded_once(dtype, name):
    values = operands(CASES[name], dtype)
    wide = passes(CASES[name])(*(a.astype(jnp.float32) for a in values))
    for got, exact in zip(passes(CASES[name])(*values), wide, strict=True):
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, exact.astype(dtype))


def test_half_types_keep_small_addends():
    x = jnp.ones((1, 4096, 1), jnp.bfloat16)  # summed in bfloat16 this ends at 256
    assert conv(x, x).item() == 4096


@pytest.mark.parametrize("name", ["dilation", "groups", "depthwise"])
def test_float64(name):
    with jax.enable_x64(True):
        values = operands(CASES[name], np.float64)
        results = passes(CASES[name])(*values)
    expected = loops(*map(np.asarray, values), *CASES[name][2:])
    for got, exact in zip(results, expected, strict=True):
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("axes", [(0, None, None), (None, 0, 0), (0, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize("name", ["rank 1 groups", "rank 1 depthwise"])
def test_vmap_equals_a_loop(axes, name):
    batch = 3
    rng = np.random.default_rng(1)
    values = [
        value
        if axis is None
        else jnp.asarray(
            rng.normal(size=np.insert(value.shape, axis, batch)), jnp.float32
        )
        for value, axis in zip(operands(CASES[name]), axes, strict=True)
    ]
    mapped = jax.jit(jax.vmap(passes(CASES[name]), axes))(*values)
    for i in range(batch):
        row = (
            value if axis is None else jnp.take(value, i, axis)
            for value, axis in zip(values, axes, strict=True)
        )
        for got, one in zip(mapped, passes(CASES[name])(*row), strict=True):
            np.testing.assert_allclose(got[i], one, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["dilation", "rank 1 depthwise"])
def test_inside_scan_equals_outside(name):
    x, w, c = operands(CASES[name])

    def step(w, x):
        y, pull = jax.vjp(lambda x, w: conv(x, w, **static(CASES[name])), x, w)
        dx, dw = pull(c)
        return w - 0.01 * dw, (y, dx)

    images = jnp.stack([x, 2 * x, -x])
    last, outs = jax.jit(lambda w: lax.scan(step, w, images))(w)
    outside = jax.jit(step)
    for i, image in enumerate(images):
        w, (y, dx) = outside(w, image)
        np.testing.assert_allclose(outs[0][i], y, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(outs[1][i], dx, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(last, w, rtol=1e-5, atol=1e-5)


def test_scan_holds_no_convolution_in_gradient_form():
    # XLA:CPU runs these three slowly inside a loop: a flipped kernel, channels that are
    # not last, a kernel that is not spatial-first.
    x, w = jnp.ones((32, 64, 16, 16)), jnp.ones((64, 64, 3, 3))

    def step(w, x):
        return w - jax.grad(lambda w: conv(x, w, padding=1).sum())(w), None

    text = jax.jit(lambda w, x: lax.scan(step, w, x)).lower(w, x[None]).as_text()
    lines = [line for line in text.splitlines() if "stablehlo.convolution" in line]
    assert lines, "expected the canonical form for patches of 18 MiB"
    for line in lines:
        assert "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]" in line
        assert "reverse = [true" not in line


def test_one_exported_program_serves_all_platforms():
    x, w, _ = operands(CASES["stride"])
    function = jax.jit(
        jax.grad(lambda w, x: (conv(x, w, **static(CASES["stride"])) ** 2).sum())
    )
    exported = jax.export.export(function, platforms=("cpu", "cuda", "tpu"))(w, x)
    assert exported.platforms == ("cpu", "cuda", "tpu")
    assert exported.mlir_module_serialized
    np.testing.assert_allclose(exported.call(w, x), function(w, x), rtol=1e-6)


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_other_platforms_get_xla_convolutions(platform):
    x, w, _ = operands(CASES["rank 2"])
    step = jax.jit(jax.grad(lambda w, x: (conv(x, w) ** 2).sum(), argnums=(0, 1)))
    text = step.trace(w, x).lower(lowering_platforms=(platform,)).as_text()
    assert text.count("stablehlo.convolution") == 3
    assert "dot_general" not in text


@pytest.mark.parametrize(
    ("x", "w", "spec", "expected"),
    [
        ((32, 6, 14, 14), (16, 6, 5, 5), {}, _form_tiles),  # few channels
        ((24, 16, 14, 14), (16, 16, 5, 5), {}, _form_patches),  # 3.7 MiB of patches
        ((32, 32, 14, 14), (32, 32, 3, 3), {}, _form_canonical),  # 5 MiB of patches
        ((32, 64, 16, 16), (64, 64, 3, 3), {"padding": 1}, _form_canonical),  # 18 MiB
        ((32, 512, 64, 64), (64, 512, 1, 1), {}, _form_patches),  # nothing copied
        ((32, 64, 16, 16), (64, 64, 3, 3), {"stride": 2}, _form_patches),  # 3.4 MiB
        ((8, 64, 56, 56), (64, 64, 3, 3), {"stride": 2}, _form_canonical),  # 13 MiB
        ((1, 1, 64, 64), (32, 1, 11, 11), {}, _form_canonical),  # 121 taps
        ((1, 1, 4, 4), (32, 1, 11, 11), {"padding": 20}, _form_patches),  # must crop
        ((32, 64, 16, 16), (64, 1, 3, 3), {"groups": 64}, _form_depthwise),
        ((32, 64, 16, 16), (64, 2, 3, 3), {"groups": 32}, _form_patches),
    ],
)
def test_choice_of_form(x, w, spec, expected):
    stride, padding = spec.get("stride", 1), spec.get("padding", 0)
    spec = ConvSpec(
        (stride,) * 2, ((padding, padding),) * 2, (1, 1), spec.get("groups", 1)
    )
    assert _conv_cpu.choose(x, w, spec, jnp.dtype("float32")) is expected


def test_replicated_kernel_in_shard_map_gets_the_summed_gradient():
    mesh = jax.make_mesh((1,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
    data, whole = jax.sharding.PartitionSpec("d"), jax.sharding.PartitionSpec()
    x, w, _ = operands(CASES["rank 2"])

    def grad(x, w):
        return jax.grad(lambda w: (conv(x, w) ** 2).sum())(w)

    sharded = jax.shard_map(grad, mesh=mesh, in_specs=(data, whole), out_specs=whole)
    np.testing.assert_allclose(jax.jit(sharded)(x, w), grad(x, w), rtol=1e-5)


def test_eager_call_compiles_once(monkeypatch):
    x, w = jnp.ones((1, 1, 3, 3)), jnp.ones((1, 1, 2, 2))
    conv(x, w)
    monkeypatch.setattr(_conv_cpu, "choose", pytest.fail)
    conv(x + 1, w)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x, w: conv(x, w.astype(jnp.bfloat16)), TypeError, "one floating dtype"),
        (lambda x, w: conv(x.astype(int), w.astype(int)), TypeError, "floating"),
        (lambda x, w: conv(x[0], w), ValueError, "same rank"),
        (lambda x, w: conv(x, w, groups=2), ValueError, r"for groups=2, expected"),
        (lambda x, w: conv(x, w, stride=0), ValueError, "stride=0"),
        (lambda x, w: conv(x, w, stride=(1,)), ValueError, r"stride=\(1,\)"),
        (lambda x, w: conv(x, w, padding=-1), ValueError, "padding="),
        (lambda x, w: conv(x, w, dilation=9), ValueError, "a window that fits"),
        (
            lambda x, w: conv_input_grad(x, w, size=(9, 9)),
            ValueError,
            "expected .* input channels|got c|a kernel",
        ),
        (
            lambda x, w: conv_weight_grad(x, x, kernel=(3, 3)),
            ValueError,
            r"got c .*, expected \(N, 3, 4, 3\)",
        ),
    ],
)
def test_errors_say_what_came_and_what_was_expected(call, error, message):
    x, w = jnp.ones((2, 3, 6, 5)), jnp.ones((4, 3, 3, 2))
    with pytest.raises(error, match=message):
        call(x, w)
