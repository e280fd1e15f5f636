"""Datasets (mindspore.dataset): sources, verbs, and iterators, all on the host.

    source -> map, shuffle, batch, repeat, ... -> create_dict_iterator
                                               -> describe, for the sink executor

Nothing here knows JAX. Iterators give what `_tensor_hook` makes of an array, and
`explain` asks `_device_hook` what the device does; the package above sets both.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _tensor_hook(array: np.ndarray) -> Any:
    return array


def _device_hook(plan: IndexedPlan) -> DevicePart | str:
    del plan
    return "there is no device"


from . import audio, config, text, transforms, vision  # noqa: E402
from ._cache import DatasetCache  # noqa: E402
from ._dataset import Dataset, MappableDataset, describe, zip  # noqa: E402
from ._explain import DevicePart, Explanation, StageReport  # noqa: E402
from ._select import Shuffle  # noqa: E402
from ._serialize._read import deserialize  # noqa: E402
from ._serialize._write import compare, serialize, show  # noqa: E402
from .fashion import find_fashion_mnist  # noqa: E402
from .nodes import BatchInfo  # noqa: E402
from .plan_view import IndexedPlan  # noqa: E402
from .samplers import (  # noqa: E402
    BuiltinSampler,
    DistributedSampler,
    PKSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    SubsetSampler,
    WeightedRandomSampler,
)
from .sources import (  # noqa: E402
    CelebADataset,
    Cifar10Dataset,
    Cifar100Dataset,
    CLUEDataset,
    CocoDataset,
    CSVDataset,
    EMnistDataset,
    FashionMnistDataset,
    GeneratorDataset,
    ImageFolderDataset,
    KMnistDataset,
    ManifestDataset,
    MindDataset,
    MnistDataset,
    NumpySlicesDataset,
    PaddedDataset,
    Schema,
    TextFileDataset,
    TFDSDataset,
    TFRecordDataset,
    VOCDataset,
)

__all__ = [
    "BatchInfo",
    "BuiltinSampler",
    "CLUEDataset",
    "CSVDataset",
    "CelebADataset",
    "Cifar100Dataset",
    "Cifar10Dataset",
    "CocoDataset",
    "Dataset",
    "DatasetCache",
    "DistributedSampler",
    "EMnistDataset",
    "Explanation",
    "FashionMnistDataset",
    "GeneratorDataset",
    "ImageFolderDataset",
    "IndexedPlan",
    "KMnistDataset",
    "ManifestDataset",
    "MappableDataset",
    "MindDataset",
    "MnistDataset",
    "NumpySlicesDataset",
    "PKSampler",
    "PaddedDataset",
    "RandomSampler",
    "Sampler",
    "Schema",
    "SequentialSampler",
    "Shuffle",
    "StageReport",
    "SubsetRandomSampler",
    "SubsetSampler",
    "TFDSDataset",
    "TFRecordDataset",
    "TextFileDataset",
    "VOCDataset",
    "WeightedRandomSampler",
    "audio",
    "compare",
    "config",
    "describe",
    "deserialize",
    "find_fashion_mnist",
    "serialize",
    "show",
    "text",
    "transforms",
    "vision",
    "zip",
]
