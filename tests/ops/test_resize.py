"""Other sizes: nearest, linear, cubic and area, against formulas."""

import numpy as np
import pytest

from cellnet import Tensor, ops

RAMP = np.arange(4, dtype=np.float32).reshape(1, 1, 4)
IMAGE = np.random.default_rng(0).standard_normal((2, 3, 5, 4)).astype(np.float32)


def interpolated(x, *args, **kwargs):
    return ops.interpolate(Tensor(x), *args, **kwargs).asnumpy()


def test_a_ramp_stays_a_ramp():
    y = interpolated(RAMP, 7, mode="linear", align_corners=True)
    np.testing.assert_allclose(y[0, 0], np.linspace(0, 3, 7), rtol=1e-6)
    # middles of parts, the ends held
    y = interpolated(RAMP, 8, mode="linear")
    expected = np.clip((np.arange(8) + 0.5) / 2 - 0.5, 0, 3)
    np.testing.assert_allclose(y[0, 0], expected, rtol=1e-6)


def test_nearest_takes_the_element_below():
    y = interpolated(RAMP, 6)
    assert y[0, 0].tolist() == [0, 0, 1, 2, 2, 3]
    y = interpolated(RAMP, 6, mode="nearest-exact")
    assert y[0, 0].tolist() == [0, 1, 1, 2, 3, 3]


def test_nearest_keeps_integers():
    y = ops.interpolate(Tensor(np.arange(4).reshape(1, 1, 4)), 8)
    assert y.dtype == Tensor(np.arange(4)).dtype


def test_area_is_the_mean_of_each_part():
    y = interpolated(IMAGE, (5, 2), mode="area")
    expected = IMAGE.reshape(2, 3, 5, 2, 2).mean(-1)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)


def test_cubic_gives_back_the_pixels_that_it_meets():
    y = interpolated(IMAGE, (9, 7), mode="bicubic", align_corners=True)
    np.testing.assert_allclose(y[:, :, ::2, ::2], IMAGE, rtol=1e-4, atol=1e-5)


def test_cubic_weights_sum_to_one():
    y = interpolated(np.ones((1, 1, 5, 4), np.float32), (9, 3), mode="bicubic")
    np.testing.assert_allclose(y, 1, rtol=1e-6)


def test_three_axes():
    volume = np.broadcast_to(RAMP[..., None, None], (1, 1, 4, 2, 2))
    y = interpolated(volume, (7, 2, 2), mode="trilinear", align_corners=True)
    np.testing.assert_allclose(y[0, 0, :, 1, 1], np.linspace(0, 3, 7), rtol=1e-6)


def test_scale_factor_gives_the_size():
    y = interpolated(
        IMAGE, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True
    )
    assert y.shape == (2, 3, 8, 6)
    assert interpolated(IMAGE, scale_factor=0.5, mode="area").shape == (2, 3, 2, 2)


def test_class_forms():
    np.testing.assert_allclose(
        ops.ResizeBilinear((3, 7), align_corners=True)(Tensor(IMAGE)).asnumpy(),
        interpolated(IMAGE, (3, 7), mode="bilinear", align_corners=True),
    )
    y = ops.ResizeBilinearV2(False, True)(Tensor(IMAGE), (3, 7))
    np.testing.assert_allclose(
        y.asnumpy(), interpolated(IMAGE, (3, 7), mode="bilinear")
    )
    y = ops.ResizeNearestNeighbor((10, 8))(Tensor(IMAGE)).asnumpy()
    np.testing.assert_array_equal(y, IMAGE.repeat(2, 2).repeat(2, 3))


@pytest.mark.parametrize(
    ("error", "match", "options"),
    [
        (ValueError, "mode must be one of", {"size": 7, "mode": "foo"}),
        (ValueError, "takes", {"size": 7, "mode": "linear"}),
        (ValueError, "either size or scale_factor", {"size": 7, "scale_factor": 2.0}),
        (ValueError, "either size or scale_factor", {}),
        (ValueError, "needs recompute_scale_factor", {"scale_factor": 2.0}),
        (ValueError, "no align_corners", {"size": 7, "align_corners": True}),
        (ValueError, "an entry for each", {"size": (1, 2, 3)}),
        (ValueError, "size must be >= 1", {"size": (0, 2)}),
        (TypeError, "size must be", {"size": "a"}),
    ],
)
def test_errors(error, match, options):
    with pytest.raises(error, match=match):
        ops.interpolate(Tensor(IMAGE), **options)
