"""Where data comes from: one module for each family of sources."""

from ._celeba import CelebADataset
from ._cifar import Cifar10Dataset, Cifar100Dataset
from ._coco import CocoDataset
from ._generator import GeneratorDataset
from ._image_folder import ImageFolderDataset
from ._listed_files import CLUEDataset, ManifestDataset
from ._mind_record import MindDataset
from ._mnist import EMnistDataset, FashionMnistDataset, KMnistDataset, MnistDataset
from ._numpy_slices import NumpySlicesDataset, PaddedDataset
from ._schema import Schema
from ._text import CSVDataset, TextFileDataset
from ._tf_record import TFRecordDataset
from ._tfds import TFDSDataset
from ._voc import VOCDataset

__all__ = [
    "CLUEDataset",
    "CSVDataset",
    "CelebADataset",
    "Cifar100Dataset",
    "Cifar10Dataset",
    "CocoDataset",
    "EMnistDataset",
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
    "TFDSDataset",
    "TFRecordDataset",
    "TextFileDataset",
    "VOCDataset",
]
