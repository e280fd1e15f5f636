"""Learning rates as functions of the step, computed inside the compiled program.

A schedule is a Cell from the global step to the rate; optimizers call it each step.
``nn/dynamic_lr.py`` has the same curves as lists of floats, counted in epochs.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import optax

from cellnet._checks import check_bool, check_int
from cellnet.nn._settings import non_negative_float, positive_float
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class LearningRateSchedule(Cell):
    """Base of learning rate schedules (mindspore.nn.LearningRateSchedule).

    Subclasses define ``construct``, from operations on the step.

    Inputs:
        global_step: the number of steps done, int32, shape () or (1,).

    Outputs:
        The learning rate of the coming step, float32, shape of ``global_step``.

    Raises:
        TypeError: a setting of another type.
        ValueError: a setting outside its range.

    Example:
        >>> class Inverse(LearningRateSchedule):
        ...     def construct(self, global_step):
        ...         return 0.1 / (1 + global_step)
    """

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""
        del global_step
        raise NotImplementedError(
            f"{type(self).__name__} must define construct(self, global_step)"
        )


class _Decay(LearningRateSchedule):
    """Settings that the exponential, natural and inverse decay share."""

    def __init__(
        self,
        learning_rate: float,
        decay_rate: float,
        decay_steps: int,
        is_stair: bool = False,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.learning_rate = positive_float(owner, "learning_rate", learning_rate)
        self.decay_rate = positive_float(owner, "decay_rate", decay_rate)
        self.decay_steps = check_int(owner, "decay_steps", decay_steps, minimum=1)
        self.is_stair = check_bool(owner, "is_stair", is_stair)


class ExponentialDecayLR(_Decay):
    r"""Exponential decay: ``lr * decay_rate ** (step / decay_steps)``.

    Args:
        learning_rate: initial rate, a float > 0.
        decay_rate: factor for every ``decay_steps`` steps, a float > 0.
        decay_steps: an int > 0.
        is_stair: round ``step / decay_steps`` down, so that the rate moves in stairs.

    Inputs, Outputs, Raises: as LearningRateSchedule.

    Example:
        >>> schedule = ExponentialDecayLR(0.1, 0.5, decay_steps=2)
        >>> round(float(schedule(Tensor(2))), 4)
        0.05

    References: mindspore.nn.ExponentialDecayLR.
    """

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""
        schedule = optax.exponential_decay(
            self.learning_rate,
            self.decay_steps,
            self.decay_rate,
            staircase=self.is_stair,
        )
        return _evaluate(schedule, global_step)


class NaturalExpDecayLR(_Decay):
    r"""Natural exponential decay: ``lr * exp(-decay_rate * step)``.

    Args:
        learning_rate, decay_rate: as ExponentialDecayLR.
        decay_steps: with ``is_stair``, the length of a stair in steps, an int > 0.
        is_stair: hold the rate for ``decay_steps`` steps at a time.

    Inputs, Outputs, Raises: as LearningRateSchedule.

    Example:
        >>> schedule = NaturalExpDecayLR(0.1, 0.5, decay_steps=2)
        >>> round(float(schedule(Tensor(2))), 4)
        0.0368

    References: mindspore.nn.NaturalExpDecayLR.
    """

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""

        def schedule(step: Any) -> Any:
            if self.is_stair:
                step = step // self.decay_steps * self.decay_steps
            return self.learning_rate * jnp.exp(-self.decay_rate * step)

        return _evaluate(schedule, global_step)


class InverseDecayLR(_Decay):
    r"""Inverse-time decay: ``lr / (1 + decay_rate * step / decay_steps)``.

    Args: as ExponentialDecayLR.

    Inputs, Outputs, Raises: as LearningRateSchedule.

    Example:
        >>> schedule = InverseDecayLR(0.1, 1.0, decay_steps=2)
        >>> round(float(schedule(Tensor(2))), 4)
        0.05

    References: mindspore.nn.InverseDecayLR.
    """

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""

        def schedule(step: Any) -> Any:
            progress = step / self.decay_steps
            if self.is_stair:
                progress = jnp.floor(progress)
            return self.learning_rate / (1 + self.decay_rate * progress)

        return _evaluate(schedule, global_step)


class CosineDecayLR(LearningRateSchedule):
    r"""Half a cosine from ``max_lr`` down to ``min_lr``, which then stays.

    ``min_lr + (max_lr - min_lr) / 2 * (1 + cos(pi * min(step, T) / T))`` with ``T``
    steps of decay.

    Args:
        min_lr: last rate, a float >= 0.
        max_lr: first rate, a float > ``min_lr``.
        decay_steps: an int > 0.

    Inputs, Outputs, Raises: as LearningRateSchedule.

    Example:
        >>> schedule = CosineDecayLR(0.0, 0.1, decay_steps=4)
        >>> round(float(schedule(Tensor(2))), 4)
        0.05

    References: mindspore.nn.CosineDecayLR; Loshchilov and Hutter, SGDR, ICLR 2017.
    """

    def __init__(self, min_lr: float, max_lr: float, decay_steps: int) -> None:
        super().__init__()
        self.min_lr = non_negative_float("CosineDecayLR", "min_lr", min_lr)
        self.max_lr = positive_float("CosineDecayLR", "max_lr", max_lr)
        self.decay_steps = check_int(
            "CosineDecayLR", "decay_steps", decay_steps, minimum=1
        )
        check_order("CosineDecayLR", min_lr, max_lr)

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""
        schedule = optax.cosine_decay_schedule(
            self.max_lr, self.decay_steps, alpha=self.min_lr / self.max_lr
        )
        return _evaluate(schedule, global_step)


class PolynomialDecayLR(LearningRateSchedule):
    r"""Polynomial decay: ``(lr - end) * (1 - min(step, T) / T) ** power + end``.

    Args:
        learning_rate: first rate, a float > 0.
        end_learning_rate: last rate, a float >= 0.
        decay_steps: ``T``, an int > 0.
        power: a float > 0.
        update_decay_steps: instead of staying at the end, let ``T`` grow to the next
            multiple of ``decay_steps``, so that the rate rises and falls again.

    Inputs, Outputs, Raises: as LearningRateSchedule.

    Example:
        >>> schedule = PolynomialDecayLR(0.1, 0.0, decay_steps=4, power=1.0)
        >>> round(float(schedule(Tensor(1))), 4)
        0.075

    References: mindspore.nn.PolynomialDecayLR.
    """

    def __init__(
        self,
        learning_rate: float,
        end_learning_rate: float,
        decay_steps: int,
        power: float,
        update_decay_steps: bool = False,
    ) -> None:
        super().__init__()
        owner = "PolynomialDecayLR"
        self.start_learning_rate = positive_float(owner, "learning_rate", learning_rate)
        self.end_learning_rate = non_negative_float(
            owner, "end_learning_rate", end_learning_rate
        )
        self.decay_steps = check_int(owner, "decay_steps", decay_steps, minimum=1)
        self.power = positive_float(owner, "power", power)
        self.update_decay_steps = check_bool(
            owner, "update_decay_steps", update_decay_steps
        )

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""
        if self.update_decay_steps:
            return _evaluate(self._rising_again, global_step)
        schedule = optax.polynomial_schedule(
            self.start_learning_rate,
            self.end_learning_rate,
            self.power,
            self.decay_steps,
        )
        return _evaluate(schedule, global_step)

    def _rising_again(self, step: Any) -> Any:
        rounds = jnp.maximum(jnp.ceil(step / self.decay_steps), 1)
        progress = step / (self.decay_steps * rounds)
        drop = self.start_learning_rate - self.end_learning_rate
        return drop * (1 - progress) ** self.power + self.end_learning_rate


class WarmUpLR(LearningRateSchedule):
    r"""Linear rise from 0: ``lr * min(step, warmup_steps) / warmup_steps``.

    Args:
        learning_rate: the rate after warming up, a float >= 0.
        warmup_steps: an int > 0.

    Inputs, Outputs, Raises: as LearningRateSchedule.

    Example:
        >>> schedule = WarmUpLR(0.1, warmup_steps=4)
        >>> round(float(schedule(Tensor(1))), 4)
        0.025

    References: mindspore.nn.WarmUpLR.
    """

    def __init__(self, learning_rate: float, warmup_steps: int) -> None:
        super().__init__()
        self.learning_rate = non_negative_float(
            "WarmUpLR", "learning_rate", learning_rate
        )
        self.warmup_steps = check_int(
            "WarmUpLR", "warmup_steps", warmup_steps, minimum=1
        )

    def construct(self, global_step: Tensor) -> Tensor:
        """The learning rate at ``global_step``."""
        schedule = optax.linear_schedule(0.0, self.learning_rate, self.warmup_steps)
        return _evaluate(schedule, global_step)


def check_order(owner: str, min_lr: float, max_lr: float) -> None:
    """Check that a decay goes down.

    Raises:
        ValueError: ``max_lr`` is not above ``min_lr``.
    """
    if min_lr >= max_lr:
        raise ValueError(
            f"{owner}: max_lr must be greater than min_lr, got max_lr={max_lr}, "
            f"min_lr={min_lr}"
        )


def _evaluate(schedule: Any, global_step: Tensor) -> Tensor:
    """``schedule`` at the step, in float32 whatever the step's type."""
    return op(lambda step: jnp.asarray(schedule(step), jnp.float32))(global_step)
