"""ProfileSteps: a trace of some steps of a training."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jax

from cellnet._checks import check_int, check_type
from cellnet.profiler import profile, tensorboard_trace_handler
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext


class ProfileSteps(Callback):
    """Traces the steps from ``first`` to ``last`` with jax.profiler.

    ``<output_path>/plugins/profile/<time>/`` then has what TensorBoard's profile plugin
    opens, and a ``.trace.json.gz`` for https://ui.perfetto.dev.  With sinking all
    sinks are traced that have one of the steps.

    Args:
        first, last: steps, counted from 1 over all epochs; the first of all steps
            compile, and the trace is large: some steps are enough.
        output_path: the folder.

    Raises:
        TypeError: an argument of another type.
        ValueError: ``first`` below 1 or above ``last``.
        RuntimeError: another trace is being made.

    Example:
        model.train(1, data, callbacks=ProfileSteps(10, 20, "profile"))
        # tensorboard --logdir profile
    """

    def __init__(
        self,
        first: int = 10,
        last: int = 20,
        output_path: str | os.PathLike[str] = "./profile",
    ) -> None:
        super().__init__()
        owner = "ProfileSteps"
        self.first = check_int(owner, "first", first, minimum=1)
        self.last = check_int(owner, "last", last, minimum=1)
        if last < first:
            raise ValueError(
                f"{owner}: last must not be less than first, got {first} and {last}"
            )
        self._folder = str(
            check_type(owner, "output_path", output_path, str, os.PathLike)
        )
        self._profile: profile | None = None
        self._step: Any = None
        self._done = False

    def __exit__(self, *error: Any) -> None:
        self._leave_step()
        if self._profile is not None:
            self._profile.stop()
            self._profile = None

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """In here, write to ``folder``."""
        return replaced(self, _folder=str(folder))

    def on_train_begin(self, run_context: RunContext) -> None:
        """Forget an earlier training."""
        self._done = False

    def on_train_step_begin(self, run_context: RunContext) -> None:
        """Start when the first step comes."""
        number = run_context.original_args()["cur_step_num"]
        if self._profile is None and not self._done and number >= self.first:
            ready = tensorboard_trace_handler(self._folder)
            self._profile = profile(on_trace_ready=ready)
        if self._profile is not None:
            self._step = jax.profiler.StepTraceAnnotation("train", step_num=number)
            self._step.__enter__()

    def on_train_step_end(self, run_context: RunContext) -> None:
        """Stop once the last step is over; waits for the device then."""
        params = run_context.original_args()
        if self._profile is None:
            return
        if params["cur_step_num"] >= self.last:
            jax.block_until_ready(params.get("net_outputs"))
            self._done = True
            self.__exit__(None)
        self._leave_step()

    def on_train_end(self, run_context: RunContext) -> None:
        """Stop, if the last step never came."""
        jax.block_until_ready(run_context.original_args().get("net_outputs"))
        self.__exit__(None)

    def _leave_step(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            step.__exit__(None, None, None)
