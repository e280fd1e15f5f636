"""Which equations keep the rows of a batch apart, and which add them up.

A *batched* array has rows along one axis, of which a short batch has the first ones;
the others are padding.  A rule looks at one equation of the
program for full batches and says what the padding does to it:

- nothing: the first rows of the result are those that a short batch would give;
- an operand adds up over rows, and its padding has to be replaced first;
- ``Unknown``: there is no rule, and padding may change the result.

A rule needs no values, only the equation and the axis of the rows in each operand and
in the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Axis = int | None


class Unknown(Exception):
    """An equation may mix the rows of a batch; the text names it."""


class Fill(NamedTuple):
    """Padding of operand ``operand`` has to be ``value`` before the equation runs."""

    operand: int
    value: Any


# None: it does not know
Rule = Callable[[Any, Sequence[Axis], Axis], list[Fill] | None]

# fmt: off
ELEMENTWISE = frozenset((
    "abs", "add", "add_any", "and", "atan2", "cbrt", "ceil", "clamp",
    "convert_element_type", "copy", "copy_p", "cos", "cosh", "digamma", "div",
    "eq", "erf", "erf_inv", "erfc", "exp", "exp2", "expm1", "floor", "ge", "gt",
    "integer_pow", "is_finite", "le", "lgamma", "log", "log1p", "logistic", "lt",
    "max", "min", "mul", "ne", "neg", "nextafter", "not", "or", "pow",
    "reduce_precision", "rem", "round", "rsqrt", "select_n", "sign", "sin",
    "sinh", "sqrt", "square", "stop_gradient", "sub", "tan", "tanh", "xor",
))
# fmt: on
# 0 in, 0 out: of any operand, of the first one, of all but the predicate or of all
ZERO_IF_ANY = frozenset(["mul"])
# fmt: off
ZERO_IF_FIRST = frozenset((
    "broadcast_in_dim", "cellnet_conv_input_grad", "cellnet_window_spread",
    "cellnet_window_sum", "convert_element_type", "copy", "div", "gather", "neg",
    "reduce_sum", "reshape", "rev", "slice", "squeeze", "transpose",
))
# fmt: on
ZERO_IF_SECOND = frozenset(["cellnet_max_pick", "cellnet_max_place"])
ZERO_IF_ALL = frozenset(["add", "add_any", "concatenate", "dot_general", "pad", "sub"])
ZERO_IF_CASES = frozenset(["select_n"])


def keeps_zero(name: str, zero: Sequence[bool]) -> bool:
    """Whether padding that is 0 in some operands is 0 in the result."""
    if name in ZERO_IF_ANY:
        return any(zero)
    if name in ZERO_IF_FIRST:
        return zero[0]
    if name in ZERO_IF_SECOND:
        return zero[1]
    if name == "scatter-add":
        return zero[0] and zero[2]
    if name in ZERO_IF_CASES:
        return all(zero[1:])
    # a product of free rows is 0 where either side is
    return any(zero) if name == "dot_general" else name in ZERO_IF_ALL and all(zero)


def fills(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill]:
    """What an equation with batched operands or results needs.

    Raises:
        Unknown: no rule says that its rows stay apart.
    """
    name = equation.primitive.name
    rule = _elementwise if name in ELEMENTWISE else RULES.get(name)
    needed = None if rule is None else rule(equation, ins, out)
    if needed is None:
        raise Unknown(f"{name}: rows at {list(ins)}, in the result at {out}")
    return needed


def _check(holds: bool) -> list[Fill] | None:
    return [] if holds else None


def _elementwise(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    if out is None:
        return None
    # an operand without rows is one number, or one row for all
    same = (
        axis == out or (axis is None and var.aval.shape[out : out + 1] in ((), (1,)))
        for axis, var in zip(ins, equation.invars, strict=True)
    )
    return _check(all(same))


def _broadcast(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    if ins[0] is None:
        return []  # all rows are equal
    return _check(equation.params["broadcast_dimensions"][ins[0]] == out)


def _reshape(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    before, after = equation.invars[0].aval.shape, equation.outvars[0].aval.shape
    if ins[0] is None or out is None:
        return None
    return _check(math.prod(before[: ins[0]]) == math.prod(after[:out]))


def _transpose(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    return _check(equation.params["permutation"].index(ins[0]) == out)


def _squeeze(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    if ins[0] is None:
        return None
    gone = sum(d < ins[0] for d in equation.params["dimensions"])
    return _check(ins[0] - gone == out)


def _reduce(value: Callable[[np.dtype], Any]) -> Rule:
    def rule(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
        axes = equation.params["axes"]
        if ins[0] in axes:
            return [Fill(0, value(equation.invars[0].aval.dtype))]
        return _check(ins[0] - sum(a < ins[0] for a in axes) == out)

    return rule


def _lowest(dtype: np.dtype) -> Any:
    if np.issubdtype(dtype, np.bool_):
        return False
    return -np.inf if np.issubdtype(dtype, np.inexact) else np.iinfo(dtype).min


def _highest(dtype: np.dtype) -> Any:
    if np.issubdtype(dtype, np.bool_):
        return True
    return np.inf if np.issubdtype(dtype, np.inexact) else np.iinfo(dtype).max


def _arg(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    axes = equation.params["axes"]
    return _check(ins[0] not in axes and ins[0] - sum(a < ins[0] for a in axes) == out)


def _dot(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    contract, batch = equation.params["dimension_numbers"]
    if None not in ins:
        places = [
            tuple(dims[side]).index(ins[side]) if ins[side] in dims[side] else -1
            for dims in (contract, batch)
            for side in (0, 1)
        ]
        if places[0] == places[1] >= 0:
            return [Fill(0, 0)]
        return _check(places[2] == places[3] == out and out is not None)
    side = 0 if ins[1] is None else 1
    axis = ins[side]
    if axis in contract[side] or axis in batch[side]:
        return None
    lhs = equation.invars[0].aval
    free = [
        a
        for a in range(equation.invars[side].aval.ndim)
        if a not in contract[side] and a not in batch[side]
    ]
    place = len(batch[0]) + free.index(axis)
    if side == 1:
        place += lhs.ndim - len(contract[0]) - len(batch[0])
    return _check(place == out)


def _apart(param: str) -> Rule:
    """The operation runs along one axis, which is not that of the rows."""

    def rule(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
        along = equation.params[param]
        batched = {axis for axis in ins if axis is not None} == {out}
        return _check(batched and out not in np.atleast_1d(along))

    return rule


def _concatenate(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    return _check(set(ins) == {out} and equation.params["dimension"] != out)


def _stack(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    if len(set(ins)) > 1 or ins[0] is None:
        return None
    return _check(ins[0] + (equation.params["axis"] <= ins[0]) == out)


def _pad(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    axis = ins[0]
    whole = axis is not None and not any(equation.params["padding_config"][axis])
    return _check(ins[1] is None and axis == out and whole)


def _slice(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    params, axis = equation.params, ins[0]
    rows = equation.invars[0].aval.shape[axis]
    whole = params["start_indices"][axis] == 0 and params["limit_indices"][axis] == rows
    return _check(axis == out and whole)


def _dynamic_slice(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    axis = ins[0]
    if axis is None or any(i is not None for i in ins[1:]):
        return None
    rows = equation.invars[0].aval.shape[axis]
    return _check(axis == out and equation.params["slice_sizes"][axis] == rows)


def _gather(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    numbers, (table, index) = equation.params["dimension_numbers"], ins
    ndim = equation.outvars[0].aval.ndim
    if index is None:  # the same places of every row
        gone = {*numbers.collapsed_slice_dims, *numbers.operand_batching_dims}
        kept = [a for a in range(equation.invars[0].aval.ndim) if a not in gone]
        return _whole_window(
            equation, table, kept, numbers.start_index_map, numbers.offset_dims, out
        )
    if table is not None:  # row i of the table by row i of the indices
        paired = dict(
            zip(
                numbers.operand_batching_dims,
                numbers.start_indices_batching_dims,
                strict=True,
            )
        )
        if paired.get(table) != index:
            return None
    places = [axis for axis in range(ndim) if axis not in numbers.offset_dims]
    return _check(index < len(places) and places[index] == out)


def _whole_window(
    equation: Any,
    table: Axis,
    kept: list[int],
    indexed: Sequence[int],
    window: Sequence[int],
    out: Axis,
) -> list[Fill] | None:
    """All rows lie in each window of a gather or scatter with common indices."""
    if table not in kept or table in indexed:
        return None
    sizes = equation.params.get("slice_sizes")
    rows = equation.invars[0].aval.shape[table]
    whole = sizes is None or sizes[table] == rows
    return _check(whole and window[kept.index(table)] == out)


def _scatter_add(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    numbers, (table, index, update) = equation.params["dimension_numbers"], ins
    if index is None and table is not None and table == out:
        gone = {*numbers.inserted_window_dims, *numbers.operand_batching_dims}
        kept = [a for a in range(equation.invars[0].aval.ndim) if a not in gone]
        indexed = numbers.scatter_dims_to_operand_dims
        window = numbers.update_window_dims
        return _whole_window(equation, table, kept, indexed, window, update)
    if index is None or update is None:
        return None
    if table is None:
        return [Fill(2, 0)]
    paired = dict(
        zip(
            numbers.operand_batching_dims,
            numbers.scatter_indices_batching_dims,
            strict=True,
        )
    )
    return _check(paired.get(table) == index and table == out)


def _images(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    """Convolution and pooling: the first operand is images, so is the result."""
    kernels = equation.primitive.name.startswith("cellnet_conv")
    others = (None,) if kernels else (0,)
    return _check(ins[0] == 0 == out and set(ins[1:]) <= set(others))


def _weight_grad(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    return [Fill(1, 0)] if (*ins, out) == (0, 0, None) else None


def _iota(equation: Any, ins: Sequence[Axis], out: Axis) -> list[Fill] | None:
    return []


RULES: dict[str, Rule] = {
    "argmax": _arg,
    "argmin": _arg,
    "broadcast_in_dim": _broadcast,
    "cellnet_conv": _images,
    "cellnet_conv_input_grad": _images,
    "cellnet_conv_weight_grad": _weight_grad,
    "cellnet_max_pick": _images,
    "cellnet_max_place": _images,
    "cellnet_max_pool": _images,
    "cellnet_window_spread": _images,
    "cellnet_window_sum": _images,
    "concatenate": _concatenate,
    "cummax": _apart("axis"),
    "cumsum": _apart("axis"),
    "dot_general": _dot,
    "dynamic_slice": _dynamic_slice,
    "gather": _gather,
    "iota": _iota,
    "pad": _pad,
    "reduce_and": _reduce(lambda dtype: True),
    "reduce_max": _reduce(_lowest),
    "reduce_min": _reduce(_highest),
    "reduce_or": _reduce(lambda dtype: False),
    "reduce_prod": _reduce(lambda dtype: 1),
    "reduce_sum": _reduce(lambda dtype: 0),
    "reshape": _reshape,
    "rev": _apart("dimensions"),
    "scatter-add": _scatter_add,
    "slice": _slice,
    "split": _apart("axis"),
    "squeeze": _squeeze,
    "stack": _stack,
    "transpose": _transpose,
}
