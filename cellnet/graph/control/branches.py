"""``if``, conditional expressions, ``and``, ``or`` and ``not``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.graph import where
from cellnet.graph.control import Untraceable, conversion
from cellnet.graph.control.block import Block
from cellnet.graph.control.values import (
    Slot,
    Undefined,
    Variable,
    array_for,
    is_traced,
    join,
    load,
    same,
    strong,
    truth,
)
from cellnet.tensor import Tensor


def if_stmt(
    cond: Any,
    body: Callable[[], None],
    orelse: Callable[[], None],
    get_state: Callable[[], tuple[Any, ...]],
    set_state: Callable[[tuple[Any, ...]], None],
    names: Sequence[str],
    num_outputs: int,
) -> None:
    """``if cond: body() else: orelse()`` on the variables ``names``.

    Only the first ``num_outputs`` of them are read afterwards.
    """
    test = truth(cond)
    if isinstance(test, bool):
        (body if test else orelse)()
        return
    before = get_state()
    place = _place("if")

    def branch(run: Callable[[], None], outcome: bool) -> Block:
        known = _known(cond, outcome)

        def traced(_: Any) -> Sequence[Any]:
            set_state(tuple(_replace(value, known) for value in before))
            run()
            return get_state()[:num_outputs]

        return Block(traced, names[:num_outputs])

    try:
        blocks = branch(body, True), branch(orelse, False)
    finally:
        set_state(before)
    results = choose(test, *blocks, place)
    set_state((*results, *before[num_outputs:]))


def choose(test: Any, yes: Block, no: Block, place: str) -> list[Any]:
    """The values of the variables after one of two blocks has run.

    Args:
        test: scalar bool array; True runs ``yes``.
        place: the statement, for messages.
    """
    joined = _Joined(place)
    variables = [
        joined.variable(one, other)
        for one, other in zip(yes.variables, no.variables, strict=True)
    ]
    for parameter in {**yes.written, **no.written}:
        joined.content(parameter, yes.written.get(parameter), no.written.get(parameter))
    for tensor in {**yes.changed, **no.changed}:
        joined.content(tensor, yes.changed.get(tensor), no.changed.get(tensor))

    def run(block: Block, side: int) -> Callable[[], list[Any]]:
        return lambda: joined.results(block(), side)

    arrays = jax.lax.cond(test, run(yes, 0), run(no, 1))
    for target, index in joined.contents:
        target._value = arrays[index]
    return [variable.rebuild(arrays) for variable in variables]


class _Joined:
    """The arrays that both branches must give, and how each makes its own."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.contents: list[tuple[Tensor, int]] = []
        self._parts: list[tuple[tuple[Any, Any], Slot | None]] = []

    def results(self, arrays: Sequence[Any], side: int) -> list[Any]:
        """What branch ``side`` gives, from the arrays of its block."""
        return [
            pair[side](arrays) if slot is None else array_for(pair[side], arrays, slot)
            for pair, slot in self._parts
        ]

    def _add(self, one: Any, other: Any, slot: Slot | None) -> None:
        self._parts.append(((one, other), slot))

    def content(self, target: Tensor, one: int | None, other: int | None) -> None:
        """A Parameter or Tensor that at least one branch has changed."""
        old = target._value

        def value(index: int | None) -> Any:
            if index is None:
                return lambda _: old
            return lambda arrays: strong(
                jnp.broadcast_to(arrays[index].astype(old.dtype), old.shape)
            )

        self.contents.append((target, len(self._parts)))
        self._add(value(one), value(other), None)

    def variable(self, one: Variable, other: Variable) -> Variable:
        if one.is_absent and other.is_absent:
            return one
        if one.is_absent or other.is_absent:
            present = other if one.is_absent else one
            leaves = [
                self._filled(x, one.is_absent) if isinstance(x, Slot) else x
                for x in present.leaves
            ]
            return present.with_leaves(leaves, self.place)
        what = f"'{one.name}'"
        if one.tree != other.tree:
            raise Untraceable(
                f"{what} has another structure on each path of {self.place}"
            )
        leaves = [
            self._leaf(x, y, what)
            for x, y in zip(one.leaves, other.leaves, strict=True)
        ]
        return one.with_leaves(leaves, one.place or other.place)

    def _leaf(self, one: Any, other: Any, what: str) -> Any:
        if isinstance(one, Slot) and isinstance(other, Slot):
            if one.source is other.source:
                return one.source  # as it was; a change in place is another matter
        elif not isinstance(one, Slot) and same(one, other):
            return one
        slot = join(len(self._parts), one, other, what, self.place)
        self._add(one, other, slot)
        return slot

    def _filled(self, present: Slot, first_is_absent: bool) -> Slot:
        slot = replace(present, index=len(self._parts), source=None)
        self._add(*((None, present) if first_is_absent else (present, None)), slot)
        return slot


