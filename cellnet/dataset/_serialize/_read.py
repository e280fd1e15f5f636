"""From a description to the pipeline."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import sources
from .._dataset import Dataset, zip
from .._made import make
from ._values import decode

Described = dict[str, Any]


def deserialize(
    input_dict: Described | None = None, json_filepath: str | Path | None = None
) -> Dataset:
    """The pipeline of what `serialize` made, or MindSpore's function of that name.

    Of MindSpore's files, sources that take a sampler and the transforms whose settings
    have the same meaning here can be read; what cannot is named. Files are data: no
    code is loaded from them.

    Args: input_dict: the dict. json_filepath: or the file.
    Raises: TypeError: no dict. ValueError: neither or both are given; the file is no
        JSON; a function, data in memory, or a node or setting that is not known, each
        by its name. OSError: the file cannot be read.
    References: mindspore.dataset.deserialize.
    """
    if (input_dict is None) == (json_filepath is None):
        raise ValueError("deserialize: give either input_dict or json_filepath.")
    if json_filepath is not None:
        try:
            input_dict = json.loads(Path(json_filepath).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(
                f"deserialize: {json_filepath} is no JSON: {error}."
            ) from error
    if not isinstance(input_dict, dict):
        raise TypeError(f"deserialize: expected a dict, got {input_dict!r}.")
    return _dataset(input_dict)


def _dataset(described: Described) -> Dataset:
    kind = described.get("op_type")
    before = [_dataset(each) for each in described.get("children", ())]
    if kind in VERBS and not described.get("python"):
        return VERBS[kind](described, *before)
    if before:
        raise ValueError(
            f"deserialize: {kind} works by a Python function or is not known."
        )
    if described.get("python") or kind == "GeneratorDataset":
        raise ValueError(
            f"deserialize: {kind} holds data of the program, which the description does"
            " not. Make it again and put the verbs behind it."
        )
    if kind not in sources.__all__:
        raise ValueError(f"deserialize: there is no source {kind}.")
    return _source(getattr(sources, kind), described)


def _source(kind: type, described: Described) -> Dataset:
    known = inspect.signature(kind).parameters
    settings = {name: decode(described[name]) for name in known if name in described}
    # MindSpore writes empty lists and texts where nothing was said
    said = {
        name: value
        for name, value in settings.items()
        if not isinstance(value, list | dict | str) or value
    }
    return make(kind, said)


def _map(described: Described, before: Dataset) -> Dataset:
    return before.map(
        [decode(each) for each in described["operations"]],
        described["input_columns"],
        described["output_columns"],
        described.get("column_order"),
    )


def _batch(described: Described, before: Dataset) -> Dataset:
    size, function = described["batch_size"], described.get("per_batch_map")
    decode([size, function])  # refuses functions
    return before.batch(size, described["drop_remainder"])


def _padded_batch(described: Described, before: Dataset) -> Dataset:
    size, pad_info = decode([described["batch_size"], described["pad_info"]])
    return before.padded_batch(size, described["drop_remainder"], pad_info=pad_info)


def _rename(described: Described, before: Dataset) -> Dataset:
    return before.rename(described["input_columns"], described["output_columns"])


VERBS: dict[Any, Callable[..., Dataset]] = {
    "Batch": _batch,
    "Concat": lambda described, *before: before[0].concat(list(before[1:])),
    "Map": _map,
    "PaddedBatch": _padded_batch,
    "Project": lambda described, before: before.project(described["columns"]),
    "Rename": _rename,
    "Repeat": lambda described, before: before.repeat(described["count"]),
    "Shuffle": lambda described, before: before.shuffle(described["buffer_size"]),
    "Skip": lambda described, before: before.skip(described["count"]),
    "Take": lambda described, before: before.take(described["count"]),
    "Zip": lambda described, *before: zip(before),
}
