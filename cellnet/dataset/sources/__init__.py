"""Where data comes from: one module for each family of sources."""

from ._cifar import Cifar10Dataset, Cifar100Dataset
from ._generator import GeneratorDataset
from ._image_folder import ImageFolderDataset
from ._listed_files import CLUEDataset, ManifestDataset
from ._mind_record import MindDataset
from ._mnist import FashionMnistDataset, KMnistDataset, MnistDataset
from ._numpy_slices import NumpySlicesDataset, PaddedDataset
from ._schema import Schema
from ._text import CSVDataset, TextFileDataset
from ._tf_record import TFRecordDataset

__all__ = [
    "CLUEDataset",
    "CSVDataset",
    "Cifar100Dataset",
    "Cifar10Dataset",
    "FashionMnistDataset",
    "GeneratorDataset",
    "ImageFolderDataset",
    "KMnistDataset",
    "ManifestDataset",
    "MindDataset",
    "MnistDataset",
    "NumpySlicesDataset",
    "PaddedDataset",
    "Schema",
    "TFRecordDataset",
    "TextFileDataset",
]
