"""The rest of the functions: linear maps, normalization, dropout, padding."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_axis, check_int, check_probability
from cellnet.mint._reduce import vector_norm
from cellnet.ops._arrays import array, index_dtype, plain
from cellnet.ops._op import op
from cellnet.ops.resize import resized
from cellnet.random import next_key
from cellnet.tensor import Tensor

embedding = ops.embedding
fold = ops.fold
grid_sample = ops.grid_sample
group_norm = ops.group_norm
layer_norm = ops.layer_norm
pixel_shuffle = ops.pixel_shuffle
unfold = ops.unfold


@op
def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Any:
    """A Tensor in another size, as ``ops.interpolate`` (mindspore.mint).

    "nearest" takes a scale_factor as it is, without recompute_scale_factor too.
    """
    if mode != "nearest" or size is not None or scale_factor is None:
        rest = (size, scale_factor, mode, align_corners, recompute_scale_factor)
        return ops.interpolate.on_arrays(input, *rest)
    x, scales = array("interpolate", input), plain(scale_factor)
    scales = scales if isinstance(scales, tuple) else (scales,) * (x.ndim - 2)
    if len(scales) != x.ndim - 2:
        raise ValueError(f"interpolate: {len(scales)} factors for shape {x.shape}")
    size = tuple(int(n * s) for n, s in zip(x.shape[2:], scales, strict=True))
    return resized(x, size, mode, scales=None if recompute_scale_factor else scales)


@op
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weight.T + bias (mindspore.mint.nn.functional.linear)."""
    return ops.dense.on_arrays(input, weight, bias)


@op
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Int64 rows with a 1 at the class (mindspore.mint.nn.functional.one_hot).

    Args:
        tensor: Int Tensor of classes >= 0.
        num_classes: how many; -1 takes one more than the largest, which depends on
            values, so a compiled program needs the number.
    """
    x = array("one_hot", tensor)
    if x.dtype.kind not in "iu":
        raise TypeError(f"one_hot: expected ints, got {x.dtype}")
    count = check_int("one_hot", "num_classes", plain(num_classes), minimum=-1)
    if count == -1:
        count = int(x.max()) + 1
    return (x[..., None] == jnp.arange(count)).astype(index_dtype())


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias (mindspore.mint).

    Args: as ``ops.batch_norm``; None for the running values takes the batch's own and
        keeps nothing, None for weight and bias means 1 and 0.
    """
    zeros = ops.zeros((input.shape[1],), input.dtype)
    scale = zeros + 1 if weight is None else weight
    shift = zeros if bias is None else bias
    rest = (scale, shift, training, momentum, eps)
    if running_mean is None or running_var is None:
        rest = (scale, shift, True, momentum, eps)
        return ops.batch_norm(input, zeros, zeros + 1, *rest)
    return ops.batch_norm(input, running_mean, running_var, *rest)


@op
def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Any:
    """x / max(norm, eps) over a dimension (mindspore.mint.nn.functional.normalize)."""
    x = array("normalize", input)
    dims = (check_axis("normalize", plain(dim), x.ndim),)
    return x / jnp.maximum(vector_norm(x, p, dims, True), eps)


def dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Each element 0 with probability p, else divided by 1 - p (mindspore.mint)."""
    result = ops.dropout(input, p, training)
    if inplace:
        input._value = result._value
        return input
    return result


@op
def dropout2d(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Any:
    """Whole channels 0 with probability p, the rest divided by 1 - p."""
    del inplace
    x = array("dropout2d", input)
    check_probability("dropout2d", "p", p)
    if not training or p == 0:
        return x
    if p == 1:
        return jnp.zeros_like(x)
    shape = x.shape[:2] + (1,) * (x.ndim - 2)
    kept = jax.random.bernoulli(next_key(), 1 - p, shape)
    return jnp.where(kept, x / (1 - p), 0).astype(x.dtype)


@op
def pad(input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    """Elements put around, from the last dimension on (mindspore.mint).

    Args:
        input: Tensor.
        pad: (left, right) of the last dimension, then of the one before, and so on.
        mode: "constant", "reflect", "replicate" or "circular".
        value: of "constant", 0 by default.
    """
    return ops.pad.on_arrays(input, pad, mode, value)
