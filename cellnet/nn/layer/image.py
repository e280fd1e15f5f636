"""Image Cells: cropping, resizing, rearranging pixels, gradients, similarity."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_bool, check_int
from cellnet.nn._inputs import check_float, check_tensors
from cellnet.nn.cell import Cell
from cellnet.nn.layer._similarity import MSSSIM, PSNR, SSIM
from cellnet.ops._op import op
from cellnet.ops.resize import resized
from cellnet.tensor import Tensor


class CentralCrop(Cell):
    """The middle of images (mindspore.nn.CentralCrop).

    Args:
        central_fraction: how much of height and width to keep, a float in (0, 1].

    Inputs: image (C, H, W) or (N, C, H, W), any dtype.
    Outputs: the same with fewer rows and columns.

    Raises:
        TypeError: central_fraction is no float.
        ValueError: central_fraction out of range, or an image of another rank.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.CentralCrop(0.5)(Tensor(np.zeros((3, 4, 8)))).shape
        (3, 2, 4)
    """

    def __init__(self, central_fraction: float) -> None:
        super().__init__()
        if not isinstance(central_fraction, float):
            raise TypeError(
                "CentralCrop: central_fraction must be a float, got "
                f"{type(central_fraction).__name__}"
            )
        if not 0.0 < central_fraction <= 1.0:
            raise ValueError(
                f"CentralCrop: central_fraction must be in (0, 1], got "
                f"{central_fraction}"
            )
        self.central_fraction = central_fraction

    def construct(self, image: Tensor) -> Tensor:
        """Cut."""
        check_tensors("CentralCrop", image=image)
        if image.ndim not in (3, 4):
            raise ValueError(
                f"CentralCrop: got image {image.shape}, expected 3 or 4 axes, "
                "(N, C, H, W)"
            )
        rows, columns = (self._kept(size) for size in image.shape[-2:])
        return image[..., rows, columns]

    def _kept(self, size: int) -> slice:
        start = int((size - size * self.central_fraction) / 2)
        return slice(start, size - start)


class Upsample(Cell):
    """Images of another size (mindspore.nn.Upsample).

    Args:
        size: size of the output, an int or a tuple of one for each axis, or None.
        scale_factor: size of the output over that of the input, a float or a tuple of
            one for each axis, or None; one of the two must be given.
        mode: "nearest", "linear", "bilinear", "bicubic", "trilinear", "area" or
            "nearest-exact", by the number of axes.
        align_corners: whether corner pixels keep their values.
        recompute_scale_factor: whether the scale is taken from the sizes.

    Inputs: x (N, C, ...), a float type.
    Outputs: (N, C, ...) of the other size, the same dtype.

    Raises: as ops.interpolate.
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size = tuple(size) if isinstance(size, list) else size
        self.scale_factor = (
            tuple(scale_factor) if isinstance(scale_factor, list) else scale_factor
        )
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def construct(self, x: Tensor) -> Tensor:
        """Interpolate."""
        return ops.interpolate(
            x,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )


class ResizeBilinear(Cell):
    """Images resized by bilinear interpolation, as in MindSpore before 2.0.

    Args:
        half_pixel_centers: whether pixels are squares with centers at halves.

    Inputs: x (N, C, H, W), a float type; size, the new (height, width), or None; the
        scale_factor, an int > 0, or None, one of the two being given; align_corners,
        whether corner pixels keep their values.
    Outputs: (N, C, H', W'), the same dtype.

    Raises:
        TypeError: an input of a wrong type.
        ValueError: both or neither of size and scale_factor, or one out of range.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ResizeBilinear()(Tensor([[[[0.0, 2.0]]]]), size=(1, 4)).asnumpy().ravel()
        array([0., 1., 2., 2.], dtype=float32)

    References: mindspore.nn.ResizeBilinear of MindSpore 1.10.
    """

    def __init__(self, half_pixel_centers: bool = False) -> None:
        super().__init__()
        self.half_pixel_centers = check_bool(
            "ResizeBilinear", "half_pixel_centers", half_pixel_centers
        )

    def construct(
        self,
        x: Tensor,
        size: tuple[int, int] | None = None,
        scale_factor: int | None = None,
        align_corners: bool = False,
    ) -> Tensor:
        """Interpolate along height, then width."""
        check_float("ResizeBilinear", x=x)
        if (size is None) == (scale_factor is None) or x.ndim != 4:
            raise ValueError(
                "ResizeBilinear: expected x (N, C, H, W) and either size or "
                f"scale_factor, got {x.shape}, size={size}, scale_factor={scale_factor}"
            )
        if size is None:
            factor = check_int(
                "ResizeBilinear", "scale_factor", scale_factor, minimum=1
            )
            size = (x.shape[2] * factor, x.shape[3] * factor)
        for count in size:
            check_int("ResizeBilinear", "size", count, minimum=1)
        return _resized(x, tuple(size), align_corners, self.half_pixel_centers)


