"""The form of Tensors: shapes, axes and the order of elements."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_int, check_int_tuple, check_shape
from cellnet.numpy._shared import axes, axis_in, tensor
from cellnet.ops import array as forms
from cellnet.ops import joining
from cellnet.ops._arrays import plain
from cellnet.ops._op import op


@op
def reshape(x: Any, new_shape: Any) -> Any:
    """The elements in another shape; one length may be -1 (mindspore.numpy.reshape)."""
    return forms.reshape.on_arrays(tensor("reshape", x), new_shape)


@op
def ravel(x: Any) -> Any:
    """All elements as one axis (mindspore.numpy.ravel)."""
    return tensor("ravel", x).reshape(-1)


@op
def transpose(a: Any, axes: Any = None) -> Any:
    """Axes in another order, by default reversed (mindspore.numpy.transpose)."""
    x = tensor("transpose", a)
    return x.T if axes is None else forms.transpose.on_arrays(x, axes)


@op
def expand_dims(a: Any, axis: Any) -> Any:
    """New axes of length 1, an int or several (mindspore.numpy.expand_dims).

    Raises:
        TypeError: an axis that is no int.
        ValueError: an axis out of range or given twice.
    """
    x = tensor("expand_dims", a)
    places = check_int_tuple("expand_dims", "axis", plain(axis))
    return jnp.expand_dims(x, axes("expand_dims", places, x.ndim + len(places)) or ())


@op
def squeeze(a: Any, axis: Any = None) -> Any:
    """Without axes of length 1: all, or the given ones that have it.

    (mindspore.numpy.squeeze)
    """
    return forms.squeeze.on_arrays(tensor("squeeze", a), axis)


@op
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes in each other's place (mindspore.numpy.swapaxes)."""
    return forms.swapaxes.on_arrays(tensor("swapaxes", x), axis1, axis2)


@op
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in order (mindspore.numpy.moveaxis).

    Raises:
        TypeError: axes that are no ints.
        ValueError: an axis out of range or given twice; not as many of one as of the
            other.
    """
    x = tensor("moveaxis", a)
    for places in (source, destination):
        axes("moveaxis", places, x.ndim)
    return jnp.moveaxis(x, plain(source), plain(destination))


@op
def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """An axis moved to lie before ``start`` (mindspore.numpy.rollaxis)."""
    x = tensor("rollaxis", x)
    start = check_int("rollaxis", "start", start, minimum=-x.ndim, maximum=x.ndim)
    return jnp.rollaxis(x, axis_in("rollaxis", axis, x.ndim), start)


@op
def flip(m: Any, axis: Any = None) -> Any:
    """Elements in reverse order along axes, by default all (mindspore.numpy.flip)."""
    x = tensor("flip", m)
    return jnp.flip(x, axes("flip", axis, x.ndim))


@op
def flipud(m: Any) -> Any:
    """Elements in reverse order along axis 0 (mindspore.numpy.flipud)."""
    x = tensor("flipud", m)
    return jnp.flip(x, axis_in("flipud", 0, x.ndim))


@op
def fliplr(m: Any) -> Any:
    """Elements in reverse order along axis 1 (mindspore.numpy.fliplr)."""
    x = tensor("fliplr", m)
    return jnp.flip(x, axis_in("fliplr", 1, x.ndim))


@op
def rot90(a: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned k times by 90 degrees in the plane of two axes (mindspore.numpy.rot90).

    Raises:
        ValueError: other than two different axes.
    """
    x = tensor("rot90", a)
    k = check_int("rot90", "k", k)
    first, second = (
        axis_in("rot90", axis, x.ndim)
        for axis in check_int_tuple("rot90", "axes", plain(axes), 2)
    )
    if first == second:
        raise ValueError(f"rot90: axes must differ, got {axes}")
    return jnp.rot90(x, k, (first, second))


@op
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Elements moved along axes, those that leave entering again.

    (mindspore.numpy.roll)

    Args:
        a: Tensor.
        shift: by how many places, an int, or a tuple of one for each axis.
        axis: an int or a tuple of ints; None moves in the flattened Tensor.
    """
    x = tensor("roll", a)
    shift = check_int_tuple("roll", "shift", plain(shift))
    if axis is None:
        return jnp.roll(x, sum(shift))
    along = check_int_tuple("roll", "axis", plain(axis))
    if len(shift) != len(along) and 1 not in (len(shift), len(along)):
        raise ValueError(f"roll: shift {shift} does not go with axis {along}")
    count = max(len(shift), len(along))
    along = tuple(axis_in("roll", place, x.ndim) for place in along)
    return jnp.roll(
        x,
        shift if len(shift) == count else shift * count,
        along if len(along) == count else along * count,
    )


@op
def tile(a: Any, reps: Any) -> Any:
    """Repeated along each axis (mindspore.numpy.tile).

    Raises:
        TypeError: ``reps`` that are no ints.
        ValueError: ``reps`` below 0.
    """
    reps = check_int_tuple("tile", "reps", plain(reps), minimum=0)
    return jnp.tile(tensor("tile", a), reps)


@op
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element repeated, along an axis or flattened (mindspore.numpy.repeat).

    Args:
        a: Tensor.
        repeats: an int >= 0 for all, or one for each.
        axis: along which, or None.
    """
    x = tensor("repeat", a)
    counts = check_int_tuple("repeat", "repeats", plain(repeats), minimum=0)
    x = x.reshape(-1) if axis is None else x
    along = 0 if axis is None else axis_in("repeat", axis, x.ndim)
    if len(counts) not in (1, x.shape[along]):
        raise ValueError(f"repeat: {len(counts)} counts for {x.shape[along]} elements")
    if len(counts) == 1:
        return jnp.repeat(x, counts[0], along)
    total = sum(counts)
    return jnp.repeat(x, jnp.asarray(counts), along, total_repeat_length=total)


@op
def broadcast_to(array: Any, shape: Any) -> Any:
    """Repeated to a shape (mindspore.numpy.broadcast_to)."""
    x = tensor("broadcast_to", array)
    return joining.broadcast_to.on_arrays(
        x, check_shape("broadcast_to", plain(shape), minimum=-1)
    )


@op
def broadcast_arrays(*args: Any) -> list[Any]:
    """Tensors broadcast against each other, a list (mindspore.numpy)."""
    given = [tensor("broadcast_arrays", x) for x in args]
    shapes = [x.shape for x in given]
    try:
        shape = jnp.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"broadcast_arrays: shapes {shapes} do not fit") from None
    return [jnp.broadcast_to(x, shape) for x in given]


def _at_least(ndim: int) -> Any:
    name = f"atleast_{ndim}d"

    def compute(*arys: Any) -> Any:
        fn = getattr(jnp, name)
        made = [fn(tensor(name, x)) for x in arys]
        return made[0] if len(made) == 1 else made

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"Tensors with {ndim} axes or more (mindspore.numpy.{name})"
    return op(compute)


atleast_1d = _at_least(1)
atleast_2d = _at_least(2)
atleast_3d = _at_least(3)


@op
def size(a: Any, axis: Any = None) -> int:
    """Number of elements, or the length of axes (mindspore.numpy.size)."""
    x = tensor("size", a)
    count = 1
    for place in axes("size", axis, x.ndim) or range(x.ndim):
        count *= x.shape[place]
    return count


@op
def array_str(a: Any) -> str:
    """The elements as text (mindspore.numpy.array_str)."""
    return str(jax.device_get(tensor("array_str", a)))


def isscalar(element: Any) -> bool:
    """True for a number, a bool and a text (mindspore.numpy.isscalar)."""
    return isinstance(element, bool | int | float | str)
