"""ManifestDataset and CLUEDataset: rows listed in files of JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_workers
from .._dataset import Dataset
from .._select import Shuffle, select_rows
from ._files import LabelledSource, PictureDataset, check_files, labelled
from ._image_folder import check_indexing
from ._text import FilePath, read_lines


def read_json_lines(owner: str, path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(read_lines(owner, path), 1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise RuntimeError(
                f"{owner}: {path}, entry {number} is no JSON: {error}."
            ) from error
        if not isinstance(row, dict):
            raise RuntimeError(f"{owner}: {path}, entry {number} is no JSON object.")
        rows.append(row)
    return rows


class ManifestDataset(PictureDataset):
    """Image files and their classes, named by a manifest of JSON lines.

    A line is {"source": path, "usage": "train", "annotation": [{"name": class}]}.

    Args: dataset_file: the manifest. usage: "train", "eval" or "inference".
        num_samples: images at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        class_indexing: {class: label}; default 0, 1, ... by name.
        decode: give pixels, not the file's bytes.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
    Columns: image, uint8 (N,), or (H, W, 3) if decode; label, int32 ().
    Raises: ValueError: no such file or usage. RuntimeError: the manifest is damaged
        or has no image of that usage (the line is named).
    References: mindspore.dataset.ManifestDataset.
    """

    def __init__(
        self,
        dataset_file: str | Path,
        usage: str = "train",
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        class_indexing: dict[str, int] | None = None,
        decode: bool = False,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
    ) -> None:
        name = "ManifestDataset"
        check_workers(name, num_parallel_workers)
        check_absent(name, cache=cache)
        if usage not in ("train", "eval", "inference"):
            raise ValueError(
                f"{name}: usage must be train, eval or inference, got {usage!r}."
            )
        (path,) = check_files(name, dataset_file)
        found = []
        for number, row in enumerate(read_json_lines(name, path), 1):
            try:
                classes = [each["name"] for each in row.get("annotation", [])]
                if row["usage"] == usage:
                    found.append((path.parent / row["source"], classes))
            except (KeyError, TypeError) as error:
                raise RuntimeError(
                    f"{name}: {path}, entry {number}: source, usage or annotation is "
                    f"not as a manifest has it ({error!r})."
                ) from error
        indexing = check_indexing(name, class_indexing)
        if indexing is None:
            names = sorted({each for _, classes in found for each in classes})
            indexing = {each: number for number, each in enumerate(names)}
        files = [
            (source, _labels(classes, indexing))
            for source, classes in found
            if all(each in indexing for each in classes)
        ]
        if not files:
            raise RuntimeError(f"{name}: {path} lists no image of usage '{usage}'.")
        order = {
            "num_samples": num_samples,
            "shuffle": shuffle,
            "sampler": sampler,
            "num_shards": num_shards,
            "shard_id": shard_id,
        }
        super().__init__(**labelled(files, indexing), decode=decode, order=order)


def _labels(classes: list[str], indexing: dict[str, int]) -> int | list[int]:
    labels = [indexing[each] for each in classes]
    return labels[0] if len(labels) == 1 else labels


_PAIR = ("sentence1", "sentence2")
_SPANS = tuple(f"target.span{n}_{what}" for n in (1, 2) for what in ("index", "text"))
CLUE_COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # task: columns of train and eval, and of test; a dot leads into a nested object
    "AFQMC": ((*_PAIR, "label"), (*_PAIR, "id")),
    "CMNLI": ((*_PAIR, "label"), (*_PAIR, "id")),
    "CSL": (("id", "abst", "keyword", "label"), ("id", "abst", "keyword")),
    "IFLYTEK": (("sentence", "label", "label_des"), ("sentence", "id")),
    "TNEWS": (
        ("sentence", "keywords", "label", "label_desc"),
        ("sentence", "keywords", "id"),
    ),
    "WSC": ((*_SPANS, "idx", "text", "label"), (*_SPANS, "idx", "text")),
}


class CLUEDataset(Dataset):
    """The tasks of CLUE, a benchmark of Chinese texts, from files of JSON lines.

    Args: dataset_files: a path, a pattern such as "*.json", or a list of them.
        task: AFQMC, CMNLI, CSL, IFLYTEK, TNEWS or WSC. usage: train, test or eval.
        num_samples: rows at most. num_parallel_workers: a hint.
        shuffle, num_shards, shard_id: as in TextFileDataset.
    Columns: the task's, by name: strings, and whole numbers as uint32.
    Raises: ValueError: no such file, task or usage. RuntimeError: a row lacks a column
        (file and entry are named).
    References: mindspore.dataset.CLUEDataset; Xu et al., COLING 2020.
    """

    def __init__(
        self,
        dataset_files: FilePath,
        task: str = "AFQMC",
        usage: str = "train",
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = Shuffle.GLOBAL,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
    ) -> None:
        name = "CLUEDataset"
        check_workers(name, num_parallel_workers)
        check_absent(name, cache=cache)
        files = check_files(name, dataset_files)
        if task not in CLUE_COLUMNS or usage not in ("train", "test", "eval"):
            raise ValueError(
                f"{name}: task must be one of {sorted(CLUE_COLUMNS)} and usage train, "
                f"test or eval, got {task!r} and {usage!r}."
            )
        paths = {
            column.split(".")[-1]: column
            for column in CLUE_COLUMNS[task][usage == "test"]
        }
        names = tuple(sorted(paths))
        rows = [
            tuple(
                _field(f"{name}: {path}, entry {number}", row, paths[each])
                for each in names
            )
            for path in files
            for number, row in enumerate(read_json_lines(name, path), 1)
        ]
        chosen = select_rows(name, num_samples, shuffle, num_shards, shard_id)
        super().__init__(LabelledSource(name, rows, names, chosen))


def _field(where: str, row: Any, column: str) -> np.ndarray:
    value = row
    for part in column.split("."):
        if not isinstance(value, dict) or part not in value:
            raise RuntimeError(f"{where} lacks '{column}'. Check task and usage.")
        value = value[part]
    array = np.array(value)
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind == "i" and array.min() >= 0:
        return array.astype(np.uint32)
    raise RuntimeError(
        f"{where}: '{column}' must be text or a whole number >= 0, got {value!r}."
    )
