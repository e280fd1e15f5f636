"""The transforms of a plan as steps on the device, divided where chance comes in.

What does not depend on chance is the same in every pass: it can be done once.  A step
reads one value and writes another, under names that no other step writes, so that the
two parts need no order among columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.dataset.plan_view import IndexedPlan
from cellnet.dataset.transforms._base import draws_of, name_of
from cellnet.sink.device_forms import REREADING, device_form


@dataclass(frozen=True)
class Step:
    """One operation on values of a sample, or of a batch.

    Equal where the operation has the same name and settings: what was compiled for one
    data set serves another one that is made alike.

    Attributes:
        sources: the values it reads.
        targets: the values it writes.
        name: the operation and its settings.
        form: the operation in JAX, of the values and of its parameters.
        chance: the place of its parameters among those of the plan, None without.
        mixes: whether it takes a batch as a whole.
        rereads: whether it reads each value several times.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    name: str
    form: Callable[..., Any] = field(compare=False)
    chance: int | None
    mixes: bool = False
    rereads: bool = False

    def run(self, values: dict[str, Any], parameters: Any, *, batch: bool) -> None:
        """Write the targets among ``values``, those of a sample or of a batch."""
        chosen = () if self.chance is None else parameters[self.chance]
        form = jax.vmap(self.form) if batch and not self.mixes else self.form
        results = form(*(values[source] for source in self.sources), *chosen)
        results = results if self.mixes else (results,)
        values.update(zip(self.targets, results, strict=True))


@dataclass(frozen=True)
class Steps:
    """Steps, as a function of a sample's values.

    Attributes:
        steps: in order.
        outputs: (name, value) of what comes out.
    """

    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, str], ...]

    def __call__(self, values: dict[str, Any], parameters: Any = ()) -> dict[str, Any]:
        """The outputs for one sample; ``parameters`` as the plan gives them."""
        values = dict(values)
        for step in self.steps:
            step.run(values, parameters, batch=False)
        return {name: values[value] for name, value in self.outputs}

    def of_batch(
        self, values: dict[str, Any], parameters: Any, always: Any
    ) -> dict[str, Any]:
        """The outputs for a batch.

        Args:
            values: those of each sample, stacked.
            parameters: as the plan gives them.
            always: a bool that is true, which the compiler does not know.
        """
        *first, last = self._blocks()
        for steps in first:
            values = {**values, **_computed(steps, values, parameters, always)}
        values = {**values, **_targets(last, values, parameters)}
        return {name: values[value] for name, value in self.outputs}

    def _blocks(self) -> list[tuple[Step, ...]]:
        """The steps, cut before each that reads several times what is made here."""
        cuts = [n for n, step in enumerate(self.steps) if n and step.rereads]
        ends = zip([0, *cuts], [*cuts, len(self.steps)], strict=True)
        return [self.steps[start:stop] for start, stop in ends]

    def sources(self) -> set[str]:
        """The values that it needs to be given."""
        written = {target for step in self.steps for target in step.targets}
        read = {source for step in self.steps for source in step.sources}
        return (read | {value for _, value in self.outputs}) - written


def _targets(
    steps: tuple[Step, ...], values: dict[str, Any], parameters: Any
) -> dict[str, Any]:
    """What steps write, for a batch."""
    values = dict(values)
    for step in steps:
        step.run(values, parameters, batch=True)
    return {target: values[target] for step in steps for target in step.targets}


def _computed(
    steps: tuple[Step, ...], values: dict[str, Any], parameters: Any, always: Any
) -> dict[str, Any]:
    """The same, kept from being computed again for each time that it is read.

    XLA:CPU would fuse the steps into their readers (a crop into a resize: four times
    the work) and knows no barrier that lasts until then.  It leaves branches alone.
    """
    run = partial(_targets, steps)

    def branch(values: dict[str, Any], parameters: Any) -> dict[str, Any]:
        shapes = jax.eval_shape(run, values, parameters)

        def never(*_: Any) -> dict[str, Any]:
            return jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)

        return jax.lax.cond(always, run, never, values, parameters)

    return jax.lax.platform_dependent(values, parameters, cpu=branch, default=run)


@dataclass(frozen=True)
class Divided:
    """The steps of a plan.

    Attributes:
        whole: all of them, of the raw columns.
        once: those before chance, giving what ``each`` takes; or the outputs.
        each: those from there on, None where chance has no part.
        by_chance: output columns that chance has a part in.
    """

    whole: Steps
    once: Steps
    each: Steps | None
    by_chance: frozenset[str]


def divide(plan: IndexedPlan) -> Divided | str:
    """The steps of a plan, or why it has none: which operation has no device form."""
    steps: list[Step] = []
    outputs = {name: name for name in plan.columns}
    chances = 0
    for stage in plan.stages:
        values = tuple(outputs.pop(name) for name in stage.input_columns)
        for operation in stage.operations:
            form = device_form(operation)
            if form is None:
                return f"{name_of(operation)} has no device form"
            targets = tuple(f"{name}:{len(steps)}" for name in stage.output_columns)
            by_chance = stage.mixes or draws_of(operation)
            chance = chances if by_chance else None
            chances += chance is not None
            name = name_of(operation)
            rereads = isinstance(operation, REREADING)
            steps.append(
                Step(values, targets, name, form, chance, stage.mixes, rereads)
            )
            values = targets
        outputs.update(zip(stage.output_columns, values, strict=True))
    wanted = tuple((name, outputs[name]) for name in plan.output_columns)
    needed = _needed(steps, (value for _, value in wanted))
    moved: set[str] = set()
    for step in needed:
        if step.chance is not None or moved.intersection(step.sources):
            moved.update(step.targets)
    whole = Steps(tuple(needed), wanted)
    if not moved:
        return Divided(whole, whole, None, frozenset())
    each = Steps(tuple(s for s in needed if moved.issuperset(s.targets)), wanted)
    kept = tuple((value, value) for value in sorted(each.sources()))
    once = Steps(tuple(s for s in needed if moved.isdisjoint(s.targets)), kept)
    by_chance = frozenset(name for name, value in wanted if value in moved)
    return Divided(whole, once, each, by_chance)


def _needed(steps: list[Step], outputs: Iterable[str]) -> list[Step]:
    """The steps that the outputs are made by."""
    wanted, found = set(outputs), []
    for step in reversed(steps):
        if wanted.intersection(step.targets):
            wanted.update(step.sources)
            found.append(step)
    return found[::-1]
