"""Where Fashion-MNIST is: given, on this machine, from TFDS, or the shipped subset."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .sources._idx import write_idx
from .sources._mnist import find_files

TRAIN_IMAGES, TEST_IMAGES = 60_000, 10_000
TFDS_NAME = "fashion_mnist"
DOWNLOAD_HOST = ("fashion-mnist.s3-website.eu-central-1.amazonaws.com", 80)
CONNECT_SECONDS = 2.0
NUM_FILES = 4

_PACKAGE = Path(__file__).resolve().parents[1]
# Inside an installed wheel, then beside the package in a checkout.
SUBSET_FOLDERS = (
    _PACKAGE / "datasets" / "fashion_mnist",
    _PACKAGE.parent / "datasets" / "fashion_mnist",
)


@dataclass(frozen=True)
class Found:
    """directory: holds the four IDX files. description: one line to print."""

    directory: Path
    description: str


def find_fashion_mnist(path: str | Path | None = None) -> Found:
    """The best Fashion-MNIST there is.

    In this order: `path`; all of it in $CELLNET_DATA, ~/.cellnet/data, Debian's
    package or ./data; all of it through tensorflow_datasets, kept in ~/.cellnet/data;
    the part that ships with cellnet.

    Args: path: folder of the IDX files; nothing else is tried then.
    Returns: Found(directory, description); give `directory` to FashionMnistDataset.
    Raises: ValueError: path is no folder. RuntimeError: path holds no IDX file, or
        nothing was found.
    """
    if path is not None:
        return _given(Path(path).expanduser())
    for folder in _machine_folders():
        if _complete(folder):
            return Found(folder, f"Fashion-MNIST: all of it, from {folder}")
    prepared = _from_tfds(_home_folder())
    if prepared is not None:
        return Found(prepared, f"Fashion-MNIST: all of it, by TFDS, kept in {prepared}")
    for folder in SUBSET_FOLDERS:
        if _complete(folder):
            return Found(
                folder,
                f"Fashion-MNIST: the shipped subset in {folder} (for all of it set "
                f"CELLNET_DATA or give a path)",
            )
    raise RuntimeError(
        f"Fashion-MNIST: not found. Put its four IDX files into {_home_folder()} or "
        f"give their folder."
    )


def _given(folder: Path) -> Found:
    if not folder.is_dir():
        raise ValueError(f"Fashion-MNIST: {folder} is not a folder.")
    if not find_files(folder):
        raise RuntimeError(
            f"Fashion-MNIST: {folder} holds no IDX file such as "
            f"train-images-idx3-ubyte.gz."
        )
    return Found(folder, f"Fashion-MNIST: as given, from {folder}")


def _machine_folders() -> list[Path]:
    roots = [Path(os.environ["CELLNET_DATA"])] if os.environ.get("CELLNET_DATA") else []
    candidates = [folder for root in roots for folder in (root, root / TFDS_NAME)]
    return [
        *candidates,
        _home_folder(),
        Path("/usr/share/datasets/fashion-mnist"),  # Debian: dataset-fashion-mnist
        Path("data") / TFDS_NAME,
        Path("data/FashionMNIST/raw"),  # where torchvision puts it
    ]


def _home_folder() -> Path:
    return Path.home() / ".cellnet" / "data" / TFDS_NAME


def _complete(folder: Path) -> bool:
    return folder.is_dir() and len(find_files(folder)) == NUM_FILES


def _from_tfds(folder: Path) -> Path | None:
    """All of it through TFDS as IDX files in `folder`; None if that cannot be had."""
    try:
        import tensorflow_datasets as tfds
    except ImportError:
        return None
    try:
        builder = tfds.builder(TFDS_NAME, file_format="array_record")
        if not Path(builder.data_dir).exists():
            # TFDS retries for long; a short look says whether there is a way out.
            socket.create_connection(DOWNLOAD_HOST, CONNECT_SECONDS).close()
            builder.download_and_prepare()
        parts: Any = builder.as_data_source()
        return _write_all(folder, parts["train"], parts["test"])
    except Exception:  # whatever TFDS lacks, the shipped subset is next
        return None


def _write_all(folder: Path, train: Any, test: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for part, source, count in (
        ("train", train, TRAIN_IMAGES),
        ("t10k", test, TEST_IMAGES),
    ):
        pairs = [(example["image"][..., 0], example["label"]) for example in source]
        if len(pairs) != count:
            raise ValueError(f"{part}: {len(pairs)} images, expected {count}")
        images = np.stack([image for image, _ in pairs])
        labels = np.array([label for _, label in pairs], np.uint8)
        _write_whole(folder / f"{part}-images-idx3-ubyte.gz", images)
        _write_whole(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return folder


def _write_whole(path: Path, array: np.ndarray) -> None:
    """Write under another name first: a file with the right name is always whole."""
    partial = path.with_name(path.name + ".part")
    write_idx(partial, array)
    partial.replace(path)
