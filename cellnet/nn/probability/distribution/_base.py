"""The base of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet import random
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class Distribution(Cell):
    """Base of distributions (mindspore.nn.probability.distribution.Distribution).

    Every method takes, after its own arguments, other parameters of the distribution
    than those it was made with.  A subclass defines, on arrays, of ``_mean``, ``_var``,
    ``_mode``, ``_entropy``, ``_log_prob``, ``_cdf``, ``_draw`` and ``_kl`` what there
    is.

    Args:
        seed: kept; numbers come from the program's random key.
        dtype: type of the samples.
        name: shown by ``repr``.
        param: parameter -> value, None for one that every call must give.

    Inputs: the name of a method and its arguments.
    Outputs: what the method gives.

    Raises:
        TypeError: a parameter that is neither given nor known, or no Tensor as value.
        NotImplementedError: a method that the distribution lacks.
    """

    def __init__(
        self, seed: int | None, dtype: Any, name: str, param: dict[str, Any]
    ) -> None:
        super().__init__()
        self._seed = seed
        self._dtype = dtype
        self._name_of_kind = name
        self._given = dict(param)
        self.parameter_type = dtype if dtype in mstype.float_type else mstype.float32
        self._names = tuple(param)
        for key, value in param.items():
            known = None if value is None else Tensor(value, self.parameter_type)
            setattr(self, f"_{key}_value", known)

    # -- what it was made with --------------------------------------------------------
    @property
    def name(self) -> str:
        """The name given."""
        return self._name_of_kind

    @property
    def dtype(self) -> Any:
        """The type of samples."""
        return self._dtype

    @property
    def seed(self) -> int:
        """The seed given, 0 for None; it is kept only."""
        return self._seed or 0

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments of the constructor by their names."""
        others = {"seed": self._seed, "dtype": self._dtype, "name": self.name}
        return {**self._given, **others, "param_dict": dict(self._given)}

    @property
    def broadcast_shape(self) -> tuple[int, ...] | None:
        """The shape that the parameters broadcast to; None if one is not known."""
        values = self.get_dist_args()
        return None if any(v is None for v in values) else batch_of(*values)

    @property
    def batch_shape(self) -> tuple[int, ...] | None:
        """The shape of the parameters."""
        return self.broadcast_shape

    @property
    def is_scalar_batch(self) -> bool:
        """Whether the parameters that are known are single numbers."""
        known = [v for v in self.get_dist_args() if v is not None]
        return all(v.ndim == 0 for v in known)

    def get_dist_type(self) -> str:
        """Name of the kind, as ``kl_loss`` takes it."""
        return self.cls_name

    def get_dist_args(self, *args: Any, **kwargs: Any) -> tuple[Tensor | None, ...]:
        """The parameters, or others given in their place, as Tensors."""
        values = []
        for index, key in enumerate(self._names):
            given = args[index] if index < len(args) else kwargs.get(key)
            values.append(getattr(self, f"_{key}_value") if given is None else given)
        return tuple(values)

    def _parameters_of(self, given: tuple[Any, ...], named: dict[str, Any]) -> list:
        """An array for each parameter: the one given, or the distribution's own."""
        values = []
        known = self.get_dist_args(*given, **named)
        for key, value in zip(self._names, known, strict=True):
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"{self.cls_name}: {key} must be a Tensor, got "
                    f"{type(value).__name__}; give it here or to the constructor"
                )
            values.append(value._value)
        return values

    def _require_positive(self, *keys: str) -> None:
        """Refuse known parameters that are not above 0."""
        for key in keys:
            value = getattr(self, f"_{key}_value")
            if value is not None and not (value.asnumpy() > 0).all():
                raise ValueError(f"{self.cls_name}: {key} must be > 0, got {value}")

    def _of(self, name: str, *args: Any, **kwargs: Any) -> Tensor:
        formula = self._formula(name)
        return Tensor._wrap(formula(*self._parameters_of(args, kwargs)))

    def _at(self, name: str, value: Tensor, *args: Any, **kwargs: Any) -> Any:
        check_tensors(self.cls_name, value=value)
        formula = self._formula(name)
        x = value._value.astype(mstype.to_numpy(self.parameter_type))
        return formula(x, *self._parameters_of(args, kwargs))

    def _formula(self, name: str) -> Callable[..., Any]:
        formula = getattr(self, name, None)
        if formula is None:
            raise NotImplementedError(
                f"{name.removeprefix('_')} is not implemented for {self.cls_name}"
            )
        return formula

    # -- of the distribution ----------------------------------------------------------
    def mean(self, *args: Any, **kwargs: Any) -> Tensor:
        """The mean."""
        return self._of("_mean", *args, **kwargs)

    def var(self, *args: Any, **kwargs: Any) -> Tensor:
        """The variance."""
        return self._of("_var", *args, **kwargs)

    def sd(self, *args: Any, **kwargs: Any) -> Tensor:
        """The standard deviation."""
        return Tensor._wrap(jnp.sqrt(self.var(*args, **kwargs)._value))

    def mode(self, *args: Any, **kwargs: Any) -> Tensor:
        """The most likely value."""
        return self._of("_mode", *args, **kwargs)

    def entropy(self, *args: Any, **kwargs: Any) -> Tensor:
        """Minus the mean of the logarithm of the density."""
        return self._of("_entropy", *args, **kwargs)

    # -- at values --------------------------------------------------------------------
    def log_prob(self, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The logarithm of the density, or of the probability."""
        return Tensor._wrap(self._at("_log_prob", value, *args, **kwargs))

    def prob(self, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The density, or the probability."""
        return Tensor._wrap(jnp.exp(self._at("_log_prob", value, *args, **kwargs)))

    def cdf(self, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The probability of at most ``value``."""
        return Tensor._wrap(self._at("_cdf", value, *args, **kwargs))

    def log_cdf(self, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The logarithm of ``cdf``."""
        if hasattr(self, "_log_cdf"):  # more exact where the probability is small
            return Tensor._wrap(self._at("_log_cdf", value, *args, **kwargs))
        return Tensor._wrap(jnp.log(self._at("_cdf", value, *args, **kwargs)))

    def survival_function(self, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The probability of more than ``value``."""
        return Tensor._wrap(1.0 - self._at("_cdf", value, *args, **kwargs))

    def log_survival(self, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The logarithm of ``survival_function``."""
        if hasattr(self, "_log_survival"):
            return Tensor._wrap(self._at("_log_survival", value, *args, **kwargs))
        return Tensor._wrap(jnp.log1p(-self._at("_cdf", value, *args, **kwargs)))

    # -- of two distributions ---------------------------------------------------------
    def kl_loss(self, dist: str, *args: Any, **kwargs: Any) -> Tensor:
        """The Kullback-Leibler divergence from this to another one of its kind.

        Args:
            dist: name of the kind.
            *args: the other's parameters, then, if they differ, this one's.
            **kwargs: the same by name, the other's ending in ``_b``.

        Raises:
            ValueError: another kind.
        """
        if dist != self.cls_name:
            raise ValueError(
                f"{self.cls_name}: dist must be {self.cls_name!r}, got {dist!r}"
            )
        count = len(self._names)
        others = {k: kwargs.get(f"{k}_b") for k in self._names}
        other = [
            (args[i] if i < len(args) else others[k]) for i, k in enumerate(self._names)
        ]
        check_tensors(self.cls_name, **dict(zip(self._names, other, strict=True)))
        own = self._parameters_of(args[count:], kwargs)
        return Tensor._wrap(self._formula("_kl")(*own, *(o._value for o in other)))

    def cross_entropy(self, dist: str, *args: Any, **kwargs: Any) -> Tensor:
        """The entropy plus ``kl_loss``."""
        own = args[len(self._names) :]
        return self.entropy(*own) + self.kl_loss(dist, *args, **kwargs)

    # -- samples ----------------------------------------------------------------------
    def sample(self, shape: tuple[int, ...] = (), *args: Any, **kwargs: Any) -> Tensor:
        """Numbers drawn from the program's random key.

        Args:
            shape: what stands before the shape of the parameters.
        """
        values = self._parameters_of(args, kwargs)
        drawn = self._formula("_draw")(random.next_key(), tuple(shape), *values)
        return Tensor._wrap(drawn.astype(mstype.to_numpy(self.dtype)))

    def construct(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method by name."""
        return getattr(self, name)(*args, **kwargs)


def batch_of(*values: Any) -> tuple[int, ...]:
    """The shape that parameters broadcast to."""
    return jnp.broadcast_shapes(*(value.shape for value in values))


def check_float_type(owner: str, dtype: Any) -> Any:
    """``dtype`` if it is a float type.

    Raises:
        TypeError: it is none.
    """
    if dtype not in mstype.float_type:
        raise TypeError(f"{owner}: dtype must be a float type, got {dtype}")
    return dtype
