"""MNIST and data sets of its form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_workers
from .._dataset import MappableDataset
from .._select import Shuffle, select
from ..nodes import ArraySource
from ._files import check_folder, check_usage
from ._idx import IMAGE_MAGIC, LABEL_MAGIC, read_idx

PARTS = {"test": ("t10k",), "train": ("train",), "all": ("t10k", "train")}
FILE_NAME = re.compile(r"(t10k|train)-(images|labels)[-.]idx[13]-ubyte(\.gz)?")
EMNIST = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
EMNIST_PARTS = {"test": ("test",), "train": ("train",), "all": ("test", "train")}


class MnistDataset(MappableDataset):
    """The images of handwritten digits, from their IDX files, plain or .gz.

    Args: dataset_dir: folder of the files, with their standard names.
        usage: "train" (60,000), "test" (10,000), "all", or None for what the folder
            holds.
        num_samples: images at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
    Columns: image, uint8 (28, 28, 1); label, uint32 ().
    Raises: ValueError: no such folder or usage. RuntimeError: a file is missing or
        damaged, or images and labels differ in number (the file is named).
    Differs: from MindSpore, num_samples of a shuffled set are distinct.
    References: mindspore.dataset.MnistDataset; LeCun et al., Proc. IEEE 1998.
    """

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
        chosen = select(
            name,
            num_samples=num_samples,
            shuffle=shuffle,
            sampler=sampler,
            num_shards=num_shards,
            shard_id=shard_id,
        )
        super().__init__(ArraySource(name, _columns(name, dataset_dir, usage), chosen))


class FashionMnistDataset(MnistDataset):
    """Images of clothes in MNIST's form: see MnistDataset.

    References: mindspore.dataset.FashionMnistDataset; Xiao et al., arXiv:1708.07747.
    """


class KMnistDataset(MnistDataset):
    """Handwritten Japanese characters in MNIST's form: see MnistDataset.

    References: mindspore.dataset.KMnistDataset; Clanuwat et al., arXiv:1812.01718.
    """


class EMnistDataset(MappableDataset):
    """Handwritten digits and letters, from their IDX files, plain or .gz.

    Args: dataset_dir: folder of the files, such as
            emnist-letters-train-images-idx3-ubyte.
        name: which division of the set: byclass, bymerge, balanced, letters, digits or
            mnist.
        usage: "train", "test", "all", or None for what the folder holds.
        The rest as in MnistDataset.
    Columns: image, uint8 (28, 28, 1), rows and columns as in the file; label,
        uint32 ().
    Raises: ValueError: no such folder, name or usage. RuntimeError: as in MnistDataset.
    References: mindspore.dataset.EMnistDataset; Cohen et al., arXiv:1702.05373.
    """

    def __init__(
        self,
        dataset_dir: str | Path,
        name: str,
        usage: str | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
    ) -> None:
        owner = type(self).__name__
        check_workers(owner, num_parallel_workers)
        check_absent(owner, cache=cache)
        if name not in EMNIST:
            raise ValueError(f"{owner}: name must be one of {EMNIST}, got {name!r}.")
        chosen = select(
            owner,
            num_samples=num_samples,
            shuffle=shuffle,
            sampler=sampler,
            num_shards=num_shards,
            shard_id=shard_id,
        )
        pattern = re.compile(
            rf"emnist-{name}-(test|train)-(images|labels)-idx[13]-ubyte(\.gz)?"
        )
        columns = _columns(owner, dataset_dir, usage, pattern, EMNIST_PARTS)
        super().__init__(ArraySource(owner, columns, chosen))


def _columns(
    name: str,
    dataset_dir: str | Path,
    usage: str | None,
    pattern: re.Pattern[str] = FILE_NAME,
    choices: dict[str, tuple[str, ...]] = PARTS,
) -> dict[str, np.ndarray]:
    folder = check_folder(name, dataset_dir)
    check_usage(name, usage, list(choices))
    files = find_files(folder, pattern)
    parts = choices[usage] if usage else sorted({part for part, _ in files})
    if not parts:
        raise RuntimeError(
            f"{name}: {folder} holds no IDX file such as train-images-idx3-ubyte or "
            f"train-images-idx3-ubyte.gz."
        )
    pairs = [_read_part(name, folder, files, part) for part in parts]
    images = np.concatenate([images for images, _ in pairs])
    labels = np.concatenate([labels for _, labels in pairs])
    return {"image": images[..., None], "label": labels.astype(np.uint32)}


def find_files(
    folder: Path, pattern: re.Pattern[str] = FILE_NAME
) -> dict[tuple[str, str], Path]:
    """The IDX files of a folder by (part, kind); a plain file before a .gz."""
    files: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.iterdir()):
        match = pattern.fullmatch(path.name)
        if match:
            files.setdefault((match[1], match[2]), path)
    return files


def _read_part(
    name: str, folder: Path, files: dict[tuple[str, str], Path], part: str
) -> tuple[np.ndarray, np.ndarray]:
    for kind, digit in (("images", 3), ("labels", 1)):
        if (part, kind) not in files:
            raise RuntimeError(
                f"{name}: {folder} lacks {part}-{kind}-idx{digit}-ubyte (or .gz)."
            )
    image_file, label_file = files[part, "images"], files[part, "labels"]
    images = read_idx(image_file, IMAGE_MAGIC)
    labels = read_idx(label_file, LABEL_MAGIC)
    if len(images) != len(labels):
        raise RuntimeError(
            f"{name}: {image_file} has {len(images)} images, {label_file} has "
            f"{len(labels)} labels. They belong to different sets."
        )
    return images, labels
