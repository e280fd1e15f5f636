"""CelebADataset: faces and their attributes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_workers
from .._select import Shuffle
from ._files import PictureDataset, check_folder, inside, read_text

NAME = "CelebADataset"
PARTS = {"train": "0", "valid": "1", "test": "2"}
ATTRIBUTES = "list_attr_celeba.txt"
PARTITION = "list_eval_partition.txt"


class CelebADataset(PictureDataset):
    """Faces and their attributes, from list_attr_celeba.txt.

    Args: dataset_dir: folder of the images and of list_attr_celeba.txt.
        num_parallel_workers: a hint.
        shuffle: default a new random order in each pass.
        usage: "train", "valid" or "test" as list_eval_partition.txt says, or "all".
        sampler: another order. decode: give pixels, not the file's bytes.
        extensions: of the images to read, such as [".jpg"], default all.
        num_samples: images at most.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
    Columns: image, uint8 (N,), or (H, W, 3) if decode; attr, uint32 (A,): 1 where the
        face has the attribute.
    Raises: ValueError: no such folder, file or usage. RuntimeError: a list is damaged
        (file and line are named), or no image is left; when read: a file cannot be.
    References: mindspore.dataset.CelebADataset; Liu et al., ICCV 2015.
    """

    def __init__(
        self,
        dataset_dir: str | Path,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        usage: str = "all",
        sampler: Any = None,
        decode: bool = False,
        extensions: Sequence[str] | None = None,
        num_samples: int | None = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
        decrypt: Any = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_absent(NAME, cache=cache, decrypt=decrypt)
        folder = check_folder(NAME, dataset_dir)
        if usage not in ("all", *PARTS):
            raise ValueError(f"{NAME}: usage must be all, {', '.join(PARTS)}.")
        wanted = None if usage == "all" else _part(folder / PARTITION, PARTS[usage])
        files = [
            (inside(folder / ATTRIBUTES, folder, name), attributes)
            for name, attributes in _attributes(folder / ATTRIBUTES)
            if wanted is None or name in wanted
            if extensions is None or Path(name).suffix in extensions
        ]
        if not files:
            raise RuntimeError(f"{NAME}: {folder} lists no image of usage '{usage}'.")
        order = {
            "num_samples": num_samples,
            "shuffle": shuffle,
            "sampler": sampler,
            "num_shards": num_shards,
            "shard_id": shard_id,
        }
        super().__init__(
            files, ("image", "attr"), lambda values: (values,), decode, order
        )


def _part(path: Path, number: str) -> set[str]:
    lines = (line.split() for line in read_text(NAME, path).splitlines())
    return {words[0] for words in lines if words[1:] == [number]}


def _attributes(path: Path) -> list[tuple[str, np.ndarray]]:
    lines = read_text(NAME, path).splitlines()
    if len(lines) < 2 or not lines[0].strip().isdecimal():
        raise RuntimeError(
            f"{NAME}: {path} does not begin with the number of images and the names of "
            f"the attributes."
        )
    count, names = int(lines[0]), lines[1].split()
    rows = []
    for number, line in enumerate(lines[2:], 3):
        name, *values = line.split() or [""]
        if len(values) != len(names) or not set(values) <= {"1", "-1"}:
            raise RuntimeError(
                f"{NAME}: {path}, line {number}: expected a file's name and 1 or -1 "
                f"for each of {len(names)} attributes, got {line!r}."
            )
        rows.append((name, np.array([value == "1" for value in values], np.uint32)))
    if len(rows) != count:
        raise RuntimeError(
            f"{NAME}: {path} promises {count} images and lists {len(rows)}. It is cut "
            f"off or damaged."
        )
    return rows
