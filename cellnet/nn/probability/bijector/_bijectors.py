"""Invertible functions, their inverses, and the logarithms of their slopes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_number, check_type
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.ops._op import raw
from cellnet.tensor import Tensor


class Bijector(Cell):
    """Base of invertible functions y = g(x) (mindspore.nn.probability.bijector).

    A subclass defines ``_forward``, ``_inverse`` and ``_forward_log_jacobian`` on
    arrays.

    Args:
        is_constant_jacobian: whether the slope is the same everywhere.
        is_injective: whether no two x have one y.
        name: shown by ``repr``.
        dtype: the type that inputs must have, or None.
        param: settings, kept.

    Inputs: the name of a method and its argument.
    Outputs: what the method gives.
    """

    def __init__(
        self,
        is_constant_jacobian: bool = False,
        is_injective: bool = True,
        name: str | None = None,
        dtype: Any = None,
        param: dict | None = None,
    ) -> None:
        super().__init__()
        self.name = name or self.cls_name
        self.is_constant_jacobian = is_constant_jacobian
        self.is_injective = is_injective
        self.dtype = dtype
        self.parameters = tuple((param or {}).items())

    def forward(self, value: Tensor) -> Tensor:
        """g(x)."""
        return self._apply(self._forward, value)

    def inverse(self, value: Tensor) -> Tensor:
        """The x with g(x) = y."""
        return self._apply(self._inverse, value)

    def forward_log_jacobian(self, value: Tensor) -> Tensor:
        """log |g'(x)|."""
        return self._apply(self._forward_log_jacobian, value)

    def inverse_log_jacobian(self, value: Tensor) -> Tensor:
        """log of the slope of the inverse at y."""
        return self._apply(self._inverse_log_jacobian, value)

    def construct(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method by name."""
        return getattr(self, name)(*args, **kwargs)

    def _apply(self, fn: Any, value: Tensor) -> Tensor:
        check_float(self.cls_name, value=value)
        return Tensor._wrap(fn(value._value))

    def _forward(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def _forward_log_jacobian(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse_log_jacobian(self, y: Any) -> Any:
        return -self._forward_log_jacobian(self._inverse(y))


class PowerTransform(Bijector):
    """g(x) = (1 + c x)^(1/c), and exp(x) for c = 0.

    Args:
        power: c >= 0, a number.
        name: shown by ``repr``.

    Raises:
        TypeError: power is no number.
        ValueError: power < 0.
    """

    def __init__(self, power: float = 0.0, name: str = "PowerTransform") -> None:
        super().__init__(name=name, param={"power": power})
        self.power = check_number(self.cls_name, "power", power, minimum=0.0)

    def _forward(self, x: Any) -> Any:
        c = self.power
        return jnp.exp(x) if c == 0 else jnp.exp(jnp.log1p(x * c) / c)

    def _inverse(self, y: Any) -> Any:
        c = self.power
        return jnp.log(y) if c == 0 else jnp.expm1(jnp.log(y) * c) / c

    def _forward_log_jacobian(self, x: Any) -> Any:
        c = self.power
        return x if c == 0 else (1 / c - 1) * jnp.log1p(x * c)

    def _inverse_log_jacobian(self, y: Any) -> Any:
        return (self.power - 1) * jnp.log(y)


class Exp(PowerTransform):
    """g(x) = exp(x).

    Args:
        name: shown by ``repr``.

    Example:
        >>> from cellnet import Tensor
        >>> from cellnet.nn.probability import bijector
        >>> float(bijector.Exp().inverse(Tensor(1.0)))
        0.0
    """

    def __init__(self, name: str = "Exp") -> None:
        super().__init__(0.0, name)


class ScalarAffine(Bijector):
    """g(x) = scale x + shift.

    Args:
        scale: a number or Tensor, not 0.
        shift: a number or Tensor.
        name: shown by ``repr``.
    """

    def __init__(
        self, scale: Any = 1.0, shift: Any = 0.0, name: str = "ScalarAffine"
    ) -> None:
        super().__init__(True, name=name, param={"scale": scale, "shift": shift})
        self.scale, self.shift = scale, shift

    def _forward(self, x: Any) -> Any:
        return raw(self.scale) * x + raw(self.shift)

    def _inverse(self, y: Any) -> Any:
        return (y - raw(self.shift)) / raw(self.scale)

    def _forward_log_jacobian(self, x: Any) -> Any:
        return jnp.log(jnp.abs(jnp.asarray(raw(self.scale), x.dtype)))


class Softplus(Bijector):
    """g(x) = log(1 + exp(k x)) / k.

    Args:
        sharpness: k, a number other than 0.
        name: shown by ``repr``.
    """

    def __init__(self, sharpness: float = 1.0, name: str = "Softplus") -> None:
        super().__init__(name=name, param={"sharpness": sharpness})
        self.sharpness = check_number("Softplus", "sharpness", sharpness)

    def _forward(self, x: Any) -> Any:
        return jax.nn.softplus(self.sharpness * x) / self.sharpness

    def _inverse(self, y: Any) -> Any:
        k = self.sharpness
        return jnp.log(jnp.expm1(k * y)) / k

    def _forward_log_jacobian(self, x: Any) -> Any:
        return jax.nn.log_sigmoid(self.sharpness * x)


class GumbelCDF(Bijector):
    """g(x) = exp(-exp(-(x - loc) / scale)), into (0, 1).

    Args:
        loc: a number or Tensor.
        scale: > 0, likewise.
        name: shown by ``repr``.

    Raises:
        TypeError: no numbers.
        ValueError: scale <= 0.
    """

    def __init__(
        self, loc: Any = 0.0, scale: Any = 1.0, name: str = "GumbelCDF"
    ) -> None:
        super().__init__(name=name, param={"loc": loc, "scale": scale})
        self.loc, self.scale = (Tensor(v, mstype.float32) for v in (loc, scale))
        if not (self.scale.asnumpy() > 0).all():
            raise ValueError(f"GumbelCDF: scale must be > 0, got {self.scale}")

    def _forward(self, x: Any) -> Any:
        return jnp.exp(-jnp.exp(-self._standard(x)))

    def _inverse(self, y: Any) -> Any:
        return raw(self.loc) - raw(self.scale) * jnp.log(-jnp.log(y))

    def _forward_log_jacobian(self, x: Any) -> Any:
        z = self._standard(x)
        return -z - jnp.exp(-z) - jnp.log(raw(self.scale))

    def _standard(self, x: Any) -> Any:
        return (x - raw(self.loc)) / raw(self.scale)


class Invert(Bijector):
    """The inverse of another bijector.

    Args:
        bijector: the other.
        name: shown by ``repr``.

    Raises:
        TypeError: no Bijector.
    """

    def __init__(self, bijector: Bijector, name: str = "") -> None:
        check_type("Invert", "bijector", bijector, Bijector)
        super().__init__(
            bijector.is_constant_jacobian, name=name or f"Invert{bijector.name}"
        )
        self.bijector = bijector

    def _forward(self, x: Any) -> Any:
        return self.bijector._inverse(x)

    def _inverse(self, y: Any) -> Any:
        return self.bijector._forward(y)

    def _forward_log_jacobian(self, x: Any) -> Any:
        return self.bijector._inverse_log_jacobian(x)
