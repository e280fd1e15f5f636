"""Distances between the surfaces of two segmentations.

Hausdorff, mean and root mean square distance: all look at how far the points of one
surface are from the other surface.  Distance transforms and erosion are SciPy's.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from scipy import ndimage

from cellnet._checks import check_bool, check_choice, check_type
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs

_METRICS = ("euclidean", "chessboard", "taxicab")


class SurfaceDistance(Metric):
    """Base: the surfaces of the last pair of segmentations, as in MindSpore.

    Args:
        distance_metric: "euclidean", "chessboard" or "taxicab".

    Inputs of ``update``: outputs and labels, images of class numbers of one shape; the
        class whose surfaces are compared, a number that one of them has.

    Raises:
        TypeError: an argument or input of another type.
        ValueError: another choice; another number of inputs; shapes that differ; a
            class that neither image has.
        RuntimeError: ``eval`` without samples.
    """

    def __init__(self, distance_metric: str = "euclidean") -> None:
        super().__init__()
        self.distance_metric = check_choice(
            type(self).__name__, "distance_metric", distance_metric, _METRICS
        )
        self.clear()

    def clear(self) -> None:
        self._surfaces: tuple[np.ndarray, np.ndarray] | None = None

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Find the surfaces of a class; an earlier pair is forgotten."""
        owner = type(self).__name__
        if len(inputs) != 3:
            raise ValueError(
                f"{owner}.update: expected 3 inputs (outputs, labels, class), got "
                f"{len(inputs)}; set_indexes chooses some"
            )
        number = check_type(f"{owner}.update", "the class", inputs[2], int, float)
        said, true = self._convert_inputs(inputs[:2], "outputs", "labels")
        if said.shape != true.shape or not said.size:
            raise ValueError(
                f"{owner}.update: outputs and labels must have one shape and elements, "
                f"got {said.shape} and {true.shape}"
            )
        if not ((said == number).any() or (true == number).any()):
            raise ValueError(
                f"{owner}.update: class {number} is neither in the outputs nor in the "
                "labels"
            )
        masks = [x if x.dtype == bool else x == number for x in (said, true)]
        self._surfaces = self._find(*masks)

    def _find(self, said: np.ndarray, true: np.ndarray) -> tuple[Any, Any]:
        return _surface(said), _surface(true)

    def eval(self) -> Any:
        """The distance, a NumPy float64; infinite if a surface is empty."""
        if self._surfaces is None:
            raise no_samples(self)
        return self._distance(*self._surfaces)

    @abstractmethod
    def _distance(self, said: np.ndarray, true: np.ndarray) -> Any:
        """The distance of two surfaces, masks of one shape."""

    def _to(self, other: np.ndarray, points: np.ndarray) -> np.ndarray:
        """How far each of ``points`` is from the surface ``other``."""
        if not points.any():
            return np.empty(0)
        if not other.any():
            return np.full(points.sum(), np.inf)
        if self.distance_metric == "euclidean":
            distances = ndimage.distance_transform_edt(~other)
        else:
            distances = ndimage.distance_transform_cdt(~other, self.distance_metric)
        # SciPy's functions give None only where they are told to fill an array
        return np.asarray(distances)[points]


def _surface(mask: np.ndarray) -> np.ndarray:
    return mask ^ ndimage.binary_erosion(mask)


def _mean(values: np.ndarray) -> Any:
    return values.mean() if values.size else np.float64(np.inf)


class HausdorffDistance(SurfaceDistance):
    r"""max over one surface of the distance to the other (mindspore.train).

    Args:
        distance_metric: "euclidean", "chessboard" or "taxicab".
        percentile: a float in [0, 100], to take it in the maximum's place; None or 0
            for the maximum, as in MindSpore.
        directed: only from the outputs to the labels; else the larger of both ways.
        crop: cut the images to what both contain together first; what touches the cut
            is surface then too.

    Inputs, Raises: as the other surface distances.

    Example:
        >>> said = [[3, 0, 1], [1, 3, 0], [1, 0, 2]]
        >>> true = [[0, 2, 1], [1, 2, 1], [0, 0, 1]]
        >>> round(float(HausdorffDistance()(said, true, 0)), 4)
        1.4142
    """

    def __init__(
        self,
        distance_metric: str = "euclidean",
        percentile: float | None = None,
        directed: bool = False,
        crop: bool = True,
    ) -> None:
        super().__init__(distance_metric)
        owner = type(self).__name__
        if percentile is not None:
            check_type(owner, "percentile", percentile, float)
            if not 0 <= percentile <= 100:
                raise ValueError(
                    f"{owner}: percentile must be in [0, 100], got {percentile}"
                )
        self.percentile = percentile
        self.directed = check_bool(owner, "directed", directed)
        self.crop = check_bool(owner, "crop", crop)

    def _find(self, said: np.ndarray, true: np.ndarray) -> tuple[Any, Any]:
        if self.crop:
            (box,) = ndimage.find_objects((said | true).astype(int))
            said, true = said[box], true[box]
        return super()._find(said, true)

    def _distance(self, said: np.ndarray, true: np.ndarray) -> Any:
        there = self._farthest(self._to(true, said))
        if self.directed:
            return there
        return max(there, self._farthest(self._to(said, true)))

    def _farthest(self, distances: np.ndarray) -> Any:
        if not distances.size:
            return np.float64(np.inf)
        if not self.percentile:
            return distances.max()
        return np.percentile(distances, self.percentile)


class MeanSurfaceDistance(SurfaceDistance):
    """The mean distance of the outputs' surface from the labels' (mindspore.train).

    Args:
        symmetric: the mean of it and of the same the other way round.
        distance_metric: "euclidean", "chessboard" or "taxicab".

    Inputs, Raises: as the other surface distances.

    Example:
        >>> said = [[3, 0, 1], [1, 3, 0], [1, 0, 2]]
        >>> true = [[0, 2, 1], [1, 2, 1], [0, 0, 1]]
        >>> round(float(MeanSurfaceDistance()(said, true, 0)), 4)
        0.8047
    """

    def __init__(
        self, symmetric: bool = False, distance_metric: str = "euclidean"
    ) -> None:
        super().__init__(distance_metric)
        self.symmetric = check_bool(type(self).__name__, "symmetric", symmetric)

    def _distance(self, said: np.ndarray, true: np.ndarray) -> Any:
        there = _mean(self._to(true, said))
        if not self.symmetric:
            return there
        return np.mean([there, _mean(self._to(said, true))])


class RootMeanSquareDistance(MeanSurfaceDistance):
    """The mean of the squared distances of the outputs' surface (mindspore.train).

    As in MindSpore the root is taken of the symmetric distance only.

    Args:
        symmetric: the root of the mean of both ways.
        distance_metric: "euclidean", "chessboard" or "taxicab".

    Inputs, Raises: as the other surface distances.

    Example:
        >>> said = [[3, 0, 1], [1, 3, 0], [1, 0, 2]]
        >>> true = [[0, 2, 1], [1, 2, 1], [0, 0, 1]]
        >>> round(float(RootMeanSquareDistance()(said, true, 0)), 4)
        1.0
    """

    def _distance(self, said: np.ndarray, true: np.ndarray) -> Any:
        there = _mean(self._to(true, said).astype(float) ** 2)
        if not self.symmetric:
            return there
        return np.sqrt(np.mean([there, _mean(self._to(said, true).astype(float) ** 2)]))
