"""A TFDS builder of the part of Fashion-MNIST that ships.

    python datasets/fashion_mnist_subset.py [--data_dir FOLDER]

prepares it offline and without TensorFlow; then it is a source by its name:

    cellnet.dataset.TFDSDataset("fashion_mnist_subset", "train")
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

from cellnet.dataset.sources._idx import IMAGE_MAGIC, LABEL_MAGIC, read_idx

FOLDER = Path(__file__).resolve().parent / "fashion_mnist"
CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
PARTS = {"train": "train", "test": "t10k"}


class FashionMnistSubset(tfds.core.GeneratorBasedBuilder):
    """11,000 images to train with, 2,000 to test, as many of each class."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="A stratified subset of Fashion-MNIST.",
            homepage="https://github.com/zalandoresearch/fashion-mnist",
            citation="H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747, 2017.",
            license="MIT",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(names=CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        del dl_manager  # the files are here
        return {split: self._generate_examples(part) for split, part in PARTS.items()}

    def _generate_examples(self, part: str) -> Iterator[tuple[int, dict[str, Any]]]:
        images = read_idx(FOLDER / f"{part}-images-idx3-ubyte.gz", IMAGE_MAGIC)
        labels = read_idx(FOLDER / f"{part}-labels-idx1-ubyte.gz", LABEL_MAGIC)
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            yield number, {"image": _png(image), "label": int(label)}


def _png(pixels: np.ndarray) -> io.BytesIO:
    """As a file: TFDS itself would encode pixels by TensorFlow."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    file.seek(0)
    return file


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data_dir", help="default: where TFDS looks")
    folder = parser.parse_args().data_dir
    builder = FashionMnistSubset(data_dir=folder, file_format="array_record")
    builder.download_and_prepare()
    print(builder.data_dir)
