"""SlicePatches, FiveCrop and TenCrop: several images from one."""

from __future__ import annotations

from typing import Any

from .._checks import check_bool, check_int
from ..transforms._base import Transform
from ._crop import CenterCrop, crop_box
from ._flip import flip
from ._image import as_array, check_sides
from ._pad import pad
from .utils import Border, SliceMode


class SlicePatches(Transform):
    """Cut an image into num_height x num_width patches, row by row.

    Args: num_height, num_width: ints >= 1.
        slice_mode: SliceMode.PAD fills up at the right and bottom, DROP cuts off there.
        fill_value: in [0, 255], what PAD fills with.
    Inputs: image (H, W, C) or (H, W).
    Outputs: num_height * num_width images, for as many output columns.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> [x.tolist() for x in SlicePatches(1, 2)(np.array([[1, 2]], np.uint8))]
        [[[1]], [[2]]]
    References: mindspore.dataset.vision.SlicePatches.
    """

    def __init__(
        self,
        num_height: int = 1,
        num_width: int = 1,
        slice_mode: SliceMode = SliceMode.PAD,
        fill_value: int = 0,
    ) -> None:
        name = "SlicePatches"
        self.num_height = check_int(name, "num_height", num_height, 1)
        self.num_width = check_int(name, "num_width", num_width, 1)
        if not isinstance(slice_mode, SliceMode):
            raise TypeError(
                f"{name}: slice_mode must be a SliceMode, got {slice_mode!r}."
            )
        self.slice_mode = slice_mode
        self.fill_value = check_int(name, "fill_value", fill_value, 0, 255)

    def __call__(self, value: Any) -> Any:
        image = as_array("SlicePatches", value)
        height, width = image.shape[:2]
        if self.num_height > height or self.num_width > width:
            raise ValueError(
                f"SlicePatches: {self.num_height} x {self.num_width} patches of an "
                f"image {(height, width)}."
            )
        rows, columns = height // self.num_height, width // self.num_width
        if self.slice_mode is SliceMode.PAD:
            rows += height % self.num_height > 0
            columns += width % self.num_width > 0
            below = rows * self.num_height - height
            right = columns * self.num_width - width
            sides = (0, 0, right, below)
            image = pad("SlicePatches", image, sides, self.fill_value, Border.CONSTANT)
        patches = tuple(
            image[top * rows :][:rows, left * columns :][:, :columns].copy()
            for top in range(self.num_height)
            for left in range(self.num_width)
        )
        if len(patches) == 1:
            return patches[0]
        return patches


class FiveCrop(Transform):
    """The four corners (top left and right, bottom left and right) and the middle.

    Args: size: (height, width), or one int for both.
    Inputs: image (H, W, C) or (H, W).
    Outputs: a tuple of five images (height, width[, C]).
    Raises: TypeError, ValueError: the setting is not as said, or the image is smaller.
    Example: >>> [x.item() for x in FiveCrop(1)(np.arange(9).reshape(3, 3))]
        [0, 2, 6, 8, 4]
    References: mindspore.dataset.vision.FiveCrop.
    """

    def __init__(self, size: int | tuple[int, int] | list[int]) -> None:
        self.size = check_sides(type(self).__name__, size)

    def __call__(self, value: Any) -> Any:
        height, width = self.size
        name = type(self).__name__
        image = as_array(name, value)
        below, right = image.shape[0] - height, image.shape[1] - width
        if min(below, right) < 0:
            raise ValueError(
                f"{name}: size {self.size} is larger than the image {image.shape[:2]}."
            )
        corners = [(0, 0), (0, right), (below, 0), (below, right)]
        cut = [crop_box(name, value, y, x, height, width) for y, x in corners]
        return (*cut, CenterCrop(self.size)(value))


class TenCrop(FiveCrop):
    """FiveCrop of an image and of its mirror image.

    Args: size: (height, width), or one int for both.
        use_vertical_flip: mirror top and bottom, not left and right.
    Inputs: image (H, W, C) or (H, W).
    Outputs: a tuple of ten images (height, width[, C]).
    Raises: TypeError, ValueError: a setting is not as said, or the image is smaller.
    Example: >>> len(TenCrop(1)(np.zeros((3, 3), np.uint8)))
        10
    References: mindspore.dataset.vision.TenCrop.
    """

    def __init__(
        self,
        size: int | tuple[int, int] | list[int],
        use_vertical_flip: bool = False,
    ) -> None:
        super().__init__(size)
        name = "use_vertical_flip"
        self.use_vertical_flip = check_bool("TenCrop", name, use_vertical_flip)

    def __call__(self, value: Any) -> Any:
        mirrored = flip("TenCrop", value, 0 if self.use_vertical_flip else 1)
        return (*super().__call__(value), *super().__call__(mirrored))
