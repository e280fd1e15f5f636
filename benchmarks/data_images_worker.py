"""One framework's pipeline over a folder of JPEG files, told what to do by fleet.py.

cellnet and MindSpore run the very same lines.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from multiprocessing import active_children
from typing import Any

import numpy as np
from worker import processor_s, serve, versions

SIZE, BATCH = 224, 32
MEAN, STD = 127.0, 58.0  # of the pictures, so that what comes out is near 0 and 1


def mindspore_batches(dataset: Any, folder: str, workers: int) -> Iterable:
    """Passes by ``mindspore.dataset`` or by cellnet's, one for each `for`."""
    vision = dataset.vision
    images = dataset.ImageFolderDataset(folder, num_parallel_workers=workers)
    operations = [
        vision.Decode(),
        vision.RandomResizedCrop(SIZE),
        vision.RandomHorizontalFlip(),
        vision.Normalize([MEAN] * 3, [STD] * 3),
        vision.HWC2CHW(),
    ]
    images = images.map(operations, "image", num_parallel_workers=workers)
    images = images.batch(BATCH, num_parallel_workers=workers)
    return images.create_tuple_iterator(output_numpy=True)


def torch_batches(folder: str, workers: int) -> Iterable:
    """Passes by torchvision and a DataLoader whose workers stay."""
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import (
        Compose,
        Normalize,
        RandomHorizontalFlip,
        RandomResizedCrop,
        ToTensor,
    )

    operations = [
        RandomResizedCrop(SIZE),
        RandomHorizontalFlip(),
        ToTensor(),
        Normalize([MEAN / 255] * 3, [STD / 255] * 3),
    ]
    return DataLoader(
        ImageFolder(folder, Compose(operations)),
        BATCH,
        shuffle=True,
        num_workers=workers,
        persistent_workers=True,
    )


def batches(reader: str, folder: str, workers: int) -> Iterable:
    """What gives a pass for each `for`."""
    if reader == "torch":
        return torch_batches(folder, workers)
    if reader == "mindspore":
        import mindspore.dataset as dataset
    else:
        import cellnet.dataset as dataset  # type: ignore[no-redef]
    return mindspore_batches(dataset, folder, workers)


class Reading:
    """Answers requests; each ``do_x`` is one, and returns the answer."""

    def do_start(
        self, *, reader: str, folder: str, workers: int, packages: list[str]
    ) -> dict:
        """Make the pipeline."""
        self.batches = batches(reader, folder, workers)
        return {"versions": versions(packages)}

    def do_read(self) -> dict:
        """One pass, and what it gave."""
        begin, cpu = time.perf_counter(), _processor_s()
        images, first = 0, np.empty(0)
        for batch in _images(self.batches):
            if not images:
                first = np.asarray(batch)
            images += len(batch)
        return {
            "seconds": time.perf_counter() - begin,
            "cpu_s": _processor_s() - cpu,
            "images": images,
            "shape": first.shape[1:],
            "dtype": str(first.dtype),
            "mean": float(first.mean()),
            "std": float(first.std()),
        }


def _processor_s() -> float:
    """Processor time of this process and of those that it has started."""
    children = (processor_s(child.pid) for child in active_children())
    return time.process_time() + sum(seconds or 0 for seconds in children)


def _images(batches: Iterable) -> Iterator:
    return (images for images, _ in batches)


if __name__ == "__main__":
    serve(Reading())
