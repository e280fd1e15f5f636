"""Polynomials: 1-d Tensors of coefficients, that of the highest power first."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_int
from cellnet.numpy._shared import inexact, pair, tensor, wide
from cellnet.ops._op import op


def _coefficients(owner: str, p: Any) -> Any:
    x = tensor(owner, p)
    if x.ndim > 1:
        raise ValueError(f"{owner}: expected a number or 1-d, got shape {x.shape}")
    return jnp.atleast_1d(x)


def _polynomials(owner: str, a1: Any, a2: Any) -> list[Any]:
    return pair(owner, _coefficients(owner, a1), _coefficients(owner, a2))


@op
def polyadd(a1: Any, a2: Any) -> Any:
    """Sum of polynomials (mindspore.numpy.polyadd)."""
    return jnp.polyadd(*_polynomials("polyadd", a1, a2))


@op
def polysub(a1: Any, a2: Any) -> Any:
    """Difference of polynomials (mindspore.numpy.polysub)."""
    return jnp.polysub(*_polynomials("polysub", a1, a2))


@op
def polymul(a1: Any, a2: Any) -> Any:
    """Product of polynomials (mindspore.numpy.polymul)."""
    x, y = _polynomials("polymul", a1, a2)
    return jnp.convolve(x, y).astype(x.dtype)


@op
def polyval(p: Any, x: Any) -> Any:
    """Value of a polynomial at x (mindspore.numpy.polyval)."""
    p, x = pair("polyval", _coefficients("polyval", p), x)
    return jnp.polyval(inexact(p), inexact(x))


@op
def polyder(p: Any, m: int = 1) -> Any:
    """Coefficients of the m-th derivative (mindspore.numpy.polyder)."""
    p = _coefficients("polyder", p)
    check_int("polyder", "m", m, minimum=0)
    return jnp.polyder(p, m).astype(p.dtype) if m else p


@op
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Coefficients of the m-th integral (mindspore.numpy.polyint).

    Args:
        p: coefficients.
        m: how often, >= 0.
        k: constants of integration, one number or m of them; 0 by default.
    """
    p = wide(_coefficients("polyint", p))
    check_int("polyint", "m", m, minimum=0)
    if k is not None:
        k = jnp.atleast_1d(wide(tensor("polyint", k)))
        if k.shape not in ((1,), (m,)):
            raise ValueError(f"polyint: k must be one number or {m}, got {k.shape}")
        k = jnp.broadcast_to(k, (m,))
    return jnp.polyint(p, m, k) if m else p
