"""The nodes of a pipeline; users hold a Dataset, which builds them."""

from ._batch import BatchInfo, BatchNode
from ._filter import FilterNode
from ._join import ConcatNode, ZipNode
from ._map import StageNode, map_node, project_node, rename_node
from ._node import Node, OrderNode, Row
from ._order import RepeatNode, SkipNode, TakeNode
from ._shuffle import ShuffleNode, shuffled
from ._source import ArraySource, IterableSource, RandomAccessSource
from ._stage import Stage

__all__ = [
    "ArraySource",
    "BatchInfo",
    "BatchNode",
    "ConcatNode",
    "FilterNode",
    "IterableSource",
    "Node",
    "OrderNode",
    "RandomAccessSource",
    "RepeatNode",
    "Row",
    "ShuffleNode",
    "SkipNode",
    "Stage",
    "StageNode",
    "TakeNode",
    "ZipNode",
    "map_node",
    "project_node",
    "rename_node",
    "shuffled",
]
