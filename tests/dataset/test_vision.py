import pickle
import subprocess
import sys

import numpy as np
import pytest

import cellnet.dataset.vision as V
from cellnet.dataset.vision import c_transforms, py_transforms, transforms, utils
from cellnet.dataset.vision._fixed_point import linear_table, resize_linear

cv2 = pytest.importorskip("cv2")

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (28, 28, 1), np.uint8)
COLOR = RNG.integers(0, 256, (20, 30, 3), np.uint8)


def test_spellings_are_one_class():
    for name in ("Resize", "Rescale", "Normalize", "HWC2CHW"):
        both = {getattr(module, name) for module in (c_transforms, transforms)}
        assert both == {getattr(V, name)}
    assert utils.Inter is V.Inter
    assert py_transforms.ToTensor is V.ToTensor


def test_inter_has_mindspore_values():
    values = {"NEAREST": 0, "LINEAR": 2, "BILINEAR": 2, "CUBIC": 3, "AREA": 4}
    assert {name: V.Inter[name].value for name in values} == values


@pytest.mark.parametrize(
    ("inter", "flag"),
    [
        (V.Inter.LINEAR, "INTER_LINEAR"),
        (V.Inter.NEAREST, "INTER_NEAREST"),
        (V.Inter.AREA, "INTER_AREA"),
        (V.Inter.CUBIC, "INTER_CUBIC"),
    ],
)
@pytest.mark.parametrize("image", [GRAY, COLOR, GRAY.astype(np.float32)])
def test_resize_is_opencv(inter, flag, image):
    result = V.Resize((32, 17), inter)(image)
    expected = cv2.resize(image, (17, 32), interpolation=getattr(cv2, flag))
    assert result.shape == (32, 17, image.shape[2])
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(result, expected.reshape(result.shape))


@pytest.mark.parametrize(
    ("size", "shape"),
    [(10, (10, 15, 3)), ((10, 11), (10, 11, 3)), ([1, 1], (1, 1, 3))],
)
def test_resize_sizes(size, shape):
    assert V.Resize(size)(COLOR).shape == shape
    upright = COLOR.transpose(1, 0, 2)
    if isinstance(size, int):
        assert V.Resize(size)(upright).shape == (15, 10, 3)


def test_resize_ranks():
    assert V.Resize((5, 6))(COLOR[..., 0]).shape == (5, 6)
    many = np.stack([COLOR, COLOR[::-1]])
    result = V.Resize((5, 6))(many)
    np.testing.assert_array_equal(result[1], V.Resize((5, 6))(many[1]))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "size must lie"),
        ((-1,), ValueError, "size must lie"),
        (("x",), TypeError, "size must be an int"),
        ((True,), TypeError, "size"),
        ((2.5,), TypeError, "size"),
        (((1, 2, 3),), TypeError, r"\(height, width\)"),
        (((0, 1),), ValueError, "size"),
        (((3.0, 3),), TypeError, "size"),
        ((3, 1), TypeError, "interpolation must be an Inter, got 1"),
        ((3, "linear"), TypeError, "interpolation must be an Inter"),
    ],
)
def test_resize_refuses_settings(arguments, error, message):
    with pytest.raises(error, match=message):
        V.Resize(*arguments)


@pytest.mark.parametrize(
    ("image", "error"),
    [
        (np.zeros(3, np.uint8), ValueError),
        (np.zeros((0, 3, 1), np.uint8), ValueError),
        (np.zeros((3, 3), np.int32), TypeError),
        (np.zeros((3, 3), np.float16), TypeError),
    ],
)
def test_resize_refuses_input(image, error):
    with pytest.raises(error):
        V.Resize(2)(image)


