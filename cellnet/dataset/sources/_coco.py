"""CocoDataset: images with boxes, segments, points or captions, from a JSON file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_bool, check_workers
from .._select import Shuffle
from ._files import META, PictureDataset, check_folder, inside, read_text

NAME = "CocoDataset"
Notes = list[dict[str, Any]]  # the annotations of one image


class CocoDataset(PictureDataset):
    """Images of Common Objects in Context.

    Args: dataset_dir: folder of the images. annotation_file: the JSON file.
        task: "Detection", "Stuff", "Panoptic", "Keypoint" or "Captioning".
        num_samples: images at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass.
        decode: give pixels, not the file's bytes. sampler: another order.
        num_shards, shard_id: read every num_shards-th image only, from shard_id on.
        extra_metadata: one more column, _meta-filename: the image's name.
    Columns: image, uint8 (N,), or (H, W, 3) if decode; then, for K annotations,
        Detection: bbox, float32 (K, 4): left, top, width, height in pixels;
        category_id, iscrowd, uint32 (K, 1). Panoptic: the same and area, uint32 (K, 1).
        Stuff: segmentation, float32 (S, L): corners of each polygon, or the runs of a
        crowd's mask, filled up by -1; iscrowd, uint32 (K, 1). Keypoint: keypoints,
        float32 (K, 3 P); num_keypoints, uint32 (K, 1). Captioning: captions, texts
        (K, 1).
    Images without annotations are left out.
    Raises: ValueError: no such folder, file or task. RuntimeError: the file lacks what
        the task needs (the annotation is named); when read: an image cannot be.
    References: mindspore.dataset.CocoDataset; Lin et al., ECCV 2014.
    """

    def __init__(
        self,
        dataset_dir: str | Path,
        annotation_file: str | Path,
        task: str = "Detection",
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
        if task not in TASKS:
            raise ValueError(f"{NAME}: task must be one of {[*TASKS]}, got {task!r}.")
        columns, values_of = TASKS[task]
        path = Path(annotation_file).expanduser()
        content = _read(path)
        files = []
        for image, notes in _with_notes(path, content, task):
            try:
                values = values_of(notes)
            except (KeyError, TypeError, ValueError) as error:
                raise RuntimeError(
                    f"{NAME}: {path}, annotations of image {image['id']}: not as task "
                    f"{task} has them: {error!r}."
                ) from error
            name = str(image["file_name"])
            if extra_metadata:
                values = (*values, np.array(Path(name).stem))
            files.append((inside(path, folder, name), values))
        if not files:
            raise RuntimeError(f"{NAME}: {path} has no image with annotations.")
        order = {
            "num_samples": num_samples,
            "shuffle": shuffle,
            "sampler": sampler,
            "num_shards": num_shards,
            "shard_id": shard_id,
        }
        names = ("image", *columns, META) if extra_metadata else ("image", *columns)
        indexing = _classes(content, task)
        super().__init__(
            files, names, lambda values: values, decode, order, None, indexing
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_text(NAME, path))
    except json.JSONDecodeError as error:
        raise RuntimeError(f"{NAME}: {path} is no JSON: {error}.") from error
    if not isinstance(content, dict) or not {"images", "annotations"} <= {*content}:
        raise RuntimeError(f"{NAME}: {path} lacks images or annotations.")
    return content


def _with_notes(
    path: Path, content: dict[str, Any], task: str
) -> list[tuple[dict[str, Any], Notes]]:
    """Each image that has annotations, with them."""
    notes: dict[Any, Notes] = defaultdict(list)
    try:
        for note in content["annotations"]:
            found = note["segments_info"] if task == "Panoptic" else [note]
            notes[note["image_id"]] += found
        return [(i, notes[i["id"]]) for i in content["images"] if notes.get(i["id"])]
    except (KeyError, TypeError) as error:
        raise RuntimeError(
            f"{NAME}: {path}: images or annotations lack {error!r}."
        ) from error


def _classes(content: dict[str, Any], task: str) -> dict[str, list[int]] | None:
    if task not in ("Detection", "Panoptic"):
        return None
    extra = ("isthing",) if task == "Panoptic" else ()
    return {
        each["name"]: [each[key] for key in ("id", *extra)]
        for each in content.get("categories", [])
    }


def _column(notes: Notes, key: str) -> np.ndarray:
    return np.array([[int(note[key])] for note in notes], np.uint32)


def _boxes(notes: Notes) -> np.ndarray:
    return np.array([note["bbox"] for note in notes], np.float32).reshape(-1, 4)


def _detection(notes: Notes) -> tuple[np.ndarray, ...]:
    crowds = [{"iscrowd": 0, **note} for note in notes]
    return _boxes(notes), _column(notes, "category_id"), _column(crowds, "iscrowd")


def _panoptic(notes: Notes) -> tuple[np.ndarray, ...]:
    return *_detection(notes), _column(notes, "area")


def _stuff(notes: Notes) -> tuple[np.ndarray, ...]:
    runs: list[list[float]] = []
    for note in notes:
        crowd, segments = note["iscrowd"], note["segmentation"]
        runs += [segments["counts"]] if crowd else segments
    longest = max(map(len, runs), default=0)
    padded = [[*run, *[-1] * (longest - len(run))] for run in runs]
    return np.array(padded, np.float32), _column(notes, "iscrowd")


def _keypoint(notes: Notes) -> tuple[np.ndarray, ...]:
    points = np.array([note["keypoints"] for note in notes], np.float32)
    return points, _column(notes, "num_keypoints")


def _captioning(notes: Notes) -> tuple[np.ndarray, ...]:
    return (np.array([[str(note["caption"])] for note in notes]),)


TASKS: dict[str, tuple[tuple[str, ...], Callable[[Notes], tuple[np.ndarray, ...]]]] = {
    "Detection": (("bbox", "category_id", "iscrowd"), _detection),
    "Stuff": (("segmentation", "iscrowd"), _stuff),
    "Panoptic": (("bbox", "category_id", "iscrowd", "area"), _panoptic),
    "Keypoint": (("keypoints", "num_keypoints"), _keypoint),
    "Captioning": (("captions",), _captioning),
}
