"""One program for full and for short batches.

The last batch of a pass may be short.  Traced for both sizes, a step gives two programs
of the same equations, other shapes and some other numbers (the 32 that a mean divides
by).  Here they become one, for batches that are padded to the full size: the numbers
are chosen at run time, and what adds up over the rows of a batch leaves padding out.

That is proved, not assumed: every equation is looked up in ``_row_rules``.  What the
rules do not know (random numbers for each row, rows that look at each other) is
refused, and short batches have a program of their own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

from cellnet.graph._row_rules import Axis, Unknown, fills, keeps_zero
from cellnet.graph.program import Program

_CALLS = {"jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call"}
_BODIES = ("jaxpr", "call_jaxpr", "fun_jaxpr")


class _Value:
    """An array of the padded program.

    Attributes:
        array: a tracer.
        axis: that of the rows, None if it is not batched.
        short: how many of its rows a short batch has.
        zero: whether what padding there is in it is 0.
    """

    __slots__ = ("array", "axis", "short", "zero")

    def __init__(self, array: Any, full: Any, short: Any, zero: bool = False) -> None:
        self.array = array
        differ = [i for i, (a, b) in enumerate(zip(full.shape, short.shape)) if a != b]
        if len(full.shape) != len(short.shape) or len(differ) > 1:
            raise Unknown(f"shapes {full.shape} and {short.shape}")
        if full.dtype != short.dtype:
            raise Unknown(f"dtypes {full.dtype} and {short.dtype}")
        self.axis: Axis = differ[0] if differ else None
        self.short = short.shape[differ[0]] if differ else 0
        self.zero = zero

    def filled(self, value: Any, is_full: Any) -> _Value:
        """With padding replaced by ``value``."""
        if value == 0 and self.zero:
            return self
        array = self.array
        rows = jax.lax.broadcasted_iota(jnp.int32, array.shape, self.axis)
        there = is_full | (rows < self.short)
        result = copy.copy(self)
        result.array = jnp.where(there, array, jnp.asarray(value, array.dtype))
        result.zero = value == 0
        return result


def merge(full: Program, short: Program) -> Program | None:
    """The program for padded batches; its last input says whether a batch is full.

    Args:
        full: the step traced for full batches.
        short: the same step traced for the short one.

    Returns:
        None where padding could change the result, or where the result has rows.
    """
    same = full.written == short.written and full.held == short.held
    if not same or full._slots != short._slots:
        return None
    avals = [v.aval for v in full.jaxpr.jaxpr.invars]
    is_full = jax.ShapeDtypeStruct((), bool)

    def run(*arguments: Any) -> list[Any]:
        *arrays, whole = arguments
        pairs = zip(
            arrays, full.jaxpr.jaxpr.invars, short.jaxpr.jaxpr.invars, strict=True
        )
        values = [_Value(array, f.aval, s.aval) for array, f, s in pairs]
        results = _run(full.jaxpr, short.jaxpr, values, whole)
        if any(value.axis is not None for value in results):
            raise Unknown("a result has rows")
        return [value.array for value in results]

    try:
        jaxpr = jax.make_jaxpr(run)(*avals, is_full)
    except Unknown:
        return None
    merged = copy.copy(full)
    merged.jaxpr = jaxpr
    merged.constants = list(jaxpr.consts)
    merged.loops = {}
    merged._compiled = None
    return merged


def _run(
    full: ClosedJaxpr, short: ClosedJaxpr, values: Sequence[_Value], is_full: Any
) -> list[_Value]:
    """The equations of ``full``, with those of ``short`` beside them."""
    env: dict[Any, _Value] = {}

    def read(f: Any, s: Any) -> _Value:
        if isinstance(f, Literal) != isinstance(s, Literal):
            raise Unknown("a number in one program, an array in the other")
        if not isinstance(f, Literal):
            return env[f]
        array = _constant(f.val, s.val, f.aval, is_full)
        return _Value(array, f.aval, s.aval, zero=bool(np.all(np.equal(f.val, 0))))

    if len(full.jaxpr.eqns) != len(short.jaxpr.eqns):
        raise Unknown("programs of other equations")
    for var, f, s in zip(full.jaxpr.constvars, full.consts, short.consts, strict=True):
        if np.shape(f) != np.shape(s):
            raise Unknown("a constant with rows")
        env[var] = _Value(_constant(f, s, var.aval, is_full), var.aval, var.aval)
    env.update(zip(full.jaxpr.invars, values, strict=True))
    for f, s in zip(full.jaxpr.eqns, short.jaxpr.eqns, strict=True):
        if f.primitive is not s.primitive:
            raise Unknown(f"{f.primitive} in one program, {s.primitive} in the other")
        ins = [read(a, b) for a, b in zip(f.invars, s.invars, strict=True)]
        for var, value in zip(f.outvars, _equation(f, s, ins, is_full), strict=True):
            env[var] = value
    outs = zip(full.jaxpr.outvars, short.jaxpr.outvars, strict=True)
    return [read(f, s) for f, s in outs]


def _equation(f: Any, s: Any, ins: list[_Value], is_full: Any) -> list[_Value]:
    name = f.primitive.name
    if name in _CALLS:
        return _run(_body(f), _body(s), ins, is_full)
    if name == "scan":
        return _scan(f, s, ins, is_full)
    outs = [
        _Value(None, a.aval, b.aval) for a, b in zip(f.outvars, s.outvars, strict=True)
    ]
    batched = [v for v in (*ins, *outs) if v.axis is not None]
    if not batched and str(f.params) != str(s.params):
        raise Unknown(f"{name} with other settings")
    if batched:
        for out in outs:
            for fill in fills(f, [v.axis for v in ins], out.axis):
                ins[fill.operand] = ins[fill.operand].filled(fill.value, is_full)
    results = f.primitive.bind(*(v.array for v in ins), **f.params)
    results = results if f.primitive.multiple_results else [results]
    for out, array in zip(outs, results, strict=True):
        out.array = array
        out.zero = out.axis is not None and keeps_zero(name, [v.zero for v in ins])
    if _starts_gradient(f, ins, outs):
        outs = [outs[0].filled(0, is_full)]
    return outs


def _starts_gradient(f: Any, ins: list[_Value], outs: list[_Value]) -> bool:
    """Whether a gradient by a sum or mean over rows becomes one row each here.

    Set to 0 in the padding at this place, it stays 0 all the way back, and the sums of
    the gradients need no mask of their own.
    """
    return (
        f.primitive.name == "broadcast_in_dim"
        and not f.invars[0].aval.shape
        and outs[0].axis is not None
        and not ins[0].zero
        and "transpose(" in str(f.source_info.name_stack)
    )


def _scan(f: Any, s: Any, ins: list[_Value], is_full: Any) -> list[_Value]:
    """A loop whose steps are not rows: its body is merged like any other program."""
    consts, carried = f.params["num_consts"], f.params["num_carry"]
    if f.params["length"] != s.params["length"]:
        raise Unknown("a loop over rows")
    fixed, carry, scanned = (
        ins[:consts],
        ins[consts : consts + carried],
        ins[consts + carried :],
    )
    body_f, body_s = f.params["jaxpr"], s.params["jaxpr"]
    avals = list(zip(body_f.jaxpr.invars, body_s.jaxpr.invars, strict=True))

    def body(state: list[Any], slices: list[Any]) -> tuple[list[Any], list[Any]]:
        arrays = [*(v.array for v in fixed), *state, *slices]
        values = [
            _Value(array, a.aval, b.aval)
            for array, (a, b) in zip(arrays, avals, strict=True)
        ]
        outs = _run(body_f, body_s, values, is_full)
        return [v.array for v in outs[:carried]], [v.array for v in outs[carried:]]

    last, stacked = jax.lax.scan(
        body,
        [v.array for v in carry],
        [v.array for v in scanned],
        length=f.params["length"],
        reverse=f.params["reverse"],
        unroll=f.params["unroll"],
    )
    return [
        _Value(array, a.aval, b.aval)
        for array, a, b in zip([*last, *stacked], f.outvars, s.outvars, strict=True)
    ]


def _constant(f: Any, s: Any, aval: Any, is_full: Any) -> Any:
    """A number of the program, or one for each size of batch."""
    if f is s or np.array_equal(f, s, equal_nan=np.issubdtype(aval.dtype, np.inexact)):
        return f
    return jnp.where(is_full, jnp.asarray(f, aval.dtype), jnp.asarray(s, aval.dtype))


def _body(equation: Any) -> ClosedJaxpr:
    for name in _BODIES:
        if name in equation.params:
            return equation.params[name]
    raise Unknown(f"{equation.primitive} without a body")
