"""Elements chosen by conditions and by indices."""

from __future__ import annotations

import functools
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_choice, check_shape
from cellnet.numpy._shared import axis_in, tensor, tensors
from cellnet.ops import order
from cellnet.ops._arrays import index_dtype, plain, promoted
from cellnet.ops._op import op, raw
from cellnet.tensor import Tensor


@op
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """``x`` where the condition holds, else ``y`` (mindspore.numpy.where).

    Args:
        condition: Bool Tensor, or numbers, true where not 0.
        x, y: Tensors or numbers; the three are broadcast against each other.

    Raises:
        TypeError: x or y is not given.
        ValueError: shapes that do not broadcast.
    """
    condition, x, y = (tensor("where", value) for value in (condition, x, y))
    shapes = condition.shape, x.shape, y.shape
    try:
        return jnp.where(condition, *promoted([x, y]))
    except (TypeError, ValueError) as error:
        raise ValueError(f"where: shapes {shapes} do not fit") from error


@op
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The choice of the first condition that holds (mindspore.numpy.select).

    Args:
        condlist: tuple or list of Bool Tensors.
        choicelist: as many Tensors.
        default: a number where none holds.

    Raises:
        ValueError: not as many of one as of the other, or no lists.
    """
    if np.isscalar(condlist) or np.isscalar(choicelist):
        raise ValueError("select: expected lists of Tensors, got a number")
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"select: {len(condlist)} conditions for {len(choicelist)} choices"
        )
    if not len(condlist):
        return jnp.zeros((), np.float32)
    conditions = [tensor("select", each).astype(bool) for each in condlist]
    choices = tensors("select", choicelist)
    kind = choices[0].dtype
    other = tensor("select", default).astype(kind)
    return jnp.select(*_together(conditions, choices), other)


def _together(conditions: list[Any], choices: list[Any]) -> tuple[Any, Any]:
    both = jnp.broadcast_arrays(*conditions, *choices)
    return both[: len(conditions)], both[len(conditions) :]


@op
def choose(a: Any, choices: Any, mode: str = "clip") -> Any:
    """From each choice the elements whose number is in ``a`` (mindspore.numpy.choose).

    Args:
        a: Int Tensor of numbers of choices.
        choices: Tensors, broadcast against ``a``; a Tensor means its slices.
        mode: "clip" takes the nearest choice there is, "wrap" counts round.

    Raises:
        ValueError: numbers that are no ints; another mode.
        NotImplementedError: the mode "raise".
    """
    a = tensor("choose", a)
    if a.dtype.kind not in "iu":
        raise ValueError(f"choose: the numbers of choices must be ints, got {a.dtype}")
    _check_mode("choose", mode)
    given = tensors("choose", choices)
    a, *given = jnp.broadcast_arrays(a, *given)
    return jnp.choose(a, given, mode=mode)


def _check_mode(owner: str, mode: Any) -> None:
    if mode == "raise":
        raise NotImplementedError(
            f"{owner}: mode 'raise' is not there, a compiled program cannot raise; "
            "use 'clip' or 'wrap'"
        )
    check_choice(owner, "mode", mode, ("clip", "wrap"))


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Other functions where other conditions hold (mindspore.numpy.piecewise).

    Args:
        x: Tensor.
        condlist: Bool Tensors of x's shape.
        funclist: functions or numbers, one for each condition, and perhaps one more
            where none holds.
        *args, **kw: go to the functions.

    Raises:
        ValueError: another number of functions.
    """
    x = Tensor._wrap(tensor("piecewise", raw(x)))
    conditions = raw(condlist)
    if not isinstance(conditions, tuple | list):
        conditions = [*tensor("piecewise", conditions)]
    conditions = [tensor("piecewise", each).astype(bool) for each in conditions]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ValueError(
            f"piecewise: {len(funclist)} functions for {len(conditions)} conditions"
        )
    values = [fn(x, *args, **kw) if callable(fn) else fn for fn in funclist]
    choices = tensors("piecewise", [raw(value) for value in values])
    choices = [jnp.broadcast_to(choice, x.shape) for choice in choices]
    *_, last = choices
    if len(choices) == len(conditions):
        last = jnp.zeros(x.shape, last.dtype)
    pairs = zip(conditions, choices, strict=False)
    # where several conditions hold, the last one counts
    result = functools.reduce(lambda kept, by: jnp.where(*by, kept), pairs, last)
    return Tensor._wrap(result)


