"""Differences, integrals and interpolation along an axis."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_choice, check_int
from cellnet.numpy._shared import as_numbers, axes, axis_in, inexact, pair, tensor, wide
from cellnet.ops._op import op


@op
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Any:
    """Each element less the one before, n times (mindspore.numpy.diff).

    Args:
        a: Tensor.
        n: how often, less than the length of the axis.
        axis: along which.
        prepend, append: put before and behind first.

    Raises:
        ValueError: n below 0, or nothing would be left.
    """
    x = as_numbers(tensor("diff", a))
    along = axis_in("diff", axis, x.ndim)
    check_int("diff", "n", n, minimum=0)
    ends = []
    for end in (prepend, append):
        if end is not None:
            end = tensor("diff", end).astype(x.dtype)
            shape = [*x.shape]
            shape[along] = 1
            end = jnp.broadcast_to(end, shape) if end.ndim == 0 else end
        ends.append(end)
    length = x.shape[along] + sum(e.shape[along] for e in ends if e is not None)
    if n >= length:
        raise ValueError(f"diff: n={n} leaves nothing of {length} elements")
    return jnp.diff(x, n, along, *ends)


@op
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Each element less the one before, flattened (mindspore.numpy.ediff1d).

    Args:
        ary: Tensor with 2 elements at least.
        to_end, to_begin: put behind and before the differences.
    """
    x = as_numbers(tensor("ediff1d", ary)).reshape(-1)
    if x.size < 2:
        raise ValueError(f"ediff1d: expected 2 elements at least, got {x.size}")
    parts = [to_begin, jnp.diff(x), to_end]
    return jnp.concatenate(
        [
            tensor("ediff1d", part).reshape(-1).astype(x.dtype)
            for part in parts
            if part is not None
        ]
    )


@op
def trapz(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integral by the trapezoid rule, along an axis (mindspore.numpy.trapz).

    Args:
        y: Tensor of values.
        x: where they are, 1-d or of y's shape; by default ``dx`` apart.
        dx: distance of neighbours.
        axis: along which.
    """
    y = wide(tensor("trapz", y))
    along = axis_in("trapz", axis, y.ndim)
    x = None if x is None else wide(tensor("trapz", x))
    return jnp.trapezoid(y, x, dx, along)


@op
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences, one-sided at the edges (mindspore.numpy.gradient).

    Args:
        f: Tensor with 2 elements at least along each axis.
        *varargs: distance of neighbours: one number, or one for each axis.
        axis: an int or a tuple of ints, by default all.
        edge_order: 1.

    Returns:
        A Tensor for one axis, a list of one for each otherwise.

    Raises:
        NotImplementedError: coordinates as distances; another ``edge_order``.
        ValueError: not as many distances as axes; too few elements.
    """
    if edge_order != 1:
        raise NotImplementedError(f"gradient: edge_order is {edge_order}, only 1 works")
    x = inexact(tensor("gradient", f))
    over = axes("gradient", axis, x.ndim) or tuple(range(x.ndim))
    steps = [tensor("gradient", step) for step in varargs]
    if any(step.ndim for step in steps):
        raise NotImplementedError("gradient: distances must be numbers")
    if len(steps) not in (0, 1, len(over)):
        raise ValueError(f"gradient: {len(steps)} distances for {len(over)} axes")
    if any(x.shape[place] < 2 for place in over):
        raise ValueError(f"gradient: {x.shape} has fewer than 2 elements on an axis")
    found = jnp.gradient(x, *steps, axis=over)
    return list(found) if len(over) > 1 else jnp.reshape(jnp.asarray(found), x.shape)


@op
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Straight lines between given points (mindspore.numpy.interp).

    Args:
        x: Tensor of where.
        xp, fp: 1-d Tensors, where points are (ascending) and their values.
        left, right: values outside, by default those of the first and last point.

    Raises:
        ValueError: other than 1 axis, or other lengths.
    """
    xp, fp = wide(tensor("interp", xp)), wide(tensor("interp", fp))
    if xp.ndim != 1 or fp.ndim != 1 or xp.shape != fp.shape:
        raise ValueError(
            f"interp: xp and fp must be 1-d and alike, got {xp.shape} and {fp.shape}"
        )
    return jnp.interp(wide(tensor("interp", x)), xp, fp, left, right)


def _slid(owner: str, a: Any, v: Any, mode: str) -> tuple[Any, Any]:
    x, y = pair(owner, a, v)
    if x.ndim != 1 or y.ndim != 1 or not (x.size and y.size):
        raise ValueError(
            f"{owner}: expected two 1-d Tensors with elements, got {x.shape}, {y.shape}"
        )
    check_choice(owner, "mode", mode, ("full", "same", "valid"))
    return x, y


@op
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Convolution of two 1-d Tensors (mindspore.numpy.convolve).

    Args:
        a, v: Tensors (N,) and (M,).
        mode: "full" gives N + M - 1 elements, "same" max(N, M), "valid" those for
            which they overlap wholly.
    """
    x, y = _slid("convolve", a, v, mode)
    return jnp.convolve(x, y, mode).astype(x.dtype)


@op
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Correlation of two 1-d Tensors (mindspore.numpy.correlate)."""
    x, y = _slid("correlate", a, v, mode)
    return jnp.correlate(x, y, mode).astype(x.dtype)
