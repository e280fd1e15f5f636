"""Images per second of JPEG files made into batches for training.

Each framework, with each number of workers, in a process of its own; they make passes
over the same files in turn.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from fleet import Answering, WayFailed
from report import Part, table

WORKERS = (1, 2)
# MindSpore reads some 500 images of the next pass ahead, while nobody looks: more than
# that, and the median, which leaves the first pass out, keep them out of the figures.
COUNT = 1000
HEIGHT, WIDTH = 375, 500
CLASSES = 10
QUALITY = 90
TOLERANCE = 0.2  # of a batch's mean and deviation: images and crops are random
LIMIT_S = 600


class Reader(NamedTuple):
    """A framework: its row's head, interpreter and distributions."""

    title: str
    python: str
    packages: tuple[str, ...]


READERS = {
    "cellnet": Reader("cellnet", "cellnet", ("numpy", "opencv-python-headless")),
    "mindspore": Reader("MindSpore", "mindspore", ("mindspore",)),
    "torch": Reader("PyTorch, torchvision", "torch", ("torch", "torchvision")),
}


@dataclass
class Figures:
    """Of one reader and one number of workers.

    Attributes:
        seconds: of each pass.
        cpu_s: processor time of each, that of its worker processes included.
    """

    seconds: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


def make_images(folder: Path, count: int) -> None:
    """Smooth random pictures with some noise, some 55 kB each, in CLASSES folders."""
    rng = np.random.default_rng(0)
    for number in range(count):
        image = np.full((HEIGHT, WIDTH, 3), 128, np.float32)
        for cells, strength in ((4, 60), (16, 30), (64, 15)):
            coarse = rng.normal(0, strength, (cells * 3 // 4, cells, 3))
            smooth = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
            image += smooth.astype(np.float32)
        image += rng.normal(0, 6, image.shape).astype(np.float32)
        path = folder / f"class{number % CLASSES}" / f"{number:05}.jpg"
        path.parent.mkdir(exist_ok=True)
        pixels = np.clip(image, 0, 255).astype(np.uint8)
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def measure(pythons: dict[str, str], quick: bool) -> Part:
    """Start all readers, check that they do the same, time passes in turn."""
    count, passes = COUNT, 3 if quick else 7
    figures: dict[tuple[str, int], Figures] = {}
    failures: dict[str, str] = {}
    versions: dict[str, dict[str, str]] = {}
    fleet: dict[tuple[str, int], Answering] = {}
    with tempfile.TemporaryDirectory() as scratch:
        make_images(Path(scratch), count)
        try:
            for name, reader in READERS.items():
                try:
                    for workers in WORKERS:
                        key = (name, workers)
                        fleet[key] = Answering(
                            "data_images_worker.py",
                            python=pythons[reader.python],
                            limit_s=LIMIT_S,
                        )
                        versions[name] = fleet[key].ask(
                            "start",
                            reader=name,
                            folder=scratch,
                            workers=workers,
                            packages=reader.packages,
                        )["versions"]
                        _check(fleet[key].ask("read"), count)
                        figures[key] = Figures()
                except WayFailed as error:
                    failures[name] = str(error)
                    for key in [k for k in fleet if k[0] == name]:
                        fleet.pop(key).close()
                        figures.pop(key, None)
            for number in range(passes):
                order = list(fleet)
                for key in order if number % 2 == 0 else reversed(order):
                    answer = fleet[key].ask("read")
                    figures[key].seconds.append(answer["seconds"])
                    figures[key].cpu_s.append(answer["cpu_s"])
                    _tell(key, count / answer["seconds"])
        finally:
            for process in fleet.values():
                process.close()
    return Part(_text(figures, failures, count), _data(figures, count), versions)


def _check(answer: dict, count: int) -> None:
    """Refuse who reads other images, or gives other numbers.

    Raises:
        WayFailed: it does.
    """
    got = {key: answer[key] for key in ("images", "shape", "dtype")}
    expected = {"images": count, "shape": [3, 224, 224], "dtype": "float32"}
    if got != expected:
        raise WayFailed(f"gave {got}, expected {expected}")
    if abs(answer["mean"]) > TOLERANCE or abs(answer["std"] - 1) > TOLERANCE:
        raise WayFailed(f"mean {answer['mean']:.3f} and deviation {answer['std']:.3f}")


def _tell(key: tuple[str, int], rate: float) -> None:
    print(f"  {key[0]:12}{key[1]} {rate:8,.0f} images/s", file=sys.stderr)


def _ratio(figures: dict[tuple[str, int], Figures], name: str, workers: int) -> str:
    """Median over the passes of cellnet's rate by this one's."""
    pairs = zip(
        figures[name, workers].seconds, figures["cellnet", workers].seconds, strict=True
    )
    return f"{statistics.median(theirs / mine for theirs, mine in pairs):.2f}"


def _text(
    figures: dict[tuple[str, int], Figures], failures: dict[str, str], count: int
) -> str:
    rows = []
    for name, reader in READERS.items():
        if name in failures or ("cellnet", WORKERS[0]) not in figures:
            continue
        rates = [
            f"{count / statistics.median(figures[name, workers].seconds):,.0f}"
            for workers in WORKERS
        ]
        ratios = [_ratio(figures, name, workers) for workers in WORKERS]
        cpu_ms = [
            f"{statistics.median(figures[name, workers].cpu_s) / count * 1e3:.2f}"
            for workers in WORKERS
        ]
        rows.append([reader.title, *rates, *ratios, *cpu_ms])
    plural = [f"{n} worker{'s' * (n > 1)}" for n in WORKERS]
    head = [
        *["", *plural],
        *(f"cellnet's by it, {each}" for each in plural),
        *(f"processor ms an image, {each}" for each in plural),
    ]
    parts = [
        f"Images per second: Decode, RandomResizedCrop(224), RandomHorizontalFlip, "
        f"Normalize, HWC2CHW, batch(32) of {count:,} JPEG files {WIDTH} x {HEIGHT}; "
        f"median of the passes:",
        table(head, rows),
    ]
    if failures:
        parts.append("Not measured:")
        lines = (f"- {READERS[name].title}: {why}" for name, why in failures.items())
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _data(figures: dict[tuple[str, int], Figures], count: int) -> dict:
    return {
        "images": count,
        "passes": [
            {"reader": name, "workers": workers, **asdict(found)}
            for (name, workers), found in figures.items()
        ],
    }