@op
def take(a: Any, indices: Any, axis: int | None = None, mode: str = "clip") -> Any:
    """Slices by their places along an axis, or elements (mindspore.numpy.take).

    Args:
        a: Tensor.
        indices: Int Tensor of places.
        axis: along which; None takes elements of the flattened Tensor.
        mode: "clip" takes the nearest place there is, "wrap" counts round.

    Raises:
        TypeError: indices that are no ints.
        ValueError: an axis out of range; another mode.
        NotImplementedError: the mode "raise".
    """
    x, indices = tensor("take", a), _places("take", indices)
    _check_mode("take", mode)
    along = None if axis is None else axis_in("take", axis, x.ndim)
    return jnp.take(x, indices, along, mode=mode)


def _places(owner: str, indices: Any) -> Any:
    indices = tensor(owner, indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{owner}: indices must be ints, got {indices.dtype}")
    return indices


@op
def take_along_axis(arr: Any, indices: Any, axis: int | None) -> Any:
    """Elements by their places along an axis (mindspore.numpy.take_along_axis).

    Args:
        arr: Tensor.
        indices: Int Tensor with as many axes, broadcast but for ``axis``; a place out
            of range means the nearest one.
        axis: along which; None flattens ``arr`` first.

    Raises:
        ValueError: another number of axes; an axis out of range.
    """
    x = tensor("take_along_axis", arr)
    indices = _places("take_along_axis", indices)
    x = x.reshape(-1) if axis is None else x
    along = 0 if axis is None else axis_in("take_along_axis", axis, x.ndim)
    if indices.ndim != x.ndim:
        raise ValueError(
            f"take_along_axis: indices {indices.shape} need as many axes as {x.shape}"
        )
    length = x.shape[along]
    indices = jnp.where(indices < 0, indices + length, indices)
    return jnp.take_along_axis(x, jnp.clip(indices, 0, length - 1), along)


@op
def unique(x: Any, return_inverse: bool = False) -> Any:
    """Different elements in order of appearance (mindspore.numpy.unique).

    How many there are depends on values, so a compiled program cannot use it.

    Returns:
        1-d Tensor; with ``return_inverse`` also the Int32 place of each element in it.
    """
    x = tensor("unique", x).reshape(-1)
    values, inverse = order.unique.on_arrays(x)
    return (values, inverse.reshape(x.shape)) if return_inverse else values


@op
def argwhere(a: Any) -> Any:
    """Int64 positions of elements that are not 0, a row each (mindspore.numpy).

    How many there are depends on values, so a compiled program cannot use it.
    """
    return jnp.argwhere(tensor("argwhere", a)).astype(index_dtype())


@op
def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """Places in the flattened Tensor as indices of a shape (mindspore.numpy).

    Args:
        indices: Int Tensor; a place out of range means the nearest one.
        shape: of the Tensor.
        order: "C" counts along the last axis first, "F" along the first.

    Returns:
        A tuple with an Int32 Tensor for each axis.
    """
    check_choice("unravel_index", "order", order, ("C", "F"))
    shape = check_shape("unravel_index", plain(shape))
    places = tensor("unravel_index", indices)
    total = int(np.prod(shape))
    places = jnp.where(places < 0, places + total, places)
    places = jnp.clip(places, 0, total - 1).astype(np.int32)
    found = jnp.unravel_index(places, shape if order == "C" else shape[::-1])
    return tuple(found if order == "C" else found[::-1])


@op
def ravel_multi_index(
    multi_index: Any, dims: Any, mode: str = "clip", order: str = "C"
) -> Any:
    """Indices of a shape as places in the flattened Tensor (mindspore.numpy).

    Args:
        multi_index: one Int Tensor for each axis.
        dims: the shape.
        mode: "clip" takes the nearest index there is, "wrap" counts round.
        order: "C" counts along the last axis first, "F" along the first.
    """
    check_choice("ravel_multi_index", "order", order, ("C", "F"))
    _check_mode("ravel_multi_index", mode)
    rows = [tensor("ravel_multi_index", row) for row in multi_index]
    shape = check_shape("ravel_multi_index", plain(dims))
    return jnp.ravel_multi_index(rows, shape, mode, order)
