"""zip and concat: several datasets side by side, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._passes import Pass
from ._node import Node, Row


class ZipNode(Node):
    """The columns of all, row by row, as long as the shortest."""

    def __init__(self, upstream: tuple[Node, ...]) -> None:
        names = tuple(name for node in upstream for name in node.column_names)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RuntimeError(
                f"zip: columns {twice} come from more than one dataset. "
                f"Rename them first."
            )
        super().__init__(upstream, names)

    @property
    def endless(self) -> bool:
        return all(node.endless for node in self.upstream)

    def items(self, current: Pass) -> Iterator[tuple[Any, ...]]:
        return zip(*(node.items(current) for node in self.upstream), strict=False)

    def make(self, item: tuple[Any, ...]) -> Row:
        parts = [n.make(part) for n, part in zip(self.upstream, item, strict=True)]
        return {name: value for part in parts for name, value in part.items()}

    def size(self) -> int:
        ending = [node.size() for node in self.upstream if not node.endless]
        return min(ending or [node.size() for node in self.upstream])

    def __repr__(self) -> str:
        return f"zip of {len(self.upstream)}"

    def why_empty(self) -> str:
        return f"{self}: one of the datasets gives no rows"


class ConcatNode(Node):
    """The rows of the first, then those of the next."""

    def __init__(self, upstream: tuple[Node, ...]) -> None:
        names = upstream[0].column_names
        for node in upstream[1:]:
            if node.column_names != names:
                raise RuntimeError(
                    f"concat: columns {list(node.column_names)} differ from the first "
                    f"dataset's {list(names)}. Bring them in line by project or rename."
                )
        super().__init__(upstream, names)

    def items(self, current: Pass) -> Iterator[tuple[int, Any]]:
        for which, node in enumerate(self.upstream):
            yield from ((which, item) for item in node.items(current))

    def make(self, item: tuple[int, Any]) -> Row:
        which, before = item
        return self.upstream[which].make(before)

    def size(self) -> int:
        return sum(node.size() for node in self.upstream)

    def __repr__(self) -> str:
        return f"concat of {len(self.upstream)}"

    def why_empty(self) -> str:
        return f"{self}: none of the datasets gives rows"
