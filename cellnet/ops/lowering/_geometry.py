"""Strides, padding and dilation of a sliding window, checked once and hashable."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
from jax import lax

Size = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


class ConvSpec(NamedTuple):
    """Static parameters of a convolution, one entry per spatial axis."""

    stride: tuple[int, ...]
    padding: Pads
    dilation: tuple[int, ...]
    groups: int


def positive_ints(owner: str, name: str, value: Sequence[int] | int, rank: int):
    """``value`` as ``rank`` ints > 0; one int stands for all axes.

    Raises:
        ValueError: wrong length, or an entry below 1.
    """
    values = (value,) * rank if isinstance(value, int) else tuple(map(int, value))
    if len(values) != rank or min(values) < 1:
        raise ValueError(
            f"{owner}: got {name}={value!r}, expected an int > 0 or {rank} of them"
        )
    return values


def pad_pairs(owner: str, value: Sequence[Sequence[int]] | int, rank: int) -> Pads:
    """``value`` as ``rank`` pairs ``(low, high)`` >= 0; one int stands for all.

    Raises:
        ValueError: wrong number of pairs, or a negative entry.
    """
    if isinstance(value, int):
        value = ((value, value),) * rank
    pairs = tuple(tuple(map(int, pair)) for pair in value)
    if len(pairs) != rank or any(len(p) != 2 or min(p) < 0 for p in pairs):
        raise ValueError(
            f"{owner}: got padding={value!r}, expected {rank} pairs (low, high) >= 0"
        )
    return pairs  # type: ignore[return-value]


def span(window: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """How many elements a dilated window covers along each axis."""
    return tuple(
        (size - 1) * step + 1 for size, step in zip(window, dilation, strict=True)
    )


def output_size(
    owner: str,
    size: Sequence[int],
    window: Sequence[int],
    stride: Sequence[int],
    padding: Pads,
    dilation: Sequence[int],
) -> tuple[int, ...]:
    """Number of window positions along each axis: floor, as MindSpore counts.

    Raises:
        ValueError: the window is larger than the padded input.
    """
    out = tuple(
        (n + low + high - covered) // step + 1
        for n, (low, high), covered, step in zip(
            size, padding, span(window, dilation), stride, strict=True
        )
    )
    if min(out) < 1:
        raise ValueError(
            f"{owner}: got a window {tuple(window)} with dilation {tuple(dilation)} on "
            f"an input {tuple(size)} padded by {padding}, expected a window that fits. "
            "Use a smaller window or pad more."
        )
    return out


def pad_spatial(x: jax.Array, config: Sequence[tuple[int, int, int]], value=0):
    """``lax.pad`` of channels-last x: (low, high, interior) per spatial axis."""
    if not any(map(any, config)):
        return x
    edges = (0, 0, 0)
    return lax.pad(x, lax.full((), value, x.dtype), [edges, *config, edges])


def tap_slices(x: jax.Array, kernel: Size, spec: ConvSpec) -> Iterator[jax.Array]:
    """What each tap of the kernel sees of x ``(N, *S, C)``: ``(N, *P, C)`` each."""
    positions = output_size("conv", x.shape[1:-1], kernel, *spec[:3])
    padded = pad_spatial(x, [(low, high, 0) for low, high in spec.padding])
    if padded is not x:
        # Without the barrier XLA pads again for every tap, twice as slow.
        padded = lax.optimization_barrier(padded)
    for tap in itertools.product(*map(range, kernel)):
        start = [k * d for k, d in zip(tap, spec.dilation, strict=True)]
        stop = [
            first + (count - 1) * step + 1
            for first, count, step in zip(start, positions, spec.stride, strict=True)
        ]
        yield lax.slice(
            padded,
            (0, *start, 0),
            (x.shape[0], *stop, x.shape[-1]),
            (1, *spec.stride, 1),
        )


def add_taps(
    pieces: Callable[[int], jax.Array], size: Size, kernel: Size, spec: ConvSpec
) -> jax.Array:
    """The transpose of ``tap_slices``: ``pieces(i)``, ``(N, *P, C)``, added in place.

    ``i`` counts taps in row-major order; the result is ``(N, *size, C)``.
    """
    positions = output_size("conv", size, kernel, *spec[:3])
    total = None
    for i, tap in enumerate(itertools.product(*map(range, kernel))):
        config = []
        for k, d, (low, _), n, count, step in zip(
            tap, spec.dilation, spec.padding, size, positions, spec.stride, strict=True
        ):
            first = k * d - low  # negative: the piece starts in the padding, crop it
            config.append((first, n - first - (count - 1) * step - 1, step - 1))
        piece = pad_spatial(pieces(i), config)
        total = piece if total is None else total + piece
    assert total is not None
    return total
