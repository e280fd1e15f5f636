"""Maxima of windows that are given by the places they look at, with their indices.

Windows of ``lowering.max_pool`` are all alike and give no indices.  Here a window is a
row of a table of places, one table an axis, so that it may have holes (dilation), be of
its own size (adaptive pooling), or lie anywhere (fractional pooling).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.ops._op import op
from cellnet.ops._windows import Pairs as Pads

OUTSIDE = -1


def regular_places(
    sizes: Sequence[int],
    window: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    pads: Pads,
) -> tuple[np.ndarray, ...]:
    """For each axis the places of each window, (windows, window), or OUTSIDE."""
    tables = []
    for n, k, s, d, (low, high) in zip(
        sizes, window, stride, dilation, pads, strict=True
    ):
        count = (n + low + high - d * (k - 1) - 1) // s + 1
        table = np.arange(count)[:, None] * s + np.arange(k) * d - low
        tables.append(np.where((table >= 0) & (table < n), table, OUTSIDE))
    return tuple(tables)


def adaptive_places(
    sizes: Sequence[int], counts: Sequence[int]
) -> tuple[np.ndarray, ...]:
    """Places of equal parts of each axis, floor(i n / m) to ceil((i + 1) n / m)."""
    tables = []
    for n, m in zip(sizes, counts, strict=True):
        starts = np.arange(m) * n // m
        ends = -(-(np.arange(m) + 1) * n // m)
        table = starts[:, None] + np.arange((ends - starts).max())
        tables.append(np.where(table < ends[:, None], table, OUTSIDE))
    return tuple(tables)


@op
def max_at(x: Any, places: tuple[np.ndarray, ...]) -> Any:
    """The largest element of each window, and where it lies in the flat plane.

    Args:
        x: (..., *sizes).
        places: a table for each of the last axes.

    Returns:
        (maxima, indices), both (..., *windows); the first of equal elements counts.
    """
    ndim, lead = len(places), x.ndim - len(places)
    sizes = x.shape[lead:]
    for axis, table in enumerate(places):  # (..., windows, window, ...) by axis
        x = jnp.take(x, np.maximum(table, 0), axis=lead + 2 * axis)
    order = [lead + 2 * i for i in range(ndim)] + [
        lead + 2 * i + 1 for i in range(ndim)
    ]
    x = x.transpose(*range(lead), *order)
    counts = tuple(table.shape[0] for table in places)
    x = x.reshape(*x.shape[:lead], *counts, -1)

    inside, flat = np.ones((), bool), np.zeros((), np.int64)
    for axis, table in enumerate(places):
        shape = [1] * (2 * ndim)
        shape[axis], shape[ndim + axis] = table.shape
        inside = inside & (table != OUTSIDE).reshape(shape)
        flat = flat * sizes[axis] + table.reshape(shape)
    inside, flat = inside.reshape(*counts, -1), flat.reshape(*counts, -1)

    lowest = (
        -jnp.inf if jnp.issubdtype(x.dtype, jnp.floating) else jnp.iinfo(x.dtype).min
    )
    best = jnp.argmax(jnp.where(inside, x, lowest), -1, keepdims=True)
    maxima = jnp.take_along_axis(x, best, -1)[..., 0]
    spread = jnp.broadcast_to(flat.astype(np.int32), (*best.shape[:-1], flat.shape[-1]))
    return maxima, jnp.take_along_axis(spread, best, -1)[..., 0]


@op
def put_back(x: Any, indices: Any, sizes: tuple[int, ...]) -> Any:
    """A plane of ``sizes``, zeros but for x at ``indices``: the reverse of max_at."""
    lead = x.shape[: x.ndim - len(sizes)]
    rows = x.reshape(int(np.prod(lead)), -1)
    where = indices.reshape(rows.shape)
    empty = jnp.zeros((rows.shape[0], int(np.prod(sizes))), x.dtype)
    row = jnp.arange(rows.shape[0])[:, None]
    return empty.at[row, where].set(rows, mode="drop").reshape(*lead, *sizes)