class PixelShuffle(Cell):
    """Channels spread over pixels (mindspore.nn.PixelShuffle).

    Args:
        upscale_factor: r > 0.

    Inputs: x (..., C r^2, H, W), any dtype.
    Outputs: (..., C, H r, W r), the same dtype.

    Raises:
        TypeError: upscale_factor is no int.
        ValueError: upscale_factor < 1, or channels that r^2 does not divide.

    References: Shi et al., CVPR 2016.
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = check_int(
            "PixelShuffle", "upscale_factor", upscale_factor, minimum=1
        )

    def construct(self, x: Tensor) -> Tensor:
        """Rearrange."""
        return ops.pixel_shuffle(x, self.upscale_factor)


class PixelUnshuffle(Cell):
    """Pixels gathered into channels, the reverse of PixelShuffle.

    (mindspore.nn.PixelUnshuffle)

    Args:
        downscale_factor: r > 0.

    Inputs: x (..., C, H r, W r), any dtype.
    Outputs: (..., C r^2, H, W), the same dtype.

    Raises:
        TypeError: downscale_factor is no int.
        ValueError: downscale_factor < 1, or sizes that r does not divide.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = check_int(
            "PixelUnshuffle", "downscale_factor", downscale_factor, minimum=1
        )

    def construct(self, x: Tensor) -> Tensor:
        """Rearrange."""
        return ops.pixel_unshuffle(x, self.downscale_factor)


class ChannelShuffle(Cell):
    """Channels of ``groups`` groups in turns (mindspore.nn.ChannelShuffle).

    Args:
        groups: number of groups, > 0.

    Inputs: x (N, C, ...), C a multiple of groups, any dtype.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: groups is no int.
        ValueError: groups < 1, or channels that groups does not divide.

    References: Zhang et al., ShuffleNet, CVPR 2018.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = check_int("ChannelShuffle", "groups", groups, minimum=1)

    def construct(self, x: Tensor) -> Tensor:
        """Rearrange."""
        check_tensors("ChannelShuffle", x=x)
        if x.ndim < 3 or x.shape[1] % self.groups:
            raise ValueError(
                f"ChannelShuffle: got input {x.shape}, expected (N, C, ...) with C a "
                f"multiple of {self.groups}"
            )
        n, c, *sizes = x.shape
        y = ops.reshape(x, (n, self.groups, c // self.groups, -1))
        return ops.reshape(ops.swapaxes(y, 1, 2), (n, c, *sizes))


class ImageGradients(Cell):
    """Differences of neighbouring pixels, 0 at the end (mindspore.nn.ImageGradients).

    Inputs: images (N, C, H, W), a number type.
    Outputs: differences downwards and to the right, each like the images.

    Raises:
        ValueError: images of another rank.
    """

    def construct(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Subtract neighbours."""
        check_tensors("ImageGradients", images=images)
        if images.ndim != 4:
            raise ValueError(
                f"ImageGradients: got images {images.shape}, expected (N, C, H, W)"
            )
        return _differences(images)


@op
def _differences(x: Any) -> Any:
    down = jnp.pad(x[:, :, 1:] - x[:, :, :-1], ((0, 0), (0, 0), (0, 1), (0, 0)))
    right = jnp.pad(x[..., 1:] - x[..., :-1], ((0, 0), (0, 0), (0, 0), (0, 1)))
    return down, right


@op
def _resized(x: Any, size: Any, aligned: bool, halves: bool) -> Any:
    return resized(x, size, "bilinear", aligned, halves)


__all__ = [
    "MSSSIM",
    "PSNR",
    "SSIM",
    "CentralCrop",
    "ChannelShuffle",
    "ImageGradients",
    "PixelShuffle",
    "PixelUnshuffle",
    "ResizeBilinear",
    "Upsample",
]
