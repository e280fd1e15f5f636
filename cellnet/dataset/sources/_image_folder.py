"""ImageFolderDataset: a folder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._checks import INT32_MAX, check_absent, check_int, check_workers
from .._select import Shuffle
from ._files import PictureDataset, check_folder, labelled

NAME = "ImageFolderDataset"
EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class ImageFolderDataset(PictureDataset):
    """Image files in folders whose names are the classes.

    Args: dataset_dir: folder of the classes' folders, read with all below them.
        num_samples: images at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        extensions: of the files to read, default the usual ones.
        class_indexing: {folder: label}; default 0, 1, ... by name.
        decode: give pixels, not the file's bytes.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
    Columns: image, uint8 (N,), or (H, W, 3) if decode; label, int32 ().
    Raises: ValueError: no such folder. RuntimeError: no images, or when read: a file
        cannot be (it is named).
    References: mindspore.dataset.ImageFolderDataset.
    """

    def __init__(
        self,
        dataset_dir: str | Path,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        extensions: Sequence[str] | None = None,
        class_indexing: dict[str, int] | None = None,
        decode: bool = False,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
        decrypt: Any = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_absent(NAME, cache=cache, decrypt=decrypt)
        folder = check_folder(NAME, dataset_dir)
        indexing = check_indexing(NAME, class_indexing)
        if indexing is None:
            names = sorted(each.name for each in folder.iterdir() if each.is_dir())
            indexing = {name: number for number, name in enumerate(names)}
        files = [
            (path, label)
            for name, label in sorted(indexing.items())
            for path in _images(folder / name, extensions)
        ]
        if not files:
            raise RuntimeError(
                f"{NAME}: {folder} holds no folder with images: "
                f"{', '.join(extensions or EXTENSIONS)}."
            )
        order = {
            "num_samples": num_samples,
            "shuffle": shuffle,
            "sampler": sampler,
            "num_shards": num_shards,
            "shard_id": shard_id,
        }
        super().__init__(**labelled(files, indexing), decode=decode, order=order)


def check_indexing(owner: str, indexing: Any) -> dict[str, int] | None:
    """{class: label}, checked."""
    if indexing is None:
        return None
    if not isinstance(indexing, dict):
        raise TypeError(f"{owner}: class_indexing must be a dict, got {indexing!r}.")
    for name, label in indexing.items():
        if not isinstance(name, str):
            raise TypeError(f"{owner}: class_indexing names {name!r}, not a class.")
        check_int(owner, "class_indexing", label, 0, INT32_MAX)
    return dict(indexing)


def _images(folder: Path, extensions: Sequence[str] | None) -> list[Path]:
    if not folder.is_dir():
        raise RuntimeError(f"{NAME}: class_indexing names {folder}, no folder.")
    wanted = EXTENSIONS if extensions is None else tuple(extensions)
    found = (path for path in folder.rglob("*") if path.suffix.lower() in wanted)
    return sorted(path for path in found if path.is_file())
