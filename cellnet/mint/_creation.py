"""Tensors made from shapes and numbers, and random ones."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet._checks import check_int, check_shape
from cellnet.dtype import int64
from cellnet.ops._arrays import array, dtype_or, index_dtype, plain
from cellnet.ops._op import op
from cellnet.ops.random_ops import positions_by_weight
from cellnet.random import next_key

arange = ops.arange
eye = ops.eye
full = ops.full
full_like = ops.full_like
linspace = ops.linspace
ones_like = ops.ones_like
zeros_like = ops.zeros_like


def _sizes(owner: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    """Lengths given one by one, or as one tuple or list."""
    size = plain(size)
    return check_shape(owner, size[0] if len(size) == 1 else size)


@op
def zeros(size: Any, *more: Any, dtype: Any = None) -> Any:
    """A Tensor of zeros, Float32 by default (mindspore.mint.zeros)."""
    return jnp.zeros(_sizes("zeros", (size, *more)), dtype_or(dtype, np.float32))


@op
def ones(size: Any, *more: Any, dtype: Any = None) -> Any:
    """A Tensor of ones, Float32 by default (mindspore.mint.ones)."""
    return jnp.ones(_sizes("ones", (size, *more)), dtype_or(dtype, np.float32))


@op
def empty(*size: Any, dtype: Any = None, device: Any = None) -> Any:
    """A Tensor of zeros, Float32 by default (mindspore.mint.empty)."""
    del device
    return jnp.zeros(_sizes("empty", size), dtype_or(dtype, np.float32))


@op
def empty_like(input: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A Tensor of zeros, in the shape of another (mindspore.mint.empty_like)."""
    del device
    x = array("empty_like", input)
    return jnp.zeros(x.shape, dtype_or(dtype, x.dtype))


@op
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Grids of coordinates, a tuple (mindspore.mint.meshgrid).

    Args:
        *tensors: 1-d Tensors, or one tuple or list of them.
        indexing: "ij", the default, has the first along the first axis; "xy" along
            the second.
    """
    if len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        tensors = tuple(tensors[0])
    return tuple(jnp.meshgrid(*tensors, indexing=indexing or "ij"))


def _drawn(name: str, draw: Any, summary: str) -> tuple[Any, Any]:
    def of_shape(
        *size: Any, generator: Any = None, dtype: Any = None, device: Any = None
    ) -> Any:
        del device
        return draw(
            next_key(generator), _sizes(name, size), dtype_or(dtype, np.float32)
        )

    def like(input: Any, *, dtype: Any = None, device: Any = None) -> Any:
        del device
        x = array(f"{name}_like", input)
        return draw(next_key(), x.shape, dtype_or(dtype, x.dtype))

    of_shape.__name__, like.__name__ = name, f"{name}_like"
    of_shape.__doc__ = f"{summary} (mindspore.mint.{name})"
    like.__doc__ = f"{summary}, in the shape of another (mindspore.mint.{name}_like)"
    return op(of_shape), op(like)


rand, rand_like = _drawn("rand", jax.random.uniform, "Numbers of [0, 1)")
randn, randn_like = _drawn("randn", jax.random.normal, "Numbers of N(0, 1)")


def _limits(owner: str, args: tuple[Any, ...]) -> tuple[int, int]:
    args = plain(args)
    low, high = (0, *args) if len(args) == 1 else args
    low, high = check_int(owner, "low", low), check_int(owner, "high", high)
    if low >= high:
        raise ValueError(f"{owner}: got the range [{low}, {high}), which is empty")
    return low, high


@op
def randint(
    *args: Any, generator: Any = None, dtype: Any = None, device: Any = None
) -> Any:
    """Ints of [low, high): randint([low,] high, size) (mindspore.mint.randint)."""
    del device
    *limits, size = args
    low, high = _limits("randint", tuple(limits))
    shape, kind = check_shape("randint", plain(size)), dtype_or(dtype, np.int64)
    return jax.random.randint(next_key(generator), shape, low, high).astype(kind)


@op
def randint_like(input: Any, *args: Any, dtype: Any = None, device: Any = None) -> Any:
    """Ints of [low, high) in the shape and dtype of another (mindspore.mint)."""
    del device
    x = array("randint_like", input)
    low, high = _limits("randint_like", args)
    drawn = jax.random.randint(next_key(), x.shape, low, high)
    return drawn.astype(dtype_or(dtype, x.dtype))


@op
def randperm(n: int, *, generator: Any = None, dtype: Any = int64) -> Any:
    """0 to n - 1 in random order (mindspore.mint.randperm)."""
    n = check_int("randperm", "n", plain(n), minimum=0)
    drawn = jax.random.permutation(next_key(generator), n)
    return drawn.astype(dtype_or(dtype, index_dtype()))


@op
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, generator: Any = None
) -> Any:
    """Numbers of N(mean, std ** 2) (mindspore.mint.normal)."""
    mean, std = array("normal", mean), array("normal", std)
    shape = np.broadcast_shapes(mean.shape, std.shape)
    shape = shape if size is None else check_shape("normal", plain(size))
    return jax.random.normal(next_key(generator), shape, np.float32) * std + mean


@op
def bernoulli(input: Any, *, generator: Any = None) -> Any:
    """1 with the probability in each element, else 0 (mindspore.mint.bernoulli)."""
    x = array("bernoulli", input)
    return jax.random.bernoulli(next_key(generator), x, x.shape).astype(x.dtype)


@op
def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None
) -> Any:
    """Int64 positions drawn by weights, along the last axis (mindspore.mint)."""
    key = next_key(generator)
    return positions_by_weight(key, input, num_samples, replacement)
