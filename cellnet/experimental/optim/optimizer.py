"""The base of the optimizers with ``param_groups``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from cellnet._checks import check_bool
from cellnet.experimental.optim._groups import ParamGroup, listed
from cellnet.nn.cell import Cell
from cellnet.nn.optim._apply import apply_transform, check_gradients, widened
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


class Optimizer(Cell):
    """Base of the optimizers with ``param_groups`` (mindspore.experimental.optim).

    A subclass of this package names its state in ``slots`` and gives its update rule in
    ``rule``; a user's subclass may define ``construct`` instead.

    Args:
        params: a list of Parameters, or of groups: dicts with ``params`` and the
            settings that differ from ``defaults``.
        defaults: setting -> value, ``lr`` among them.

    Inputs:
        gradients: a tuple of Tensors, one for each Parameter, of its shape.

    Outputs:
        True.

    Raises:
        TypeError: params is no list of Parameters or dicts.
        ValueError: no Parameters, one listed twice, or a setting out of range.
        KeyError: a group without "params".

    Example:
        >>> from cellnet import Parameter, Tensor
        >>> from cellnet.experimental import optim
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> optimizer = optim.SGD([w], lr=0.5)
        >>> optimizer.param_groups[0]["lr"] = 0.25
        >>> done = optimizer((Tensor([2.0]),))
        >>> float(w)
        0.5
    """

    # name of each state -> (prefix of its Parameters' names, initial value)
    slots: dict[str, tuple[str, Any]] = {}
    step_name = ""  # name of the step counter, of those that have one
    decoupled_weight_decay = False  # decay apart from the gradient, by the rate

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        super().__init__(auto_prefix=False)
        self.defaults = dict(defaults)
        groups = listed(self.cls_name, params)
        self.param_groups: list[ParamGroup] = []
        if self.step_name:
            counter = Parameter(np.zeros(1, np.int32), name=self.step_name)
            self.insert_param_to_cell(self.step_name, counter)
        self.parameters = ParameterTuple(())
        for name in self.slots:
            setattr(self, name, ParameterTuple(()))
        for group in groups:
            self.add_param_group(group)

    @property
    def group_start_id(self) -> list[int]:
        """Place of each group's first Parameter in ``parameters``."""
        lengths = [len(group["params"]) for group in self.param_groups]
        return [sum(lengths[:i]) for i in range(len(lengths))]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Update further Parameters.

        Args:
            param_group: a dict with ``params`` and the settings that differ from the
                optimizer's.

        Raises: as the constructor.
        """
        (group,) = listed(self.cls_name, [param_group])
        settings = {**self.defaults, **group}
        self.check_group(settings)
        names = {parameter.name for parameter in self.parameters}
        for parameter in group["params"]:
            if parameter.name in names:
                raise ValueError(
                    f"{self.cls_name}: two parameters are named {parameter.name!r}, or "
                    "one is listed twice"
                )
            names.add(parameter.name)
        made = ParamGroup(settings, len(self.param_groups))
        self.param_groups = [*self.param_groups, made]
        added = ParameterTuple(group["params"])
        self.parameters = ParameterTuple((*self.parameters, *added))
        self.insert_param_to_cell(made["lr"].name, made["lr"])
        for name in self.slots:
            prefix, initial = self.slots[name]
            if isinstance(initial, str) and initial in settings:
                initial = settings[initial]
            more = added.clone(prefix, init=initial)
            setattr(self, name, ParameterTuple((*getattr(self, name), *more)))

    def check_group(self, group: dict[str, Any]) -> None:
        """Refuse settings of a group that are of a wrong type or out of range.

        Raises:
            ValueError: as MindSpore, for wrong types too.
        """
        rate = group["lr"]
        if isinstance(rate, bool) or not isinstance(rate, int | float | Tensor):
            raise ValueError(
                f"{self.cls_name}: lr must be a number or a Tensor, got "
                f"{type(rate).__name__}"
            )
        if not float(rate) >= 0:
            raise ValueError(f"{self.cls_name}: lr must be >= 0, got {float(rate)}")
        for name in ("weight_decay", "momentum", "eps", "alpha", "lr_decay"):
            if name in group:
                check_amount(self.cls_name, name, group[name])
        for name in ("maximize", "nesterov", "centered", "amsgrad"):
            if name in group:
                check_bool(self.cls_name, name, group[name])
        for beta in group.get("betas", ()):
            if not 0.0 <= beta < 1.0:
                raise ValueError(
                    f"{self.cls_name}: betas must be in [0, 1), got {group['betas']}"
                )

    # -- what a subclass states -------------------------------------------------------
    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The direction of the update, its state a tuple of the slots.

        Args:
            group: the settings.
            step: the number of this step, from 1; None without a counter.
        """
        raise NotImplementedError(f"{self.cls_name} must define construct(gradients)")

    def chain(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The whole update of a group; its state is that of ``rule``."""
        rule: Any = self.rule(group, step)
        rate = group["lr"]._value
        decay = group.get("weight_decay", 0.0)

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            directions, state = rule.update(updates, state, params)
            if self.decoupled_weight_decay and decay:
                directions = tuple(
                    d + decay * p for d, p in zip(directions, params, strict=True)
                )
            return tuple(-rate * d for d in directions), state

        return optax.GradientTransformation(rule.init, update)

    # -- the step ---------------------------------------------------------------------
    def construct(self, gradients: tuple[Tensor, ...]) -> bool:
        """Update the Parameters by ``gradients``."""
        arrays = check_gradients(self, gradients, self.parameters)
        step = None
        if self.step_name:
            counter = self._params[self.step_name]
            counter._value = counter._value + 1
            step = counter._value[0]
        for group, places in self._places():
            own = self.parameters[places]
            apply_transform(
                self.chain(group, step),
                tuple(tuple(getattr(self, name)[places]) for name in self.slots),
                tuple(own),
                self._prepared(group, arrays[places], own),
                widen=True,
            )
        return True

    def _places(self) -> Iterator[tuple[ParamGroup, slice]]:
        """Each group, and where its Parameters are among all."""
        start = 0
        for group in self.param_groups:
            stop = start + len(group["params"])
            yield group, slice(start, stop)
            start = stop

    def _prepared(self, group: ParamGroup, gradients: Any, own: Any) -> Any:
        """The gradients of what is minimized, weight decay included."""
        sign = -1.0 if group.get("maximize") else 1.0
        decay = 0.0 if self.decoupled_weight_decay else group.get("weight_decay", 0.0)
        gradients = [sign * widened(g) for g in gradients]
        if decay:
            gradients = [
                g + decay * widened(p._value)
                for g, p in zip(gradients, own, strict=True)
            ]
        return tuple(gradients)

    def __repr__(self) -> str:
        """The settings of each group."""
        lines = [f"{self.cls_name} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            for name in sorted(set(group) - {"params"}):
                value = group[name]
                shown = value.value() if isinstance(value, Parameter) else value
                lines.append(f"    {name}: {shown}")
            lines.append("")
        return "\n".join([*lines[:-1], ")"])


def counted(rule: Any, kind: Any, step: Any) -> optax.GradientTransformation:
    """An optax rule whose state begins with a count, which the optimizer keeps.

    Args:
        rule: the rule.
        kind: the NamedTuple of its state.
        step: the number of this step, from 1.
    """

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        updates, new = rule.update(updates, kind(step - 1, *state), params)
        return updates, tuple(new)[1:]

    return optax.GradientTransformation(rule.init, update)


def elementwise(fn: Any) -> optax.GradientTransformation:
    """A rule from ``fn(g, *slots) -> (direction, *slots)`` on one Parameter."""

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        rows = [fn(*row) for row in zip(updates, *state, strict=True)]
        directions, *new = zip(*rows, strict=True)
        return directions, tuple(new)

    return optax.GradientTransformation(lambda params: (), update)


def check_amount(owner: str, name: str, value: Any) -> float:
    """``value`` if it is a number >= 0.

    Raises:
        ValueError: it is none, as in MindSpore.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{owner}: {name} must be a number >= 0, got {value!r}")
    return value


def to_float32(step: Any) -> Any:
    """The step as a number to compute with."""
    return jnp.asarray(step, jnp.float32)
