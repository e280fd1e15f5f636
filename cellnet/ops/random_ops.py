"""Random Tensors, drawn from the key that ``set_seed`` fixes.

A ``seed`` argument picks another sequence of the same key: ``set_seed`` repeats it too.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet._checks import (
    check_axis,
    check_bool,
    check_int,
    check_positive,
    check_shape,
)
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import array, dtype_or, plain
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive
from cellnet.random import next_key


def draw_key(seed: Any = None, seed2: Any = None) -> Any:
    """The next random key; seeds pick another sequence."""
    key = next_key()
    for part in (seed, seed2):
        if part:
            key = jax.random.fold_in(key, check_int("seed", "seed", part, minimum=0))
    return key


def _shape(owner: str, shape: Any) -> tuple[int, ...]:
    return check_shape(owner, plain(shape))


def _sizes(owner: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    return _shape(owner, size[0] if len(size) == 1 else size)


@op
def standard_normal(shape: Any, seed: Any = None, seed2: Any = None) -> Any:
    """Float32 numbers of the normal distribution N(0, 1) (mindspore.ops)."""
    return jax.random.normal(
        draw_key(seed, seed2), _shape("standard_normal", shape), np.float32
    )


@op
def normal(shape: Any, mean: Any, stddev: Any, seed: Any = None) -> Any:
    """Numbers of N(mean, stddev ** 2) (mindspore.ops.normal).

    Args:
        shape: of the result, before it is broadcast with mean and stddev.
        mean, stddev: numbers or Tensors.
        seed: picks another sequence.
    """
    mean, stddev = array("normal", mean), array("normal", stddev)
    full = np.broadcast_shapes(_shape("normal", shape), mean.shape, stddev.shape)
    return jax.random.normal(draw_key(seed), full, np.float32) * stddev + mean


@op
def uniform(
    shape: Any,
    minval: Any,
    maxval: Any,
    seed: Any = None,
    dtype: Any = mstype.float32,
) -> Any:
    """Numbers of [minval, maxval), floats or ints by dtype (mindspore.ops.uniform)."""
    minval, maxval = array("uniform", minval), array("uniform", maxval)
    full = np.broadcast_shapes(_shape("uniform", shape), minval.shape, maxval.shape)
    kind = to_numpy(dtype)
    if kind.kind in "iu":
        return jax.random.randint(draw_key(seed), full, minval, maxval, kind)
    return jax.random.uniform(draw_key(seed), full, kind) * (maxval - minval) + minval


@op
def _uniform_real(shape: Any, seed: Any, seed2: Any) -> Any:
    """Float32 numbers of [0, 1) (mindspore.ops.UniformReal)."""
    sizes = _shape("UniformReal", shape)
    return jax.random.uniform(draw_key(seed, seed2), sizes, np.float32)


@op
def _uniform_int(shape: Any, minval: Any, maxval: Any, seed: Any, seed2: Any) -> Any:
    """Int32 numbers of [minval, maxval) (mindspore.ops.UniformInt)."""
    shape = _shape("UniformInt", shape)
    return jax.random.randint(draw_key(seed, seed2), shape, minval, maxval, np.int32)


@op
def rand(*size: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of [0, 1) (mindspore.ops.rand)."""
    kind = dtype_or(dtype, np.float32)
    return jax.random.uniform(draw_key(seed), _sizes("rand", size), kind)


