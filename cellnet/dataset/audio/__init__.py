"""Transforms of sound (mindspore.dataset.audio)."""

from ._biquad import (
    AllpassBiquad,
    BandpassBiquad,
    BandrejectBiquad,
    BassBiquad,
    Biquad,
    EqualizerBiquad,
    HighpassBiquad,
    LowpassBiquad,
    TrebleBiquad,
)

__all__ = [
    "AllpassBiquad",
    "BandpassBiquad",
    "BandrejectBiquad",
    "BassBiquad",
    "Biquad",
    "EqualizerBiquad",
    "HighpassBiquad",
    "LowpassBiquad",
    "TrebleBiquad",
]
