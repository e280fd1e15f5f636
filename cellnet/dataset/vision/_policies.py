"""RandomSelectSubpolicy, AutoAugment, RandAugment, UniformAugment: chosen changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._checks import check_between, check_int
from .._draws import generator
from ..transforms._base import Transform
from . import _color, _tone
from ._autoaugment_tables import POLICIES
from ._image import as_array, check_fill, check_inter
from ._rotate import affine, rotate
from .utils import AutoAugmentPolicy, Inter

BINS = 10  # strengths of AutoAugment
SIGNED = ("Shear", "Translate", "Rotate", "Brightness", "Color", "Contrast", "Sharp")
BLENDS = {
    "Brightness": _color.brightness,
    "Color": _color.saturation,
    "Contrast": _color.contrast,
    "Sharpness": _color.sharpness,
}
RAND_AUGMENT = (
    *("Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate"),
    *("Brightness", "Color", "Contrast", "Sharpness"),
    *("Posterize", "Solarize", "AutoContrast", "Equalize"),
)


class RandomSelectSubpolicy(Transform):
    """One of several lists of (transform, probability), each as likely.

    Args: policy: list of lists of (callable, probability in [0, 1]).
    Inputs: what the transforms take.  Outputs: what they give.
    Raises: TypeError, ValueError: policy is not as said.
    Example: >>> RandomSelectSubpolicy([[(abs, 1.0)]])(-2)
        2
    References: mindspore.dataset.vision.RandomSelectSubpolicy.
    """

    deterministic = False

    def __init__(self, policy: Sequence[Sequence[tuple[Callable, float]]]) -> None:
        name = "RandomSelectSubpolicy"
        if not isinstance(policy, list | tuple):
            raise TypeError(f"{name}: policy must be a list, got {policy!r}.")
        if not policy or not all(policy):
            raise ValueError(f"{name}: policy and its lists must not be empty.")
        for sub in policy:
            for step in sub:
                if not isinstance(step, list | tuple) or len(step) != 2:
                    raise TypeError(
                        f"{name}: expected (transform, probability), got {step!r}."
                    )
                operation, prob = step
                if not callable(operation):
                    raise TypeError(f"{name}: {operation!r} is not callable.")
                check_between(name, "probability", prob, 0.0, 1.0)
        self.policy = [list(sub) for sub in policy]

    @property
    def parts(self) -> Sequence[Callable]:
        return [operation for sub in self.policy for operation, _ in sub]

    def __call__(self, value: Any) -> Any:
        draws = generator()
        for operation, prob in self.policy[draws.integers(len(self.policy))]:
            if draws.random() < prob:
                value = operation(value)
        return value


def change_by(
    owner: str, value: Any, kind: str, size: float, inter: Inter, fill: Any
) -> Any:
    """One named change of strength `size` (a share, factor offset, degrees, ...)."""
    if kind == "Identity":
        return value
    if kind in BLENDS:
        return BLENDS[kind](owner, value, 1 + size)
    if kind == "Rotate":
        return rotate(owner, value, size, inter, False, None, fill)
    if kind == "Posterize":
        return _tone.posterize(owner, value, int(size))
    if kind == "Solarize":
        return _tone.solarize(owner, value, int(np.ceil(size)), 255)
    if kind == "AutoContrast":
        return _tone.auto_contrast(owner, value, 0, None)
    if kind == "Equalize":
        return _tone.equalize(owner, value)
    if kind == "Invert":
        return _tone.invert(owner, value)
    along_x = kind.endswith("X")
    if kind.startswith("Shear"):
        degrees = float(np.degrees(np.arctan(size)))
        shear = (degrees, 0.0) if along_x else (0.0, degrees)
        return affine(owner, value, 0.0, (0, 0), 1.0, shear, inter, fill)
    moved = (round(size), 0) if along_x else (0, round(size))
    return affine(owner, value, 0.0, moved, 1.0, (0.0, 0.0), inter, fill)


def strengths(kind: str, bins: int, height: int, width: int) -> np.ndarray | None:
    """The sizes of a change that `bins` levels stand for; None if it has none."""
    if kind.startswith("Shear"):
        return np.linspace(0, 0.3, bins)
    if kind.startswith("Translate"):
        return np.linspace(0, 150 / 331, bins) * (width if kind[-1] == "X" else height)
    if kind == "Rotate":
        return np.linspace(0, 30, bins)
    if kind in BLENDS:
        return np.linspace(0, 0.9, bins)
    if kind == "Posterize":
        return 8 - np.round(np.arange(bins) / ((bins - 1) / 4))
    if kind == "Solarize":
        return np.linspace(255, 0, bins)
    return None


class _Policy(Transform):
    """Named changes, drawn and applied."""

    deterministic = False
    interpolation: Inter
    fill_value: Any

    def _settings(self, interpolation: Any, fill_value: Any) -> None:
        name = type(self).__name__
        self.interpolation = check_inter(name, "interpolation", interpolation)
        self.fill_value = check_fill(name, fill_value)

    def _apply(self, value: Any, kind: str, level: int | None, bins: int) -> Any:
        height, width = as_array(type(self).__name__, value).shape[:2]
        sizes = strengths(kind, bins, height, width)
        size = 0.0 if sizes is None or level is None else float(sizes[level])
        if kind.startswith(SIGNED) and generator().random() < 0.5:
            size = -size
        settings = self.interpolation, self.fill_value
        return change_by(type(self).__name__, value, kind, size, *settings)


class AutoAugment(_Policy):
    """One of 25 pairs of changes that a search found on a data set.

    Args: policy: an AutoAugmentPolicy. interpolation: an Inter for turns and shears.
        fill_value: as in Pad.
    Inputs: uint8 (H, W, 3).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> AutoAugment().policy.value
        'imagenet'
    References: mindspore.dataset.vision.AutoAugment; Cubuk et al., CVPR 2019.
    """

    def __init__(
        self,
        policy: AutoAugmentPolicy = AutoAugmentPolicy.IMAGENET,
        interpolation: Inter = Inter.NEAREST,
        fill_value: int | tuple[int, int, int] = 0,
    ) -> None:
        if not isinstance(policy, AutoAugmentPolicy):
            raise TypeError(
                f"AutoAugment: policy must be an AutoAugmentPolicy, got {policy!r}."
            )
        self.policy = policy
        self._settings(interpolation, fill_value)

    def __call__(self, value: Any) -> Any:
        table = POLICIES[self.policy]
        draws = generator()
        for kind, prob, level in table[draws.integers(len(table))]:
            if draws.random() < prob:
                value = self._apply(value, kind, level, BINS)
        return value


class RandAugment(_Policy):
    """num_ops changes drawn from 14, all of one strength.

    Args: num_ops: changes to make. magnitude: strength, in [0, num_magnitude_bins).
        num_magnitude_bins: levels of strength, 2 or more.
        interpolation, fill_value: as in AutoAugment.
    Inputs: uint8 (H, W, 3).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandAugment(3).num_ops
        3
    References: mindspore.dataset.vision.RandAugment; Cubuk et al., NeurIPS 2020.
    """

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: int = 9,
        num_magnitude_bins: int = 31,
        interpolation: Inter = Inter.NEAREST,
        fill_value: int | tuple[int, int, int] = 0,
    ) -> None:
        name = "RandAugment"
        self.num_ops = check_int(name, "num_ops", num_ops, 0)
        bins = check_int(name, "num_magnitude_bins", num_magnitude_bins, 2)
        self.magnitude = check_int(name, "magnitude", magnitude, 0, bins - 1)
        self.num_magnitude_bins = bins
        self._settings(interpolation, fill_value)

    def __call__(self, value: Any) -> Any:
        for number in generator().integers(len(RAND_AUGMENT), size=self.num_ops):
            kind = RAND_AUGMENT[number]
            value = self._apply(value, kind, self.magnitude, self.num_magnitude_bins)
        return value


class UniformAugment(Transform):
    """num_ops of the transforms at random, each then applied or not, 1 to 1.

    Args: transforms: list of callables. num_ops: how many to choose.
    Inputs: what they take.  Outputs: what they give.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> UniformAugment([abs, abs], 2).num_ops
        2
    References: mindspore.dataset.vision.UniformAugment; LingChen, arXiv:2003.14348.
    """

    deterministic = False

    def __init__(self, transforms: Sequence[Callable], num_ops: int = 2) -> None:
        name = "UniformAugment"
        if not isinstance(transforms, list | tuple) or not all(
            callable(each) for each in transforms
        ):
            raise TypeError(f"{name}: transforms must be callables: {transforms!r}.")
        self.transforms = list(transforms)
        self.num_ops = check_int(name, "num_ops", num_ops, 1, len(self.transforms))

    @property
    def parts(self) -> Sequence[Callable]:
        return self.transforms

    def __call__(self, value: Any) -> Any:
        draws = generator()
        for place in draws.permutation(len(self.transforms))[: self.num_ops]:
            if draws.random() < 0.5:
                value = self.transforms[place](value)
        return value