@op
def randn(*size: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of N(0, 1) (mindspore.ops.randn)."""
    kind = dtype_or(dtype, np.float32)
    return jax.random.normal(draw_key(seed), _sizes("randn", size), kind)


@op
def rand_like(input: Any, seed: Any = None, *, dtype: Any = None) -> Any:
    """Numbers of [0, 1) in the shape of a Tensor (mindspore.ops.rand_like)."""
    return jax.random.uniform(draw_key(seed), input.shape, dtype_or(dtype, input.dtype))


@op
def randn_like(input: Any, seed: Any = None, *, dtype: Any = None) -> Any:
    """Numbers of N(0, 1) in the shape of a Tensor (mindspore.ops.randn_like)."""
    return jax.random.normal(draw_key(seed), input.shape, dtype_or(dtype, input.dtype))


@op
def randint(
    low: int, high: int, size: Any, seed: Any = None, *, dtype: Any = None
) -> Any:
    """Ints of [low, high) (mindspore.ops.randint)."""
    shape, kind = _shape("randint", size), dtype_or(dtype, np.int64)
    low, high = plain(low), plain(high)
    if low >= high:
        raise ValueError(f"randint: low must be below high, got {low} and {high}")
    return jax.random.randint(draw_key(seed), shape, low, high, kind)


@op
def randperm(n: int, seed: int = 0, offset: int = 0, dtype: Any = mstype.int64) -> Any:
    """0 to n - 1 in random order (mindspore.ops.randperm)."""
    n = check_int("randperm", "n", plain(n), minimum=1)
    return jax.random.permutation(draw_key(seed, offset), n).astype(to_numpy(dtype))


@op
def shuffle(x: Any, seed: Any = None, seed2: Any = None) -> Any:
    """Slices of the first axis in random order (mindspore.ops.shuffle)."""
    return jax.random.permutation(draw_key(seed, seed2), array("shuffle", x), axis=0)


@op
def bernoulli(input: Any, p: Any = 0.5, seed: Any = None) -> Any:
    """1 with probability p, else 0, in the input's shape (mindspore.ops.bernoulli)."""
    x = array("bernoulli", input)
    return jax.random.bernoulli(draw_key(seed), p, x.shape).astype(x.dtype)


@op
def multinomial(
    input: Any, num_samples: int, replacement: bool = True, seed: Any = None
) -> Any:
    """Positions drawn by weights, along the last axis (mindspore.ops.multinomial).

    Args:
        input: Tensor (C,) or (N, C) of weights >= 0, not all 0.
        num_samples: how many positions of each row.
        replacement: whether one position may come twice.
        seed: picks another sequence.

    Returns:
        Int32 Tensor (num_samples,) or (N, num_samples).

    Raises:
        ValueError: more samples than positions without replacement; other axes.
    """
    return positions_by_weight(draw_key(seed), input, num_samples, replacement)


def positions_by_weight(
    key: Any, input: Any, num_samples: int, replacement: bool
) -> Any:
    """``multinomial`` on arrays, with a key of one's own."""
    weights = array("multinomial", input)
    if weights.ndim not in (1, 2):
        raise ValueError(f"multinomial: expected 1 or 2 axes, got {weights.shape}")
    check_bool("multinomial", "replacement", replacement)
    limit = None if replacement else weights.shape[-1]
    count = check_int(
        "multinomial", "num_samples", plain(num_samples), minimum=1, maximum=limit
    )
    logits = jnp.log(weights)
    if replacement:
        shape = (count, *weights.shape[:-1])
        drawn = jnp.moveaxis(jax.random.categorical(key, logits, shape=shape), 0, -1)
    else:
        # the largest of log-weights with Gumbel noise are a draw without replacement
        noise = jax.random.gumbel(key, logits.shape)
        drawn = jax.lax.top_k(logits + noise, count)[1]
    return drawn.astype(np.int32)


@op
def _multinomial_as(x: Any, num_samples: int, seed: Any, seed2: Any, dtype: Any) -> Any:
    """Positions drawn by weights, with replacement (mindspore.ops.Multinomial)."""
    del seed2
    return multinomial.on_arrays(x, num_samples, True, seed).astype(to_numpy(dtype))


@op
def random_categorical(
    logits: Any, num_sample: int, seed: int = 0, dtype: Any = mstype.int64
) -> Any:
    """Classes drawn by softmax(logits), with replacement (mindspore.ops).

    Args:
        logits: float Tensor (N, C).
        num_sample: how many of each row.
        seed: picks another sequence.
        dtype: Int16, Int32 or Int64.

    Returns:
        Tensor (N, num_sample).

    Raises:
        TypeError: another dtype.
        ValueError: logits with another number of axes.
    """
    x = array("random_categorical", logits)
    _check_index_type(dtype)
    if x.ndim != 2:
        raise ValueError(f"random_categorical: expected (N, C), got shape {x.shape}")
    count = check_int("random_categorical", "num_sample", plain(num_sample), minimum=1)
    drawn = jax.random.categorical(
        draw_key(plain(seed)), x[:, None], shape=(len(x), count)
    )
    return drawn.astype(to_numpy(dtype))


def _check_index_type(dtype: Any) -> None:
    kinds = (np.int16, np.int32, np.int64)
    if to_numpy(dtype) not in map(np.dtype, kinds):
        raise TypeError(
            f"random_categorical: dtype must be Int16, Int32 or Int64, got {dtype}"
        )


@op
def _randperm_padded(n: Any, max_length: int, pad: int, dtype: Any) -> Any:
    """0 to n - 1 in random order, then pad (mindspore.ops.Randperm).

    Args:
        n: Int Tensor (1,), at most max_length; it may be traced.
    """
    count = array("Randperm", n).reshape(())
    # those below n are sorted by random numbers, the others lie behind
    index = jnp.arange(max_length)
    score = jax.random.uniform(draw_key(), (max_length,))
    order = jnp.argsort(jnp.where(index < count, score, 2.0))
    return jnp.where(index < count, order, pad).astype(to_numpy(dtype))


@op
def gumbel_softmax(
    logits: Any, tau: float = 1.0, hard: bool = False, dim: int = -1
) -> Any:
    """softmax((logits + Gumbel noise) / tau) (mindspore.ops.gumbel_softmax).

    Args:
        logits: Float16 or Float32 Tensor.
        tau: temperature > 0.
        hard: one-hot of the largest, with the gradient of the soft one.
        dim: axis of the classes.

    Raises:
        TypeError: logits that are no floats.
        ValueError: tau <= 0, an axis out of range.

    References: Jang, Gu and Poole, ICLR 2017.
    """
    x = array("gumbel_softmax", logits)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"gumbel_softmax: expected a float Tensor, got {x.dtype}")
    check_positive("gumbel_softmax", "tau", tau)
    axis = check_axis("gumbel_softmax", dim, x.ndim)
    noise = jax.random.gumbel(draw_key(), x.shape, x.dtype)
    soft = jax.nn.softmax((x + noise) / tau, axis)
    if not hard:
        return soft
    best = jnp.argmax(soft, axis)
    hot = jax.nn.one_hot(best, x.shape[axis], axis=axis, dtype=x.dtype)
    return hot + soft - jax.lax.stop_gradient(soft)


