"""Dropout of elements, of whole channels, and by masks of bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int, check_probability
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive
from cellnet.ops.random_ops import draw_key

# bits of a mask come in blocks of this size
_BLOCK = 128


@op
def dropout(input: Any, p: float = 0.5, training: bool = True, seed: Any = None) -> Any:
    """Each element 0 with probability p, else divided by 1 - p (mindspore.ops.dropout).

    Args:
        input: float Tensor.
        p: probability of 0, in [0, 1].
        training: False returns the input.
        seed: picks another sequence.

    Raises:
        ValueError: p out of range.
    """
    x = array("dropout", input)
    check_probability("dropout", "p", p)
    if not training or p == 0:
        return x
    return _dropped(x, p, x.shape, draw_key(seed))[0]


def _dropped(x: Any, p: float, shape: Any, key: Any) -> tuple[Any, Any]:
    """(x with elements dropped, mask of those kept), a draw for each of ``shape``."""
    if p == 1:
        return jnp.zeros_like(x), jnp.zeros(x.shape, np.bool_)
    kept = jax.random.bernoulli(key, 1 - p, shape)
    return jnp.where(kept, x / (1 - p), 0).astype(x.dtype), kept


@op
def _dropout_with_mask(x: Any, keep_prob: float, Seed0: int, Seed1: int) -> Any:
    """(x with elements dropped, mask of those kept) (mindspore.ops.Dropout)."""
    if keep_prob == 1:
        return x, jnp.ones_like(x)
    result, kept = _dropped(x, 1 - keep_prob, x.shape, draw_key(Seed0, Seed1))
    return result, kept.astype(x.dtype)


def _of_channels(num_axes: int, ranks: tuple[int, ...]) -> Callable[..., Any]:
    owner = f"dropout{num_axes}d"

    def drop(input: Any, p: float = 0.5, training: bool = True) -> Any:
        x = array(owner, input)
        check_probability(owner, "p", p)
        if not training:
            return x
        return _channels(owner, x, p, ranks)[0]

    drop.__name__ = drop.__qualname__ = owner
    drop.__doc__ = f"""Whole channels 0 with probability p, else divided by 1 - p.

    (mindspore.ops.{owner})

    Args:
        input: float Tensor (N, C, ...) with {" or ".join(map(str, ranks))} axes.
        p: probability of 0, in [0, 1].
        training: False returns the input.

    Raises:
        ValueError: p out of range, or another number of axes.
    """
    return op(drop)


def _channels(owner: str, x: Any, p: float, ranks: tuple[int, ...]) -> tuple[Any, Any]:
    if x.ndim not in ranks:
        raise ValueError(f"{owner}: expected {ranks} axes, got shape {x.shape}")
    lead = x.ndim - (max(ranks) - 2)
    shape = (*x.shape[:lead], *(1,) * (x.ndim - lead))
    if p == 0:
        return x, jnp.ones(x.shape, np.bool_)
    y, kept = _dropped(x, p, shape, draw_key())
    return y, jnp.broadcast_to(kept, x.shape)


dropout1d = _of_channels(1, (2, 3))
dropout2d = _of_channels(2, (4,))
dropout3d = _of_channels(3, (5,))


@op
def _channels_2d(x: Any, keep_prob: float) -> Any:
    """(x with channels dropped, mask) of (N, C, H, W) (mindspore.ops.Dropout2D)."""
    return _channels("Dropout2D", array("Dropout2D", x), 1 - keep_prob, (4,))


@op
def _channels_3d(x: Any, keep_prob: float) -> Any:
    """(x with channels dropped, mask), 5 axes (mindspore.ops.Dropout3D)."""
    return _channels("Dropout3D", array("Dropout3D", x), 1 - keep_prob, (5,))


@op
def _bits(shape: Any, keep_prob: Any, Seed0: int, Seed1: int) -> Any:
    """UInt8 bits, 1 with probability keep_prob (mindspore.ops.DropoutGenMask).

    Args:
        shape: of the Tensor to be masked; bits are rounded up to blocks of 128.
        keep_prob: number or Tensor with one element.
    """
    count = math.prod(plain(shape))
    padded = -(-count // _BLOCK) * _BLOCK
    kept = jax.random.bernoulli(draw_key(Seed0, Seed1), jnp.ravel(keep_prob), (padded,))
    return jnp.packbits(kept, bitorder="little")


@op
def _masked(x: Any, mask: Any, keep_prob: Any) -> Any:
    """x / keep_prob where the mask's bit is 1, else 0 (mindspore.ops.DropoutDoMask)."""
    kept = jnp.unpackbits(mask, bitorder="little")[: x.size].reshape(x.shape)
    keep = jnp.asarray(keep_prob, x.dtype).reshape(())
    return jnp.where(kept == 1, x / keep, 0).astype(x.dtype)


def _check(owner: str) -> Callable[..., None]:
    def check(keep_prob: Any, **seeds: Any) -> None:
        del seeds
        check_probability(owner, "keep_prob", keep_prob)

    return check


def _check_seeds(Seed0: Any, Seed1: Any) -> None:
    check_int("DropoutGenMask", "Seed0", Seed0, minimum=0)
    check_int("DropoutGenMask", "Seed1", Seed1, minimum=0)


Dropout = primitive(
    "Dropout",
    _dropout_with_mask,
    check=_check("Dropout"),
    keep_prob=0.5,
    Seed0=0,
    Seed1=0,
)
Dropout2D = primitive(
    "Dropout2D", _channels_2d, check=_check("Dropout2D"), keep_prob=0.5
)
Dropout3D = primitive(
    "Dropout3D", _channels_3d, check=_check("Dropout3D"), keep_prob=0.5
)
DropoutGenMask = primitive(
    "DropoutGenMask", _bits, check=_check_seeds, Seed0=0, Seed1=0
)
DropoutDoMask = primitive("DropoutDoMask", _masked)