def test_resize_without_opencv_says_what_to_install():
    code = (
        "import sys; sys.modules['cv2'] = None\n"
        "import cellnet.dataset.vision as V\n"
        "V.Rescale(1.0, 0.0)\n"
        "try: V.Resize(3)\n"
        "except ImportError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert 'pip install "cellnet[vision]"' in run.stdout


def test_resize_can_be_sent_to_another_process():
    copy = pickle.loads(pickle.dumps(V.Resize((4, 5), V.Inter.AREA)))
    np.testing.assert_array_equal(copy(GRAY), V.Resize((4, 5), V.Inter.AREA)(GRAY))


@pytest.mark.parametrize(
    ("src", "dst"),
    [
        (28, 32),
        (32, 28),
        (20, 33),
        (5, 7),
        (28, 14),
        (28, 56),
        (1, 5),
        (9, 1),
        (64, 21),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_fixed_point_is_bit_equal_to_opencv(src, dst, channels):
    images = RNG.integers(0, 256, (3, src, src + 2, channels), np.uint8)
    expected = [
        cv2.resize(image, (dst + 1, dst)).reshape(dst, dst + 1, channels)
        for image in images
    ]
    np.testing.assert_array_equal(resize_linear(images, dst, dst + 1), expected)


@pytest.mark.parametrize(("src", "dst"), [(28, 32), (32, 28), (1, 3), (7, 7)])
def test_linear_table_weights_are_whole(src, dst):
    i0, i1, c0, c1 = linear_table(src, dst)
    assert all(array.dtype == np.int32 for array in (i0, i1, c0, c1))
    assert (c0 + c1 == 2048).all()
    assert i0.min() >= 0
    assert i1.max() < src


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int64])
def test_rescale(dtype):
    x = np.arange(256).astype(dtype)
    result = V.Rescale(1 / 0.3081, -0.1307 / 0.3081)(x)
    assert result.dtype == np.float32
    scale, shift = np.float32(1 / 0.3081), np.float32(-0.1307 / 0.3081)
    exact = x.astype(np.float64) * np.float64(scale) + np.float64(shift)
    np.testing.assert_array_equal(result, exact.astype(np.float32))


def test_normalize():
    mean, std = [121.0, 115.0, 100.0], [70.0, 68.5, 71.0]
    expected = (COLOR - np.array(mean)) / np.array(std)
    result = V.Normalize(mean, std)(COLOR)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-6)
    chw = COLOR.transpose(2, 0, 1)
    np.testing.assert_array_equal(
        V.Normalize(mean, std, is_hwc=False)(chw), result.transpose(2, 0, 1)
    )
    np.testing.assert_array_equal(
        py_transforms.Normalize(mean, std)(chw), result.transpose(2, 0, 1)
    )
    np.testing.assert_array_equal(
        V.Normalize([121.0], [70.0])(COLOR[..., 0]), result[..., 0]
    )


@pytest.mark.parametrize(
    ("mean", "std", "error"),
    [
        ([1.0], [0.0], ValueError),
        ([1.0, 2.0], [1.0], ValueError),
        ([300.0], [1.0], ValueError),
        ([1.0], [-1.0], ValueError),
        ([], [], ValueError),
        ("x", [1.0], TypeError),
        (1.0, 2.0, TypeError),
    ],
)
def test_normalize_refuses_settings(mean, std, error):
    with pytest.raises(error, match="Normalize: "):
        V.Normalize(mean, std)


def test_normalize_needs_one_mean_for_each_channel():
    with pytest.raises(ValueError, match=r"2 mean value\(s\) for 3 channel"):
        V.Normalize([1.0, 2.0], [1.0, 2.0])(COLOR)


@pytest.mark.parametrize("arguments", [("x", 0.0), (1.0, None), (True, 0.0)])
def test_rescale_refuses_settings(arguments):
    with pytest.raises(TypeError, match="must be a number"):
        V.Rescale(*arguments)


def test_hwc2chw():
    result = V.HWC2CHW()(COLOR)
    assert result.shape == (3, 20, 30)
    assert result[2, 5, 7] == COLOR[5, 7, 2]
    assert V.HWC2CHW()(COLOR[..., 0]).shape == (20, 30)
    with pytest.raises(ValueError, match="HWC2CHW: expected"):
        V.HWC2CHW()(COLOR[None])


def test_to_tensor():
    result = V.ToTensor()(COLOR)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, COLOR.transpose(2, 0, 1) / 255.0, rtol=2e-7)
    assert V.ToTensor()(COLOR[..., 0]).shape == (1, 20, 30)
    assert V.ToTensor(np.float16)(COLOR).dtype == np.float16


@pytest.mark.parametrize(
    "operation",
    [
        V.Resize((5, 6)),
        V.Rescale(0.5, 1.0),
        V.Normalize([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
        V.Normalize([1.0] * 5, [4.0] * 5, is_hwc=False),
        V.HWC2CHW(),
        V.ToTensor(),
    ],
)
def test_batch_is_each_alone(operation):
    images = RNG.integers(0, 256, (4, 5, 7, 3), np.uint8)
    one_by_one = np.stack([operation(image) for image in images])
    np.testing.assert_array_equal(operation.batch(images), one_by_one)
    assert operation.batch(images).dtype == one_by_one.dtype
