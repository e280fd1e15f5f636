"""What a dataset tells of its columns, sizes and classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import nodes


class DatasetFacts:
    """Methods of Dataset that look at its nodes, or at its first row."""

    _node: nodes.Node
    _first_row: nodes.Row

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return self._node.column_names

    def get_col_names(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._node.column_names)

    def get_dataset_size(self) -> int:
        """Batches (or rows) in a pass; of one round if it is endless.

        A source that is a generator function, and a filter, are read once to count.
        """
        return self._node.size()

    def __len__(self) -> int:
        return self.get_dataset_size()

    def get_batch_size(self) -> int:
        """Rows in a batch; 1 without batch, -1 where a function says how many."""
        batch = self._last((nodes.BatchNode, nodes.PaddedBatchNode))
        return batch.batch_size if batch else 1

    def get_repeat_count(self) -> int:
        """The count of the last repeat: 1 without repeat, -1 if endless."""
        repeat = self._last(nodes.RepeatNode)
        return repeat.count if repeat else 1

    def _last(self, kind: type | tuple[type, ...]) -> Any:
        node = self._node
        while not isinstance(node, kind):
            if len(node.upstream) != 1:
                return None
            node = node.upstream[0]
        return node

    def get_class_indexing(self) -> dict[str, int]:
        """{class: label} of a source of labelled pictures, {} of another source."""
        node = self._node
        while node.upstream:
            node = node.upstream[0]
        return dict(getattr(node, "class_indexing", None) or {})

    def num_classes(self) -> int | None:
        """The number of classes, None where the source does not know them."""
        return len(self.get_class_indexing()) or None

    def output_shapes(self) -> list[list[int]]:
        """The shape of each column, from the first row (or batch)."""
        return [list(array.shape) for array in self._first_row.values()]

    def output_types(self) -> list[np.dtype]:
        """The numpy dtype of each column, from the first row (or batch)."""
        return [array.dtype for array in self._first_row.values()]
