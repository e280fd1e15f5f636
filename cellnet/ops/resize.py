"""Images and sequences in another size.

Every method is a weighted sum along each axis in turn: a matrix (new, old) says what
each old element adds to each new one.  The matrices are constants of the program.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_int, check_positive, check_type
from cellnet.ops._arrays import array, array_only, plain
from cellnet.ops._op import op
from cellnet.ops.adaptive_pool import averaging_matrix
from cellnet.ops.primitive import REQUIRED, primitive

# Number of axes that each mode takes, and whether align_corners may be given.
_RANKS = {
    "nearest": (3, 4, 5),
    "linear": (3,),
    "bilinear": (4,),
    "bicubic": (4,),
    "trilinear": (5,),
    "area": (3, 4, 5),
    "nearest-exact": (3, 4),
}
_ALIGNABLE = ("linear", "bilinear", "bicubic", "trilinear")
# (mode, axes) that take a scale_factor as it is; others need the size worked out
_SCALABLE = {("trilinear", 5), ("nearest", 5)}
_TABLE = 1024


def _positions(new: int, old: int, aligned: bool, half: bool, scale: Any) -> np.ndarray:
    """Where the new elements lie among the old ones."""
    index = np.arange(new, dtype=np.float32)
    if aligned:
        step = np.float32((old - 1) / (new - 1)) if new > 1 else np.float32(0)
        return index * step
    step = np.float32(1 / scale if scale else old / new)
    return (index + np.float32(0.5)) * step - np.float32(0.5) if half else index * step


def _picking(chosen: np.ndarray, old: int) -> np.ndarray:
    chosen = np.clip(chosen.astype(int), 0, old - 1)
    return np.eye(old, dtype=np.float32)[chosen]


def _nearest(new: int, old: int, aligned: bool, half: bool, scale: Any) -> np.ndarray:
    at = _positions(new, old, aligned, False, scale)
    if half:
        step = np.float32(1 / scale if scale else old / new)
        at = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * step
    # halves away from zero, as C's round
    return _picking(np.floor(at + 0.5) if aligned else np.floor(at), old)


def _linear(new: int, old: int, aligned: bool, half: bool, scale: Any) -> np.ndarray:
    at = np.clip(_positions(new, old, aligned, half, scale), 0, old - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(old))).astype(np.float32)


def _cubic(new: int, old: int, aligned: bool, half: bool, scale: Any) -> np.ndarray:
    at = _positions(new, old, aligned, half, scale)
    first = np.floor(at)
    # MindSpore looks the kernel up in a table of this many steps
    part = np.round((at - first).astype(np.float64) * _TABLE) / _TABLE
    weights = np.zeros((new, old))
    for offset in range(-1, 3):
        tap = first + offset
        share = _keys(part - offset, -0.5 if half else -0.75)
        if half:  # elements beyond the edge do not count; else the edge is repeated
            share = np.where((tap >= 0) & (tap < old), share, 0)
        row = np.clip(tap, 0, old - 1).astype(int)
        np.add.at(weights, (np.arange(new), row), share)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def _keys(distance: np.ndarray, a: float) -> np.ndarray:
    """Keys' cubic kernel of sharpness ``a`` (IEEE ASSP 29, 1981)."""
    d = np.abs(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((d - 5) * d + 8) * d * a - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def _area(new: int, old: int, aligned: bool, half: bool, scale: Any) -> np.ndarray:
    del aligned, half, scale
    return averaging_matrix(old, new, np.float32)


_KERNELS: dict[str, Callable[..., np.ndarray]] = {
    "nearest": _nearest,
    "nearest-exact": _nearest,
    "linear": _linear,
    "bilinear": _linear,
    "trilinear": _linear,
    "bicubic": _cubic,
    "area": _area,
}


def resized(
    x: Any,
    size: tuple[int, ...],
    mode: str,
    aligned: bool = False,
    half: bool = False,
    scales: Any = None,
) -> Any:
    """The last ``len(size)`` axes of an array in another size, dtype kept."""
    kernel = _KERNELS[mode]
    scales = scales or (None,) * len(size)
    picks = mode.startswith("nearest")
    first = x.ndim - len(size)
    y = x if picks else x.astype(jnp.promote_types(x.dtype, np.float32))
    for axis, (new, scale) in enumerate(zip(size, scales, strict=True), first):
        if new == x.shape[axis] and not picks:
            continue
        matrix = kernel(new, x.shape[axis], aligned, half, scale)
        if picks:  # exact for integers too, and cheaper
            y = jnp.take(y, matrix.argmax(1), axis)
        else:
            weights = jnp.asarray(matrix, y.dtype)
            product = jnp.tensordot(y, weights, (axis, 1), precision="highest")
            y = jnp.moveaxis(product, -1, axis)
    return y.astype(x.dtype)


@op
def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Any:
    """A Tensor in another size (mindspore.ops.interpolate).

    Args:
        input: Tensor (N, C, L), (N, C, H, W) or (N, C, D, H, W).
        size: int or tuple of ints > 0, the new lengths of the axes after C.
        scale_factor: instead of ``size``, a number or tuple of numbers > 0.
        mode: "nearest", "nearest-exact", "linear" (3 axes), "bilinear" and "bicubic"
            (4 axes), "trilinear" (5 axes) or "area".
        align_corners: for the linear and cubic modes; True keeps corner elements in
            the corners, False the corners of corner elements.
        recompute_scale_factor: work the size out of ``scale_factor`` first, and the
            scale out of that.

    Returns:
        Tensor (N, C, *size) of the input's dtype.

    Raises:
        TypeError: a size or scale that is no number or tuple.
        ValueError: neither or both of size and scale_factor, another mode, a mode for
            another number of axes, or an option that the mode lacks.
    """
    x = array_only("interpolate", input)
    size, scale_factor = plain(size), plain(scale_factor)
    _check_options(x, size, scale_factor, mode, align_corners, recompute_scale_factor)
    scales = None
    if size is not None:
        size = _lengths("size", size, x.ndim - 2)
    else:
        scales = _lengths("scale_factor", scale_factor, x.ndim - 2)
        size = tuple(
            math.floor(n * s) for n, s in zip(x.shape[2:], scales, strict=True)
        )
        if recompute_scale_factor or mode == "area":
            scales = None
    aligned = bool(align_corners)
    half = mode in ("nearest-exact", *_ALIGNABLE) and not aligned
    return resized(x, size, mode, aligned, half, scales)


def _check_options(
    x: Any, size: Any, scale: Any, mode: str, align: Any, recompute: Any
) -> None:
    owner = "interpolate"
    if mode not in _RANKS:
        raise ValueError(f"{owner}: mode must be one of {[*_RANKS]}, got {mode!r}")
    if x.ndim not in _RANKS[mode]:
        raise ValueError(
            f"{owner}: mode {mode!r} takes {_RANKS[mode]} axes, got shape {x.shape}"
        )
    if (size is None) == (scale is None):
        raise ValueError(
            f"{owner}: expected either size or scale_factor, got size={size} and "
            f"scale_factor={scale}"
        )
    if size is not None and recompute:
        raise ValueError(
            f"{owner}: recompute_scale_factor=True needs a scale_factor, got a size"
        )
    if align is not None:
        check_bool(owner, "align_corners", align)
        if mode not in _ALIGNABLE:
            raise ValueError(f"{owner}: mode {mode!r} has no align_corners")
    if recompute is not None:
        check_bool(owner, "recompute_scale_factor", recompute)
    if scale is not None:
        _lengths("scale_factor", scale, x.ndim - 2)
    direct = mode == "area" or (mode, x.ndim) in _SCALABLE
    if scale is not None and not recompute and not direct:
        raise ValueError(
            f"{owner}: scale_factor of mode {mode!r} with {x.ndim} axes needs "
            "recompute_scale_factor=True"
        )


def _lengths(name: str, value: Any, count: int) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        value = (value,) * count
    if len(value) != count:
        raise ValueError(
            f"interpolate: {name} {value} must have an entry for each of {count} axes"
        )
    for item in value:
        if name == "size":
            check_int("interpolate", name, item, minimum=1)
        else:
            check_positive("interpolate", name, item)
    return value


def _check_size(owner: str, size: Any, **flags: Any) -> None:
    check_type(owner, "size", size, tuple, list)
    if len(size) != 2:
        raise ValueError(f"{owner}: size must be (height, width), got {size}")
    for n in size:
        check_int(owner, "size", n, minimum=1)
    _check_flags(owner, **flags)


def _check_flags(owner: str, align_corners: Any, half_pixel_centers: Any) -> None:
    check_bool(owner, "align_corners", align_corners)
    check_bool(owner, "half_pixel_centers", half_pixel_centers)
    if align_corners and half_pixel_centers:
        raise ValueError(
            f"{owner}: align_corners and half_pixel_centers must not both be True"
        )


def _images(owner: str, x: Any) -> Any:
    x = array(owner, x)
    if x.ndim != 4:
        raise ValueError(f"{owner}: expected (N, C, H, W), got shape {x.shape}")
    return x


@op
def _resize_nearest(
    input_x: Any, size: Any, align_corners: bool, half_pixel_centers: bool
) -> Any:
    """The nearest pixels of (N, C, H, W) images (mindspore.ops.ResizeNearestNeighbor).

    Raises:
        TypeError: a size that is no tuple or list of ints.
        ValueError: a size that is no (height, width) >= 1.
    """
    x = _images("ResizeNearestNeighbor", input_x)
    return resized(x, tuple(size), "nearest", align_corners, half_pixel_centers)


@op
def _resize_bilinear(
    image: Any, size: Any, align_corners: bool, half_pixel_centers: bool
) -> Any:
    """Bilinear mixtures of pixels of (N, C, H, W) images (mindspore.ops)."""
    x, size = _images("ResizeBilinearV2", image), plain(size)
    _check_size(
        "ResizeBilinearV2",
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
    )
    return resized(x, tuple(size), "bilinear", align_corners, half_pixel_centers)


def _for(owner: str, check: Callable[..., None]) -> Callable[..., None]:
    return lambda **settings: check(owner, **settings)


_FLAGS: dict[str, Any] = {"align_corners": False, "half_pixel_centers": False}
ResizeNearestNeighbor = primitive(
    "ResizeNearestNeighbor",
    _resize_nearest,
    check=_for("ResizeNearestNeighbor", _check_size),
    size=REQUIRED,
    **_FLAGS,
)
ResizeBilinear = primitive(
    "ResizeBilinear",
    _resize_bilinear,
    check=_for("ResizeBilinear", _check_size),
    size=REQUIRED,
    **_FLAGS,
)
ResizeBilinearV2 = primitive("ResizeBilinearV2", _resize_bilinear, **_FLAGS)
