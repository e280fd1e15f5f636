"""Bilinear resizing of uint8 images in whole numbers, as OpenCV does it.

A pixel is a weighted mean of four, with weights in units of 1/2048. Kept here as tables
and plain integer arithmetic so that any other engine can give the very same bytes.
"""

from __future__ import annotations

import numpy as np

COEFFICIENT_ONE = 2048  # 11 fraction bits


def linear_table(
    src: int, dst: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each of dst places on one axis: two source indices and their weights.

    Returns: (i0, i1, c0, c1), int32 of shape (dst,); 0 <= i0 <= i1 < src and
        c0 + c1 == 2048.
    """
    # Pixel centres coincide; float32 from here on, as in OpenCV.
    place = ((np.arange(dst) + 0.5) * (src / dst) - 0.5).astype(np.float32)
    left = np.floor(place).astype(np.int32)
    fraction = place - left.astype(np.float32)
    c0 = np.rint((np.float32(1) - fraction) * np.float32(COEFFICIENT_ONE))
    c1 = np.rint(fraction * np.float32(COEFFICIENT_ONE))
    i0 = np.clip(left, 0, src - 1)
    i1 = np.clip(left + 1, 0, src - 1)
    return i0, i1, c0.astype(np.int32), c1.astype(np.int32)


def resize_linear(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize uint8 images (..., H, W, C) to (..., height, width, C), bit-equal to
    cv2.resize with INTER_LINEAR: an exact horizontal pass in int32, then a vertical one
    that drops 4 and 16 bits and rounds the last 2.
    """
    y0, y1, b0, b1 = linear_table(images.shape[-3], height)
    x0, x1, a0, a1 = linear_table(images.shape[-2], width)
    pixels = images.astype(np.int32)
    rows = pixels[..., x0, :] * a0[:, None] + pixels[..., x1, :] * a1[:, None]
    rows >>= 4
    upper = (rows[..., y0, :, :] * b0[:, None, None]) >> 16
    lower = (rows[..., y1, :, :] * b1[:, None, None]) >> 16
    return ((upper + lower + 2) >> 2).astype(np.uint8)
