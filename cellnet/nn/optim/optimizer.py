"""Optimizer: the base of MindSpore's optimizers.

The base knows Parameters, groups, learning rates, weight decay, loss scale and the step
counter.  A subclass says two things: ``transform``, its update rule as an optax
transformation, and ``transform_state``, which of its Parameters hold the state of that
transformation.  All of it happens on Parameters, so a compiled step carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from cellnet import context
from cellnet import dtype as mstype
from cellnet._checks import check_bool, check_number, check_positive
from cellnet.nn.cell import Cell
from cellnet.nn.optim import _rates
from cellnet.nn.optim._apply import apply_transform, check_gradients, widened
from cellnet.nn.optim._groups import UNSET, Member, resolve
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor

# MindSpore leaves the affine parameters of normalisations out of weight decay
_NOT_DECAYED = ("beta", "gamma")


class Optimizer(Cell):
    """Base of all optimizers (mindspore.nn.Optimizer).

    A gradient g of Parameter w first becomes ``g / loss_scale + weight_decay * w``,
    then ``transform`` makes the update of it.  A subclass may define ``construct``
    itself instead, from ``get_lr``, ``decay_weight``, ``gradients_centralization`` and
    ``scale_grad``.

    Args:
        learning_rate: a number >= 0; a list, tuple, iterator or 1-D Tensor of them,
            one for each step; or a LearningRateSchedule.
        parameters: a list of Parameters, or of groups: dicts with ``params`` and, if
            they differ from the optimizer's, ``lr``, ``weight_decay`` and
            ``grad_centralization``; one dict may hold ``order_params`` alone.
        weight_decay: a number >= 0 or a schedule Cell.  Without groups, Parameters
            with "beta" or "gamma" in their names are not decayed.
        loss_scale: what the loss was multiplied by, > 0.

    Inputs:
        gradients: a tuple of Tensors, one for each Parameter, of its shape.

    Outputs:
        True for each Parameter.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: a number outside its range, no Parameters, or two of one name.
        KeyError: an unknown key in a group.
        RuntimeError: a Parameter in two groups; another number of gradients.

    Differs: past the end of a list of learning rates a compiled step keeps the last
        one, while MindSpore's CPU backend stops with an error.
    """

    # False for optimizers that decay weights apart from the gradient
    coupled_weight_decay = True

    def __init__(
        self,
        learning_rate: Any,
        parameters: Any,
        weight_decay: Any = 0.0,
        loss_scale: float = 1.0,
    ) -> None:
        super().__init__(auto_prefix=False)
        owner = type(self).__name__
        members = resolve(owner, parameters)
        rows = members.rows
        self.is_group = members.grouped
        self.is_group_params_ordered = members.ordered
        self.is_group_lr = any(row.learning_rate is not UNSET for row in rows)
        self.loss_scale = float(check_positive(owner, "loss_scale", loss_scale))
        self._unique = True

        # the order of these three is the order of names in a checkpoint
        self.global_step = Parameter(np.zeros(1, np.int32), name="global_step")
        if self.is_group_lr:
            self.learning_rate = _rates.rate_per_parameter(owner, learning_rate, rows)
        else:
            self.learning_rate = _rates.shared_rate(owner, learning_rate)
        self.parameters = ParameterTuple(row.parameter for row in rows)

        self.global_step_increase_tensor = Tensor(1, mstype.int32)
        self.dynamic_lr = isinstance(self.learning_rate, Cell)
        self._set_weight_decay(owner, weight_decay, rows)
        self._centralized = tuple(row.centralize for row in rows)
        self.grad_centralization = any(self._centralized)

    @property
    def unique(self) -> bool:
        """Kept: whether sparse gradients may name a row twice; gradients are dense.

        Raises:
            TypeError: when it is set to something else than a bool.
        """
        return self._unique

    @unique.setter
    def unique(self, value: bool) -> None:
        self._unique = check_bool(type(self).__name__, "unique", value)

    def _set_weight_decay(
        self, owner: str, weight_decay: Any, rows: Sequence[Member]
    ) -> None:
        shared = _checked_decay(owner, weight_decay)
        if self.is_group:
            decays = tuple(
                shared
                if row.weight_decay is UNSET
                else _checked_decay(owner, row.weight_decay)
                for row in rows
            )
            self.weight_decay: Any = tuple(map(_as_source, decays))
            flags = [isinstance(d, Cell) or d > 0 for d in decays]
        else:
            decays = (shared,)
            self.weight_decay = _as_source(shared)
            flags = [
                not any(part in row.parameter.name for part in _NOT_DECAYED)
                for row in rows
            ]
        self.decay_flags = tuple(flags)
        self.dynamic_weight_decay = any(isinstance(d, Cell) for d in decays)
        self.exec_weight_decay = any(isinstance(d, Cell) or d > 0 for d in decays)

    # -- what a subclass states -----------------------------------------------------
    def transform(self) -> optax.GradientTransformation:
        """The update rule on tuples of arrays; its updates are added to Parameters.

        It is made anew for each trace, so that it may hold traced values such as
        ``self.momentum._value``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define transform() and transform_state(), or "
            "construct(gradients)"
        )

    def transform_state(self) -> Any:
        """The state of ``transform`` as a tree of Parameters."""
        raise NotImplementedError(
            f"{type(self).__name__} must define transform_state()"
        )

    # -- parts of update rules ------------------------------------------------------
    def rates(self) -> tuple[Any, ...]:
        """The learning rate of each Parameter at this step, arrays."""
        return tuple(rate._value for rate in self._per_parameter(self.get_lr()))

    def scale_by_learning_rate(
        self, *, flip_sign: bool = True
    ) -> optax.GradientTransformation:
        """Multiply each update by the learning rate of its Parameter, negated."""
        sign = -1.0 if flip_sign else 1.0
        rates = [sign * rate for rate in self.rates()]

        def scale(updates: Any, params: Any) -> Any:
            del params
            return tuple(r * u for r, u in zip(rates, updates, strict=True))

        return optax.stateless(scale)

    def add_decayed_weights(self) -> optax.GradientTransformation:
        """Add ``weight_decay * w`` to each update whose Parameter is decayed."""
        if not self.exec_weight_decay:
            return optax.identity()
        decays = [d._value for d in self._per_parameter(self.get_weight_decay())]

        def decay(updates: Any, params: Any) -> Any:
            return tuple(
                u + d * p if decayed else u
                for u, p, d, decayed in zip(
                    updates, params, decays, self.decay_flags, strict=True
                )
            )

        return optax.stateless(decay)

    # -- the step ---------------------------------------------------------------------
    def construct(self, gradients: tuple[Tensor, ...]) -> tuple[bool, ...]:
        """Update the Parameters by ``gradients``."""
        arrays = check_gradients(self, gradients, self.parameters)
        gradients = tuple(Tensor._wrap(widened(array)) for array in arrays)
        if self.coupled_weight_decay:
            gradients = self.decay_weight(gradients)
        gradients = self.gradients_centralization(gradients)
        gradients = self.scale_grad(gradients)
        apply_transform(
            self.transform(),
            self.transform_state(),
            tuple(self.parameters),
            tuple(gradient._value for gradient in gradients),
            widen=True,
        )
        self.assignadd(self.global_step, self.global_step_increase_tensor)
        return (True,) * len(self.parameters)

    def decay_weight(self, gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Add ``weight_decay * w``, scaled like the loss, to each gradient."""
        if not self.exec_weight_decay:
            return gradients
        decays = self._per_parameter(self.get_weight_decay())
        return tuple(
            _like(g, g._value + d._value * self.loss_scale * p._value) if decayed else g
            for g, p, d, decayed in zip(
                gradients, self.parameters, decays, self.decay_flags, strict=True
            )
        )

    def gradients_centralization(
        self, gradients: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Take off the mean over each output channel where a group asks for it.

        Only weights of convolutions, that is of 4 axes or more, are centralised.
        """
        return tuple(
            _like(g, g._value - g._value.mean(range(1, g.ndim), keepdims=True))
            if wanted and g.ndim >= 4
            else g
            for g, wanted in zip(gradients, self._centralized, strict=True)
        )

    def scale_grad(self, gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Divide the gradients by the loss scale."""
        if not self.need_scale:
            return gradients
        return tuple(_like(g, g._value * (1.0 / self.loss_scale)) for g in gradients)

    def flatten_gradients(self, gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The gradients as they are; XLA fuses updates without flat storage."""
        return gradients

    def broadcast_params(self, optim_result: Any) -> Any:
        """The result as it is: Parameters are the same on all devices."""
        return optim_result

    def assignadd(self, variable: Parameter, value: Tensor) -> Tensor:
        """Add to a Parameter in place."""
        variable._value = variable._value + value._value
        return variable

    # -- settings at the present step -------------------------------------------------
    def get_lr(self) -> Any:
        """The learning rate of the coming step, or a tuple of one per Parameter."""
        rate = self.learning_rate
        if isinstance(rate, _rates.RatePerParameter):
            return rate(self.global_step)
        return _rates.at_step(rate, self.global_step) if self.dynamic_lr else rate

    def get_weight_decay(self) -> Any:
        """The weight decay of the coming step, or a tuple of one per Parameter."""
        if self.is_group:
            return tuple(_rates.at_step(d, self.global_step) for d in self.weight_decay)
        return _rates.at_step(self.weight_decay, self.global_step)

    def get_lr_parameter(self, param: Any) -> Any:
        """The Parameter that holds the learning rate of ``param``.

        Args:
            param: a Parameter of this optimizer, or a list of them.

        Returns:
            The Parameter, or the schedule that takes its place; a list of them for a
            list.

        Raises:
            TypeError: no Parameter or list.
            ValueError: a Parameter that this optimizer does not update.
        """
        if isinstance(param, list):
            return [self.get_lr_parameter(item) for item in param]
        if not isinstance(param, Parameter):
            raise TypeError(
                "get_lr_parameter: expected a Parameter or a list of them, got "
                f"{type(param).__name__}"
            )
        places = [i for i, own in enumerate(self.parameters) if own is param]
        if not places:
            raise ValueError(
                f"get_lr_parameter: parameter {param.name!r} is not in "
                f"{type(self).__name__}"
            )
        rate = self.learning_rate
        if self.is_group_lr:
            rate = rate[places[0]]
        held = isinstance(rate, _rates.ListedRate | _rates.ConstantRate)
        return rate.learning_rate if held else rate

    def _per_parameter(self, value: Any) -> tuple[Tensor, ...]:
        return value if isinstance(value, tuple) else (value,) * len(self.parameters)

    # -- MindSpore's other names ------------------------------------------------------
    @property
    def params(self) -> ParameterTuple:
        """The Parameters that are updated."""
        return self.parameters

    @property
    def _parameters(self) -> ParameterTuple:
        return self.parameters

    @property
    def need_scale(self) -> bool:
        """Whether gradients are divided by a loss scale."""
        return self.loss_scale != 1.0

    @property
    def reciprocal_scale(self) -> Tensor:
        """``1 / loss_scale``, float32 ()."""
        return Tensor(1.0 / self.loss_scale, mstype.float32)

    @property
    def target(self) -> str:
        """The device that updates run on."""
        return context.get_context("device_target")


def _checked_decay(owner: str, weight_decay: Any) -> Any:
    """A float >= 0, or a Cell over the step."""
    if isinstance(weight_decay, Cell):
        return weight_decay
    return float(check_number(owner, "weight_decay", weight_decay, minimum=0.0))


def _as_source(weight_decay: Any) -> Any:
    """A float32 Tensor for a number, a Cell as it is."""
    if isinstance(weight_decay, Cell):
        return weight_decay
    return Tensor(weight_decay, mstype.float32)


def _like(gradient: Tensor, value: Any) -> Tensor:
    """``value`` as a Tensor of the gradient's type."""
    return Tensor._wrap(jnp.asarray(value).astype(gradient._value.dtype))
