"""Pooling: a maximum or a mean of each window."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_choice, check_int, check_int_tuple
from cellnet.ops import lowering
from cellnet.ops._arrays import array, index_dtype, plain
from cellnet.ops._op import op
from cellnet.ops._places import max_at, regular_places
from cellnet.ops._windows import (
    Pairs,
    Windows,
    check_data_format,
    overhang,
    windows_of,
)
from cellnet.ops.primitive import Primitive, primitive


def _batched(owner: str, x: Any, num_axes: int) -> Any:
    """``x`` with a batch axis, which it may lack."""
    x = array(owner, x)
    if x.ndim not in (num_axes + 1, num_axes + 2):
        raise ValueError(
            f"{owner}: expected {num_axes + 2} axes (or {num_axes + 1} without the "
            f"batch), got shape {x.shape}"
        )
    return x if x.ndim == num_axes + 2 else x[None]


def _together(a: Pairs, b: Pairs) -> Pairs:
    return tuple((p + r, q + s) for (p, q), (r, s) in zip(a, b, strict=True))


def _maximum(
    owner: str, x: Any, w: Windows, *, ceil_mode: bool, indices: Any = None
) -> Any:
    """Largest elements; with ``indices``, a dtype, also where they lie."""
    for k, (low, high) in zip(w.size, w.padding, strict=True):
        if w.mode == "pad" and max(low, high) > k // 2:
            raise ValueError(
                f"{owner}: padding must be at most half of the window, got padding "
                f"{w.padding} for {w.size}"
            )
    padding = _together(w.padding, overhang(x.shape[2:], w)) if ceil_mode else w.padding
    if indices is None and set(w.dilation) == {1}:
        return lowering.max_pool(x, window=w.size, stride=w.stride, padding=padding)
    places = regular_places(x.shape[2:], w.size, w.stride, w.dilation, padding)
    values, index = max_at.on_arrays(x, places)
    return values if indices is None else (values, index.astype(indices))


def _mean(
    x: Any, w: Windows, *, ceil_mode: bool, count_include_pad: bool, divisor: Any
) -> Any:
    """Means of what lies in the windows; what overhangs never counts."""
    padding = w.padding
    beyond = overhang(x.shape[2:], w) if ceil_mode else ((0, 0),) * len(padding)
    if count_include_pad:
        x = jnp.pad(x, ((0, 0), (0, 0), *padding))
        padding = beyond
    else:
        padding = _together(padding, beyond)
    if divisor:
        mean = lowering.avg_pool(
            x, window=w.size, stride=w.stride, padding=padding, count_include_pad=True
        )
        return mean * (math.prod(w.size) / divisor)
    return lowering.avg_pool(
        x, window=w.size, stride=w.stride, padding=padding, count_include_pad=False
    )


def _pool_mode(padding: Any) -> str:
    return "pad" if np.any(padding) else "valid"


def _max_pooled(
    owner: str,
    num_axes: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    return_indices: bool,
    ceil_mode: bool,
) -> Any:
    batched = _batched(owner, x, num_axes)
    check_bool(owner, "return_indices", return_indices)
    check_bool(owner, "ceil_mode", ceil_mode)
    mode = _pool_mode(padding)
    w = windows_of(
        owner, batched, kernel_size, stride, mode, padding, dilation, ceil_mode
    )
    kind = index_dtype() if return_indices else None
    y = _maximum(owner, batched, w, ceil_mode=ceil_mode, indices=kind)
    if batched is x:
        return y
    return tuple(each[0] for each in y) if return_indices else y[0]


@op
def max_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Any:
    """Largest element of each window (mindspore.ops.max_pool2d).

    Args:
        x: Tensor (N, C, H, W) or (C, H, W).
        kernel_size: int or 2 ints >= 1.
        stride: int or 2 ints >= 1; the kernel size by default.
        padding: int or 2 ints, at most half of the kernel, of elements smaller than
            all.
        dilation: int or 2 ints >= 1, steps between elements of a window.
        return_indices: give (maxima, Int64 places in the flattened (H, W)).
        ceil_mode: take a last window that reaches beyond the padding too.
    """
    rest = (kernel_size, stride, padding, dilation, return_indices, ceil_mode)
    return _max_pooled("max_pool2d", 2, x, *rest)


@op
def max_pool3d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """As :func:`max_pool2d`, over (N, C, D, H, W) (mindspore.ops.max_pool3d).

    The last two arguments come in the other order, as MindSpore has them.
    """
    rest = (kernel_size, stride, padding, dilation, return_indices, ceil_mode)
    return _max_pooled("max_pool3d", 3, x, *rest)


def _avg_pool(num_axes: int, layout: str) -> Callable[..., Any]:
    owner = f"avg_pool{num_axes}d"

    def pool(
        input_x: Any,
        kernel_size: Any = 1,
        stride: Any = 1,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int = 0,
    ) -> Any:
        x = _batched(owner, input_x, num_axes)
        check_bool(owner, "ceil_mode", ceil_mode)
        check_bool(owner, "count_include_pad", count_include_pad)
        check_int(owner, "divisor_override", divisor_override, minimum=0)
        padding = plain(padding)
        if isinstance(padding, tuple) and len(padding) != 2 * num_axes:
            raise ValueError(
                f"{owner}: padding must be an int or {2 * num_axes} ints, got {padding}"
            )
        mode = _pool_mode(padding)
        w = windows_of(owner, x, kernel_size, stride, mode, padding, 1, ceil_mode)
        for k, pair in zip(w.size, w.padding, strict=True):
            if sum(pair) > k:
                raise ValueError(
                    f"{owner}: padding before and after must not exceed the window "
                    f"together, got {w.padding} for {w.size}"
                )
        y = _mean(
            x,
            w,
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
            divisor=divisor_override,
        )
        return y if x is input_x else y[0]

    pool.__name__ = pool.__qualname__ = owner
    pool.__doc__ = f"""Mean of each window (mindspore.ops.{owner}).

    Args:
        input_x: float Tensor ({layout}), or the same without N.
        kernel_size, stride: int or {num_axes} ints >= 1.
        padding: int or {2 * num_axes} ints, before and after each axis, of zeros.
        ceil_mode: take a last window that reaches beyond the padding too.
        count_include_pad: whether padding counts as elements of the mean.
        divisor_override: divide sums by this instead, if it is not 0.
    """
    return op(pool)


avg_pool1d = _avg_pool(1, "N, C, L")
avg_pool2d = _avg_pool(2, "N, C, H, W")
avg_pool3d = _avg_pool(3, "N, C, D, H, W")


def _images(owner: str, x: Any, num_axes: int) -> Any:
    x = array(owner, x)
    if x.ndim != num_axes + 2:
        raise ValueError(f"{owner}: expected {num_axes + 2} axes, got shape {x.shape}")
    return x


@op
def _max_pool_primitive(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """Largest element of each window of (N, C, H, W) (mindspore.ops.MaxPool)."""
    del data_format
    x = _batched("MaxPool", x, 2)
    w = windows_of("MaxPool", x, kernel_size, strides, pad_mode, 0)
    return _maximum("MaxPool", x, w, ceil_mode=False)


@op
def _avg_pool_primitive(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """Mean of each window of (N, C, H, W) (mindspore.ops.AvgPool)."""
    del data_format
    x = _batched("AvgPool", x, 2)
    w = windows_of("AvgPool", x, kernel_size, strides, pad_mode, 0)
    return _mean(x, w, ceil_mode=False, count_include_pad=False, divisor=0)


@op
def _max_pool_3d_primitive(
    x: Any,
    kernel_size: Any,
    strides: Any,
    pad_mode: str,
    pad_list: Any,
    ceil_mode: Any,
    data_format: str,
) -> Any:
    """Largest element of each window of (N, C, D, H, W) (mindspore.ops.MaxPool3D)."""
    del data_format
    x = _images("MaxPool3D", x, 3)
    w = windows_of("MaxPool3D", x, kernel_size, strides, pad_mode, pad_list)
    return _maximum("MaxPool3D", x, w, ceil_mode=bool(ceil_mode))


@op
def _avg_pool_3d_primitive(
    x: Any,
    kernel_size: Any,
    strides: Any,
    pad_mode: str,
    pad: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int,
    data_format: str,
) -> Any:
    """Mean of each window of (N, C, D, H, W) (mindspore.ops.AvgPool3D)."""
    del data_format
    x = _images("AvgPool3D", x, 3)
    w = windows_of("AvgPool3D", x, kernel_size, strides, pad_mode, pad)
    return _mean(
        x,
        w,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
        divisor=divisor_override,
    )


@op
def _max_pool_with_argmax(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """(maxima, Int32 places in the flat image) (mindspore.ops.MaxPoolWithArgmax)."""
    del data_format
    owner = "MaxPoolWithArgmax"
    x = _images(owner, x, 2)
    w = windows_of(owner, x, kernel_size, strides, pad_mode, 0)
    return _maximum(owner, x, w, ceil_mode=False, indices=np.dtype(np.int32))


@op
def _max_pool_with_argmax_v2(
    x: Any,
    kernel_size: Any,
    strides: Any,
    pads: Any,
    dilation: Any,
    ceil_mode: bool,
    argmax_type: Any,
) -> Any:
    """(maxima, places in the flat image) (mindspore.ops.MaxPoolWithArgmaxV2)."""
    owner = "MaxPoolWithArgmaxV2"
    x = _images(owner, x, 2)
    kind = index_dtype() if argmax_type is None else np.dtype(argmax_type)
    mode = _pool_mode(pads)
    w = windows_of(owner, x, kernel_size, strides, mode, pads, dilation, ceil_mode)
    return _maximum(owner, x, w, ceil_mode=ceil_mode, indices=kind)


def _checked(owner: str, num_axes: int, modes: tuple[str, ...], fmt: str) -> Any:
    """Checks of a class form's settings."""

    def check(
        kernel_size: Any, strides: Any, pad_mode: Any, data_format: Any, **others: Any
    ) -> None:
        check_int_tuple(owner, "kernel_size", kernel_size, num_axes, minimum=1)
        check_int_tuple(owner, "strides", strides, num_axes, minimum=1)
        mode = check_choice(owner, "pad_mode", str(pad_mode).lower(), modes)
        padding = others.get("pad", others.get("pad_list", 0))
        if mode != "pad" and np.any(padding):
            raise ValueError(
                f"{owner}: padding must be 0 when pad_mode is {pad_mode!r}, got "
                f"{padding}"
            )
        check_data_format(owner, data_format, fmt)

    return check


