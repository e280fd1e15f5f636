"""How alike two images are: PSNR, SSIM and its form over several scales."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int, check_positive, check_type
from cellnet.nn._inputs import check_float, check_same_shape
from cellnet.nn._settings import positive_float
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.ops.lowering import avg_pool, conv
from cellnet.tensor import Tensor

_POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


class PSNR(Cell):
    """10 log10(max_val^2 / mean squared difference) (mindspore.nn.PSNR).

    Args:
        max_val: range of the pixel values, > 0.

    Inputs: img1 and img2 (N, C, H, W), one float type.
    Outputs: (N,), the same dtype.

    Raises:
        TypeError: max_val is no number, or an input no float Tensor.
        ValueError: max_val <= 0, or inputs of another rank or different shapes.
    """

    def __init__(self, max_val: float = 1.0) -> None:
        super().__init__()
        self.max_val = check_positive("PSNR", "max_val", max_val)

    def construct(self, img1: Tensor, img2: Tensor) -> Tensor:
        """Compare."""
        _check_images("PSNR", img1, img2)
        return _psnr(img1, img2, float(self.max_val))


class SSIM(Cell):
    """Structural similarity of two images, 1 for equal ones (mindspore.nn.SSIM).

    Over windows of a Gaussian weight, the mean of (2 mx my + c1) / (mx^2 + my^2 + c1)
    (2 sxy + c2) / (sx^2 + sy^2 + c2), with means m, variances and the covariance s, and
    c = (k max_val)^2.

    Args:
        max_val: range of the pixel values, > 0.
        filter_size: length of the window's sides, >= 1.
        filter_sigma: standard deviation of the Gaussian, a float > 0.
        k1, k2: floats that keep the quotients finite.

    Inputs: img1 and img2 (N, C, H, W), H and W at least filter_size, one float type.
    Outputs: (N,), the same dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: an argument out of range, or inputs of another rank, different
            shapes, or smaller than the window.

    References: Wang et al., IEEE Transactions on Image Processing 13, 2004.
    """

    def __init__(
        self,
        max_val: float = 1.0,
        filter_size: int = 11,
        filter_sigma: float = 1.5,
        k1: float = 0.01,
        k2: float = 0.03,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        check_positive(
            owner, "max_val", check_type(owner, "max_val", max_val, int, float)
        )
        self.max_val = max_val
        self.filter_size = check_int(owner, "filter_size", filter_size, minimum=1)
        self.filter_sigma = positive_float(owner, "filter_sigma", filter_sigma)
        self.k1 = check_type(owner, "k1", k1, float)
        self.k2 = check_type(owner, "k2", k2, float)

    def construct(self, img1: Tensor, img2: Tensor) -> Tensor:
        """Compare."""
        _check_images(self.cls_name, img1, img2)
        if min(img1.shape[2:]) < self._least_size:
            raise ValueError(
                f"{self.cls_name}: images {img1.shape} must be at least "
                f"{self._least_size} high and wide"
            )
        return self._compare(img1, img2)

    @property
    def _least_size(self) -> int:
        return self.filter_size

    def _settings(self) -> tuple[Any, ...]:
        c1, c2 = ((k * self.max_val) ** 2 for k in (self.k1, self.k2))
        return self.filter_size, self.filter_sigma, c1, c2

    def _compare(self, img1: Tensor, img2: Tensor) -> Tensor:
        return _ssim(img1, img2, self._settings())


class MSSSIM(SSIM):
    """SSIM over several scales (mindspore.nn.MSSSIM).

    The product of the contrast term at each scale and of SSIM at the last, each to the
    power of its scale; from scale to scale images are halved by averaging.

    Args:
        max_val: range of the pixel values, > 0.
        power_factors: the powers, the finest scale first.
        filter_size, filter_sigma, k1, k2: as SSIM.

    Inputs: img1 and img2 (N, C, H, W), large enough for the window after all halving,
        one float type.
    Outputs: (N,), the same dtype.

    Raises: as SSIM.

    References: Wang et al., Asilomar Conference, 2003.
    """

    def __init__(
        self,
        max_val: float = 1.0,
        power_factors: tuple[float, ...] | list[float] = _POWERS,
        filter_size: int = 11,
        filter_sigma: float = 1.5,
        k1: float = 0.01,
        k2: float = 0.03,
    ) -> None:
        super().__init__(max_val, filter_size, filter_sigma, k1, k2)
        check_type("MSSSIM", "power_factors", power_factors, tuple, list)
        self.power_factors = tuple(power_factors)

    @property
    def _least_size(self) -> int:
        return self.filter_size * 2 ** (len(self.power_factors) - 1)

    def _compare(self, img1: Tensor, img2: Tensor) -> Tensor:
        return _ms_ssim(img1, img2, self.power_factors, self._settings())


def _check_images(owner: str, img1: Tensor, img2: Tensor) -> None:
    check_float(owner, img1=img1, img2=img2)
    check_same_shape(owner, img1=img1, img2=img2)
    if img1.dtype is not img2.dtype:
        raise TypeError(f"{owner}: img1 is {img1.dtype}, img2 {img2.dtype}; cast one")
    if img1.ndim != 4:
        raise ValueError(f"{owner}: got images {img1.shape}, expected (N, C, H, W)")


@op
def _psnr(x: Any, y: Any, max_val: float) -> Any:
    error = jnp.square(x - y).mean((1, 2, 3))
    return 10 * jnp.log10(max_val**2 / error)


def _gaussian(size: int, sigma: float) -> np.ndarray:
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    kernel = np.outer(weights, weights)
    return kernel / kernel.sum()


def _terms(x: Any, y: Any, settings: Any) -> tuple[Any, Any]:
    """Luminance times contrast, and contrast alone, of each channel: (N, C)."""
    size, sigma, c1, c2 = settings
    channels = x.shape[1]
    kernel = jnp.asarray(_gaussian(size, sigma), x.dtype)
    kernel = jnp.broadcast_to(kernel, (channels, 1, size, size))

    def mean(image: Any) -> Any:
        return conv(image, kernel, groups=channels)

    mx, my = mean(x), mean(y)
    luminance = (2 * mx * my + c1) / (mx * mx + my * my + c1)
    covariance = mean(x * y) - mx * my
    variances = mean(x * x + y * y) - mx * mx - my * my
    contrast = (2 * covariance + c2) / (variances + c2)
    return (luminance * contrast).mean((2, 3)), contrast.mean((2, 3))


@op
def _ssim(x: Any, y: Any, settings: Any) -> Any:
    return _terms(x, y, settings)[0].mean(1)


@op
def _ms_ssim(x: Any, y: Any, powers: tuple[float, ...], settings: Any) -> Any:
    result: Any = 1.0
    for scale, power in enumerate(powers):
        if scale:
            x, y = (avg_pool(image, window=2, stride=2) for image in (x, y))
        both, contrast = _terms(x, y, settings)
        term = both if scale == len(powers) - 1 else contrast
        result = result * jnp.maximum(term, 0) ** power
    return result.mean(1)
