"""OcclusionSensitivity: which parts of an image a network decides by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cellnet._checks import check_int, check_type
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class OcclusionSensitivity(Metric):
    """How much a score falls when the surroundings of each pixel are covered.

    Args:
        pad_val: the value that covers, a float.
        margin: pixels before and after the middle that are covered along every axis:
            [i - margin, i + margin).
        n_batch: images that the network sees at once, > 0.
        b_box: [min, max, min, max, ...] along the axes but for the batch's, both
            included, a negative max for the last: only these pixels are looked at.

    Inputs of ``update``: a Cell that gives scores (N, C); one image (1, ...); its
        class, a number or an array of one.

    Raises:
        TypeError: an argument or input of another type.
        ValueError: an argument out of range, another number of inputs.
        RuntimeError: more than one image or class; ``eval`` without samples.

    Example:
        >>> from cellnet import nn
        >>> net = nn.Dense(4, 2, weight_init="ones", bias_init="zeros")
        >>> image = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
        >>> found = OcclusionSensitivity(margin=1)(net, image, 1)
        >>> [round(float(x), 3) for x in found]
        [0.1, 0.3, 0.5, 0.7]

    Differs: the last batch is filled up, so that the network is compiled once.

    Source: mindspore.train.OcclusionSensitivity.
    """

    def __init__(
        self,
        pad_val: float = 0.0,
        margin: int = 2,
        n_batch: int = 128,
        b_box: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        owner = "OcclusionSensitivity"
        self.pad_val = check_type(owner, "pad_val", pad_val, float)
        self.margin = check_int(owner, "margin", margin)
        self.n_batch = check_int(owner, "n_batch", n_batch, minimum=1)
        self.b_box = b_box
        self.clear()

    def clear(self) -> None:
        self._sensitivity: np.ndarray | None = None

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Cover the image in turn; an earlier one is forgotten, as in MindSpore."""
        owner = "OcclusionSensitivity"
        if len(inputs) != 3:
            raise ValueError(
                f"{owner}.update: expected 3 inputs (network, image, class), got "
                f"{len(inputs)}; set_indexes chooses some"
            )
        network = check_type(f"{owner}.update", "the network", inputs[0], Cell)
        image = self._convert_data(inputs[1])
        label = np.asarray(inputs[2])
        if image.shape[0] != 1 or label.size != 1:
            raise RuntimeError(
                f"{owner}.update: expected one image (1, ...) and its class, got shape "
                f"{image.shape} and {label.size} classes"
            )
        low, high = self._bounds(image.shape[1:])
        places = list(itertools.product(*map(range, low, high)))
        whole = network(Tensor(image)).asnumpy()[0, int(label)]
        covered = np.concatenate(
            [
                self._scores(network, image, places[start : start + self.n_batch])
                for start in range(0, len(places), self.n_batch)
            ]
        )
        shape = [b - a for a, b in zip(low, high, strict=True)]
        self._sensitivity = whole - covered[:, int(label)].reshape(shape).squeeze()

    def eval(self) -> np.ndarray:
        """What each pixel takes from the score, axes of one element left out."""
        if self._sensitivity is None:
            raise no_samples(self)
        return self._sensitivity

    def _scores(self, network: Cell, image: np.ndarray, places: list) -> np.ndarray:
        batch = np.repeat(image, self.n_batch, axis=0)
        for row, place in zip(batch, places, strict=False):
            around = [(max(0, i - self.margin), i + self.margin) for i in place]
            row[tuple(slice(*bounds) for bounds in around)] = self.pad_val
        return network(Tensor(batch)).asnumpy()[: len(places)]

    def _bounds(self, shape: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """First and past-the-last place along each axis."""
        if self.b_box is None:
            return [0] * len(shape), list(shape)
        box = list(self.b_box)
        if len(box) != 2 * len(shape):
            raise ValueError(
                f"OcclusionSensitivity: b_box needs 2 numbers for each of the "
                f"{len(shape)} axes of an image, got {len(box)}"
            )
        low = [max(0, i) for i in box[::2]]
        last = [n - 1 if i < 0 else i for i, n in zip(box[1::2], shape, strict=True)]
        bad = [a > b or b >= n for a, b, n in zip(low, last, shape, strict=True)]
        if any(bad) or not math.prod(shape):
            raise ValueError(
                f"OcclusionSensitivity: b_box {box} must lie in an image of shape "
                f"{shape}, each minimum at most its maximum"
            )
        return low, [i + 1 for i in last]
