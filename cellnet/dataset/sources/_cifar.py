"""CIFAR-10 and CIFAR-100 from their binary files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_workers
from .._dataset import MappableDataset
from .._select import Shuffle, select
from ..nodes import ArraySource
from ._files import check_folder, check_usage

SIDE = 32
PIXELS = 3 * SIDE * SIDE


class _CifarDataset(MappableDataset):
    """Records of labels and pixels, whole in memory."""

    _files: dict[str, str]
    _labels: tuple[str, ...]

    def __init__(
        self,
        dataset_dir: str | Path,
        usage: str | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
    ) -> None:
        name = type(self).__name__
        check_workers(name, num_parallel_workers)
        check_absent(name, cache=cache)
        folder = check_folder(name, dataset_dir)
        check_usage(name, usage, ("train", "test", "all"))
        chosen = select(
            name,
            num_samples=num_samples,
            shuffle=shuffle,
            sampler=sampler,
            num_shards=num_shards,
            shard_id=shard_id,
        )
        super().__init__(ArraySource(name, self._columns(folder, usage), chosen))

    def _columns(self, folder: Path, usage: str | None) -> dict[str, np.ndarray]:
        parts = [usage] if usage in self._files else list(self._files)
        patterns = [self._files[part] for part in parts]
        files = sorted({path for each in patterns for path in folder.glob(each)})
        if not files:
            raise RuntimeError(
                f"{type(self).__name__}: {folder} holds no {' or '.join(patterns)}. "
                f"The binary version of the data is needed."
            )
        size = len(self._labels) + PIXELS
        records = np.concatenate([_records(path, size) for path in files])
        image = records[:, -PIXELS:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
        columns = {"image": np.ascontiguousarray(image)}
        for place, label in enumerate(self._labels):
            columns[label] = records[:, place].astype(np.uint32)
        return columns


class Cifar10Dataset(_CifarDataset):
    """Small colour pictures of ten classes, from data_batch_*.bin and test_batch.bin.

    Args: dataset_dir: folder of the files.
        usage: "train" (50,000), "test" (10,000), "all", or None for all.
        num_samples: images at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
    Columns: image, uint8 (32, 32, 3); label, uint32 ().
    Raises: ValueError: no such folder or usage. RuntimeError: a file is missing or
        damaged (it is named).
    References: mindspore.dataset.Cifar10Dataset; Krizhevsky, 2009.
    """

    _files = {"train": "data_batch_*.bin", "test": "test_batch*.bin"}
    _labels = ("label",)


class Cifar100Dataset(_CifarDataset):
    """Small colour pictures of 100 classes in 20 groups, from train.bin and test.bin.

    Args: as in Cifar10Dataset.
    Columns: image, uint8 (32, 32, 3); coarse_label, fine_label, uint32 ().
    Raises: ValueError: no such folder or usage. RuntimeError: a file is missing or
        damaged (it is named).
    References: mindspore.dataset.Cifar100Dataset; Krizhevsky, 2009.
    """

    _files = {"train": "train.bin", "test": "test.bin"}
    _labels = ("coarse_label", "fine_label")


def _records(path: Path, size: int) -> np.ndarray:
    data = np.fromfile(path, np.uint8)
    if not data.size or data.size % size:
        raise RuntimeError(
            f"{path}: {data.size} bytes are no whole number of records of {size}. "
            f"It is cut off, damaged, or another file."
        )
    return data.reshape(-1, size)