def _place(kind: str) -> str:
    return f"the `{kind}` at {where.calling_line()}"


# -- what a branch knows --------------------------------------------------------------
def _known(cond: Any, outcome: bool) -> dict[int, bool]:
    """Arrays whose truth is known where ``cond`` came out as ``outcome``."""
    array = getattr(cond, "_value", cond)
    known = {id(array): outcome}
    state = conversion()
    # a branch on `not done`, as early returns are written, knows what `done` is in it
    for negation, source in state.negations if state else ():
        if negation is array:
            known[id(source)] = not outcome
    return known


def _replace(value: Any, known: dict[int, bool]) -> Any:
    if isinstance(value, Tensor):
        return known.get(id(value._value), value)
    return value


# -- expressions ----------------------------------------------------------------------
def if_exp(
    cond: Any, body: Callable[[], Any], orelse: Callable[[], Any], text: str
) -> Any:
    """``body() if cond else orelse()``."""
    test = truth(cond)
    if isinstance(test, bool):
        return body() if test else orelse()
    yes, no = (_expression(value) for value in (body, orelse))
    return choose(test, yes, no, _place("if " + text))[0]


def _expression(value: Callable[[], Any]) -> Block:
    return Block(lambda _: (value(),), ["the value"])


def not_(value: Any) -> Any:
    """``not value``."""
    test = truth(value)
    if isinstance(test, bool):
        return not test
    result = jnp.logical_not(test)
    state = conversion()
    if state is not None:
        state.negations.append((result, getattr(value, "_value", value)))
    return Tensor._wrap(result)


def and_(left: Callable[[], Any], right: Callable[[], Any]) -> Any:
    """``left() and right()``."""
    value = load(left())
    if not is_traced(value):
        return value and right()
    return _either(value, right, jnp.logical_and, "and")


def or_(left: Callable[[], Any], right: Callable[[], Any]) -> Any:
    """``left() or right()``."""
    value = load(left())
    if not is_traced(value):
        return value or right()
    return _either(value, right, jnp.logical_or, "or")


def _either(value: Any, right: Callable[[], Any], combine: Any, word: str) -> Any:
    test = truth(value)
    other = _expression(right)
    if other.is_pure and _is_bool(value):
        result = other.variables[0].rebuild(other())
        if _is_bool(result):
            return Tensor._wrap(combine(test, truth(result)))
    kept = _expression(lambda: value)
    blocks = (other, kept) if word == "and" else (kept, other)
    return choose(test, *blocks, _place(word))[0]


def _is_bool(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value._value.dtype == bool and value.size == 1
    return isinstance(value, bool)


def returned(value: Any, did_return: Any) -> Any:
    """What a function gives that returns in several places.

    Args:
        value: the value, or Undefined.
        did_return: whether any return statement ran.
    """
    if is_traced(did_return):
        raise Untraceable(
            "a function returns on some paths only, and a Tensor decides which"
        )
    return value.value if isinstance(value, Undefined) else value
