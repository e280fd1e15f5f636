"""What Tensor's in-place methods need beyond the functions of this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet._frame import current
from cellnet.ops import creation, math
from cellnet.ops import index as index_ops
from cellnet.random import next_key
from cellnet.tensor import Tensor, touched


def in_place(fn: Callable[..., Any]) -> Callable[..., Tensor]:
    """A method that gives the Tensor itself what ``fn`` makes of it."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        old = self._value
        new = fn(self, *args, **kwargs)._value
        self._value = jnp.broadcast_to(new, old.shape).astype(old.dtype)
        if current() is None:
            touched()
        return self

    method.__doc__ = f"In place: {fn.__doc__}"
    return method


def scaled(fn: Callable[..., Any]) -> Callable[..., Tensor]:
    """``x.add_(other, alpha=2)``: the other operand times alpha."""

    def compute(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        return fn(self, other if alpha == 1 else math.mul(other, alpha))

    compute.__doc__ = fn.__doc__
    return compute


def set_dtype(self: Tensor, dtype: mstype.Type) -> mstype.Type:
    """In place: the values in another dtype."""
    self._value = creation.cast(self, dtype)._value
    if current() is None:
        touched()
    return dtype


def scatter_in_place(
    self: Tensor, dim: int, index: Any, src: Any, reduce: str | None = None
) -> Tensor:
    """The Tensor with ``src`` put at element-wise positions along an axis."""
    if not isinstance(src, Tensor):
        src = creation.full_like(index, src, dtype=self.dtype)
    update = index_ops.scatter if reduce is None else index_ops.scatter_add_elements
    if reduce not in (None, "add"):
        raise ValueError(f"scatter_: reduce must be None or 'add', got {reduce!r}")
    return update(self, dim, index, src)


def filled(self: Tensor, value: Any) -> Tensor:
    """Every element ``value``."""
    return creation.full_like(self, value)


def copied(self: Tensor, source: Any) -> Tensor:
    """The elements of ``source``."""
    return source if isinstance(source, Tensor) else Tensor(source)


def normal(self: Tensor, mean: Any = 0, std: Any = 1, *, generator: Any = None):
    """Numbers of N(mean, std ** 2)."""
    drawn = jax.random.normal(next_key(generator), self.shape, np.float32)
    return math.add(math.mul(Tensor._wrap(drawn), std), mean)


def uniform(self: Tensor, from_: Any = 0, to: Any = 1, *, generator: Any = None):
    """Numbers of [from_, to)."""
    drawn = jax.random.uniform(next_key(generator), self.shape, np.float32)
    return math.add(math.mul(Tensor._wrap(drawn), to - from_), from_)
