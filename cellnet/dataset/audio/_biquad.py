"""Filters of second order: y = (b0 + b1 z + b2 z^2) / (a0 + a1 z + a2 z^2) x.

z is a delay of one sample. The coefficients are those of Bristow-Johnson's Audio EQ
Cookbook, of the normalised frequency w0 = 2 pi f / sample_rate and
alpha = sin(w0) / (2 Q).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._optional import optional
from .._checks import INT32_MAX, check_bool, check_int, check_number
from ..transforms._base import Transform

Three = tuple[float, float, float]
LARGEST = 16777216.0  # as MindSpore has it: what float32 counts exactly


class _Filter(Transform):
    """Args: b, a: the three coefficients above and below the fraction."""

    heavy = True

    def __init__(self, b: Three, a: Three) -> None:
        self._b, self._a = np.array(b) / a[0], np.array(a) / a[0]

    def __call__(self, value: Any) -> np.ndarray:
        name = type(self).__name__
        wave = np.asarray(value)
        if wave.ndim == 0 or wave.dtype.kind != "f":
            raise TypeError(
                f"{name}: expected floats (..., time), got {wave.dtype} {wave.shape}."
            )
        signal = optional(name, "scipy.signal", "SciPy", "audio")
        filtered = signal.lfilter(self._b, self._a, wave.astype(np.float64), axis=-1)
        return filtered.clip(-1, 1).astype(wave.dtype)


class _Band(_Filter):
    """A filter around one frequency: cos(w0), sin(w0) and alpha of it."""

    def _at(self, sample_rate: int, frequency: float, Q: float) -> Three:
        name = type(self).__name__
        rate = check_int(name, "sample_rate", sample_rate, -INT32_MAX - 1)
        if not rate:
            raise ValueError(f"{name}: sample_rate must not be 0.")
        if not 0 < check_number(name, "Q", Q) <= 1:
            raise ValueError(f"{name}: Q must lie in (0, 1], got {Q}.")
        w0 = 2 * math.pi * check_number(name, "the frequency", frequency) / rate
        return math.cos(w0), math.sin(w0), math.sin(w0) / (2 * Q)

    def _root_of_gain(self, gain: float) -> float:
        return 10 ** (check_number(type(self).__name__, "gain", gain) / 40)


class Biquad(_Filter):
    """A filter by its six coefficients.

    Args: b0, b1, b2, a0, a1, a2: floats; a0 not 0.
    Inputs: floats (..., time).  Outputs: the same shape and dtype, in [-1, 1].
    Raises: TypeError, ValueError: a setting or the input is not as said. ImportError:
        SciPy is missing.
    Example: >>> Biquad(1.0, 0.0, 0.0, 2.0, 0.0, 0.0)(np.array([0.5])).tolist()
        [0.25]
    References: mindspore.dataset.audio.Biquad.
    """

    def __init__(
        self, b0: float, b1: float, b2: float, a0: float, a1: float, a2: float
    ) -> None:
        for coefficient in (b0, b1, b2, a0, a1, a2):
            check_number("Biquad", "a coefficient", coefficient)
        if not 0 < abs(a0) <= LARGEST:
            raise ValueError(f"Biquad: a0 must not be 0, nor beyond {LARGEST}.")
        super().__init__((b0, b1, b2), (a0, a1, a2))


class BassBiquad(_Band):
    """Louder or softer below a frequency.

    Args: sample_rate: samples a second, int, not 0. gain: dB.
        central_freq: Hz. Q: how steep, in (0, 1].
    Inputs: floats (..., time).  Outputs: the same shape and dtype, in [-1, 1].
    Raises: TypeError, ValueError: a setting or the input is not as said. ImportError:
        SciPy is missing.
    Example: >>> BassBiquad(44100, 0.0)(np.array([0.5, -0.25])).round(6).tolist()
        [0.5, -0.25]
    References: mindspore.dataset.audio.BassBiquad; Audio EQ Cookbook, low shelf.
    """

    def __init__(
        self,
        sample_rate: int,
        gain: float,
        central_freq: float = 100.0,
        Q: float = 0.707,
    ) -> None:
        cos, _, alpha = self._at(sample_rate, central_freq, Q)
        super().__init__(*_shelf(cos, alpha, self._root_of_gain(gain)))


class TrebleBiquad(_Band):
    """Louder or softer above a frequency; the rest as in BassBiquad.

    References: mindspore.dataset.audio.TrebleBiquad; Audio EQ Cookbook, high shelf.
    """

    def __init__(
        self,
        sample_rate: int,
        gain: float,
        central_freq: float = 3000,
        Q: float = 0.707,
    ) -> None:
        cos, _, alpha = self._at(sample_rate, central_freq, Q)
        # A high shelf is a low one of the mirrored spectrum: z becomes -z.
        b, a = _shelf(-cos, alpha, self._root_of_gain(gain))
        super().__init__((b[0], -b[1], b[2]), (a[0], -a[1], a[2]))


class EqualizerBiquad(_Band):
    """Louder or softer around a frequency; the rest as in BassBiquad.

    References: mindspore.dataset.audio.EqualizerBiquad; Audio EQ Cookbook, peaking EQ.
    """

    def __init__(
        self, sample_rate: int, center_freq: float, gain: float, Q: float = 0.707
    ) -> None:
        cos, _, alpha = self._at(sample_rate, center_freq, Q)
        root = self._root_of_gain(gain)
        up, down = alpha * root, alpha / root
        super().__init__((1 + up, -2 * cos, 1 - up), (1 + down, -2 * cos, 1 - down))


class LowpassBiquad(_Band):
    """What lies below a frequency; the rest as in BassBiquad.

    References: mindspore.dataset.audio.LowpassBiquad; Audio EQ Cookbook, LPF.
    """

    def __init__(self, sample_rate: int, cutoff_freq: float, Q: float = 0.707) -> None:
        cos, _, alpha = self._at(sample_rate, cutoff_freq, Q)
        half = (1 - cos) / 2
        super().__init__((half, 1 - cos, half), _below(cos, alpha))


class HighpassBiquad(_Band):
    """What lies above a frequency; the rest as in BassBiquad.

    References: mindspore.dataset.audio.HighpassBiquad; Audio EQ Cookbook, HPF.
    """

    def __init__(self, sample_rate: int, cutoff_freq: float, Q: float = 0.707) -> None:
        cos, _, alpha = self._at(sample_rate, cutoff_freq, Q)
        half = (1 + cos) / 2
        super().__init__((half, -1 - cos, half), _below(cos, alpha))


class BandpassBiquad(_Band):
    """What lies around a frequency; the rest as in BassBiquad.

    Args: const_skirt_gain: the peak is Q, not 1.
    References: mindspore.dataset.audio.BandpassBiquad; Audio EQ Cookbook, BPF.
    """

    def __init__(
        self,
        sample_rate: int,
        central_freq: float,
        Q: float = 0.707,
        const_skirt_gain: bool = False,
    ) -> None:
        cos, sin, alpha = self._at(sample_rate, central_freq, Q)
        check_bool("BandpassBiquad", "const_skirt_gain", const_skirt_gain)
        peak = sin / 2 if const_skirt_gain else alpha
        super().__init__((peak, 0.0, -peak), _below(cos, alpha))


class BandrejectBiquad(_Band):
    """All but what lies around a frequency; the rest as in BassBiquad.

    References: mindspore.dataset.audio.BandrejectBiquad; Audio EQ Cookbook, notch.
    """

    def __init__(self, sample_rate: int, central_freq: float, Q: float = 0.707) -> None:
        cos, _, alpha = self._at(sample_rate, central_freq, Q)
        super().__init__((1.0, -2 * cos, 1.0), _below(cos, alpha))


class AllpassBiquad(_Band):
    """Another phase, the same loudness; the rest as in BassBiquad.

    References: mindspore.dataset.audio.AllpassBiquad; Audio EQ Cookbook, APF.
    """

    def __init__(self, sample_rate: int, central_freq: float, Q: float = 0.707) -> None:
        cos, _, alpha = self._at(sample_rate, central_freq, Q)
        super().__init__((1 - alpha, -2 * cos, 1 + alpha), _below(cos, alpha))


def _below(cos: float, alpha: float) -> Three:
    return 1 + alpha, -2 * cos, 1 - alpha


def _shelf(cos: float, alpha: float, root: float) -> tuple[Three, Three]:
    """The low shelf of gain root ** 2."""
    width = 2 * math.sqrt(root) * alpha
    more, less = root + 1, root - 1
    above = (
        root * (more - less * cos + width),
        2 * root * (less - more * cos),
        root * (more - less * cos - width),
    )
    below = (
        more + less * cos + width,
        -2 * (less + more * cos),
        more + less * cos - width,
    )
    return above, below
