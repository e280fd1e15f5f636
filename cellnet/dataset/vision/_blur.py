"""GaussianBlur."""

from __future__ import annotations

from typing import Any

from .._checks import check_between, check_int
from ..transforms._base import Transform
from ._image import as_array, like, opencv


class GaussianBlur(Transform):
    """Blur by a Gaussian, the edges mirrored.

    Args: kernel_size: odd int, or (width, height).
        sigma: number > 0, or (along x, along y); default 0.3 * ((k - 1) / 2 - 1) + 0.8
            for a kernel of k pixels.
    Inputs: image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> GaussianBlur(3)(np.ones((3, 3), np.uint8)).max()
        1
    References: mindspore.dataset.vision.GaussianBlur.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int] | list[int],
        sigma: float | tuple[float, float] | list[float] | None = None,
    ) -> None:
        name = "GaussianBlur"
        sides = _two(name, "kernel_size", kernel_size)
        for side in sides:
            if check_int(name, "kernel_size", side, 1) % 2 == 0:
                raise ValueError(f"{name}: kernel_size must be odd, got {side}.")
        self.kernel_size = sides
        spreads = _two(name, "sigma", 0.0 if sigma is None else sigma)
        self.sigma = tuple(check_between(name, "sigma", s, 0.0, 1e6) for s in spreads)

    def __call__(self, value: Any) -> Any:
        image = as_array("GaussianBlur", value)
        along_x, along_y = self.sigma  # OpenCV takes 0 for its default
        blurred = opencv("GaussianBlur").GaussianBlur(
            image, self.kernel_size, sigmaX=along_x, sigmaY=along_y
        )
        return like("GaussianBlur", value, blurred.reshape(image.shape))


def _two(owner: str, name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, list | tuple):
        return value, value
    if len(value) == 1:
        return value[0], value[0]
    if len(value) != 2:
        raise TypeError(f"{owner}: {name} must be one or two numbers, got {value!r}.")
    return value[0], value[1]
