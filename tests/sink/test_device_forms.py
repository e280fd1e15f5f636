"""The device form of a transform gives what its host form gives."""

import jax
import numpy as np
import pytest

from cellnet.dataset import transforms, vision
from cellnet.sink.device_forms import device_form

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (28, 20, 3), dtype=np.uint8)
FLOATS = RNG.normal(size=(9, 12, 1)).astype(np.float32)


@pytest.mark.parametrize("size", [(32, 32), (14, 10), 7, (28, 20), (1, 1)])
def test_resize_of_bytes_is_bit_equal(size):
    operation = vision.Resize(size)
    found = jax.jit(device_form(operation))(BYTES)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, operation(BYTES))


@pytest.mark.parametrize("size", [(18, 18), (5, 20)])
def test_resize_of_floats(size):
    operation = vision.Resize(size)
    found = jax.jit(device_form(operation))(FLOATS)
    np.testing.assert_allclose(found, operation(FLOATS), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("operation", "sample"),
    [
        (vision.Rescale(1 / 255, -0.5), BYTES),
        (vision.Normalize([10.0, 20.0, 30.0], [2.0, 3.0, 4.0]), BYTES),
        (vision.Normalize([10.0], [3.0], is_hwc=False), BYTES),
        (vision.HWC2CHW(), BYTES),
        (vision.ToTensor(), BYTES),
        (transforms.TypeCast("int32"), np.uint8(7)),
        (transforms.TypeCast("float32"), BYTES),
        (transforms.OneHot(5), np.int32(3)),
        (transforms.OneHot(4), np.array([1, 3], np.int32)),
    ],
)
def test_other_transforms(operation, sample):
    expected = operation(sample)
    found = jax.jit(device_form(operation))(np.asarray(sample))
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=3e-7, atol=1e-6)


@pytest.mark.parametrize("sample", [BYTES, BYTES[..., 0]], ids=["HWC", "HW"])
@pytest.mark.parametrize(
    "operation",
    [
        vision.CenterCrop(9),
        vision.CenterCrop((31, 7)),
        vision.CenterCrop((5, 25)),
        vision.Crop((2, 3), (7, 8)),
        vision.Pad((1, 2, 3, 4), 7),
        *(vision.Pad(3, 0, mode) for mode in vision.Border),
        vision.HorizontalFlip(),
        vision.VerticalFlip(),
        vision.Invert(),
        vision.Posterize(3),
        vision.Solarize((30, 100)),
    ],
    ids=repr,
)
def test_pixels_are_equal(operation, sample):
    expected = operation(sample)
    found = jax.jit(device_form(operation))(sample)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_smoothed_one_hot():
    operation = transforms.OneHot(4, smoothing_rate=0.1)
    found = jax.jit(device_form(operation))(np.int32(2))
    np.testing.assert_allclose(found, operation(np.int32(2)), rtol=1e-6)


def test_what_has_no_device_form():
    assert device_form(lambda x: x) is None
    assert device_form(vision.Resize(4, vision.Inter.CUBIC)) is None
