"""What sources made of files share: finding them, reading them, decoding pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_bool
from .._dataset import MappableDataset
from .._select import select
from ..nodes import RandomAccessSource, Row, hands_for_known
from ..samplers import BuiltinSampler
from ..vision._decode import decode_rgb

META = "_meta-filename"  # the column of extra_metadata


def check_folder(owner: str, dataset_dir: Any) -> Path:
    if not isinstance(dataset_dir, str | Path):
        raise TypeError(f"{owner}: dataset_dir must be a path, got {dataset_dir!r}.")
    folder = Path(dataset_dir).expanduser()
    if not folder.is_dir():
        raise ValueError(f"{owner}: {folder} is not a folder. Check dataset_dir.")
    return folder


def check_usage(owner: str, usage: Any, choices: Sequence[str]) -> str | None:
    if usage is not None and usage not in choices:
        raise ValueError(
            f"{owner}: usage must be one of {sorted(choices)} or None, got {usage!r}."
        )
    return usage


def check_files(owner: str, dataset_files: Any) -> list[Path]:
    """Existing files, sorted, from one path or pattern or a list of them."""
    listed = dataset_files
    if not isinstance(dataset_files, list | tuple):
        listed = [dataset_files]
    found: set[Path] = set()
    for each in listed:
        if not isinstance(each, str | Path):
            raise TypeError(f"{owner}: expected paths of files, got {each!r}.")
        path = Path(each).expanduser()
        if path.is_file():
            found.add(path)
            continue
        matches = [p for p in path.parent.glob(path.name) if p.is_file()]
        if not matches:
            raise ValueError(f"{owner}: there is no file {path}.")
        found.update(matches)
    if not found:
        raise ValueError(f"{owner}: no files are named.")
    return sorted(found)


def inside(listed: Path, folder: Path, name: str) -> Path:
    """folder/name; RuntimeError where a list names a file outside of its folder."""
    path = os.path.normpath(name)
    if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir:
        raise RuntimeError(f"{listed} names {name!r}, which is outside of {folder}.")
    return folder / path


def read_image(owner: str, path: Path, decode: bool) -> np.ndarray:
    """A file's bytes, or its RGB pixels."""
    try:
        data = np.fromfile(path, np.uint8)
        return decode_rgb(owner, data) if decode else data
    except (OSError, ValueError) as error:
        raise RuntimeError(f"{path}: {error}") from error


class Listed(Sequence):
    """Items read when they are asked for.

    Args: items: what is known of each. read: makes a row's values of one.
    """

    def __init__(self, items: Sequence[Any], read: Callable[[Any], Any]) -> None:
        self.items = items
        self.read = read

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        return self.read(self.items[index])


class LabelledSource(RandomAccessSource):
    """Rows fetched by number whose classes are known without fetching them."""

    def __init__(
        self,
        name: str,
        source: Sequence[Any],
        column_names: tuple[str, ...],
        sampler: BuiltinSampler,
        classes: np.ndarray | None = None,
        class_indexing: dict[str, int] | None = None,
        origins: Callable[[int], str] | None = None,
    ) -> None:
        def convert(values: Any, index: int) -> Row:
            del index
            pairs = zip(column_names, values, strict=True)
            return {name: np.asarray(value) for name, value in pairs}

        super().__init__(name, source, column_names, sampler, convert)
        self.classes = classes
        self.class_indexing = class_indexing
        self._origins = origins

    def origin(self, item: int) -> str:
        return self._origins(item) if self._origins else ""

    def labels(self) -> np.ndarray | None:
        return self.classes


class PictureDataset(MappableDataset):
    """Image files with what is known of each, chosen from by a sampler.

    Args: files: (path, what is known of it) of each image.
        columns: names, the image's first.
        rest: makes the other columns' values of what is known.
        decode: give pixels, not the file's bytes.
        order: the user's num_samples, shuffle, sampler, num_shards, shard_id.
        classes: the class of each image, where there is one.
        class_indexing: {class: label}, where there are classes.
    """

    def __init__(
        self,
        files: Sequence[tuple[Path, Any]],
        columns: tuple[str, ...],
        rest: Callable[[Any], tuple[np.ndarray, ...]],
        decode: bool,
        order: dict[str, Any],
        classes: np.ndarray | None = None,
        class_indexing: dict[str, Any] | None = None,
    ) -> None:
        name = type(self).__name__
        check_bool(name, "decode", decode)

        def read(item: tuple[Path, Any]) -> tuple[np.ndarray, ...]:
            path, known = item
            return read_image(name, path, decode), *rest(known)

        super().__init__(
            LabelledSource(
                name,
                Listed(files, read),
                columns,
                select(name, **order),
                classes,
                class_indexing,
                lambda number: str(files[number][0]),
            )
        )
        self._node.hands = hands_for_known(heavy=decode, workers=None)


def labelled(
    files: Sequence[tuple[Path, Any]], indexing: dict[str, int]
) -> dict[str, Any]:
    """PictureDataset's arguments for images of one label, or several."""
    return {
        "files": files,
        "columns": ("image", "label"),
        "rest": lambda label: (np.array(label, np.int32),),
        "classes": np.array([np.ravel(label)[0] for _, label in files]),
        "class_indexing": indexing,
    }


def read_text(owner: str, path: Path) -> str:
    """A UTF-8 file; ValueError, naming it, where it is not there."""
    if not path.is_file():
        raise ValueError(f"{owner}: there is no file {path}.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RuntimeError(f"{owner}: {path} is not UTF-8 text: {error}.") from error
