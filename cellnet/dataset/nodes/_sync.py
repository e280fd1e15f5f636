"""sync_wait: where a program speaks to a pipeline that is being read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .._checks import check_int
from .._passes import Pass
from ._node import Item, Node, OrderNode


class SyncWaitNode(OrderNode):
    """Passes rows on; `sync_update` finds its callback by the name."""

    def __init__(
        self,
        upstream: Node,
        condition_name: str,
        num_batch: int,
        callback: Callable[[Any], Any] | None,
    ) -> None:
        super().__init__(upstream)
        if not isinstance(condition_name, str):
            raise TypeError(
                f"sync_wait: condition_name must be a str, got {condition_name!r}."
            )
        if callback is not None and not callable(callback):
            raise TypeError(f"sync_wait: callback must be callable, got {callback!r}.")
        if any(node.condition_name == condition_name for node in sync_waits(upstream)):
            raise RuntimeError(f"sync_wait: '{condition_name}' exists already.")
        check_int("sync_wait", "num_batch", num_batch, 1)
        self.in_step = True
        self.condition_name = condition_name
        self.callback = callback

    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        return open_upstream(current)

    def size(self) -> int:
        return self.upstream[0].size()

    def __repr__(self) -> str:
        return f"sync_wait({self.condition_name!r})"


def sync_waits(node: Node) -> Iterator[SyncWaitNode]:
    """Every sync_wait of the pipeline that ends in `node`."""
    if isinstance(node, SyncWaitNode):
        yield node
    for each in node.upstream:
        yield from sync_waits(each)
