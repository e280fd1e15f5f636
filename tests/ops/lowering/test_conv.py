"""Convolution against NumPy loops, and every way of differentiating and mapping it."""

import itertools

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
    conv,
    conv_input_grad,
    conv_weight_grad,
)
from cellnet.ops.lowering._geometry import ConvSpec

# name: (x, w, stride, padding, dilation, groups)
CASES = {
    "rank 1": ((2, 3, 7), (4, 3, 3), (2,), ((1, 0),), (1,), 1),
    "rank 1 over-padded": ((2, 3, 5), (4, 3, 2), (1,), ((3, 2),), (1,), 1),
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
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
FORMS = {"canonical": _form_canonical, "patches": _form_patches}


def static(case):
    _, _, stride, padding, dilation, groups = case
    return {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }


def loops(x, w, stride, padding, dilation, groups):
    """The definition, in float64."""
    x, w = np.asarray(x, np.float64), np.asarray(w, np.float64)
    x = np.pad(x, ((0, 0), (0, 0), *padding))
    size = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, d, s in zip(x.shape[2:], w.shape[2:], dilation, stride, strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[0], *size))
    inputs, outputs = w.shape[1], w.shape[0] // groups
    for o, position in itertools.product(range(w.shape[0]), np.ndindex(*size)):
        group = slice(o // outputs * inputs, (o // outputs + 1) * inputs)
        window = tuple(
            slice(p * s, p * s + (k - 1) * d + 1, d)
            for p, s, k, d in zip(position, stride, w.shape[2:], dilation, strict=True)
        )
        seen = x[(slice(None), group, *window)]
        y[(slice(None), o, *position)] = (seen * w[o]).reshape(len(x), -1).sum(1)
    return y


def loop_grads(x, w, c, *spec):
    """dx and dw of ``<loops(x, w), c>``, one unit vector at a time: F is linear in each."""

    def by_units(shape, function):
        grad = np.zeros(shape)
        for index in np.ndindex(*shape):
            unit = np.zeros(shape)
            unit[index] = 1
            grad[index] = (function(unit) * c).sum()
        return grad

    dx = by_units(x.shape, lambda unit: loops(unit, w, *spec))
    return dx, by_units(w.shape, lambda unit: loops(x, unit, *spec))


def operands(case, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    x, w = (jnp.asarray(rng.normal(size=shape), dtype) for shape in case[:2])
    return x, w, jnp.asarray(rng.normal(size=loops(x, w, *case[2:]).shape), dtype)


@pytest.fixture(params=["chosen", *FORMS])
def form(request, monkeypatch):
    """Run every convolution by one form wherever it applies."""
    if request.param == "chosen":
        return
    chosen = _conv_cpu.choose

    def forced(x, w, spec, dtype):
        fits = _form_canonical.fits(x[2:], w[2:], spec)
        if spec.groups > 1 or (request.param == "canonical" and not fits):
            return chosen(x, w, spec, dtype)
        return FORMS[request.param]

    monkeypatch.setattr(_conv_cpu, "choose", forced)
    jax.clear_caches()
    request.addfinalizer(jax.clear_caches)


@EACH
def test_passes_equal_numpy_loops(case, form):
    x, w, c = operands(case)
    dx, dw = loop_grads(x, w, np.asarray(c), *case[2:])
    spec = static(case)
    y = conv(x, w, **spec)
    np.testing.assert_allclose(y, loops(x, w, *case[2:]), rtol=1e-4, atol=1e-4)
    got = conv_input_grad(c, w, size=x.shape[2:], **spec)
    np.testing.assert_allclose(got, dx, rtol=1e-4, atol=1e-4)
    got = conv_weight_grad(x, c, kernel=w.shape[2:], **spec)
    np.testing.assert_allclose(got, dw, rtol=1e-4, atol=1e-4)


@EACH
def test_derivatives_to_second_order(case):
    x, w, c = operands(case)
    spec = static(case)
    options = {"order": 2, "modes": ["fwd", "rev"], "rtol": 0.03, "atol": 0.03}
    size, kernel = x.shape[2:], w.shape[2:]
    check_grads(lambda x, w: conv(x, w, **spec), (x, w), **options)
    check_grads(
        lambda c, w: conv_input_grad(c, w, size=size, **spec), (c, w), **options
    )
    check_grads(
        lambda x, c: conv_weight_grad(x, c, kernel=kernel, **spec), (x, c), **options
    )


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
@pytest.mark.parametrize("name", ["rank 1", "stride", "groups", "depthwise x2"])
def test_half_types_are_summed_in_float32(dtype, name):
    x, w, c = operands(CASES[name], dtype)
    spec = static(CASES[name])
    y, pull = jax.vjp(lambda x, w: conv(x, w, **spec), x, w)
    wide = [a.astype(jnp.float32) for a in (x, w, c)]
    z, wide_pull = jax.vjp(lambda x, w: conv(x, w, **spec), *wide[:2])
    for got, exact in zip((y, *pull(c)), (z, *wide_pull(wide[2])), strict=True):
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, exact.astype(dtype))


def test_half_types_keep_small_addends():
    x = jnp.ones((1, 4096, 1), jnp.bfloat16)  # summed in bfloat16 this ends at 256
    assert conv(x, x).item() == 4096


@pytest.mark.parametrize("name", ["rank 1", "dilation", "groups", "depthwise"])
def test_float64(name):
    with jax.enable_x64(True):
        x, w, c = operands(CASES[name], np.float64)
        dx, dw = loop_grads(x, w, np.asarray(c), *CASES[name][2:])
        y, pull = jax.vjp(lambda x, w: conv(x, w, **static(CASES[name])), x, w)
        assert y.dtype == np.float64
        np.testing.assert_allclose(y, loops(x, w, *CASES[name][2:]), rtol=1e-12)
        for got, expected in zip(pull(c), (dx, dw), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0), (2, 1)])