@op
def random_choice_with_mask(
    input_x: Any, count: int = 256, seed: Any = None, seed2: Any = None
) -> Any:
    """Positions of True elements, drawn at random (mindspore.ops).

    Args:
        input_x: Bool Tensor with 1 to 5 axes.
        count: how many to draw.

    Returns:
        (Int32 positions (count, axes), Bool (count,)): rows for which there was no
        True element are 0 and False.
    """
    mask = array("RandomChoiceWithMask", input_x).reshape(-1)
    scores = jax.random.uniform(draw_key(seed, seed2), mask.shape)
    drawn = min(count, mask.size)
    best, index = jax.lax.top_k(jnp.where(mask, scores, -1.0), drawn)
    found = jnp.pad(best >= 0, (0, count - drawn))
    index = jnp.pad(index, (0, count - drawn))
    places = jnp.stack(jnp.unravel_index(index, input_x.shape), axis=1)
    return jnp.where(found[:, None], places, 0).astype(np.int32), found


StandardNormal = primitive("StandardNormal", standard_normal, seed=0, seed2=0)
UniformReal = primitive("UniformReal", _uniform_real, seed=0, seed2=0)
UniformInt = primitive("UniformInt", _uniform_int, seed=0, seed2=0)
Multinomial = primitive(
    "Multinomial", _multinomial_as, seed=0, seed2=0, dtype=mstype.int32
)
RandomShuffle = primitive("RandomShuffle", shuffle, seed=0, seed2=0)
RandomChoiceWithMask = primitive(
    "RandomChoiceWithMask", random_choice_with_mask, count=256, seed=0, seed2=0
)
RandomCategorical = primitive(
    "RandomCategorical",
    random_categorical,
    check=_check_index_type,
    dtype=mstype.int64,
)
Randperm = primitive(
    "Randperm", _randperm_padded, max_length=1, pad=-1, dtype=mstype.int32
)
