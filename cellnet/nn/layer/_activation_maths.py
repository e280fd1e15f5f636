"""Formulas of activations that exist as Cells only."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet.ops._op import op


@op
def tanhshrink(x: Any) -> Any:
    return x - jnp.tanh(x)


@op
def fast_gelu(x: Any) -> Any:
    return x * jax.nn.sigmoid(1.702 * x)


@op
def celu(x: Any, alpha: float) -> Any:
    return jax.nn.celu(x, alpha)


@op
def hard_shrink(x: Any, lambd: float) -> Any:
    return jnp.where(jnp.abs(x) > lambd, x, jnp.zeros_like(x))


@op
def soft_shrink(x: Any, lambd: float) -> Any:
    return jnp.where(jnp.abs(x) > lambd, x - jnp.sign(x) * lambd, jnp.zeros_like(x))


@op
def sloped(x: Any, slope: Any) -> Any:
    return jnp.where(x >= 0, x, slope.astype(x.dtype) * x)


@op
def glu(x: Any, axis: int) -> Any:
    a, b = jnp.split(x, 2, axis)
    return a * jax.nn.sigmoid(b)
