"""The nodes of a pipeline; users hold a Dataset, which builds them."""

from ._batch import BatchNode
from ._batch_size import BatchInfo
from ._filter import FilterNode
from ._join import ConcatNode, ZipNode
from ._lanes import Hands, hands_for_known, hands_for_own
from ._map import StageNode, map_node, project_node, rename_node
from ._node import Node, OrderNode, Row
from ._order import RepeatNode, SkipNode, TakeNode
from ._padded import BucketNode, PaddedBatchNode
from ._segment import read
from ._shuffle import ShuffleNode, shuffled
from ._source import ArraySource, IterableSource, RandomAccessSource, SampledSource
from ._split import SplitNode, split_nodes, split_seeds
from ._stage import Stage
from ._sync import SyncWaitNode, sync_waits

__all__ = [
    "ArraySource",
    "BatchInfo",
    "BatchNode",
    "BucketNode",
    "ConcatNode",
    "FilterNode",
    "Hands",
    "IterableSource",
    "Node",
    "OrderNode",
    "PaddedBatchNode",
    "RandomAccessSource",
    "RepeatNode",
    "Row",
    "ShuffleNode",
    "SkipNode",
    "SampledSource",
    "SplitNode",
    "Stage",
    "StageNode",
    "SyncWaitNode",
    "TakeNode",
    "ZipNode",
    "hands_for_known",
    "hands_for_own",
    "map_node",
    "project_node",
    "read",
    "rename_node",
    "shuffled",
    "split_nodes",
    "split_seeds",
    "sync_waits",
]
