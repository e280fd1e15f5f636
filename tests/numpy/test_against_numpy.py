"""cellnet.numpy against NumPy itself: one table of calls, run eagerly and compiled."""

import jax
import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor
from cellnet import numpy as mnp

X = np.array([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]], np.float32)
Y = np.array([0.5, -1.0, 4.0], np.float32)
I = np.array([[7, -2, 3], [4, 5, 6]], np.int32)  # noqa: E741
T = (np.arange(24, dtype=np.float32) - 7).reshape(2, 3, 4)

ONE = [
    "abs",
    "arctan",
    "arcsinh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fix",
    "floor",
    "isinf",
    "negative",
    "positive",
    "rad2deg",
    "reciprocal",
    "rint",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "square",
    "tan",
    "tanh",
    "trunc",
    "ravel",
    "transpose",
    "flip",
    "fliplr",
    "flipud",
    "rot90",
    "atleast_3d",
    "diag",
    "diagflat",
    "diagonal",
    "trace",
    "tril",
    "triu",
    "ediff1d",
    "cumsum",
    "cumprod",
    "nancumsum",
    "sum",
    "mean",
    "std",
    "var",
    "ptp",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "count_nonzero",
    "average",
    "nanmax",
    "nanmin",
    "nanmean",
    "nanstd",
    "nansum",
    "nanvar",
    "corrcoef",
    "cov",
    "copy",
]
CALLS = {
    "append": (X, Y),
    "array_split": (Y, 2),
    "broadcast_to": (Y, (2, 3)),
    "clip": (X, -1.0, 2.0),
    "concatenate": ([X, X], 1),
    "convolve": (Y, Y),
    "copysign": (X, Y),
    "correlate": (np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.5]), "full"),
    "cross": (X, X[::-1]),
    "digitize": (X, np.array([-1.0, 0.0, 2.0], np.float32)),
    "dot": (X, X.T),
    "dstack": ([X, X],),
    "expand_dims": (X, (0, 2)),
    "float_power": (np.abs(X), Y),
    "full_like": (X, 7),
    "gcd": (I, 12),
    "gradient": (Y,),
    "heaviside": (X, Y),
    "hypot": (X, Y),
    "in1d": (I, np.array([3, 5], np.int32)),
    "inner": (X, X),
    "interp": (X, np.array([-1.0, 0.0, 2.0]), np.array([3.0, 1.0, 5.0])),
    "isclose": (X, X + np.float32(1e-9)),
    "kron": (X, Y),
    "lcm": (I, 12),
    "logaddexp2": (X, Y),
    "matmul": (X, Y),
    "maximum": (X, Y),
    "meshgrid": (Y, Y),
    "mod": (X, Y),
    "moveaxis": (T, (0, 1), (1, 2)),
    "outer": (Y, Y),
    "polyval": (Y, X),
    "power": (np.abs(X), Y),
    "repeat": (X, [1, 2], 0),
    "reshape": (X, (3, -1)),
    "roll": (X, (1, 2), (0, 1)),
    "rollaxis": (T, 2),
    "searchsorted": (np.array([1.0, 2.0, 3.0], np.float32), X),
    "split": (X, 3, 1),
    "squeeze": (X[None], 0),
    "stack": ([X, X], -1),
    "swapaxes": (T, 0, -1),
    "take": (X, I % 3, 1),
    "take_along_axis": (X, np.array([[0], [2]]), 1),
    "tensordot": (T, T, ((0, 1), (0, 1))),
    "tile": (X, (2, 1, 2)),
    "unwrap": (np.array([0.0, 6.0, 12.0], np.float32),),
    "vander": (Y, 4),
    "where": (X > 0, X, 0.0),
}
# what NumPy calls otherwise, or has no more
REFERENCES = {
    "gradient": lambda y: np.gradient(y),
    "in1d": lambda x, y: np.isin(x.ravel(), y),
    "deg2rad": lambda x: x * np.float32(np.pi / 180),
    "trapz": lambda y, x=None, dx=1.0, axis=-1: np.trapezoid(y, x, dx, axis),
}


def tensors(value):
    if isinstance(value, np.ndarray):
        return Tensor(value)
    if isinstance(value, list) and isinstance(value[0], np.ndarray):
        return [tensors(item) for item in value]
    return value


def check(result, expected):
    if isinstance(expected, tuple | list):
        assert len(result) == len(expected)
        for mine, other in zip(result, expected, strict=True):
            check(mine, other)
        return
    expected = np.asarray(expected)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=2e-5, atol=1e-6)


def reference(name):
    return REFERENCES.get(name) or getattr(np, name)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("x", [X], ids=["2d"])
def test_functions_of_one_tensor(name, x):
    check(getattr(mnp, name)(Tensor(x)), reference(name)(x))


