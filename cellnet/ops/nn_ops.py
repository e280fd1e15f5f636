"""Convolution, pooling, bias and normalisation."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_choice, check_int, check_int_tuple
from cellnet.ops import lowering
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, primitive
from cellnet.ops.state import assign
from cellnet.tensor import Tensor

Pairs = tuple[tuple[int, int], ...]


def same_padding(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pairs:
    """Padding with which ceil(size / stride) windows fit; the odd one goes behind."""
    pairs = []
    for n, k, s, d in zip(sizes, window, stride, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def _padding(
    owner: str,
    pad_mode: str,
    padding: Any,
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pairs:
    """MindSpore's pad_mode and padding as (before, after) of each axis."""
    mode = check_choice(
        owner, "pad_mode", str(pad_mode).lower(), ("same", "valid", "pad")
    )
    count = len(sizes)
    flat = check_int_tuple(owner, "padding", plain(padding), minimum=0)
    if mode != "pad":
        if any(flat):
            raise ValueError(
                f"{owner}: padding must be 0 when pad_mode is {pad_mode!r}, got "
                f"{padding!r}; use pad_mode='pad'"
            )
        if mode == "valid":
            return ((0, 0),) * count
        return same_padding(sizes, window, stride, dilation)
    if len(flat) == 1:
        return ((flat[0], flat[0]),) * count
    if len(flat) == count:
        return tuple((p, p) for p in flat)
    if len(flat) == 2 * count:
        return tuple(zip(flat[::2], flat[1::2], strict=True))
    raise ValueError(
        f"{owner}: padding must be an int or a tuple of {count} or {2 * count} ints, "
        f"got {padding!r}"
    )


def _check_windows(
    owner: str, sizes: Any, window: Any, stride: Any, dilation: Any, padding: Pairs
) -> None:
    for n, k, s, d, (low, high) in zip(
        sizes, window, stride, dilation, padding, strict=True
    ):
        del s
        if n + low + high < (k - 1) * d + 1:
            raise ValueError(
                f"{owner}: a window of {window} with dilation {dilation} does not fit "
                f"into {tuple(sizes)} with padding {padding}"
            )


