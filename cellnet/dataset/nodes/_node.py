"""The pipeline's inside: an immutable tree of nodes, read from the last one down.

A node gives rows (dicts of arrays) for a given pass, in two steps: `items`, in order,
which say what each row is made of (a row number, say), and `make`, which makes a row of
an item and depends on nothing else, so that any worker may do it: see _segment. Verbs
that only choose or reorder rows (`OrderNode`) are written over items of any kind, so
that the very same code orders rows of a stream and row numbers of an array: see
plan_view.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from .._made import Call
from .._passes import Pass
from ._lanes import ANYWHERE, Hands, Lane

Row = dict[str, np.ndarray]
Item = TypeVar("Item")


class Node(ABC):
    """One step of a pipeline.

    Args: upstream: the nodes it reads from (none for a source).
        column_names: the columns of the rows it gives, in order.

    looks_into_rows: `items` reads the rows before it, so that they are made by then.
    in_memory: holds its rows.
    made_by: of a source the call that made it, for a description.
    """

    looks_into_rows = False
    in_memory = False
    made_by: Call | None = None

    def __init__(
        self, upstream: tuple[Node, ...], column_names: tuple[str, ...]
    ) -> None:
        self.upstream = upstream
        self.column_names = column_names
        self.hands: Hands = ANYWHERE
        self.segment: Any = None  # kept by _segment.read
        # behind a sync_wait, where no row may be made before it is asked for
        self.in_step = any(node.in_step for node in upstream)
        # Counted from the source, so that a verb put behind changes no shuffle before.
        self.number = 1 + max((node.number for node in upstream), default=-1)

    @property
    def endless(self) -> bool:
        """True if one pass never ends."""
        return any(node.endless for node in self.upstream)

    @abstractmethod
    def items(self, current: Pass) -> Iterator[Any]:
        """What the rows of one pass are made of, in order."""

    def make(self, item: Any) -> Row:
        """The row of an item; here the item is the row."""
        return item

    def origin(self, item: Any) -> str:
        """The file that the row of an item comes from; "" where there is none."""
        del item
        return ""

    def rows(self, current: Pass) -> Iterator[Row]:
        """The rows of one pass, one after the other, by whoever reads them."""
        return map(self.make, self.items(current))

    @abstractmethod
    def size(self) -> int:
        """Rows per pass; one round where the pass is endless."""

    @abstractmethod
    def __repr__(self) -> str:
        """As the user wrote it: `batch(32)`."""

    @property
    def where(self) -> str:
        """Who computes it, for `explain`."""
        if self.hands.lane in (Lane.THREADS, Lane.PROCESSES):
            return f"host, {self.hands.count} {self.hands.lane.value}"
        return "host"

    def why_empty(self) -> str:
        """Why this node, the first of a pipeline to do so, gives no rows."""
        return f"{self} leaves none of the {self.upstream[0].size()} rows before it"


class OrderNode(Node):
    """A verb that chooses or reorders items and never looks into them."""

    def __init__(self, upstream: Node) -> None:
        super().__init__((upstream,), upstream.column_names)

    @abstractmethod
    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        """The items of one pass, given how to open a pass of the node before."""

    def items(self, current: Pass) -> Iterator[Any]:
        return self.reorder(self.upstream[0].items, current)

    def make(self, item: Any) -> Row:
        return self.upstream[0].make(item)

    def origin(self, item: Any) -> str:
        return self.upstream[0].origin(item)
