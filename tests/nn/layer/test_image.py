import numpy as np
import pytest

from cellnet import nn
from cellnet.tensor import Tensor


def uniform(*shape):
    return np.random.default_rng(2).uniform(0, 1, shape).astype(np.float32)


def gaussian_means(x, size, sigma):
    """Weighted means of every window, by loops over the window."""
    place = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(place[:, None] ** 2 + place**2) / (2 * sigma**2))
    weights /= weights.sum()
    rows, columns = (n - size + 1 for n in x.shape[2:])
    total = np.zeros((*x.shape[:2], rows, columns))
    for i in range(size):
        for j in range(size):
            total += weights[i, j] * x[:, :, i : i + rows, j : j + columns]
    return total


def similarity(x, y, size, sigma, max_val=1.0):
    """Luminance times contrast, and contrast alone, of each channel."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    c1, c2 = (0.01 * max_val) ** 2, (0.03 * max_val) ** 2
    mx, my = gaussian_means(x, size, sigma), gaussian_means(y, size, sigma)
    vx = gaussian_means(x * x, size, sigma) - mx * mx
    vy = gaussian_means(y * y, size, sigma) - my * my
    cov = gaussian_means(x * y, size, sigma) - mx * my
    contrast = (2 * cov + c2) / (vx + vy + c2)
    both = (2 * mx * my + c1) / (mx**2 + my**2 + c1) * contrast
    return both.mean((2, 3)), contrast.mean((2, 3))


def test_psnr():
    x, y = uniform(2, 3, 4, 5), uniform(2, 3, 5, 4).swapaxes(2, 3)
    expected = 10 * np.log10(4.0 / np.square(x - y).mean((1, 2, 3)))
    np.testing.assert_allclose(
        nn.PSNR(2.0)(Tensor(x), Tensor(y)).asnumpy(), expected, rtol=1e-5
    )


@pytest.mark.parametrize(("size", "sigma", "max_val"), [(11, 1.5, 1.0), (5, 1.0, 2.0)])
def test_ssim(mode, size, sigma, max_val):
    del mode
    x = uniform(2, 3, 14, 13)
    y = np.clip(x + 0.3 * uniform(2, 3, 13, 14).swapaxes(2, 3), 0, 1)
    expected = similarity(x, y, size, sigma, max_val)[0].mean(1)
    cell = nn.SSIM(max_val, size, sigma)
    np.testing.assert_allclose(
        cell(Tensor(x), Tensor(y)).asnumpy(), expected, rtol=1e-4
    )
    np.testing.assert_allclose(cell(Tensor(x), Tensor(x)).asnumpy(), 1, rtol=1e-5)


def test_msssim_multiplies_scales():
    x = uniform(1, 2, 24, 26)
    y = np.clip(x + 0.2 * uniform(1, 2, 26, 24).swapaxes(2, 3), 0, 1)
    powers = (0.3, 0.3, 0.4)
    expected, a, b = 1.0, x, y
    for scale, power in enumerate(powers):
        both, contrast = similarity(a, b, 5, 1.5)
        expected = expected * (both if scale == 2 else contrast) ** power
        a, b = (
            v.reshape(*v.shape[:2], v.shape[2] // 2, 2, v.shape[3] // 2, 2).mean((3, 5))
            if scale < 2
            else v
            for v in (
                a[:, :, : a.shape[2] // 2 * 2, : a.shape[3] // 2 * 2],
                b[:, :, : b.shape[2] // 2 * 2, : b.shape[3] // 2 * 2],
            )
        )
    cell = nn.MSSSIM(1.0, powers, filter_size=5)
    np.testing.assert_allclose(
        cell(Tensor(x), Tensor(y)).asnumpy(), expected.mean(1), rtol=1e-4
    )


@pytest.mark.parametrize(("fraction", "rows", "columns"), [(0.5, (1, 4), (1, 6))])
def test_central_crop(fraction, rows, columns):
    x = np.arange(35).reshape(1, 5, 7)
    y = nn.CentralCrop(fraction)(Tensor(x)).asnumpy()
    np.testing.assert_array_equal(y, x[:, slice(*rows), slice(*columns)])
    assert nn.CentralCrop(1.0)(Tensor(x)).shape == x.shape


def test_pixels_and_channels_change_places(normal):
    x = normal(2, 8, 3, 4)
    y = nn.PixelShuffle(2)(x)
    assert y.shape == (2, 2, 6, 8)
    for c, i, j in np.ndindex(2, 2, 2):
        np.testing.assert_array_equal(
            y.asnumpy()[:, c, i::2, j::2], x.asnumpy()[:, 4 * c + 2 * i + j]
        )
    np.testing.assert_array_equal(nn.PixelUnshuffle(2)(y).asnumpy(), x.asnumpy())


def test_channel_shuffle_takes_groups_in_turns():
    x = np.arange(6, dtype=np.float32).reshape(1, 6, 1, 1)
    y = nn.ChannelShuffle(2)(Tensor(x)).asnumpy().ravel()
    assert y.tolist() == [0, 3, 1, 4, 2, 5]


def test_image_gradients_are_differences_of_neighbours(normal):
    x = normal(2, 1, 3, 4)
    down, right = (g.asnumpy() for g in nn.ImageGradients()(x))
    np.testing.assert_allclose(down[:, :, :-1], np.diff(x.asnumpy(), axis=2))
    np.testing.assert_allclose(right[..., :-1], np.diff(x.asnumpy(), axis=3))
    assert (down[:, :, -1] == 0).all()
    assert (right[..., -1] == 0).all()


def test_resize_bilinear_keeps_corners_if_asked():
    x = Tensor(np.array([[[[0.0, 2.0], [4.0, 6.0]]]], np.float32))
    y = nn.ResizeBilinear()(x, (3, 3), align_corners=True).asnumpy()[0, 0]
    np.testing.assert_allclose(y, [[0, 1, 2], [2, 3, 4], [4, 5, 6]])
    assert nn.ResizeBilinear()(x, scale_factor=3).shape == (1, 1, 6, 6)
    y = nn.ResizeBilinear(half_pixel_centers=True)(x, (1, 4)).asnumpy()[0, 0]
    np.testing.assert_allclose(y, [[2, 2.5, 3.5, 4]])


def test_upsample_repeats_or_interpolates():
    x = Tensor(np.array([[[[1.0, 2.0]]]], np.float32))
    assert nn.Upsample((1, 4))(x).asnumpy().ravel().tolist() == [1, 1, 2, 2]
    smooth = nn.Upsample((1, 3), mode="bilinear", align_corners=True)
    np.testing.assert_allclose(smooth(x).asnumpy().ravel(), [1, 1.5, 2])


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.CentralCrop(1), TypeError),
        (lambda: nn.CentralCrop(0.0), ValueError),
        (lambda: nn.PSNR(0), ValueError),
        (lambda: nn.SSIM(k1=1), TypeError),
        (lambda: nn.SSIM(filter_size=0), ValueError),
        (
            lambda: nn.SSIM()(Tensor(uniform(1, 1, 8, 8)), Tensor(uniform(1, 1, 8, 8))),
            ValueError,
        ),
        (lambda: nn.ChannelShuffle(2)(Tensor(uniform(1, 3, 2, 2))), ValueError),
        (lambda: nn.ResizeBilinear()(Tensor(uniform(1, 1, 2, 2))), ValueError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
