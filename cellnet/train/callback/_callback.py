"""Callback, the base class, and the list that runs several as one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from cellnet.train.callback._run_context import RunContext

logger = logging.getLogger("cellnet")


class Callback:
    """Base class of what runs beside training and evaluation.

    Override hooks named ``on_train_*`` or ``on_eval_*``; the plain ones (``begin``,
    ``step_end``, ...) run in both.  In training they come as begin, (epoch_begin,
    (step_begin, step_end)*, epoch_end)*, end.  With sinking one "step" is one sink:
    ``cur_step_num`` grows by its size.

    A callback is a context manager, entered before ``begin``; leaving it releases what
    it holds, after an exception too.

    One that remembers something from epoch to epoch overrides ``state_dict`` and
    ``load_state_dict``: then a training that goes on from a checkpoint remembers too.

    Inputs of a hook: a RunContext; its ``original_args()`` has the fields of the run.

    Example:
        >>> class StopAt(Callback):
        ...     def on_train_step_end(self, run_context):
        ...         if run_context.original_args().cur_step_num >= 100:
        ...             run_context.request_stop()

    Source: mindspore.train.Callback.
    """

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> Any:
        """Release what the callback holds."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of this callback, for a run that goes on from it.

        Returns:
            A dict with str keys; in it dicts, lists, plain values and arrays.
        """
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what :meth:`state_dict` gave; called after ``on_train_begin``."""

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """For a trial (``fast_dev_run``): in here, write all files to ``folder``.

        A callback that writes files overrides it; then a trial leaves none of them.

        Args:
            folder: to be made if need be, and deleted after the trial.
        """
        del folder
        return nullcontext()

    def begin(self, run_context: RunContext) -> None:
        """Before training or evaluation."""

    def epoch_begin(self, run_context: RunContext) -> None:
        """Before an epoch; an evaluation has one."""

    def step_begin(self, run_context: RunContext) -> None:
        """Before a step, or a sink of steps."""

    def step_end(self, run_context: RunContext) -> None:
        """After a step, or a sink of steps."""

    def epoch_end(self, run_context: RunContext) -> None:
        """After an epoch."""

    def end(self, run_context: RunContext) -> None:
        """After training or evaluation."""

    def on_train_begin(self, run_context: RunContext) -> None:
        """Before training."""
        self.begin(run_context)

    def on_train_epoch_begin(self, run_context: RunContext) -> None:
        """Before an epoch of training."""
        self.epoch_begin(run_context)

    def on_train_step_begin(self, run_context: RunContext) -> None:
        """Before a step, or a sink of steps, of training."""
        self.step_begin(run_context)

    def on_train_step_end(self, run_context: RunContext) -> None:
        """After a step, or a sink of steps, of training."""
        self.step_end(run_context)

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """After an epoch of training, and after its evaluation in ``Model.fit``."""
        self.epoch_end(run_context)

    def on_train_end(self, run_context: RunContext) -> None:
        """After training."""
        self.end(run_context)

    def on_train_part_end(self, run_context: RunContext) -> None:
        """With sinking, after a part of a sink was started, if ``steps_of_part`` asks.

        ``sink_part`` has its steps and results, which the device still computes.
        """

    def steps_of_part(self, steps: int) -> int | None:
        """With sinking: the parts that this callback wants to be told of.

        Args:
            steps: of a sink.

        Returns:
            The most steps of a part; None if it wants none.
        """
        del steps
        return None

    def on_eval_begin(self, run_context: RunContext) -> None:
        """Before evaluation."""
        self.begin(run_context)

    def on_eval_epoch_begin(self, run_context: RunContext) -> None:
        """Before the pass over the data."""
        self.epoch_begin(run_context)

    def on_eval_step_begin(self, run_context: RunContext) -> None:
        """Before a batch, or the sink of all, is evaluated."""
        self.step_begin(run_context)

    def on_eval_step_end(self, run_context: RunContext) -> None:
        """After a batch, or the sink of all, was evaluated."""
        self.step_end(run_context)

    def on_eval_epoch_end(self, run_context: RunContext) -> None:
        """After the pass over the data; ``metrics`` has the results."""
        self.epoch_end(run_context)

    def on_eval_end(self, run_context: RunContext) -> None:
        """After evaluation."""
        self.end(run_context)