def _form(
    name: str,
    fn: Callable[..., Any],
    num_axes: int,
    *,
    padded: bool = False,
    **more: Any,
) -> type[Primitive]:
    data_format = "NCHW" if num_axes == 2 else "NCDHW"
    modes = ("same", "valid", "pad") if padded else ("same", "valid")
    return primitive(
        name,
        fn,
        check=_checked(name, num_axes, modes, data_format),
        kernel_size=1,
        strides=1,
        pad_mode="valid",
        **more,
        data_format=data_format,
    )


MaxPool = _form("MaxPool", _max_pool_primitive, 2)
AvgPool = _form("AvgPool", _avg_pool_primitive, 2)
MaxPoolWithArgmax = _form("MaxPoolWithArgmax", _max_pool_with_argmax, 2)
MaxPool3D = _form(
    "MaxPool3D",
    _max_pool_3d_primitive,
    3,
    padded=True,
    pad_list=0,
    ceil_mode=None,
)
AvgPool3D = _form(
    "AvgPool3D",
    _avg_pool_3d_primitive,
    3,
    padded=True,
    pad=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=0,
)
MaxPoolWithArgmaxV2 = primitive(
    "MaxPoolWithArgmaxV2",
    _max_pool_with_argmax_v2,
    kernel_size=1,
    strides=None,
    pads=0,
    dilation=(1, 1),
    ceil_mode=False,
    argmax_type=None,
)
