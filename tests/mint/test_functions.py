"""cellnet.mint against NumPy and SciPy: torch's argument names, values, dtypes."""

import numpy as np
import pytest
import scipy.special

from cellnet import Tensor, mint
from cellnet import dtype as mstype

X = np.array([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]], np.float32)
Y = np.array([0.5, -1.0, 4.0], np.float32)
I = np.array([[7, -2, 3], [4, 5, 6]], np.int32)  # noqa: E741
T = (np.arange(24, dtype=np.float32) - 7).reshape(2, 3, 4)
B = X > 0
INDEX = np.array([[0, 2], [1, 0]], np.int64)
SQUARE = np.array([[2.0, 1.0], [0.5, 3.0]], np.float32)
LABELS = np.array([0, 2], np.int64)

SAME_IN_NUMPY = (
    "abs", "arctan", "arcsinh", "ceil", "cos", "cosh", "exp", "exp2", "expm1", "floor",
    "isfinite", "isinf", "isneginf", "negative", "reciprocal", "round", "sign", "sin",
    "sinc", "sinh", "square", "tan", "tanh", "trunc", "logical_not",
)  # fmt: skip
ARGUMENTS = {
    "add": (lambda: mint.add(t(X), t(Y), alpha=2), X + 2 * Y),
    "sub": (lambda: mint.sub(t(I), 3, alpha=2), I - 6),
    "div": (lambda: mint.div(t(X), t(Y), rounding_mode="floor"), np.floor(X / Y)),
    "divide": (lambda: mint.divide(t(X), t(Y)), X / Y),
    "pow": (lambda: mint.pow(t(I), -1), np.trunc(1 / I).astype(np.int32)),
    "float_power": (lambda: mint.float_power(t(np.abs(X)), 0.5), np.abs(X) ** 0.5),
    "xlogy": (lambda: mint.xlogy(t(B), t(np.abs(X))), B * np.log(np.abs(X))),
    "logaddexp": (lambda: mint.logaddexp(t(X), t(Y)), np.logaddexp(X, Y)),
    "lerp": (lambda: mint.lerp(t(X), t(Y), 0.25), X + 0.25 * (Y - X)),
    "addcdiv": (lambda: mint.addcdiv(t(X), t(X), t(Y), value=2), X + 2 * X / Y),
    "clamp": (
        lambda: mint.clamp(t(X), min=-1, max=t(Y)),
        np.minimum(np.maximum(X, -1), Y),
    ),
    "where": (lambda: mint.where(t(B), t(X), 0.0), np.where(B, X, 0)),
    "round": (lambda: mint.round(t(X / 7), decimals=2), np.round(X / 7, 2)),
    "erfc": (lambda: mint.special.erfc(t(X)), scipy.special.erfc(X)),
    "polar": (lambda: mint.polar(t(X), t(X)), X * np.exp(1j * X)),
    # reductions
    "sum": (lambda: mint.sum(t(X), dim=1, keepdim=True), X.sum(1, keepdims=True)),
    "sum ints": (lambda: mint.sum(t(I), dtype=mstype.float32), np.float32(23)),
    "mean": (lambda: mint.mean(input=t(X), dim=(0, 1)), X.mean()),
    "prod": (lambda: mint.prod(t(X), 1), X.prod(1)),
    "amax": (lambda: mint.amax(t(X), dim=0), X.max(0)),
    "max": (lambda: mint.max(t(X)), X.max()),
    "max of two": (lambda: mint.max(t(X), t(Y)), np.maximum(X, Y)),
    "max values": (lambda: mint.max(t(X), dim=1)[0], X.max(1)),
    "max places": (lambda: mint.max(t(X), dim=1)[1], X.argmax(1)),
    "argmin": (lambda: mint.argmin(t(X), dim=1, keepdim=True), X.argmin(1)[:, None]),
    "std": (lambda: mint.std(t(X), dim=1), X.std(1, ddof=1)),
    "var": (lambda: mint.var(t(X), correction=0), X.var()),
    "std_mean": (lambda: mint.std_mean(t(X), 0)[1], X.mean(0)),
    "median": (lambda: mint.median(t(X)), np.sort(X, None)[2]),
    "norm": (lambda: mint.norm(t(X), 1, 0, True), np.abs(X).sum(0, keepdims=True)),
    "nansum": (lambda: mint.nansum(t(np.where(B, X, np.nan))), X[B].sum()),
    "count_nonzero": (lambda: mint.count_nonzero(t(B), dim=1), B.sum(1)),
    "logsumexp": (lambda: mint.logsumexp(t(X), 1), np.log(np.exp(X).sum(1))),
    "cumsum": (lambda: mint.cumsum(t(I), dim=1), I.cumsum(1)),
    "cummax": (lambda: mint.cummax(t(X), 1)[0], np.maximum.accumulate(X, 1)),
    "cummax at": (lambda: mint.cummax(t(X * 0), 1)[1], np.arange(3) + I * 0),
    # creation and form
    "meshgrid": (lambda: mint.meshgrid(t(Y), t(Y))[0], np.repeat(Y[:, None], 3, 1)),
    "eye": (lambda: mint.eye(2, 3), np.eye(2, 3)),
    "zeros": (lambda: mint.zeros(2, 3), np.zeros((2, 3))),
    "flatten": (lambda: mint.flatten(t(T), 1), T.reshape(2, 12)),
    "transpose": (lambda: mint.transpose(t(T), 0, -1), T.swapaxes(0, -1)),
    "permute": (lambda: mint.permute(t(T), (2, 0, 1)), T.transpose(2, 0, 1)),
    "tile": (lambda: mint.tile(t(Y), (2, 2)), np.tile(Y, (2, 2))),
    "flip": (lambda: mint.flip(t(X), dims=(1,)), X[:, ::-1]),
    "dstack": (lambda: mint.dstack((t(X), t(X))), np.dstack((X, X))),
    "narrow": (lambda: mint.narrow(t(X), 1, -2, 2), X[:, 1:]),
    "select": (lambda: mint.select(t(X), 1, -1), X[:, -1]),
    "take": (lambda: mint.take(t(X), t(INDEX)), X.ravel()[INDEX]),
    "gather": (lambda: mint.gather(t(X), 1, t(INDEX)), np.take_along_axis(X, INDEX, 1)),
    "scatter": (lambda: mint.scatter(t(X), 1, t(INDEX), 7.0), [[7, -2, 7], [7, 7, -6]]),
    "repeat_interleave": (
        lambda: mint.repeat_interleave(t(X), t(np.array([1, 2])), 0),
        X.repeat([1, 2], 0),
    ),
    "diag": (lambda: mint.diag(t(X), 1), np.diag(X, 1)),
    "diff": (lambda: mint.diff(t(X), dim=0), np.diff(X, axis=0)),
    "trace": (lambda: mint.trace(t(SQUARE)), np.trace(SQUARE)),
    # order
    "sort": (lambda: mint.sort(t(X), descending=True)[0], -np.sort(-X, 1)),
    "topk": (lambda: mint.topk(t(X), 2, dim=1)[1], np.argsort(-X, 1)[:, :2]),
    "kthvalue": (lambda: mint.kthvalue(t(X), 2)[0], np.sort(X, 1)[:, 1]),
    "searchsorted": (
        lambda: mint.searchsorted(t(np.sort(Y)), t(Y), side="right"),
        np.searchsorted(np.sort(Y), Y, "right"),
    ),
    "runs": (
        lambda: mint.unique_consecutive(t(np.array([1, 1, 2, 1])), return_counts=True)[
            1
        ],
        [2, 1, 1],
    ),
    "bincount": (lambda: mint.bincount(t(LABELS), minlength=4), [1, 0, 1, 0]),
    "histc": (lambda: mint.histc(t(X), 4, -6, 6), np.histogram(X, 4, (-6, 6))[0]),
    # products
    "addmm": (
        lambda: mint.addmm(t(SQUARE), t(SQUARE), t(SQUARE), beta=2, alpha=3),
        2 * SQUARE + 3 * SQUARE @ SQUARE,
    ),
    "mv": (lambda: mint.mv(t(X), t(Y)), X @ Y),
    "vdot": (lambda: mint.vdot(t(Y), t(Y)), Y @ Y),
    "cross": (lambda: mint.cross(t(X), t(X[::-1])), np.cross(X, X[::-1])),
    "cdist": (
        lambda: mint.cdist(t(X), t(X * 2)),
        np.sqrt(((X[:, None] - 2 * X[None]) ** 2).sum(-1)),
    ),
    "solve": (
        lambda: mint.triangular_solve(t(SQUARE), t(SQUARE))[0],
        np.linalg.solve(np.triu(SQUARE), SQUARE),
    ),
    "inv": (lambda: mint.linalg.inv(t(SQUARE)), np.linalg.inv(SQUARE)),
    "matrix_norm": (lambda: mint.linalg.matrix_norm(t(X), 1), np.linalg.norm(X, 1)),
    "vector_norm": (
        lambda: mint.linalg.vector_norm(t(X), 3),
        np.linalg.norm(X.ravel(), 3),
    ),
}