def _convolved(
    owner: str,
    x: Any,
    weight: Any,
    bias: Any,
    num_axes: int,
    stride: Any,
    pad_mode: str,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    x, weight = array(owner, x), array(owner, weight)
    if x.ndim != num_axes + 2 or weight.ndim != num_axes + 2:
        raise ValueError(
            f"{owner}: expected input and weight with {num_axes + 2} axes, got "
            f"{x.shape} and {weight.shape}"
        )
    if x.dtype != weight.dtype:
        raise TypeError(
            f"{owner}: input is {x.dtype}, weight is {weight.dtype}; cast one"
        )
    if x.shape[1] != weight.shape[1] * groups:
        raise ValueError(
            f"{owner}: input {x.shape} has {x.shape[1]} channels (axis 1), expected "
            f"{weight.shape[1] * groups} for weight {weight.shape} in {groups} groups"
        )
    sizes, window = x.shape[2:], weight.shape[2:]
    stride = check_int_tuple(owner, "stride", stride, num_axes, minimum=1)
    dilation = check_int_tuple(owner, "dilation", dilation, num_axes, minimum=1)
    pairs = _padding(owner, pad_mode, padding, sizes, window, stride, dilation)
    _check_windows(owner, sizes, window, stride, dilation, pairs)
    y = lowering.conv(
        x, weight, stride=stride, padding=pairs, dilation=dilation, groups=groups
    )
    return y if bias is None else bias_add.on_arrays(y, bias)


@op
def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    pad_mode: str = "valid",
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Sum over a window of input * weight, at each place (mindspore.ops.conv2d).

    Args:
        input: float Tensor (N, C, H, W).
        weight: Tensor (O, C // groups, h, w) of the same dtype.
        bias: Tensor (O,), or None.
        stride: int or 2 ints >= 1.
        pad_mode: "valid" for none; "same" for ceil(size / stride) outputs, the odd
            element behind; "pad" for ``padding``.
        padding: int, (height, width) or (top, bottom, left, right), >= 0.
        dilation: int or 2 ints >= 1.
        groups: number of groups that channels are split into.

    Returns:
        Tensor (N, O, H', W').

    Raises:
        TypeError: different dtypes, or settings that are no ints.
        ValueError: shapes that do not fit, or padding without pad_mode "pad".
    """
    return _convolved(
        "conv2d", input, weight, bias, 2, stride, pad_mode, padding, dilation, groups
    )


@op
def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    pad_mode: str = "valid",
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """As :func:`conv2d`, over (N, C, L) (mindspore.ops.conv1d)."""
    return _convolved(
        "conv1d", input, weight, bias, 1, stride, pad_mode, padding, dilation, groups
    )


@op
def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    pad_mode: str = "valid",
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """As :func:`conv2d`, over (N, C, D, H, W) (mindspore.ops.conv3d)."""
    return _convolved(
        "conv3d", input, weight, bias, 3, stride, pad_mode, padding, dilation, groups
    )


@op
def _conv2d_primitive(
    x: Any,
    weight: Any,
    out_channel: int,
    kernel_size: Any,
    mode: int,
    pad_mode: str,
    pad: Any,
    stride: Any,
    dilation: Any,
    group: int,
    data_format: str,
) -> Any:
    """Convolution of (N, C, H, W) with (O, C // group, h, w) (mindspore.ops.Conv2D)."""
    del mode, data_format
    expected = (out_channel, *check_int_tuple("Conv2D", "kernel_size", kernel_size, 2))
    if (weight.shape[0], *weight.shape[2:]) != expected:
        raise ValueError(
            f"Conv2D: weight {weight.shape} does not fit out_channel {out_channel} and "
            f"kernel_size {kernel_size}"
        )
    return _convolved(
        "Conv2D", x, weight, None, 2, stride, pad_mode, pad, dilation, group
    )


@op
def bias_add(input_x: Any, bias: Any) -> Any:
    """input + bias along axis 1, the channels (mindspore.ops.bias_add, BiasAdd).

    Args:
        input_x: Tensor (N, C, ...).
        bias: Tensor (C,).

    Raises:
        ValueError: a bias of another shape.
    """
    x, bias = array("BiasAdd", input_x), array("BiasAdd", bias)
    if x.ndim < 2 or bias.shape != (x.shape[1],):
        raise ValueError(
            f"BiasAdd: input {x.shape} expects a bias of shape "
            f"({x.shape[1] if x.ndim > 1 else 'C'},), got {bias.shape}"
        )
    return x + bias.reshape(-1, *(1,) * (x.ndim - 2))


def _bias_add_primitive(x: Tensor, bias: Tensor, data_format: str) -> Tensor:
    """input + bias along axis 1, the channels (mindspore.ops.BiasAdd)."""
    _check_data_format("BiasAdd", data_format)
    return bias_add(x, bias)


# -- pooling --------------------------------------------------------------------------
def _pooled(
    owner: str,
    x: Any,
    num_axes: int,
    kernel_size: Any,
    stride: Any,
    pad_mode: str,
    padding: Any,
    *,
    ceil_mode: bool = False,
    average: bool = False,
    count_include_pad: bool = False,
) -> Any:
    x = array(owner, x)
    if x.ndim not in (num_axes + 1, num_axes + 2):
        raise ValueError(
            f"{owner}: expected {num_axes + 2} axes (or {num_axes + 1} without the "
            f"batch), got shape {x.shape}"
        )
    batched = x if x.ndim == num_axes + 2 else x[None]
    sizes = batched.shape[2:]
    window = check_int_tuple(owner, "kernel_size", kernel_size, num_axes, minimum=1)
    stride = window if stride is None else stride
    stride = check_int_tuple(owner, "stride", stride, num_axes, minimum=1)
    ones = (1,) * num_axes
    pairs = _padding(owner, pad_mode, padding, sizes, window, stride, ones)
    if ceil_mode:
        pairs = _rounded_up(sizes, window, stride, pairs)
    _check_windows(owner, sizes, window, stride, ones, pairs)
    if average:
        y = lowering.avg_pool(
            batched,
            window=window,
            stride=stride,
            padding=pairs,
            count_include_pad=count_include_pad,
        )
    else:
        y = lowering.max_pool(batched, window=window, stride=stride, padding=pairs)
    return y if x.ndim == num_axes + 2 else y[0]


def _rounded_up(sizes: Any, window: Any, stride: Any, pairs: Pairs) -> Pairs:
    """More padding behind, so that a last window that starts inside is taken too."""
    result = []
    for n, k, s, (low, high) in zip(sizes, window, stride, pairs, strict=True):
        count = -(-(n + low + high - k) // s) + 1
        if (count - 1) * s >= n + low:
            count -= 1
        result.append((low, max((count - 1) * s + k - n - low, high)))
    return tuple(result)


def _pool_mode(padding: Any) -> str:
    return "pad" if np.any(padding) else "valid"


@op
def max_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, *, ceil_mode=False
) -> Any:
    """Largest element of each window (mindspore.ops.max_pool2d).

    Args:
        x: Tensor (N, C, H, W) or (C, H, W).
        kernel_size: int or 2 ints >= 1.
        stride: int or 2 ints >= 1; the kernel size by default.
        padding: int or 2 ints, of elements smaller than all.
        ceil_mode: take a last window that reaches beyond the padding too.
    """
    mode = _pool_mode(padding)
    return _pooled(
        "max_pool2d", x, 2, kernel_size, stride, mode, padding, ceil_mode=ceil_mode
    )


@op
def max_pool3d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, *, ceil_mode=False
) -> Any:
    """As :func:`max_pool2d`, over (N, C, D, H, W) (mindspore.ops.max_pool3d)."""
    mode = _pool_mode(padding)
    return _pooled(
        "max_pool3d", x, 3, kernel_size, stride, mode, padding, ceil_mode=ceil_mode
    )


@op
def avg_pool2d(
    input_x: Any,
    kernel_size: Any = 1,
    stride: Any = 1,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Mean of each window (mindspore.ops.avg_pool2d).

    Args:
        input_x: Tensor (N, C, H, W) or (C, H, W).
        kernel_size, stride: int or 2 ints >= 1.
        padding: int, 2 ints or 4 ints, of zeros.
        ceil_mode: take a last window that reaches beyond the padding too.
        count_include_pad: whether padding counts as elements of the mean.
    """
    return _pooled(
        "avg_pool2d",
        input_x,
        2,
        kernel_size,
        stride,
        _pool_mode(padding),
        padding,
        ceil_mode=ceil_mode,
        average=True,
        count_include_pad=count_include_pad,
    )


@op
def _max_pool_primitive(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """Largest element of each window of (N, C, H, W) (mindspore.ops.MaxPool)."""
    del data_format
    return _pooled("MaxPool", x, 2, kernel_size, strides, pad_mode, 0)


@op
def _avg_pool_primitive(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """Mean of each window of (N, C, H, W) (mindspore.ops.AvgPool)."""
    del data_format
    return _pooled("AvgPool", x, 2, kernel_size, strides, pad_mode, 0, average=True)


def _averaging_matrix(size: int, count: int, dtype: Any) -> np.ndarray:
    """(count, size): row i averages elements floor(i n / m) to ceil((i + 1) n / m)."""
    rows = np.zeros((count, size), np.float64)
    for i in range(count):
        low, high = i * size // count, -(-(i + 1) * size // count)
        rows[i, low:high] = 1.0 / (high - low)
    return rows.astype(dtype)


def _adaptive(owner: str, x: Any, output_size: Any, num_axes: int) -> Any:
    x = array(owner, x)
    wanted = plain(output_size)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,) * num_axes
    if len(wanted) != num_axes:
        raise ValueError(
            f"{owner}: output_size must be an int or {num_axes} ints, got {wanted}"
        )
    for axis, count in enumerate(wanted, start=x.ndim - num_axes):
        if count is None:
            continue
        count = check_int(owner, "output_size", count, minimum=1)
        weights = _averaging_matrix(x.shape[axis], count, x.dtype)
        x = jnp.moveaxis(jnp.moveaxis(x, axis, -1) @ weights.T, -1, axis)
    return x


@op
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """Means over ``output_size`` equal parts of the last axis (mindspore.ops)."""
    return _adaptive("adaptive_avg_pool1d", input, output_size, 1)


@op
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Means over a grid of equal parts of the last two axes (mindspore.ops).

    Args:
        input: float Tensor (N, C, H, W) or (C, H, W).
        output_size: int or (height, width); None keeps a length.
    """
    return _adaptive("adaptive_avg_pool2d", input, output_size, 2)


# -- normalisation --------------------------------------------------------------------
def batch_norm(
    input_x: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias, each channel (mindspore.ops).

    Args:
        input_x: float Tensor (N, C, ...).
        running_mean, running_var: Tensors (C,); training takes the batch's own instead
            and moves them: running = (1 - momentum) * running + momentum * batch, the
            variance being the unbiased one.
        weight, bias: Tensors (C,).
        training: whether to use the batch's mean and variance.
        momentum: in [0, 1].
        eps: number added to the variance.

    Returns:
        Tensor of the input's shape and dtype.

    References: Ioffe and Szegedy, ICML 2015.
    """
    y, mean, variance = _normalised(
        input_x, running_mean, running_var, weight, bias, training, eps
    )
    if training:
        _move(running_mean, mean, momentum)
        _move(running_var, variance, momentum)
    return y


def _move(running: Tensor, batch: Tensor, momentum: float) -> None:
    old = running._value
    new = (1 - momentum) * old + momentum * batch._value.astype(old.dtype)
    assign(running, Tensor._wrap(new))


@op
def _normalised(
    x: Any, mean: Any, variance: Any, weight: Any, bias: Any, training: bool, eps: float
) -> Any:
    """(y, mean of the batch, its unbiased variance)."""
    if x.ndim < 2 or weight.shape != (x.shape[1],):
        raise ValueError(
            f"batch_norm: input {x.shape} and weight {weight.shape}: expected (N, C, "
            "...) and (C,)"
        )
    wide = x.astype(jnp.promote_types(x.dtype, np.float32))
    axes = (0, *range(2, x.ndim))
    if training:
        mean = jnp.mean(wide, axes)
        variance = jnp.var(wide, axes)
    form = (1, -1) + (1,) * (x.ndim - 2)
    scale = weight * jax.lax.rsqrt(variance + eps)
    y = (wide - mean.reshape(form)) * scale.reshape(form) + bias.reshape(form)
    count = x.size // x.shape[1]
    # a batch of one element has no unbiased variance: nan, as in MindSpore
    unbiased = variance * (count / (count - 1) if count > 1 else math.nan)
    return y.astype(x.dtype), mean, unbiased if training else variance


def _batch_norm_primitive(
    x: Tensor,
    scale: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
    is_training: bool,
    epsilon: float,
    momentum: float,
    data_format: str,
) -> tuple[Tensor, ...]:
    """(y, mean, variance, mean, variance), as batch_norm (mindspore.ops.BatchNorm)."""
    del data_format
    y, m, v = _normalised(x, mean, variance, scale, bias, is_training, epsilon)
    if is_training:
        _move(mean, m, momentum)
        _move(variance, v, momentum)
    return y, m, v, m, v


@op
def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Normalised over the last axes, then * weight + bias (mindspore.ops.layer_norm).

    Args:
        input: float Tensor (..., *normalized_shape).
        normalized_shape: int or tuple of ints, the last lengths.
        weight, bias: Tensors of that shape, or None.
        eps: number added to the variance.

    References: Ba, Kiros, Hinton, arXiv 1607.06450.
    """
    x = array("layer_norm", input)
    shape = check_int_tuple("layer_norm", "normalized_shape", normalized_shape)
    if x.shape[x.ndim - len(shape) :] != shape:
        raise ValueError(f"layer_norm: input {x.shape} does not end in {shape}")
    y, _, _ = _standardised(x, x.ndim - len(shape), eps)
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def _standardised(x: Any, first: int, eps: float) -> tuple[Any, Any, Any]:
    axes = tuple(range(first, x.ndim))
    wide = x.astype(jnp.promote_types(x.dtype, np.float32))
    mean = jnp.mean(wide, axes, keepdims=True)
    variance = jnp.var(wide, axes, keepdims=True)
    y = (wide - mean) * jax.lax.rsqrt(variance + eps)
    return y.astype(x.dtype), mean, variance


@op
def _layer_norm_primitive(
    x: Any,
    gamma: Any,
    beta: Any,
    begin_norm_axis: int,
    begin_params_axis: int,
    epsilon: float,
) -> Any:
    """(y, mean, variance), normalised from an axis on (mindspore.ops.LayerNorm)."""
    del begin_params_axis
    y, mean, variance = _standardised(x, begin_norm_axis % x.ndim, epsilon)
    return y * gamma + beta, mean, variance


@op
def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Normalised over each group of channels (mindspore.ops.group_norm).

    References: Wu and He, ECCV 2018.
    """
    x = array("group_norm", input)
    check_int("group_norm", "num_groups", num_groups, minimum=1)
    if x.ndim < 2 or x.shape[1] % num_groups:
        raise ValueError(
            f"group_norm: {num_groups} groups do not divide axis 1 of {x.shape}"
        )
    grouped = x.reshape(x.shape[0], num_groups, -1)
    y = _standardised(grouped, 2, eps)[0].reshape(x.shape)
    form = (1, -1) + (1,) * (x.ndim - 2)
    y = y if weight is None else y * weight.reshape(form)
    return y if bias is None else y + bias.reshape(form)


def _check_data_format(owner: str, data_format: str) -> None:
    if data_format != "NCHW":
        raise ValueError(
            f"{owner}: data_format must be 'NCHW', got {data_format!r}; transpose "
            "(N, H, W, C) with ops.transpose(x, (0, 3, 1, 2))"
        )


def _check_conv(
    out_channel: Any, kernel_size: Any, mode: Any, pad_mode: Any, **others: Any
) -> None:
    check_int("Conv2D", "out_channel", out_channel, minimum=1)
    check_int_tuple("Conv2D", "kernel_size", kernel_size, 2, minimum=1)
    check_choice("Conv2D", "mode", mode, (1,))
    check_choice("Conv2D", "pad_mode", str(pad_mode).lower(), ("same", "valid", "pad"))
    check_int("Conv2D", "group", others["group"], minimum=1)
    _check_data_format("Conv2D", others["data_format"])


def _check_pool(kernel_size: Any, strides: Any, pad_mode: Any, data_format: Any) -> None:
    check_int_tuple("MaxPool", "kernel_size", kernel_size, 2, minimum=1)
    check_int_tuple("MaxPool", "strides", strides, 2, minimum=1)
    check_choice("MaxPool", "pad_mode", str(pad_mode).lower(), ("same", "valid"))
    _check_data_format("MaxPool", data_format)


Conv2D = primitive(
    "Conv2D",
    _conv2d_primitive,
    check=_check_conv,
    out_channel=REQUIRED,
    kernel_size=REQUIRED,
    mode=1,
    pad_mode="valid",
    pad=0,
    stride=1,
    dilation=1,
    group=1,
    data_format="NCHW",
)
BiasAdd = primitive("BiasAdd", _bias_add_primitive, data_format="NCHW")
MaxPool = primitive(
    "MaxPool",
    _max_pool_primitive,
    check=_check_pool,
    kernel_size=1,
    strides=1,
    pad_mode="valid",
    data_format="NCHW",
)
AvgPool = primitive(
    "AvgPool",
    _avg_pool_primitive,
    check=_check_pool,
    kernel_size=1,
    strides=1,
    pad_mode="valid",
    data_format="NCHW",
)
AdaptiveAvgPool2D = primitive(
    "AdaptiveAvgPool2D", adaptive_avg_pool2d, output_size=REQUIRED
)
BatchNorm = primitive(
    "BatchNorm",
    _batch_norm_primitive,
    is_training=False,
    epsilon=1e-5,
    momentum=0.1,
    data_format="NCHW",
)
LayerNorm = primitive(
    "LayerNorm",
    _layer_norm_primitive,
    begin_norm_axis=1,
    begin_params_axis=1,
    epsilon=1e-7,
)
