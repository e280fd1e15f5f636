"""Windows over axes: sizes per axis, and how many zeros go where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cellnet._checks import check_int

Pads = tuple[tuple[int, int], ...]  # (before, after) for each spatial axis


def per_axis(
    owner: str, name: str, value: Any, ndim: int, *, minimum: int = 1
) -> tuple[int, ...]:
    """One int for each of ``ndim`` axes, from an int or a tuple of that length.

    Raises:
        TypeError: neither an int nor such a tuple.
        ValueError: an int below ``minimum``, or a wrong length for three axes.
    """
    if not isinstance(value, tuple):
        return (check_int(owner, name, value, minimum=minimum),) * ndim
    if len(value) != ndim:
        # as MindSpore, which has another check in three dimensions
        error = ValueError if ndim == 3 else TypeError
        raise error(
            f"{owner}: {name} must be an int or a tuple of {ndim} ints, got {value!r}"
        )
    return tuple(check_int(owner, name, item, minimum=minimum) for item in value)


def pads_of(owner: str, padding: Any, ndim: int) -> Pads:
    """A convolution's ``padding``, an int or two ints an axis, as pairs.

    Raises:
        TypeError: neither an int nor a tuple.
        ValueError: a tuple of another length, or an int below 0.
    """
    if not isinstance(padding, tuple):
        side = check_int(owner, "padding", padding, minimum=0)
        return ((side, side),) * ndim
    if len(padding) != 2 * ndim:
        sides = ("head", "tail", "top", "bottom", "left", "right")[-2 * ndim :]
        raise ValueError(
            f"{owner}: padding must be an int or ({', '.join(sides)}), got {padding}"
        )
    sides = [check_int(owner, "padding", side, minimum=0) for side in padding]
    return tuple(zip(sides[::2], sides[1::2], strict=True))


def overhang(
    sizes: Sequence[int], window: Sequence[int], stride: Sequence[int], pads: Pads
) -> Pads:
    """Further padding after each axis, so that a last partial window counts too.

    A window that would start beyond the input and its leading padding is left out.
    """
    more = []
    for n, k, s, (low, high) in zip(sizes, window, stride, pads, strict=True):
        count = -(-(n + low + high - k) // s) + 1
        if (count - 1) * s >= n + low:
            count -= 1
        more.append((0, max((count - 1) * s + k - (n + low + high), 0)))
    return tuple(more)


def check_fits(
    owner: str,
    shape: Sequence[int],
    sizes: Sequence[int],
    window: Sequence[int],
    pads: Pads,
) -> None:
    """Refuse a window that is longer than the padded input.

    Raises:
        ValueError: it is.
    """
    padded = tuple(n + low + high for n, (low, high) in zip(sizes, pads, strict=True))
    if any(n < k for n, k in zip(padded, window, strict=True)):
        raise ValueError(
            f"{owner}: a window of {tuple(window)} does not fit into the input "
            f"{tuple(shape)}, whose spatial size with padding is {padded}; take a "
            'larger input, a smaller kernel or pad_mode="same"'
        )
