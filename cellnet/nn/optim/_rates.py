"""Where an optimizer takes its learning rate from, whatever form the user gave it.

A number becomes a Parameter; a list becomes a Cell that holds it in a Parameter and
picks the entry of the step; a LearningRateSchedule stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from cellnet.nn.cell import Cell
from cellnet.nn.learning_rate_schedule import LearningRateSchedule
from cellnet.nn.optim._groups import UNSET, Member
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


class ListedRate(Cell):
    """The rate of step i is entry i of a list.

    In a compiled program the last entry holds from the end of the list on; run
    eagerly, a step past the end raises RuntimeError, as MindSpore does on CPU.
    """

    def __init__(self, rates: np.ndarray, name: str) -> None:
        super().__init__(auto_prefix=False)
        self.learning_rate = Parameter(rates, name=name)

    def construct(self, global_step: Tensor) -> Tensor:
        """The rate at ``global_step``."""
        rates = self.learning_rate._value
        step = global_step._value.reshape(())
        last = rates.shape[0] - 1
        if not isinstance(step, Tracer) and int(step) > last:
            raise RuntimeError(
                f"the list of learning rates has {last + 1} entries, none for step "
                f"{int(step)} (from 0); make it as long as the training"
            )
        return Tensor._wrap(rates[jnp.minimum(step, last)])


class ConstantRate(Cell):
    """One rate for all steps, as a Cell among others that change."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(auto_prefix=False)
        self.learning_rate = parameter

    def construct(self, global_step: Tensor) -> Tensor:
        """The rate, whatever the step."""
        del global_step
        return Tensor._wrap(self.learning_rate._value)


class RatePerParameter(Cell):
    """A Cell for the rate of each Parameter; those of a group share theirs."""

    def __init__(self, rates: Sequence[Cell]) -> None:
        super().__init__(auto_prefix=False)
        for index, rate in enumerate(rates):
            self.insert_child_to_cell(str(index), rate)

    def __getitem__(self, index: int) -> Cell:
        return self._cells[str(index)]

    def construct(self, global_step: Tensor) -> tuple[Tensor, ...]:
        """One rate per Parameter at ``global_step``."""
        values = {id(rate): at_step(rate, global_step) for rate in self.cells()}
        return tuple(values[id(rate)] for rate in self._cells.values())


def at_step(source: Any, global_step: Tensor) -> Tensor:
    """The float32 scalar that a Tensor, or a Cell over the step, gives at a step."""
    value = source(global_step) if isinstance(source, Cell) else source
    array = jnp.asarray(getattr(value, "_value", value), jnp.float32)
    return Tensor._wrap(array.reshape(()))


def shared_rate(owner: str, learning_rate: Any) -> Any:
    """The learning rate of an optimizer without groups: a Parameter or a Cell."""
    return make_rate(owner, learning_rate, "learning_rate")


def rate_per_parameter(owner: str, learning_rate: Any, rows: Sequence[Member]) -> Any:
    """The learning rates of an optimizer whose groups state their own.

    Returns:
        A ParameterTuple if all rates are constant, else a RatePerParameter.
    """
    made: dict[str, Any] = {}
    sources = []
    for row in rows:
        own = row.learning_rate is not UNSET
        name = f"learning_rate_group_{row.group}" if own else "learning_rate"
        if name not in made:
            value = row.learning_rate if own else learning_rate
            made[name] = make_rate(owner, value, name)
        sources.append(name)
    if all(isinstance(source, Parameter) for source in made.values()):
        return ParameterTuple(made[name] for name in sources)
    cells = {
        name: ConstantRate(source) if isinstance(source, Parameter) else source
        for name, source in made.items()
    }
    return RatePerParameter([cells[name] for name in sources])


def make_rate(owner: str, value: Any, name: str) -> Any:
    """A Parameter for a number, a Cell for anything that changes by the step.

    Raises:
        TypeError: no number, Tensor, iterable or LearningRateSchedule.
        ValueError: a negative rate, an empty list, or a Tensor of 2 or more axes.
    """
    if isinstance(value, LearningRateSchedule):
        return value
    if isinstance(value, Tensor):
        value = value.asnumpy()
    if isinstance(value, Cell | str) or not isinstance(
        value, int | float | np.generic | np.ndarray | Iterable
    ):
        # MindSpore fails to convert a str, which is a ValueError
        error = ValueError if isinstance(value, str) else TypeError
        raise error(
            f"{owner}: learning_rate must be a number, a list of them, a Tensor or a "
            f"LearningRateSchedule, got {type(value).__name__} ({value!r})"
        )
    if not isinstance(value, int | float | np.generic | np.ndarray):
        value = [float(rate) for rate in value]
    rates = np.asarray(value, np.float32)
    if rates.ndim > 1 or rates.size == 0:
        raise ValueError(
            f"{owner}: learning_rate must be a number or a list of them with at least "
            f"one entry, got shape {rates.shape}"
        )
    if not (rates >= 0).all():
        raise ValueError(
            f"{owner}: learning_rate must be >= 0, got {rates[~(rates >= 0)].flat[0]}"
        )
    if rates.ndim == 0:
        return Parameter(rates, name=name)
    return ListedRate(rates, name)
