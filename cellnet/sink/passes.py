"""Batches of pass after pass, cut into the groups that become chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax

# lengths of chunks that are taken as they come, before they are cut evenly
_ODD_LENGTHS = 4

State = dict[str, int]


Batch = tuple[Any, State]  # arrays, in any tree; the position of the data after it


class Group:
    """Batches of one form, to be stacked.

    Lists side by side, not a list of objects: what a collection of garbage would look
    at again and again is the most of what a small step costs the host.

    Attributes:
        columns: the arrays of each batch, or their row numbers.
        states: the position of the data after each.
    """

    __slots__ = ("columns", "states")

    def __init__(self, columns: list[Any], states: list[State]) -> None:
        self.columns = columns
        self.states = states

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def state(self) -> State:
        """The position after all of them."""
        return self.states[-1]

    def part(self, start: int, stop: int) -> Group:
        """Some of them."""
        return Group(self.columns[start:stop], self.states[start:stop])


class Passes:
    """Batches of pass after pass over a data set.

    Args:
        open_pass: starts the next pass.
        state: the position after the batches taken so far.
    """

    def __init__(
        self, open_pass: Callable[[], Iterator[Any]], state: Callable[[], State]
    ) -> None:
        self._open_pass = open_pass
        self._state = state
        self._current: Iterator[Batch] | None = None

    def take(self, count: int | None) -> Iterator[Batch]:
        """The next ``count`` batches, or those of one whole pass if None.

        Raises:
            RuntimeError: a pass gives no batch at all.
        """
        if count is None:
            yield from self._nonempty()
            return
        for _ in range(count):
            if self._current is None:
                self._current = self._nonempty()
            try:
                yield next(self._current)
            except StopIteration:
                self._current = self._nonempty()
                yield next(self._current)

    def _nonempty(self) -> Iterator[Batch]:
        empty = True
        for columns in self._open_pass():
            empty = False
            yield columns, self._state()
        if empty:
            raise RuntimeError(
                "the data set gave no batch in a pass: it is empty, smaller than one "
                "batch with drop_remainder=True, or an iterator that was used up"
            )


class Groups:
    """Cuts batches into the groups that become chunks: of one shape, of few lengths.

    Every length is a loop of its own to compile, so after some odd ones (where a pass
    ends in the middle of a sink) a group is cut into powers of two.
    """

    def __init__(self) -> None:
        self._lengths: dict[Any, set[int]] = {}

    def __call__(
        self, batches: Iterator[Batch], limit: Callable[[Any], int]
    ) -> Iterator[Group]:
        """Groups of at most ``limit(columns)``; state is kept from sink to sink."""
        # Once per batch, so once per step: what is the same for a group is kept.
        group = Group([], [])
        form, most = None, 0
        for columns, state in batches:
            its_form = _form(columns)
            if group and its_form != form:
                yield from self._cut(group, form)
                group = Group([], [])
            if not group:
                form, most = its_form, limit(columns)
            group.columns.append(columns)
            group.states.append(state)
            # cut before the next batch is waited for
            if len(group) >= most:
                yield from self._cut(group, form)
                group = Group([], [])
        yield from self._cut(group, form)

    def _cut(self, group: Group, form: Any) -> Iterator[Group]:
        begin = 0
        while begin < len(group):
            lengths = self._lengths.setdefault(form, set())
            length = len(group) - begin
            if length not in lengths and len(lengths) >= _ODD_LENGTHS:
                length = 1 << (length.bit_length() - 1)
            lengths.add(length)
            yield group.part(begin, begin + length)
            begin += length


def _form(columns: Any) -> tuple[Any, ...]:
    """Shapes and dtypes; batches of one form can be stacked."""
    leaves = jax.tree_util.tree_leaves(columns)
    return tuple([(leaf.shape, leaf.dtype) for leaf in leaves])


def even(size: int, most: int) -> int:
    """Length of chunks such that ``size`` steps need as few lengths as can be."""
    count = -(-size // most)
    return -(-size // count)
