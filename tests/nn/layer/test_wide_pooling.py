"""Pooling in three dimensions, to a given size, with indices, and back."""

import numpy as np
import pytest

from cellnet import nn
from cellnet.dtype import int32
from cellnet.tensor import Tensor


def parts(n, m):
    return [slice(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]


def adaptive(x, counts, reduce):
    """``reduce`` over every part of the last axes, by loops."""
    y = np.zeros((*x.shape[: x.ndim - len(counts)], *counts), x.dtype)
    grids = [parts(n, m) for n, m in zip(x.shape[-len(counts) :], counts, strict=True)]
    axes = tuple(range(-len(counts), 0))
    for place in np.ndindex(*counts):
        part = tuple(grid[i] for grid, i in zip(grids, place, strict=True))
        y[(..., *place)] = reduce(x[(..., *part)], axes)
    return y


@pytest.mark.parametrize(
    ("kind", "reduce"), [("Avg", np.mean), ("Max", np.max)], ids=["mean", "max"]
)
@pytest.mark.parametrize(
    ("ndim", "size", "counts"),
    [
        (1, 3, (3,)),
        (2, 3, (3, 3)),
        (2, (None, 5), (7, 5)),
        (3, (2, 3, 4), (2, 3, 4)),
    ],
)
def test_adaptive_pooling(mode, normal, kind, reduce, ndim, size, counts):
    del mode
    x = normal(2, 3, *[6, 7, 8][-ndim:] if ndim != 1 else [6])
    layer = getattr(nn, f"Adaptive{kind}Pool{ndim}d")(size)
    expected = adaptive(x.asnumpy(), counts, reduce)
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=1e-6)


def test_pooling_of_volumes(normal):
    x = normal(2, 3, 4, 6, 5)
    windows = x.asnumpy()[..., :4].reshape(2, 3, 2, 2, 3, 2, 2, 2)
    np.testing.assert_allclose(
        nn.MaxPool3d(2, 2)(x).asnumpy(), windows.max((3, 5, 7)), rtol=1e-6
    )
    np.testing.assert_allclose(
        nn.AvgPool3d(2, 2)(x).asnumpy(), windows.mean((3, 5, 7)), atol=1e-6
    )
    assert nn.MaxPool3d((3,), 2, "pad", (1,))(x).shape == (2, 3, 2, 3, 3)


def test_dilated_windows_skip_elements(normal):
    x = normal(1, 1, 7)
    y = nn.MaxPool1d(3, 1, "pad", dilation=2)(x).asnumpy()[0, 0]
    v = x.asnumpy()[0, 0]
    np.testing.assert_array_equal(y, [v[i : i + 5 : 2].max() for i in range(3)])


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_unpooling_puts_maxima_back(mode, normal, ndim):
    del mode
    x = normal(2, 3, *(4,) * ndim)
    y, places = getattr(nn, f"MaxPool{ndim}d")(2, 2, "pad", return_indices=True)(x)
    flat = x.asnumpy().reshape(2, 3, -1)
    at = places.asnumpy().reshape(2, 3, -1)
    np.testing.assert_array_equal(
        np.take_along_axis(flat, at, 2), y.asnumpy().reshape(2, 3, -1)
    )
    back = getattr(nn, f"MaxUnpool{ndim}d")(2)(y, places).asnumpy()
    kept = np.isin(x.asnumpy(), y.asnumpy())
    np.testing.assert_array_equal(back, np.where(kept, x.asnumpy(), 0))


def test_indices_of_adaptive_maxima(normal):
    x = normal(1, 2, 5, 4)
    y, places = nn.AdaptiveMaxPool2d((2, 3), True)(x)
    flat = x.asnumpy().reshape(1, 2, -1)
    found = np.take_along_axis(flat, places.asnumpy().reshape(1, 2, -1), 2)
    np.testing.assert_array_equal(found, y.asnumpy().reshape(1, 2, -1))


def test_power_average(normal):
    x = normal(1, 2, 4, 6)
    windows = (x.asnumpy() ** 2).reshape(1, 2, 2, 2, 3, 2)
    y = nn.LPPool2d(2, 2)(x).asnumpy()
    np.testing.assert_allclose(y, np.sqrt(windows.sum((3, 5))), rtol=1e-5)
    line = nn.LPPool1d(2, 2)(Tensor(x.asnumpy()[0])).asnumpy()
    np.testing.assert_allclose(
        line, np.sqrt((x.asnumpy()[0] ** 2).reshape(2, 4, 3, 2).sum(3)), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda x: nn.AdaptiveAvgPool1d((2,)), TypeError),
        (lambda x: nn.AdaptiveAvgPool1d(3)(x), ValueError),
        (lambda x: nn.AdaptiveAvgPool2d((1, 2, 3)), ValueError),
        (lambda x: nn.AdaptiveAvgPool2d(2.0), TypeError),
        (lambda x: nn.MaxPool1d(2, return_indices=True), ValueError),
        (lambda x: nn.MaxPool1d(2, dilation=2), ValueError),
        (lambda x: nn.MaxPool3d((2, 2)), ValueError),
        (lambda x: nn.AvgPool3d(2)(x), ValueError),
        (lambda x: nn.LPPool1d(0, 2), ValueError),
        (lambda x: nn.MaxUnpool1d(2)(x, x), TypeError),
        (lambda x: nn.MaxUnpool1d(2)(x, x.astype(int32), (12,)), ValueError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act(Tensor(np.ones((1, 2, 4), np.float32)))