class CallbackList(Callback):
    """Several callbacks as one: each hook runs theirs, in the order given.

    Args:
        callbacks: a Callback, a list or tuple of them, or None.

    Raises:
        TypeError: something else.
    """

    def __init__(self, callbacks: Any = None) -> None:
        self._callbacks = _as_list(callbacks)
        self._stack = ExitStack()
        self._running: Callback | None = None

    def __len__(self) -> int:
        return len(self._callbacks)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self._callbacks)

    def __enter__(self) -> CallbackList:
        # should one fail to be entered, those before it are left again
        with ExitStack() as stack:
            for callback in self._callbacks:
                stack.enter_context(callback)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._stack.__exit__(*error)

    @property
    def running(self) -> Callback | None:
        """The callback in one of whose hooks the run is, or was ended by an error."""
        return self._running

    def _run(self, hook: str, run_context: RunContext) -> None:
        for callback in self._callbacks:
            self._running = callback
            getattr(callback, hook)(run_context)
        self._running = None

    def state_dict(self) -> dict[str, Any]:
        """The states of those that have one, with the names of their classes."""
        states = [(type(each).__name__, each.state_dict()) for each in self._callbacks]
        return {
            "callbacks": [{"name": name, "state": s} for name, s in states if s],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Give each callback the state of its like, the first to the first."""
        states = list(state_dict["callbacks"])
        for callback in self._callbacks:
            name = type(callback).__name__
            found = next((s for s in states if s["name"] == name), None)
            if found is not None:
                states.remove(found)
                callback.load_state_dict(found["state"])
        if states:
            names = ", ".join(state["name"] for state in states)
            logger.warning(
                "the checkpoint has the state of callbacks that this run lacks: %s",
                names,
            )

    def on_train_begin(self, run_context: RunContext) -> None:
        self._run("on_train_begin", run_context)

    def on_train_epoch_begin(self, run_context: RunContext) -> None:
        self._run("on_train_epoch_begin", run_context)

    def on_train_step_begin(self, run_context: RunContext) -> None:
        self._run("on_train_step_begin", run_context)

    def on_train_step_end(self, run_context: RunContext) -> None:
        self._run("on_train_step_end", run_context)

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        self._run("on_train_epoch_end", run_context)

    def on_train_end(self, run_context: RunContext) -> None:
        self._run("on_train_end", run_context)

    def on_train_part_end(self, run_context: RunContext) -> None:
        self._run("on_train_part_end", run_context)

    def steps_of_part(self, steps: int) -> int | None:
        wanted = (callback.steps_of_part(steps) for callback in self._callbacks)
        return min((length for length in wanted if length), default=None)

    def on_eval_begin(self, run_context: RunContext) -> None:
        self._run("on_eval_begin", run_context)

    def on_eval_epoch_begin(self, run_context: RunContext) -> None:
        self._run("on_eval_epoch_begin", run_context)

    def on_eval_step_begin(self, run_context: RunContext) -> None:
        self._run("on_eval_step_begin", run_context)

    def on_eval_step_end(self, run_context: RunContext) -> None:
        self._run("on_eval_step_end", run_context)

    def on_eval_epoch_end(self, run_context: RunContext) -> None:
        self._run("on_eval_epoch_end", run_context)

    def on_eval_end(self, run_context: RunContext) -> None:
        self._run("on_eval_end", run_context)

    # called by the plain name, as a hand-written loop may do
    def begin(self, run_context: RunContext) -> None:
        self._run("begin", run_context)

    def epoch_begin(self, run_context: RunContext) -> None:
        self._run("epoch_begin", run_context)

    def step_begin(self, run_context: RunContext) -> None:
        self._run("step_begin", run_context)

    def step_end(self, run_context: RunContext) -> None:
        self._run("step_end", run_context)

    def epoch_end(self, run_context: RunContext) -> None:
        self._run("epoch_end", run_context)

    def end(self, run_context: RunContext) -> None:
        self._run("end", run_context)


def _as_list(callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    items = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    for item in items:
        if not isinstance(item, Callback):
            hint = "; make an object of it" if isinstance(item, type) else ""
            raise TypeError(
                f"callbacks: expected a Callback or a list of them, got {item!r}{hint}"
            )
    return items
