"""take, skip and repeat: verbs that choose items by their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count as count_from
from itertools import islice

from .._checks import check_int
from .._passes import Pass
from ._node import Item, Node, OrderNode


class TakeNode(OrderNode):
    """The first `count` items; all of them for -1."""

    def __init__(self, upstream: Node, count: int) -> None:
        super().__init__(upstream)
        self.count = check_int("take", "count", count, -1)
        if count == 0:
            raise ValueError("take: count must be -1 (all) or positive, got 0.")

    @property
    def endless(self) -> bool:
        return self.count == -1 and super().endless

    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        stop = None if self.count == -1 else self.count
        return islice(open_upstream(current), stop)

    def size(self) -> int:
        upstream = self.upstream[0]
        if self.count == -1:
            return upstream.size()
        return self.count if upstream.endless else min(self.count, upstream.size())

    def __repr__(self) -> str:
        return f"take({self.count})"


class SkipNode(OrderNode):
    """All but the first `count` items."""

    def __init__(self, upstream: Node, count: int) -> None:
        super().__init__(upstream)
        self.count = check_int("skip", "count", count, 0)

    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        return islice(open_upstream(current), self.count, None)

    def size(self) -> int:
        upstream = self.upstream[0]
        if upstream.endless:
            return upstream.size()
        return max(0, upstream.size() - self.count)

    def __repr__(self) -> str:
        return f"skip({self.count})"


class RepeatNode(OrderNode):
    """`count` passes of the node before as one pass; no end for None or -1."""

    def __init__(self, upstream: Node, count: int | None) -> None:
        super().__init__(upstream)
        self.count = check_int("repeat", "count", -1 if count is None else count, -1)
        if count == 0:
            raise ValueError("repeat: count must be -1 (endless) or positive, got 0.")

    @property
    def endless(self) -> bool:
        return self.count == -1 or super().endless

    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        rounds = None if self.count == -1 else self.count
        for index in count_from() if rounds is None else range(rounds):
            empty = True
            for item in open_upstream(current.round(index, rounds)):
                empty = False
                yield item
            if empty:  # an endless repeat of nothing would hang
                return

    def size(self) -> int:
        size = self.upstream[0].size()
        return size if self.endless else size * self.count

    def __repr__(self) -> str:
        return f"repeat({self.count})"