@pytest.mark.parametrize("name", ["rank 1", "stride", "groups", "depthwise x2"])
@pytest.mark.parametrize("which", ["conv", "input_grad", "weight_grad"])
def test_vmap_equals_a_loop(axes, name, which):
    x, w, c = operands(CASES[name])
    spec = static(CASES[name])
    function, values = {
        "conv": (lambda a, b: conv(a, b, **spec), (x, w)),
        "input_grad": (
            lambda a, b: conv_input_grad(a, b, size=x.shape[2:], **spec),
            (c, w),
        ),
        "weight_grad": (
            lambda a, b: conv_weight_grad(a, b, kernel=w.shape[2:], **spec),
            (x, c),
        ),
    }[which]
    scales = (1.0, -2.0, 0.5)
    rows = [
        [value * (1 if axis is None else scale) for value, axis in zip(values, axes)]
        for scale in scales
    ]
    rows = [[jnp.roll(v, i) for v in row] for i, row in enumerate(rows)]
    stacked = [
        rows[0][side] if axis is None else jnp.stack([r[side] for r in rows], axis)
        for side, axis in enumerate(axes)
    ]
    got = jax.vmap(function, axes)(*stacked)
    for i, row in enumerate(rows):
        pair = [rows[0][s] if axes[s] is None else row[s] for s in (0, 1)]
        np.testing.assert_allclose(got[i], function(*pair), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["rank 2", "dilation", "groups", "depthwise"])
def test_inside_scan_equals_outside(name):
    x, w, c = operands(CASES[name])

    def step(w, x):
        y, pull = jax.vjp(lambda x, w: conv(x, w, **static(CASES[name])), x, w)
        dx, dw = pull(c)
        return w - 0.01 * dw, (y, dx)

    images = jnp.stack([x, 2 * x, -x])
    last, outs = jax.jit(lambda w: lax.scan(step, w, images))(w)
    for i, image in enumerate(images):
        w, (y, dx) = jax.jit(step)(w, image)
        np.testing.assert_allclose(outs[0][i], y, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(outs[1][i], dx, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(last, w, rtol=1e-5, atol=1e-5)


def test_scan_holds_no_convolution_in_gradient_form():
    # XLA:CPU runs these three slowly inside a loop: a flipped kernel, channels that are
    # not last, a kernel that is not spatial-first.
    x, w, _ = operands(((32, 64, 16, 16), (64, 64, 3, 3), *CASES["stride"][2:]))

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
        ((32, 6, 14, 14), (16, 6, 5, 5), {}, _form_patches),  # 1.9 MiB of patches
        ((32, 64, 16, 16), (64, 64, 3, 3), {"padding": 1}, _form_canonical),  # 18 MiB
        ((32, 512, 64, 64), (64, 512, 1, 1), {}, _form_patches),  # nothing copied
        ((32, 64, 64, 64), (64, 64, 3, 3), {"stride": 2}, _form_patches),
        ((1, 1, 64, 64), (8, 1, 11, 11), {}, _form_canonical),  # 121 taps
        ((1, 1, 4, 4), (8, 1, 11, 11), {"padding": 20}, _form_patches),  # must crop
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


def test_eager_call_compiles_once():
    x, w, _ = operands(((1, 1, 3, 3), (1, 1, 2, 2), *CASES["rank 2"][2:]))
    conv(x, w)
    with jax.log_compiles(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(_conv_cpu, "conv", pytest.fail)
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
