"""What sources made of files share: finding them, reading them, decoding pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._dataset import Dataset
from .._select import select
from ..nodes import RandomAccessSource, Row
from ..samplers import BuiltinSampler
from ..vision._decode import decode_rgb


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
    ) -> None:
        def convert(values: Any, index: int) -> Row:
            del index
            pairs = zip(column_names, values, strict=True)
            return {name: np.asarray(value) for name, value in pairs}

        super().__init__(name, source, column_names, sampler, convert)
        self.classes = classes
        self.class_indexing = class_indexing

    def labels(self) -> np.ndarray | None:
        return self.classes


class PictureDataset(Dataset):
    """A dataset of image files and their labels, chosen from by a sampler."""

    def __init__(
        self,
        files: Sequence[tuple[Path, Any]],
        label_dtype: Any,
        decode: bool,
        class_indexing: dict[str, int] | None,
        order: dict[str, Any],
    ) -> None:
        name = type(self).__name__

        def read(item: tuple[Path, Any]) -> tuple[np.ndarray, np.ndarray]:
            path, label = item
            return read_image(name, path, decode), np.array(label, label_dtype)

        classes = np.array([np.ravel(label)[0] for _, label in files])
        super().__init__(
            LabelledSource(
                name,
                Listed(files, read),
                ("image", "label"),
                select(name, **order),
                classes,
                class_indexing,
            )
        )
