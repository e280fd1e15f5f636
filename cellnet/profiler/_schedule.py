"""schedule: which steps are recorded."""

from __future__ import annotations

from enum import Enum

from cellnet._checks import check_int


class ProfilerAction(Enum):
    """What is done in a step."""

    NONE = 0
    WARM_UP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


class schedule:  # noqa: N801
    """Says of each step what the profiler does in it (mindspore.profiler.schedule).

    ``skip_first`` steps are left out; then come cycles of ``wait`` steps without,
    ``warmup`` steps before and ``active`` steps of recording.

    Args:
        wait: steps, >= 0.
        active: steps, >= 1.
        warmup: steps, >= 0.
        repeat: cycles; 0 for as many as there are.
        skip_first: steps, >= 0.

    Raises:
        TypeError: no int.
        ValueError: out of range.

    Example:
        >>> plan = schedule(wait=1, active=2, repeat=1)
        >>> [plan(step).name for step in range(4)]
        ['NONE', 'RECORD', 'RECORD_AND_SAVE', 'NONE']
    """

    def __init__(
        self,
        *,
        wait: int,
        active: int,
        warmup: int = 0,
        repeat: int = 0,
        skip_first: int = 0,
    ) -> None:
        owner = "schedule"
        self.wait = check_int(owner, "wait", wait, minimum=0)
        self.active = check_int(owner, "active", active, minimum=1)
        self.warmup = check_int(owner, "warmup", warmup, minimum=0)
        self.repeat = check_int(owner, "repeat", repeat, minimum=0)
        self.skip_first = check_int(owner, "skip_first", skip_first, minimum=0)

    def __call__(self, step: int) -> ProfilerAction:
        """What is done in step number ``step``, from 0."""
        step = check_int("schedule", "step", step, minimum=0) - self.skip_first
        length = self.wait + self.warmup + self.active
        if step < 0 or (self.repeat and step >= self.repeat * length):
            return ProfilerAction.NONE
        place = step % length
        if place < self.wait:
            return ProfilerAction.NONE
        if place < self.wait + self.warmup:
            return ProfilerAction.WARM_UP
        last = place == length - 1
        return ProfilerAction.RECORD_AND_SAVE if last else ProfilerAction.RECORD

    def to_dict(self) -> dict[str, int]:
        """The settings."""
        return dict(vars(self))
