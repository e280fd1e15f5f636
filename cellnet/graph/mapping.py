"""vmap: a function of single elements as one of many at once.

It is JAX's, of the function made pure in state.py.  Tensors are nodes of JAX's trees,
so axes nest as they do there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from cellnet.graph.grad import GradientFunction, check_callable
from cellnet.graph.state import commit, functionalize
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class _Mapped:
    """How :func:`vmap` calls a function."""

    what = "the vmap of"

    def __init__(self, in_axes: Any, out_axes: Any) -> None:
        self.in_axes = in_axes
        self.out_axes = out_axes
        self.key = ("vmap", in_axes, out_axes)

    def __call__(
        self, fn: Callable[..., Any], weights: Any, args: Any, named: dict[str, Any]
    ) -> Any:
        del weights
        args = tuple(a.value() if isinstance(a, Parameter) else a for a in args)
        in_axes = self.in_axes
        if not isinstance(in_axes, tuple):
            in_axes = (in_axes,) * len(args)
        _check_axes(in_axes, args)
        pure = functionalize(fn, [])
        written: list[Parameter] = []

        def one(*inputs: Any) -> Any:
            result, writes = pure([], *inputs, **named)
            written[:] = [p for p, _ in writes]
            return result, [value for _, value in writes]

        # what the function writes must be the same in every lane
        result, values = jax.vmap(one, in_axes, (self.out_axes, None))(*args)
        commit(list(zip(written, values, strict=True)))
        return result


def vmap(fn: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Any:
    """``fn`` of single elements as a function of many at once (mindspore.vmap).

    Args:
        fn: a Cell or function of Tensors.
        in_axes: which axis of each input runs over the elements: an int for all
            inputs, or a tuple with an int, None (the input is the same for all) or
            such a tuple for each input.
        out_axes: where that axis is in the outputs, in the same form.

    Returns:
        A function of inputs that have the extra axes; its outputs have them too.

    Raises:
        RuntimeError: axes that are no ints, do not fit the inputs or differ in length.

    Example:
        >>> scaled = vmap(lambda x, y: x * y, (0, None))
        >>> scaled(Tensor([1.0, 2.0]), Tensor(3.0)).tolist()
        [3.0, 6.0]
    """
    check_callable(fn)
    return GradientFunction(fn, (), _Mapped(_frozen(in_axes), _frozen(out_axes)))


def _frozen(axes: Any) -> Any:
    return tuple(map(_frozen, axes)) if isinstance(axes, tuple | list) else axes


def _check_axes(in_axes: tuple[Any, ...], args: Sequence[Any]) -> None:
    if len(in_axes) != len(args):
        raise RuntimeError(
            f"vmap: in_axes {in_axes} has {len(in_axes)} entries for {len(args)} inputs"
        )
    lengths: list[tuple[Any, int]] = []
    for axis, value in zip(in_axes, args, strict=True):
        _collect_lengths(axis, value, lengths)
    if not lengths:
        raise RuntimeError(f"vmap: in_axes must not all be None, got {in_axes}")
    if len({length for _, length in lengths}) > 1:
        raise RuntimeError(
            f"vmap: inputs must be equally long along their axes, got (axis, length) "
            f"{lengths}"
        )


def _collect_lengths(axis: Any, value: Any, lengths: list[tuple[Any, int]]) -> None:
    if axis is None:
        return
    if isinstance(axis, tuple):
        if not isinstance(value, tuple | list) or len(value) != len(axis):
            raise RuntimeError(
                f"vmap: in_axes {axis} expects as many inputs in a tuple"
            )
        for inner, item in zip(axis, value, strict=True):
            _collect_lengths(inner, item, lengths)
        return
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise RuntimeError(f"vmap: an axis must be an int or None, got {axis!r}")
    if isinstance(value, tuple | list):
        for item in value:
            _collect_lengths(axis, item, lengths)
        return
    if not isinstance(value, Tensor):
        raise RuntimeError(
            f"vmap: axis {axis} is that of {value!r}, which is no Tensor; give it None"
        )
    if not -value.ndim <= axis < value.ndim:
        raise RuntimeError(
            f"vmap: axis {axis} is out of range for an input of shape {value.shape}"
        )
    lengths.append((axis, value.shape[axis]))
