"""Cut a stratified subset of Fashion-MNIST: as many images of each class, seeded.

    python datasets/make_subset.py FOLDER_OF_ALL_OF_IT [--out datasets/fashion_mnist]

The same input gives the same bytes: the classes' rows are drawn with a fixed seed, keep
their order, and are compressed without a time stamp.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cellnet.dataset.sources._idx import (
    IMAGE_MAGIC,
    LABEL_MAGIC,
    read_idx,
    write_idx,
)
from cellnet.dataset.sources._mnist import find_files

SEED = 20170825  # the day Fashion-MNIST was published
PER_CLASS = {"train": 1100, "t10k": 200}
NUM_CLASSES = 10


def stratified_rows(labels: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """Sorted row numbers, `per_class` of each class, drawn without replacement."""
    generator = np.random.Generator(np.random.PCG64(seed))
    rows = [
        generator.permutation(np.flatnonzero(labels == label))[:per_class]
        for label in range(NUM_CLASSES)
    ]
    return np.sort(np.concatenate(rows))


def make_subset(source: Path, out: Path) -> None:
    """Write the four IDX files of the subset of `source` into `out`."""
    files = find_files(source)
    out.mkdir(parents=True, exist_ok=True)
    for part, per_class in PER_CLASS.items():
        images = read_idx(files[part, "images"], IMAGE_MAGIC)
        labels = read_idx(files[part, "labels"], LABEL_MAGIC)
        rows = stratified_rows(labels, per_class, SEED)
        write_idx(out / f"{part}-images-idx3-ubyte.gz", images[rows])
        write_idx(out / f"{part}-labels-idx1-ubyte.gz", labels[rows])
        print(f"{part}: {len(rows)} of {len(labels)} images")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Cut a subset of Fashion-MNIST.")
    parser.add_argument("source", type=Path, help="folder of the four full IDX files")
    default = Path(__file__).parent / "fashion_mnist"
    parser.add_argument("--out", type=Path, default=default)
    arguments = parser.parse_args()
    make_subset(arguments.source, arguments.out)
