"""TFDSDataset: what tensorflow_datasets has prepared, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_bool, check_known, check_names, check_workers
from .._dataset import MappableDataset
from .._select import Shuffle, select
from ._files import LabelledSource

NAME = "TFDSDataset"


class TFDSDataset(MappableDataset):
    """A data set of tensorflow_datasets, by its name or as tfds.data_source gives it.

    It must be prepared in a format of random access:
    `tfds.builder(name, file_format="array_record").download_and_prepare()`.

    Args: source: a name such as "fashion_mnist", or a data source.
        split: such as "train" or "train[:10%]"; for a name only.
        data_dir: where it is prepared, default where tfds looks.
        download: fetch and prepare it where it is not there.
        column_names: the features to give, in order, default all. One inside another
            is "outer/inner".
        num_samples: rows at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        num_shards, shard_id: read every num_shards-th row only, from shard_id on.
    Columns: the features; texts are texts, other bytes uint8 (N,).
    Raises: TypeError, ValueError: a setting is not as said. RuntimeError: tfds cannot
        give it (it says why), or there is no such feature.
    References: tfds.data_source.
    """

    def __init__(
        self,
        source: Any,
        split: str = "train",
        data_dir: str | Path | None = None,
        download: bool = False,
        column_names: list[str] | str | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_bool(NAME, "download", download)
        if isinstance(source, str):
            source = _opened(source, split, data_dir, download)
        if not hasattr(source, "__getitem__") or not hasattr(source, "__len__"):
            raise TypeError(
                f"{NAME}: source must be a name or what tfds.data_source gives, got "
                f"{source!r}."
            )
        chosen = select(
            NAME,
            num_samples=num_samples,
            shuffle=shuffle,
            sampler=sampler,
            num_shards=num_shards,
            shard_id=shard_id,
        )
        names = tuple(name for name, _ in _flat(source[0]))
        if column_names is not None:
            wanted = check_names(NAME, "column_names", column_names)
            check_known(NAME, "column_names", wanted, names)
            names = wanted
        rows = _Rows(source, names)
        super().__init__(
            LabelledSource(NAME, rows, names, chosen, None, _classes(source))
        )


def _opened(name: str, split: str, data_dir: Any, download: bool) -> Any:
    import tensorflow_datasets as tfds

    try:
        return tfds.data_source(name, split=split, data_dir=data_dir, download=download)
    except Exception as error:  # tfds raises of many kinds, and lists all sets
        why = str(error).partition("\n")[0]
        raise RuntimeError(
            f"{NAME}: tfds cannot give '{name}', split '{split}': {why} Prepare it by "
            f"tfds.builder('{name}', file_format='array_record')."
            f"download_and_prepare(), or set download=True."
        ) from error


class _Rows(Sequence):
    """The chosen features of each example, in the types that the set declares."""

    def __init__(self, source: Any, names: tuple[str, ...]) -> None:
        self.source = source
        self.names = names
        info = getattr(source, "dataset_info", None)
        self.types = dict(_types(info.features)) if info else {}

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: Any) -> tuple[np.ndarray, ...]:
        found = dict(_flat(self.source[index]))
        return tuple(self._typed(name, found[name]) for name in self.names)

    def _typed(self, name: str, array: np.ndarray) -> np.ndarray:
        # Single numbers come as Python's, which know one float only.
        number = array.dtype.kind in "biuf"
        return array.astype(self.types.get(name, array.dtype)) if number else array


def _types(features: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, feature in features.items():
        if hasattr(feature, "items"):
            yield from _types(feature, f"{prefix}{name}/")
        elif isinstance(getattr(feature, "np_dtype", None), type | np.dtype):
            yield prefix + name, feature.np_dtype


def _flat(example: Any, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    for name, value in example.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield prefix + name, _array(value)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, bytes):
        try:
            return np.array(value.decode())
        except UnicodeDecodeError:
            return np.frombuffer(value, np.uint8)
    array = np.asarray(value)
    if array.dtype == object:  # rows of texts
        return np.array([_array(each) for each in array.ravel()]).reshape(array.shape)
    return array


def _classes(source: Any) -> dict[str, int] | None:
    """{class: label} of the first feature that is a class."""
    info = getattr(source, "dataset_info", None)
    features = info.features if info else {}
    for feature in features:
        names = getattr(features[feature], "names", None)
        if names:
            return {name: number for number, name in enumerate(names)}
    return None
