"""Convolution as products with a banded kernel, the batch innermost.

For few channels.  im2col copies each input once per tap of the kernel, and its products
are too narrow for a matrix kernel.  Here a product makes a tile of ``t`` neighbours
along the last spatial axis W at once: its kernel is a band, the taps of W shifted ``t``
times, and its patches are copied once per tap of the other axes only.  Some zeros are
multiplied, much less is moved.

Data ``(C, W, *R, N)``, R the other spatial axes: every copy, and every elementwise
operation and pooling around the convolution, runs along whole rows of ``R * N``.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from cellnet.ops.lowering._geometry import ConvSpec, Size, output_size, span
from cellnet.ops.lowering._layout import batch_last

axes = batch_last


class Tiling(NamedTuple):
    """The output row of ``positions[-1]`` in ``count`` tiles of ``width``."""

    positions: Size
    count: int
    width: int
    reach: int  # inputs along W that a tile sees

    def starts(self, spec: ConvSpec) -> Iterator[tuple[int, int]]:
        """First output and first (padded) input of each tile."""
        for first in range(0, self.count * self.width, self.width):
            yield first, first * spec.stride[-1]


# Data of so few channels is a batch of images as the data set gives it.
IMAGE_CHANNELS = 4

# The narrowest product that keeps a matrix kernel busy, in rows.
ROWS = 24
# Each tile is operations of its own, which have to be compiled.
TILES = 16


def tiling(size: Size, outputs: int, kernel: Size, spec: ConvSpec) -> Tiling:
    """Tiles as wide as ``ROWS`` asks for, of equal width."""
    positions = output_size("conv", size, kernel, *spec[:3])
    least = -(-ROWS // outputs)
    count = min(-(-positions[-1] // least), TILES)
    width = -(-positions[-1] // count)
    reach = (width - 1) * spec.stride[-1] + span(kernel, spec.dilation)[-1]
    return Tiling(positions, -(-positions[-1] // width), width, reach)


def conv(x: jax.Array, w: jax.Array, spec: ConvSpec) -> jax.Array:
    """x ``(C, W, *R, N)``, w ``(O, C, *K)`` -> ``(O, Q, *P, N)``."""
    tiles = tiling(_size(x), w.shape[0], w.shape[2:], spec)
    band = _band(w, spec, tiles)
    shape = (w.shape[0], tiles.width, *tiles.positions[:-1], x.shape[-1])
    patches = _patches(x, w.shape[2:], spec, tiles)
    return _join([(band @ p).reshape(shape) for p in patches], tiles)


def input_grad(c: jax.Array, w: jax.Array, spec: ConvSpec, size: Size) -> jax.Array:
    """c ``(O, Q, *P, N)``, w ``(O, C, *K)`` -> ``(C, W, *R, N)``."""
    tiles = tiling(size, w.shape[0], w.shape[2:], spec)
    band = _band(w, spec, tiles)
    taps = list(itertools.product(*map(range, w.shape[2:-1])))
    rows = (len(taps), w.shape[1], tiles.reach, *tiles.positions[:-1], c.shape[-1])
    total = None
    for block, (_, start) in zip(_split(c, tiles), tiles.starts(spec), strict=True):
        columns = lax.dot_general(band, block, (((0,), (0,)), ((), ()))).reshape(rows)
        pieces = []
        for tap, piece in zip(taps, columns, strict=True):
            spread = map(_spread, tap, size, tiles.positions, *spec[:3])
            pieces.append(_pad(piece, [(0, 0, 0), (0, 0, 0), *spread, (0, 0, 0)]))
        low = start - spec.padding[-1][0]
        along_w = (low, size[-1] - low - tiles.reach, 0)
        piece = _pad(functools.reduce(operator.add, pieces), [(0, 0, 0), along_w])
        total = piece if total is None else total + piece
    assert total is not None
    return total


def weight_grad(x: jax.Array, c: jax.Array, spec: ConvSpec, kernel: Size) -> jax.Array:
    """x ``(C, W, *R, N)``, c ``(O, Q, *P, N)`` -> ``(O, C, *kernel)``."""
    tiles = tiling(_size(x), c.shape[0], kernel, spec)
    patches = _patches(x, kernel, spec, tiles)
    band = functools.reduce(
        operator.add,
        (
            # The wider operand first: it is the one that is not copied.
            lax.dot_general(p, block, (((1,), (1,)), ((), ())))
            for block, p in zip(_split(c, tiles), patches, strict=True)
        ),
    )
    band = band.reshape(-1, x.shape[0], tiles.reach, c.shape[0], tiles.width)
    step, covered = spec.stride[-1], span(kernel, spec.dilation)[-1]
    taps = (
        band[:, :, i * step : i * step + covered : spec.dilation[-1], :, i]
        for i in range(tiles.width)
    )
    dw = functools.reduce(operator.add, taps)  # (taps, C, K[-1], O)
    return dw.transpose(3, 1, 0, 2).reshape(c.shape[0], x.shape[0], *kernel)


def _size(x: jax.Array) -> Size:
    return (*x.shape[2:-1], x.shape[1])


def _band(w: jax.Array, spec: ConvSpec, tiles: Tiling) -> jax.Array:
    """``(O * t, taps * C * reach)``: the kernel, shifted along W for each output."""
    outputs, channels, *_, last = w.shape
    rows = jnp.moveaxis(w.reshape(outputs, channels, -1, last), 1, 2)
    covered = span(w.shape[2:], spec.dilation)[-1]
    shifted = []
    for i in range(tiles.width):
        first = i * spec.stride[-1]
        config = (first, tiles.reach - first - covered, spec.dilation[-1] - 1)
        shifted.append(_pad(rows, [(0, 0, 0)] * 3 + [config]))
    return jnp.stack(shifted, 1).reshape(outputs * tiles.width, -1)


def _patches(
    x: jax.Array, kernel: Size, spec: ConvSpec, tiles: Tiling
) -> Iterator[jax.Array]:
    """What each tile sees: ``(taps * C * reach, P * N)``."""
    (low, high), *others = spec.padding[-1], *spec.padding[:-1]
    missing = (tiles.count * tiles.width - 1) * spec.stride[-1]
    missing += span(kernel, spec.dilation)[-1] - (x.shape[1] + low + high)
    edges = ((0, 0), (low, high + max(missing, 0)), *others)
    if x.shape[0] <= IMAGE_CHANNELS:
        x = _copied(x)
    x = _pad(x, [(*pair, 0) for pair in edges])
    for _, start in tiles.starts(spec):
        tile = lax.slice_in_dim(x, start, start + tiles.reach, axis=1)
        taps = [
            lax.slice(tile, *_window(tile, tap, tiles, spec))
            for tap in itertools.product(*map(range, kernel[:-1]))
        ]
        yield jnp.stack(taps).reshape(len(taps) * x.shape[0] * tiles.reach, -1)


def _window(tile, tap, tiles: Tiling, spec: ConvSpec) -> tuple[Size, Size, Size]:
    """Bounds of what one tap of the other axes sees."""
    first = [k * d for k, d in zip(tap, spec.dilation[:-1], strict=True)]
    last = [
        f + (count - 1) * s + 1
        for f, count, s in zip(
            first, tiles.positions[:-1], spec.stride[:-1], strict=True
        )
    ]
    head, tail = tile.shape[:2], tile.shape[-1]
    return (0, 0, *first, 0), (*head, *last, tail), (1, 1, *spec.stride[:-1], 1)


def _spread(tap, size, count, stride, padding, dilation) -> tuple[int, int, int]:
    """How what a tap saw along one axis lies in the input."""
    first = tap * dilation - padding[0]
    return first, size - first - (count - 1) * stride - 1, stride - 1


def _split(c: jax.Array, tiles: Tiling) -> Iterator[jax.Array]:
    """``(O * t, P * N)`` of each tile."""
    missing = tiles.count * tiles.width - c.shape[1]
    c = _pad(c, [(0, 0, 0), (0, missing, 0)])
    for first in range(0, c.shape[1], tiles.width):
        block = lax.slice_in_dim(c, first, first + tiles.width, axis=1)
        yield block.reshape(c.shape[0] * tiles.width, -1)


def _join(blocks: list[jax.Array], tiles: Tiling) -> jax.Array:
    y = blocks[0] if len(blocks) == 1 else jnp.concatenate(blocks, axis=1)
    return lax.slice_in_dim(y, 0, tiles.positions[-1], axis=1)


def _pad(x: jax.Array, config: list[tuple[int, int, int]]) -> jax.Array:
    """``lax.pad`` with zeros; axes that ``config`` does not reach stay."""
    if not any(map(any, config)):
        return x
    config = config + [(0, 0, 0)] * (x.ndim - len(config))
    return lax.pad(x, jnp.zeros((), x.dtype), config)


def _copied(x: jax.Array) -> jax.Array:
    """x, transposed once: XLA would do it again for each patch that reads it.

    It fuses a transpose into all of its readers, barrier or not, but nothing into a
    loop.  So this is one, over the two halves of W, which overlap where W is odd.
    """
    half = -(-x.shape[1] // 2)

    def copy(i, out):
        start = i * (x.shape[1] - half)
        part = lax.dynamic_slice_in_dim(x, start, half, axis=1)
        return lax.dynamic_update_slice_in_dim(out, part, start, axis=1)

    return lax.fori_loop(0, 2, copy, jnp.zeros_like(x))
