"""VOCDataset: images with boxes or with a picture of their segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from .._checks import check_absent, check_bool, check_workers
from .._select import Shuffle
from ._files import (
    META,
    PictureDataset,
    check_folder,
    inside,
    read_image,
    read_text,
)
from ._image_folder import check_indexing

NAME = "VOCDataset"
LISTS = {"Segmentation": "Segmentation", "Detection": "Main"}
BOXES = ("image", "bbox", "label", "difficult", "truncate")
Item = tuple[str, list[Any], int, int]  # class, xywh, difficult, truncated


class VOCDataset(PictureDataset):
    """Images of the Visual Object Classes challenge.

    Args: dataset_dir: folder of JPEGImages, ImageSets, and Annotations or
            SegmentationClass.
        task: "Segmentation" or "Detection".
        usage: the list of images: ImageSets/Segmentation/<usage>.txt, or
            ImageSets/Main/<usage>.txt for boxes.
        class_indexing: {class: label} for boxes; classes it lacks are left out;
            default 0, 1, ... by name.
        num_samples: images at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass.
        decode: give pixels, not the file's bytes. sampler: another order.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
        extra_metadata: one more column, _meta-filename: the image's name.
    Columns: image, uint8 (N,), or (H, W, 3) if decode. Segmentation: target, the same.
        Detection: bbox, float32 (K, 4): left, top, width, height in pixels; label,
        difficult, truncate, uint32 (K, 1).
    Raises: ValueError: no such folder, list or task. RuntimeError: an annotation is
        damaged (it is named), or no image is left; when read: a file cannot be.
    References: mindspore.dataset.VOCDataset; Everingham et al., IJCV 2010.
    """

    def __init__(
        self,
        dataset_dir: str | Path,
        task: str = "Segmentation",
        usage: str = "train",
        class_indexing: dict[str, int] | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        decode: bool = False,
        sampler: Any = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
        extra_metadata: bool = False,
        decrypt: Any = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_absent(NAME, cache=cache, decrypt=decrypt)
        check_bool(NAME, "extra_metadata", extra_metadata)
        folder = check_folder(NAME, dataset_dir)
        if task not in LISTS:
            raise ValueError(f"{NAME}: task must be one of {[*LISTS]}, got {task!r}.")
        indexing = check_indexing(NAME, class_indexing)
        listed = folder / "ImageSets" / LISTS[task] / f"{usage}.txt"
        names = [line.split()[0] for line in _lines(listed)]
        for name in names:
            inside(listed, folder, name)
        columns: tuple[str, ...] = ("image", "target")
        known: list[Any] = [folder / "SegmentationClass" / f"{n}.png" for n in names]
        if task == "Segmentation" and indexing is not None:
            raise ValueError(f"{NAME}: class_indexing is for Detection only.")
        if task == "Detection":
            columns = BOXES
            found = [_objects(folder / "Annotations" / f"{name}.xml") for name in names]
            if indexing is None:
                classes = sorted({item[0] for items in found for item in items})
                indexing = {each: number for number, each in enumerate(classes)}
            known = [[i for i in items if i[0] in indexing] for items in found]
        files = [
            (folder / "JPEGImages" / f"{name}.jpg", (name, each))
            for name, each in zip(names, known, strict=True)
            if each
        ]
        if not files:
            raise RuntimeError(f"{NAME}: {listed} names no image with an object.")

        def values(item: tuple[str, Any]) -> tuple[np.ndarray, ...]:
            name, each = item
            if indexing is None:
                rest: tuple[np.ndarray, ...] = (read_image(NAME, each, decode),)
            else:
                rest = _box_columns(each, indexing)
            return (*rest, np.array(name)) if extra_metadata else rest

        order = {
            "num_samples": num_samples,
            "shuffle": shuffle,
            "sampler": sampler,
            "num_shards": num_shards,
            "shard_id": shard_id,
        }
        if extra_metadata:
            columns = (*columns, META)
        super().__init__(files, columns, values, decode, order, None, indexing)


def _lines(path: Path) -> list[str]:
    return [line for line in read_text(NAME, path).splitlines() if line.strip()]


def _objects(path: Path) -> list[Item]:
    try:
        root = ElementTree.fromstring(read_text(NAME, path))
        items = [_item(each) for each in root.iter("object")]
    except (ElementTree.ParseError, ValueError, TypeError) as error:
        raise RuntimeError(f"{NAME}: {path} is damaged: {error}.") from error
    if not items:
        raise RuntimeError(f"{NAME}: {path} has no object.")
    return items


def _item(found: ElementTree.Element) -> Item:
    name, box = found.findtext("name"), found.find("bndbox")
    if not name or box is None:
        raise ValueError("an object lacks its name or its bndbox")
    # in float32, as MindSpore does it
    left, top, right, bottom = (
        np.float32(box.findtext(side, "")) for side in ("xmin", "ymin", "xmax", "ymax")
    )
    difficult, truncated = (
        int(found.findtext(key, "0")) for key in ("difficult", "truncated")
    )
    corner_and_size = [left, top, right - left, bottom - top]
    return name, corner_and_size, difficult, truncated


def _box_columns(items: list[Item], indexing: dict[str, int]) -> tuple[np.ndarray, ...]:
    numbers = [(indexing[name], hard, cut) for name, _, hard, cut in items]
    columns = np.array(numbers, np.uint32).reshape(-1, 3)
    boxes = np.array([box for _, box, _, _ in items], np.float32)
    return boxes, *(columns[:, place : place + 1] for place in range(3))
