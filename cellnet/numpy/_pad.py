"""Padding in all of NumPy's ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.numpy._shared import tensor
from cellnet.ops._arrays import plain
from cellnet.ops._op import op, raw
from cellnet.tensor import Tensor

_COPYING = ("edge", "empty", "wrap")
_STATISTICS = ("maximum", "mean", "minimum", "median")
_REFLECTING = ("reflect", "symmetric")
_MODES = (*_COPYING, *_STATISTICS, *_REFLECTING, "constant", "linear_ramp")


@op
def pad(
    arr: Any,
    pad_width: Any,
    mode: Any = "constant",
    stat_length: Any = None,
    constant_values: Any = 0,
    end_values: Any = 0,
    reflect_type: str = "even",
    **kwargs: Any,
) -> Any:
    """Elements put before and behind along each axis (mindspore.numpy.pad).

    Args:
        arr: Tensor.
        pad_width: how many, >= 0: an int; (before, behind) for all axes; or a pair for
            each axis.
        mode: "constant", "edge", "empty", "linear_ramp", "maximum", "mean", "median",
            "minimum", "reflect", "symmetric", "wrap"; or a function of (vector, pair,
            axis, kwargs) that gives the padded vector.
        stat_length: how many elements at an edge make a maximum, mean, median or
            minimum, in the form of ``pad_width``; None takes all.
        constant_values, end_values: values of "constant", and those that
            "linear_ramp" ends in, in the form of ``pad_width``.
        reflect_type: "odd" makes "reflect" and "symmetric" go on as they ended.
        **kwargs: go to the function.

    Raises:
        TypeError: widths, lengths or values of another form.
        ValueError: a negative width; another mode.

    Example:
        >>> pad(Tensor([1.0, 2.0, 3.0]), (1, 2), "reflect").tolist()
        [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]
    """
    x = tensor("pad", arr)
    widths = _pairs("pad_width", pad_width, x.ndim, minimum=0)
    if x.ndim == 0:
        return x
    if callable(mode):
        return _padded_by(mode, x, widths, kwargs)
    if mode not in _MODES:
        raise ValueError(f"pad: mode must be one of {_MODES}, got {mode!r}")
    if mode == "constant":
        values = jnp.asarray(_pairs("constant_values", constant_values, x.ndim))
        return jnp.pad(x, widths, constant_values=values.astype(x.dtype))
    if mode == "linear_ramp":
        return _ramped(x, widths, _pairs("end_values", end_values, x.ndim))
    if mode in _STATISTICS:
        return _with_statistics(x, widths, mode, stat_length)
    if mode in _REFLECTING:
        odd = "odd" if reflect_type == "odd" else "even"
        return jnp.pad(x, widths, mode, reflect_type=odd)
    return jnp.pad(x, widths, mode)


def _pairs(name: str, value: Any, ndim: int, minimum: int | None = None) -> Any:
    """One number, one pair, or a pair for each axis, as a pair for each axis."""
    given = plain(value)
    exact = minimum is not None
    flat = [*_flattened(given)]
    if not all(isinstance(n, int if exact else int | float) for n in flat):
        raise TypeError(f"pad: {name} must be made of ints, got {value!r}")
    if exact and any(n < minimum for n in flat):
        raise ValueError(f"pad: {name} must be >= {minimum}, got {value!r}")
    try:
        return tuple(map(tuple, np.broadcast_to(given, (ndim, 2)).tolist()))
    except ValueError:
        raise ValueError(
            f"pad: {name} must be a number, a pair, or a pair for each of {ndim} axes, "
            f"got {value!r}"
        ) from None


def _flattened(value: Any) -> Any:
    if isinstance(value, tuple):
        for item in value:
            yield from _flattened(item)
    else:
        yield value


def _with_statistics(x: Any, widths: Any, mode: str, lengths: Any) -> Any:
    pairs = None if lengths is None else _pairs("stat_length", lengths, x.ndim, 1)
    if x.dtype.kind not in "iu" or mode != "mean":
        return jnp.pad(x, widths, mode, stat_length=pairs)
    # MindSpore cuts the mean of ints off, axis by axis
    for axis, (before, behind) in enumerate(widths):
        n = x.shape[axis]
        first, last = (n, n) if pairs is None else (min(p, n) for p in pairs[axis])
        low = _int_mean(jnp.take(x, jnp.arange(first), axis), axis)
        high = _int_mean(jnp.take(x, jnp.arange(n - last, n), axis), axis)
        x = jnp.concatenate(
            [jnp.repeat(low, before, axis), x, jnp.repeat(high, behind, axis)], axis
        )
    return x


def _int_mean(x: Any, axis: int) -> Any:
    return jnp.trunc(jnp.mean(x, axis, keepdims=True)).astype(x.dtype)


def _ramped(x: Any, widths: Any, ends: Any) -> Any:
    """A straight line from the edge to the end values, axis by axis."""
    for axis, ((before, behind), (start, stop)) in enumerate(
        zip(widths, ends, strict=True)
    ):
        low = jnp.take(x, jnp.array([0]), axis)
        high = jnp.take(x, jnp.array([-1]), axis)
        left = _line(low, start, before, axis)
        right = jnp.flip(_line(high, stop, behind, axis), axis)
        x = jnp.concatenate([left, x, right], axis)
    return x


def _line(edge: Any, end: Any, count: int, axis: int) -> Any:
    shape = [1] * edge.ndim
    shape[axis] = count
    kind = jnp.promote_types(edge.dtype, np.float32) if _exact(edge) else edge.dtype
    part = jnp.arange(count, dtype=kind).reshape(shape) / max(count, 1)
    return (end + (edge.astype(kind) - end) * part).astype(edge.dtype)


def _exact(x: Any) -> bool:
    return x.dtype.kind in "biu"


def _padded_by(
    mode: Callable[..., Any], x: Any, widths: Any, kwargs: dict[str, Any]
) -> Any:
    """Each vector along each axis, padded with zeros, goes through the function."""

    def fill(vector: Any, pair: Any, axis: Any, more: Any) -> Any:
        return raw(mode(Tensor._wrap(vector), pair, axis, more))

    return jnp.pad(x, widths, fill, **kwargs)
