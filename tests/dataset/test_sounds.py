"""Filters of sound do to a tone what their names say."""

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.dataset import audio

RATE = 8000
pytest.importorskip("scipy.signal")


def loudness(operation, frequency):
    """How loud a soft tone of that frequency is behind the filter, in dB."""
    tone = 0.01 * np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)
    settled = slice(RATE // 2, None)
    power = np.square(operation(tone)[settled]).mean() / np.square(tone[settled]).mean()
    return 10 * np.log10(power)


@pytest.mark.parametrize(
    ("operation", "low", "high"),
    [
        (audio.BassBiquad(RATE, 6.0, 400.0), 6, 0),
        (audio.TrebleBiquad(RATE, -9.0, 1000.0), 0, -9),
        (audio.EqualizerBiquad(RATE, 50.0, 4.0), 4, 0),
        (audio.AllpassBiquad(RATE, 700.0), 0, 0),
        (audio.BandpassBiquad(RATE, 3000.0), None, 0),
        (audio.BandrejectBiquad(RATE, 50.0), -60, 0),
        (audio.LowpassBiquad(RATE, 500.0), 0, None),
        (audio.HighpassBiquad(RATE, 500.0), None, 0),
    ],
)
def test_loudness_of_a_low_and_a_high_tone(operation, low, high):
    for frequency, wanted in ((50, low), (3000, high)):
        found = loudness(operation, frequency)
        if wanted is None or wanted < -30:
            assert found < -20
        else:
            assert abs(found - wanted) < 0.5


def test_in_a_pipeline_samples_stay_in_range():
    wave = np.ones((3, 2, 100), np.float32)
    data = ds.NumpySlicesDataset({"wave": wave}, shuffle=False)
    louder = data.map(audio.BassBiquad(RATE, 12.0, 1000.0), "wave")
    for (found,) in louder.batches():
        assert found.shape == (2, 100)
        assert found.dtype == np.float32
        assert found.max() == 1


@pytest.mark.parametrize("value", [3.0, np.ones(3, np.int16)])
def test_what_is_no_sound_is_refused(value):
    with pytest.raises(TypeError, match="expected floats"):
        audio.BassBiquad(RATE, 1.0)(value)