@pytest.mark.parametrize("name", CALLS)
def test_functions_eager_and_compiled(name):
    args = CALLS[name]
    expected = reference(name)(*args)
    check(getattr(mnp, name)(*map(tensors, args)), expected)

    # the first Tensor is traced, the rest are constants of the program
    def call(first):
        return getattr(mnp, name)(first, *map(tensors, args[1:]))

    if isinstance(args[0], np.ndarray):
        check(ms.jit(call)(Tensor(args[0])), expected)


MODES = ["edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect"]


@pytest.mark.parametrize("mode", [*MODES, "symmetric", "wrap", "constant"])
@pytest.mark.parametrize("width", [1, (5, 7), ((1, 0), (0, 4))], ids=str)
def test_pad(mode, width):
    x = T[0]
    check(mnp.pad(Tensor(x), width, mode), np.pad(x, width, mode))
    assert mnp.pad(Tensor(x), 1, "empty").shape == (5, 6)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "constant", "constant_values": ((1, 2), (3, 4))},
        {"mode": "linear_ramp", "end_values": (5, -4)},
        {"mode": "mean", "stat_length": ((1, 2), (2, 1))},
        {"mode": "reflect", "reflect_type": "odd"},
        {"mode": "symmetric", "reflect_type": "odd"},
    ],
    ids=str,
)
def test_options_of_pad(options):
    check(mnp.pad(Tensor(X), (2, 1), **options), np.pad(X, (2, 1), **options))


def test_a_function_pads():
    def fill(vector, pair, axis, kwargs):
        vector[: pair[0]] = kwargs["filler"]
        vector[-pair[1] :] = kwargs["filler"]
        return vector

    result = mnp.pad(Tensor(Y), 2, fill, filler=9)
    assert result.tolist() == [9, 9, 0.5, -1, 4, 9, 9]


NORMS = [
    *((Y, {"ord": n}) for n in (None, 1, 2, 3, 0, -2, np.inf, -np.inf)),
    *((X, {"ord": n}) for n in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)),
    *((T, {"ord": n, "axis": 1, "keepdims": True}) for n in (None, 1, 3)),
    *((T, {"ord": n, "axis": (0, 2)}) for n in (None, "fro", 1)),
    (T, {}),
]


@pytest.mark.parametrize(("x", "options"), NORMS)
def test_norm(x, options):
    check(mnp.norm(Tensor(x), **options), np.linalg.norm(x, **options))


DIFFERENTIABLE = {
    "concatenate": lambda v: mnp.concatenate((v, v * 2)) ** 2,
    "cumprod": lambda v: mnp.cumprod(v, 1),
    "diag": lambda v: mnp.diag(v) ** 2,
    "expand_dims": lambda v: mnp.expand_dims(v, 0) ** 2,
    "flip": lambda v: mnp.flip(v, 1) * v,
    "log": lambda v: mnp.log(v * v),
    "mean": lambda v: mnp.mean(v * v, 0),
    "meshgrid": lambda v: mnp.meshgrid(v[0], v[1])[0] ** 2,
    "norm": lambda v: mnp.norm(v, axis=1),
    "norm 1": lambda v: mnp.norm(v, 1, 0),
    "norm 3": lambda v: mnp.norm(v, 3, 0),
    "pad": lambda v: mnp.pad(v, 1) ** 2,
    "pad reflect": lambda v: mnp.pad(v, 1, "reflect") ** 2,
    "pad symmetric": lambda v: mnp.pad(v, 1, "symmetric") ** 2,
    "pad mean": lambda v: mnp.pad(v, 1, "mean") ** 2,
    "pad linear_ramp": lambda v: mnp.pad(v, 3, "linear_ramp") ** 2,
    "power": lambda v: mnp.power(mnp.abs(v), 1.5),
    "reshape": lambda v: mnp.reshape(v, (3, 2)) ** 2,
    "roll": lambda v: mnp.roll(v, 1) * v,
    "split": lambda v: mnp.split(v, 3, 1)[1] ** 2,
    "sqrt": lambda v: mnp.sqrt(v * v + 1),
    "squeeze": lambda v: mnp.squeeze(mnp.expand_dims(v, 0)) ** 2,
    "stack": lambda v: mnp.stack((v, v * 3), 1) ** 2,
    "std": mnp.std,
    "sum": lambda v: mnp.sum(v * v, 1),
    "tensordot": lambda v: mnp.tensordot(v, v, ((1,), (1,))),
    "tile": lambda v: mnp.tile(v, (2, 2)) ** 2,
    "transpose": lambda v: mnp.transpose(v) ** 2,
    "where": lambda v: mnp.where(v > 0, v * v, v),
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_are_those_of_finite_differences(name):
    fn = DIFFERENTIABLE[name]

    def total(values):
        return float(np.asarray(fn(Tensor(values.astype(np.float64))).asnumpy()).sum())

    with jax.enable_x64(True):
        x = X.astype(np.float64)
        gradient = ms.grad(fn)(Tensor(x)).asnumpy()
        expected = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[place] = 1e-5
            expected[place] = (total(x + step) - total(x - step)) / 2e-5
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-6)
