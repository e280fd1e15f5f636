"""``while`` and ``for``.

A loop whose length a Tensor decides becomes a while loop of the program.  A long loop
of known length becomes ``lax.scan`` if its body allows; a short one, or one over a list
of Cells say, stays Python and is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import eval_jaxpr

from cellnet.graph import where
from cellnet.graph.control import UNTRACEABLE, Untraceable
from cellnet.graph.control.block import Block
from cellnet.graph.control.branches import and_, if_stmt
from cellnet.graph.control.reversible import while_loop
from cellnet.graph.control.values import (
    NUMBERS,
    Slot,
    Variable,
    array_for,
    capture,
    is_traced,
    is_weak,
    join,
    number_array,
    same,
    slot_of,
    strong,
    truth,
)
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

GetState = Callable[[], tuple[Any, ...]]
SetState = Callable[[tuple[Any, ...]], None]

# Known lengths up to this are written out: XLA optimizes across the steps.
_LONGEST_UNROLLED = 32
# the types of a loop's variables settle in two rounds, or three if loops are nested
_MAX_ROUNDS = 8


class TensorRange:
    """``range`` with a bound that is not known yet.

    Args:
        bounds: what ``range`` takes; ints and Tensors.
    """

    def __init__(self, *bounds: Any) -> None:
        start, stop, step = {
            1: lambda: (0, *bounds, 1),
            2: lambda: (*bounds, 1),
            3: lambda: bounds,
        }[len(bounds)]()
        self.start, stop, self.step = (
            jnp.asarray(getattr(x, "_value", x)).reshape(())
            for x in (start, stop, step)
        )
        span = stop - self.start
        # rounds up, and to nothing where start is past stop
        self.length = jnp.maximum(-(-span // self.step), 0)

    def item(self, number: Any) -> Tensor:
        """The value of step ``number``."""
        return Tensor._wrap(self.start + number * self.step)


def while_stmt(
    test: Callable[[], Any],
    body: Callable[[], None],
    get_state: GetState,
    set_state: SetState,
    names: Sequence[str],
    opts: Any,
) -> None:
    """``while test(): body()`` on the variables ``names``."""
    del opts
    while True:
        going = truth(test())
        if not isinstance(going, bool):
            break
        if not going:
            return
        body()

    def step(number: Any) -> Any:
        del number
        body()
        return test()

    _Loop(get_state, set_state, names, _place("while")).run_while(going, step)


def for_stmt(
    items: Any,
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], None],
    get_state: GetState,
    set_state: SetState,
    names: Sequence[str],
    opts: Any,
) -> None:
    """``for item in items: body(item)`` while ``extra_test()`` holds."""
    del opts
    loop = _Loop(get_state, set_state, names, _place("for"))
    if isinstance(items, TensorRange):
        _for_range(items, extra_test, body, loop)
        return

    def guarded(item: Any) -> None:
        if extra_test is None:
            body(item)
            return
        state = (get_state, set_state, names, len(names))
        if_stmt(extra_test(), lambda: body(item), _nothing, *state)

    if _is_long(items):
        before = get_state()
        try:
            loop.run_scan(items, guarded)
            return
        except UNTRACEABLE:
            set_state(before)  # the body needs Python's numbers
    for item in items:
        if extra_test is not None and truth(extra_test()) is False:
            return
        guarded(item)


def _nothing() -> None:
    pass


def _is_long(items: Any) -> bool:
    """Whether items are many and of one type."""
    if isinstance(items, Tensor) and not (is_traced(items) and items.shape):
        return False
    return isinstance(items, Tensor | range) and len(items) > _LONGEST_UNROLLED


def _for_range(
    items: TensorRange,
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], None],
    loop: _Loop,
) -> None:
    def going(number: Any) -> Any:
        inside = Tensor._wrap(number < items.length)
        return inside if extra_test is None else and_(lambda: inside, extra_test)

    def step(number: Any) -> Any:
        body(items.item(number))
        return going(number + 1)

    loop.run_while(truth(going(number_array(0))), step)


@dataclass
class _Carried:
    """A Parameter or Tensor that the body changes, and its value before."""

    target: Tensor
    start: Any


class _Loop:
    """A loop of the program.

    What changes from step to step is found by tracing the body until its end fits its
    beginning: Python numbers that change become arrays, variables that the body makes
    start as zeros, and Parameters and Tensors that it changes are carried along.

    Args:
        get_state, set_state: the variables.
        names: what the user calls them.
        place: the statement, for messages.
    """

    def __init__(
        self, get_state: GetState, set_state: SetState, names: Any, place: str
    ) -> None:
        self.get_state, self.set_state = get_state, set_state
        self.names = tuple(names)
        self.place = place

    def run_while(self, going: Any, step: Callable[[Any], Any]) -> None:
        """Run ``step(number)`` as long as ``going``, which it returns anew."""
        number = number_array(0)

        def run(item: Any) -> Any:
            again = truth(step(item))
            return Tensor._wrap(jnp.asarray(again))

        block, start = self._settle(run, number, counts=True)

        def advance(constants: Sequence[Any], carry: Sequence[Any]) -> list[Any]:
            _, number, *state = carry
            arrays = eval_jaxpr(block.jaxpr, constants, number, *state)
            again, state = self._after(block, arrays)
            return [again.reshape(()), number + 1, *state]

        carry = [going, number, *start]
        end = while_loop(advance, list(block.constants), carry)
        self._finish(end[2:])

    def run_scan(self, items: Tensor | range, body: Callable[[Any], None]) -> None:
        """Run ``body(item)`` for each of ``items``."""

        def run(item: Any) -> Any:
            body(Tensor._wrap(item))

        if isinstance(items, range):
            rows, first, stride = None, number_array(items[0]), items.step
        else:
            rows, first, stride = items._value, items._value[0], 1
        block, start = self._settle(run, first, counts=False)

        def advance(carry: Any, row: Any) -> Any:
            number, state = carry
            arrays = block(number if rows is None else row, *state)
            return (number + stride, self._after(block, arrays)[1]), None

        carry = (first if rows is None else number_array(0), start)
        (_, end), _ = jax.lax.scan(advance, carry, rows, length=len(items))
        self._finish(end)

    # -- the layout of the state ------------------------------------------------------
    def _settle(
        self, run: Callable[[Any], Any], item: Any, *, counts: bool
    ) -> tuple[Block, list[Any]]:
        """The body as a block whose end fits its beginning, and the first state.

        Args:
            run: the body, given the item.
            item: the first one; the others are of its type.
            counts: whether Python numbers may become arrays because they count along.
        """
        before = self.get_state()
        self._counts = counts
        self._start: list[Any] = []
        self._state = [
            self._beginning(capture(name, value, self._start))
            for name, value in zip(self.names, before, strict=True)
        ]
        self._carried: list[_Carried] = []
        for _ in range(_MAX_ROUNDS):
            block = self._trace(run, item, before)
            if self._fits(block):
                start = [*self._start, *(c.start for c in self._carried)]
                return block, start
        raise Untraceable(f"the variables of {self.place} keep changing their types")

    def _beginning(self, variable: Variable) -> Variable:
        """Unchanged objects cannot be told in a loop: each step gets new ones."""
        leaves = [
            replace(x, source=None) if isinstance(x, Slot) else x
            for x in variable.leaves
        ]
        return variable.with_leaves(leaves, variable.place)

    def _trace(self, run: Callable[[Any], Any], item: Any, before: Any) -> Block:
        parameters: Any = [c for c in self._carried if isinstance(c.target, Parameter)]
        tensors = [c for c in self._carried if not isinstance(c.target, Parameter)]
        self._carried = [*parameters, *tensors]

        def traced(arrays: Sequence[Any]) -> list[Any]:
            item, *state = arrays
            self.set_state(tuple(v.rebuild(state) for v in self._state))
            again = run(item)
            return [again, *self.get_state()]

        try:
            return Block(
                traced,
                ["the test", *self.names],
                [_aval(x) for x in (item, *self._start)],
                [c.target for c in parameters],
                [c.target for c in tensors],
            )
        finally:
            self.set_state(before)

    def _fits(self, block: Block) -> bool:
        """Whether the end fits; if not, the beginning is changed to what it needs."""
        fits = True
        for index, after in enumerate(block.variables[1:]):
            new = self._merge(self._state[index], after)
            if new is not None:
                self._state[index], fits = new, False
        known = {id(c.target) for c in self._carried}
        for target in (*block.written, *block.changed):
            if id(target) not in known:
                self._carried.append(_Carried(target, target._value))
                fits = False
        return fits

    def _merge(self, start: Variable, after: Variable) -> Variable | None:
        """A beginning that ``after`` fits; None if it does already."""
        if after.is_absent:
            if start.is_absent:
                return None
            raise Untraceable(f"'{start.name}' is deleted in {self.place}")
        if start.is_absent:
            leaves = [
                self._new(array_for(None, (), x), x.wrap) if isinstance(x, Slot) else x
                for x in after.leaves
            ]
            return after.with_leaves(leaves)
        if start.tree != after.tree:
            raise Untraceable(
                f"'{start.name}' has another structure after each step of {self.place}"
            )
        leaves = [
            self._leaf(x, y, start.name)
            for x, y in zip(start.leaves, after.leaves, strict=True)
        ]
        if all(x is y for x, y in zip(leaves, start.leaves, strict=True)):
            return None
        return start.with_leaves(leaves, start.place)

    def _leaf(self, start: Any, after: Any, name: str) -> Any:
        if not isinstance(start, Slot):
            if same(start, after):
                return start
            if isinstance(after, NUMBERS) and not self._counts:
                raise Untraceable(f"'{name}' counts in {self.place}")
        joined = join(-1, start, after, f"'{name}'", self.place)
        if not isinstance(start, Slot):
            return self._new(array_for(start, (), joined), True)
        if (start.dtype, start.weak) == (joined.dtype, joined.weak):
            return start
        index = start.index
        self._start[index] = array_for(start, self._start, joined)
        return replace(start, dtype=joined.dtype, weak=joined.weak)

    def _new(self, array: Any, wrap: bool) -> Slot:
        self._start.append(array)
        return slot_of(len(self._start) - 1, array, wrap=wrap)

    # -- running ----------------------------------------------------------------------
    def _after(self, block: Block, arrays: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The truth of the test and the state, from the arrays of the block."""
        state: list[Any] = [None] * len(self._start)
        for start, after in zip(self._state, block.variables[1:], strict=True):
            for x, y in zip(start.leaves, after.leaves, strict=True):
                if isinstance(x, Slot):
                    state[x.index] = array_for(y, arrays, x)
        for carried in self._carried:
            index = {**block.written, **block.changed}[carried.target]
            like = carried.start
            value = jnp.broadcast_to(arrays[index].astype(like.dtype), like.shape)
            state.append(strong(value))
        test = block.variables[0].leaves[0]
        return (arrays[test.index] if isinstance(test, Slot) else None), state

    def _finish(self, state: Sequence[Any]) -> None:
        self.set_state(tuple(v.rebuild(state) for v in self._state))
        carried = state[len(self._start) :]
        for item, value in zip(self._carried, carried, strict=True):
            item.target._value = value


def _aval(array: Any) -> Any:
    weak = is_weak(array)
    return jax.ShapeDtypeStruct(array.shape, array.dtype, weak_type=weak)


def _place(kind: str) -> str:
    return f"the `{kind}` at {where.calling_line()}"
