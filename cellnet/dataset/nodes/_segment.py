"""Segments: the parts of a pipeline that the same workers compute, and their reading.

Each node says in which lane it wants to be. Counted from the pipeline's end, nodes of
one lane (and those that do not mind) are a segment: workers get its items and give its
rows, a batch as a whole. Where another lane begins, the rows of the segment before are
the items. A pipeline gives the same rows in the same order however it is cut, for what
is drawn at random follows from a row's place: `_passes.py`.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

from .. import config
from .._passes import Pass
from .._workers import Crew
from ._lanes import Lane
from ._node import Node, Row

_making = threading.Lock()


def read(node: Node, current: Pass, start: int = 0) -> Iterator[Row]:
    """The rows of one pass from `start` on, by the workers that the nodes ask for."""
    if config.get_debug_mode() or node.in_step:
        return islice(node.rows(current), start, None)
    with _making:
        if node.segment is None:
            node.segment = Segment(node)
    return node.segment.rows(current, start)


class Segment:
    """The nodes from `node` on upwards that share its lane."""

    def __init__(self, node: Node) -> None:
        lane = _lane(node)
        # A copy also where nothing is cut: no circle, so that workers end at once with
        # the pipeline.
        self._node = _cut(node, lane)
        self._crew: Crew | None = None
        if lane in (Lane.THREADS, Lane.PROCESSES):
            members = [n for n in _members(self._node) if n.hands.lane is lane]
            count = max(member.hands.count for member in members)
            name = repr(members[0])
            self._crew = Crew(name, self._node.make, count, lane is Lane.PROCESSES)

    def rows(self, current: Pass, start: int = 0) -> Iterator[Row]:
        """The rows from `start` on; nobody makes those before."""
        items = islice(self._node.items(current), start, None)
        if self._crew is None:
            return map(self._node.make, items)
        return self._crew.map(items)


class _Cut(Node):
    """In place of a node of another segment: its rows, read there."""

    def __init__(self, original: Node) -> None:
        super().__init__((), original.column_names)
        self.original = original
        self.number = original.number

    @property
    def endless(self) -> bool:
        return self.original.endless

    def items(self, current: Pass) -> Iterator[Row]:
        return read(self.original, current)

    def size(self) -> int:
        return self.original.size()

    def __repr__(self) -> str:
        return repr(self.original)

    def __getstate__(self) -> dict[str, Any]:
        # Workers get its rows, so they need nothing of what makes them.
        return {**vars(self), "original": None}


def _lane(node: Node) -> Lane:
    """The first that is not ANY, from the end."""
    if node.hands.lane is not Lane.ANY:
        return node.hands.lane
    lanes = (_lane(before) for before in node.upstream)
    return next((lane for lane in lanes if lane is not Lane.ANY), Lane.ANY)


def _cut(node: Node, lane: Lane) -> Node:
    part = copy.copy(node)
    part.segment = None
    part.upstream = tuple(
        _cut(before, lane) if _belongs(node, before, lane) else _Cut(before)
        for before in node.upstream
    )
    return part


def _belongs(node: Node, before: Node, lane: Lane) -> bool:
    if node.looks_into_rows:  # it reads them by itself
        return False
    if lane is Lane.PROCESSES and before.in_memory:
        return False  # a row at a time is less to send than all of them to each worker
    return before.hands.lane in (Lane.ANY, lane)


def _members(node: Node) -> list[Node]:
    return [node, *(found for before in node.upstream for found in _members(before))]
