"""From the nodes of a pipeline to its description."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from .. import nodes
from .._made import Call
from ._values import encode, encode_operation, encode_sampler

logger = logging.getLogger("cellnet")

# a sampler says all of these
ORDER = {"sampler", "shuffle", "num_samples", "num_shards", "shard_id"}
HINTS = {"num_parallel_workers", "cache", "python_multiprocessing", "max_rowsize"}


def serialize(dataset: Any, json_filepath: str | Path = "") -> dict[str, Any]:
    """The pipeline as a dict for JSON, and as a file if one is named.

    Sources by the arguments they were made with, verbs and transforms by their
    settings. Python functions, and data in memory, by their name only: a pipeline with
    those can be looked at, not made again.

    Args: dataset: a Dataset. json_filepath: the file to write.
    Returns: {"op_type": ..., settings, "children": [the same of what is before]}.
    Raises: TypeError: no Dataset. OSError: the file cannot be written.
    Example: >>> from cellnet import dataset as ds
        >>> serialize(ds.NumpySlicesDataset([1, 2]).batch(2))["op_type"]
        'Batch'
    References: mindspore.dataset.serialize.
    """
    return write_description(_node_of("serialize", dataset), json_filepath)


def write_description(node: nodes.Node, path: str | Path) -> dict[str, Any]:
    """The description of a pipeline, also as a file if one is named."""
    described = described_by(node)
    if path:
        Path(path).write_text(json.dumps(described), encoding="utf-8")
    return described


def show(dataset: Any, indentation: int | None = 2) -> None:
    """Log the pipeline's description at level INFO.

    Args: dataset: a Dataset. indentation: spaces of a level; None for one line.
    References: mindspore.dataset.show.
    """
    described = described_by(_node_of("show", dataset))
    logger.info("%s", json.dumps(described, indent=indentation))


def compare(pipeline1: Any, pipeline2: Any) -> bool:
    """Whether two pipelines have one description.

    References: mindspore.dataset.compare.
    """
    first = described_by(_node_of("compare", pipeline1))
    return first == described_by(_node_of("compare", pipeline2))


def _node_of(owner: str, dataset: Any) -> nodes.Node:
    node = getattr(dataset, "_node", None)
    if not isinstance(node, nodes.Node):
        raise TypeError(f"{owner}: expected a Dataset, got {dataset!r}.")
    return node


def described_by(node: nodes.Node) -> dict[str, Any]:
    """A node and all before it."""
    if node.made_by is not None:
        return _source(node, node.made_by)
    if isinstance(node, nodes.StageNode):
        return _stage(node)
    kind = type(node).__name__.removesuffix("Node")
    settings = VERBS[type(node)](node) if type(node) in VERBS else {"python": True}
    return _with_children(node, kind, settings)


def _with_children(
    node: nodes.Node, kind: str, settings: dict[str, Any]
) -> dict[str, Any]:
    before = [described_by(each) for each in node.upstream]
    return {"op_type": kind, **settings, "children": before}


def _source(node: nodes.Node, call: Call) -> dict[str, Any]:
    name = call.kind.__name__
    if not call.kept:
        return {"op_type": name, "python": True, "children": []}
    root = node
    while root.upstream:
        root = root.upstream[0]
    order: dict[str, Any] = {}
    if isinstance(root, nodes.SampledSource) and call.takes("sampler"):
        order = {"sampler": encode_sampler(root.sampler)}
    left_out = HINTS | (ORDER if order else set())
    settings = {k: encode(v) for k, v in call.arguments().items() if k not in left_out}
    return {"op_type": name, **settings, **order, "children": []}


def _stage(node: nodes.StageNode) -> dict[str, Any]:
    stage = node.stage
    columns = {
        "input_columns": list(stage.input_columns),
        "output_columns": list(stage.output_columns),
    }
    if not stage.input_columns:
        return _with_children(node, "Project", {"columns": list(node.column_names)})
    if not stage.operations:
        return _with_children(node, "Rename", columns)
    operations = [encode_operation(each) for each in stage.operations]
    settings = {**columns, "operations": operations}
    settings["column_order"] = list(node.column_names)
    return _with_children(node, "Map", settings)


def _batch(node: nodes.BatchNode) -> dict[str, Any]:
    return {
        "batch_size": encode(node.sizes.size_of or node.batch_size),
        "drop_remainder": node.drop_remainder,
        "per_batch_map": encode(node.per_batch_map),
        "input_columns": list(node.map_inputs),
        "output_columns": list(node.map_outputs),
    }


def _padded_batch(node: nodes.PaddedBatchNode) -> dict[str, Any]:
    return {
        "batch_size": encode(node.sizes.size_of or node.batch_size),
        "drop_remainder": node.drop_remainder,
        "pad_info": encode(node.pad_info),
    }


VERBS: dict[type, Any] = {
    nodes.BatchNode: _batch,
    nodes.ConcatNode: lambda node: {},
    nodes.PaddedBatchNode: _padded_batch,
    nodes.RepeatNode: lambda node: {"count": node.count},
    nodes.ShuffleNode: lambda node: {
        "buffer_size": node.buffer_size,
        "reset_each_epoch": True,
    },
    nodes.SkipNode: lambda node: {"count": node.count},
    nodes.TakeNode: lambda node: {"count": node.count},
    nodes.ZipNode: lambda node: {},
}
