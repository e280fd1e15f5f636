"""Where data comes from: one module for each family of sources."""

from ._generator import GeneratorDataset
from ._mnist import FashionMnistDataset, MnistDataset
from ._numpy_slices import NumpySlicesDataset

__all__ = [
    "FashionMnistDataset",
    "GeneratorDataset",
    "MnistDataset",
    "NumpySlicesDataset",
]
