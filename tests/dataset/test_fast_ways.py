"""Faster ways to do a thing give the very same numbers as NumPy's formula."""

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.dataset import vision

RNG = np.random.default_rng(0)


def images_of(shape, dtype=np.uint8):
    return [RNG.integers(0, 256, shape).astype(dtype) for _ in range(3)]


def mapped(images, operations, **keywords):
    rows = [(image,) for image in images]
    dataset = ds.GeneratorDataset(rows, ["image"], shuffle=False)
    dataset = dataset.map(operations, "image", **keywords)
    return [row.copy() for (row,) in dataset.create_tuple_iterator(None, 1, True)]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(
    ("mean", "std"), [([120.5, 110, 3], [60, 57.3, 0.5]), ([99.0], [7.0])]
)
def test_normalize_and_hwc2chw_in_one_map(mean, std, dtype):
    images = images_of((13, 7, 3), dtype)
    got = mapped(images, [vision.Normalize(mean, std), vision.HWC2CHW()])
    for image, planes in zip(images, got, strict=True):
        scaled = (image.astype(np.float32) - np.float32(mean)) / np.float32(std)
        np.testing.assert_array_equal(planes, scaled.transpose(2, 0, 1))
        assert planes.flags.c_contiguous
        assert planes.dtype == np.float32


def test_normalize_and_hwc2chw_of_batches_and_of_gray_images():
    operations = [vision.Normalize([9.0], [2.0]), vision.HWC2CHW()]
    (gray,) = mapped(images_of((5, 4))[:1], operations)
    assert gray.shape == (5, 4)
    batches = ds.NumpySlicesDataset(np.stack(images_of((5, 4, 3))), ["image"])
    assert next(iter(batches.map(operations).batch(3)))[0].shape == (3, 3, 5, 4)


def test_what_is_done_in_one_pass_is_named_as_both_in_an_error():
    operations = [vision.Normalize([9.0, 9.0], [2.0, 2.0]), vision.HWC2CHW()]
    with pytest.raises(RuntimeError, match=r"Normalize\(mean.* and HWC2CHW\(\) failed"):
        mapped(images_of((5, 4, 3)), operations)


@pytest.mark.parametrize("is_hwc", [True, False])
def test_normalize_of_an_image_that_is_not_contiguous(is_hwc):
    image = images_of((9, 8, 3))[0][::2, 1:]
    mean, std = np.float32([1, 2, 3]), np.float32([4, 5, 6])
    scaled = (image.astype(np.float32) - mean) / std
    normalize = vision.Normalize([1, 2, 3], [4, 5, 6], is_hwc)
    if not is_hwc:
        image, scaled = image.transpose(2, 0, 1), scaled.transpose(2, 0, 1)
    np.testing.assert_array_equal(normalize(image), scaled)


@pytest.mark.parametrize(
    "shape", [(4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 7), (2, 4, 5, 3)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64])
def test_flips(shape, dtype):
    image = images_of(shape, dtype)[0]
    down = 0 if len(shape) == 2 else len(shape) - 3
    across = vision.HorizontalFlip()(image)
    np.testing.assert_array_equal(across, np.flip(image, down + 1))
    np.testing.assert_array_equal(vision.VerticalFlip()(image), np.flip(image, down))
    assert across.flags.c_contiguous
    assert across.dtype == dtype


@pytest.mark.parametrize("size", [3, 20_000], ids=["small", "large"])
def test_a_batch_is_what_numpy_stacks(size):
    kinds = [np.int32, np.int32, np.float32, np.int64]
    rows = [(RNG.integers(0, 9, size).astype(k), np.array(str(k))) for k in kinds]
    dataset = ds.GeneratorDataset(rows, ["x", "name"], shuffle=False).batch(3)
    batches = list(dataset.create_tuple_iterator(None, 1, True))
    for start, (x, name) in zip((0, 3), batches, strict=True):
        expected = np.stack([row[0] for row in rows[start : start + 3]])
        np.testing.assert_array_equal(x, expected)
        assert x.dtype == expected.dtype
        assert name.tolist() == [str(k) for k in kinds[start : start + 3]]


@pytest.mark.parametrize("size", [3, 20_000], ids=["small", "large"])
def test_rows_of_unlike_shapes_are_named(size):
    rows = [(np.zeros(size),), (np.zeros(size),), (np.zeros(size + 1),)]
    dataset = ds.GeneratorDataset(rows, ["x"], shuffle=False).batch(3)
    with pytest.raises(
        RuntimeError,
        match=rf"'x' of batch 0: row 2 has shape \({size + 1},\), row 0 has \({size},",
    ):
        next(iter(dataset))