def t(array):
    return Tensor(np.asarray(array))


def check(result, expected):
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", SAME_IN_NUMPY)
def test_functions_that_numpy_calls_the_same(name):
    check(getattr(mint, name)(input=t(X)), getattr(np, name)(X))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_functions_with_arguments(name):
    call, expected = ARGUMENTS[name]
    check(call(), expected)


def test_runs_along_a_dimension():
    rows = np.array([[1, 2], [1, 2], [3, 2]])
    values, places = mint.unique_consecutive(t(rows), return_inverse=True, dim=0)
    assert values.tolist() == [[1, 2], [3, 2]]
    assert places.tolist() == [0, 0, 1]


def test_positions_and_counts_are_the_widest_ints():
    wide = t(np.array([1])).dtype
    for result in (
        mint.argmin(t(X)),
        mint.sort(t(X))[1],
        mint.max(t(X), 1)[1],
        mint.count_nonzero(t(X)),
        mint.nn.functional.one_hot(t(LABELS)),
    ):
        assert result.dtype is wide


def test_random_functions_keep_to_their_arguments():
    assert mint.randint(2, 5, (40,)).asnumpy().min() == 2
    assert sorted(mint.randperm(5).tolist()) == [0, 1, 2, 3, 4]
    assert mint.rand(2, 3).shape == mint.randn((2, 3)).shape == (2, 3)
    assert mint.randint_like(t(X), 3).dtype is mstype.float32
    assert mint.bernoulli(t(np.ones(3, np.float32))).tolist() == [1, 1, 1]
    assert mint.normal(5.0, 0.0, (2,)).tolist() == [5, 5]


def test_addr_writes_to_its_input():
    x = t(np.ones((2, 2), np.float32))
    result = mint.addr_(x, t([1.0, 2.0]), t([3.0, 4.0]), beta=2, alpha=0.5)
    assert result is x
    assert x.tolist() == [[3.5, 4.0], [5.0, 6.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mint.clamp(t(X)), "at least one"),
        (lambda: mint.narrow(t(X), 1, 0, 5), "length"),
        (lambda: mint.select(t(X), 1, 3), "index"),
        (lambda: mint.topk(t(X), 4), "k must be"),
        (lambda: mint.cross(t(SQUARE), t(SQUARE)), "3 elements"),
        (lambda: mint.randint(5, 2, (3,)), "empty"),
        (lambda: mint.sum(t(X), dim=5), "axis"),
        (lambda: mint.nn.functional.glu(t(X)), "even"),
        (lambda: mint.mv(t(Y), t(Y)), "2 dimensions"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
