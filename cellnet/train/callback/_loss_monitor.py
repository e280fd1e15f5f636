"""LossMonitor: prints the loss."""

from __future__ import annotations

import math
from typing import Any

from cellnet._checks import check_int
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._loss import read_loss
from cellnet.train.callback._run_context import RunContext


class LossMonitor(Callback):
    """Prints ``epoch: 1 step: 32, loss is 0.25`` and stops at a NaN or infinite loss.

    The loss is the step's first output, its mean if it has several elements.  In
    ``Model.fit`` the results of each evaluation are printed too.

    Args:
        per_print_times: print every so many steps, counted over all epochs; with
            sinking, at the next end of a sink.  0 prints nothing.

    Raises:
        TypeError: ``per_print_times`` is no int.
        ValueError: it is negative; or, in training, the loss is NaN or infinite.

    Example:
        >>> LossMonitor(100).step_end(RunContext({"cur_step_num": 1}))

    Differs: MindSpore looks at the loss of every step.  Here a loss that is not printed
    is not looked at, since that would make the host wait for the device; the last loss
    always is, at the end of training.

    Source: mindspore.train.LossMonitor.
    """

    def __init__(self, per_print_times: int = 1) -> None:
        super().__init__()
        self._per_print_times = check_int(
            "LossMonitor", "per_print_times", per_print_times, minimum=0
        )
        self._last_printed = 0
        self._training = False

    def __exit__(self, *error: Any) -> None:
        self._training = False

    def on_train_begin(self, run_context: RunContext) -> None:
        self._training = True
        self._last_printed = 0
        super().on_train_begin(run_context)

    def state_dict(self) -> dict[str, Any]:
        """The step that was printed last."""
        return {"last_printed": self._last_printed}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Print in the rhythm of before."""
        self._last_printed = state_dict["last_printed"]

    def on_eval_begin(self, run_context: RunContext) -> None:
        if not self._training:
            self._last_printed = 0
        super().on_eval_begin(run_context)

    def step_end(self, run_context: RunContext) -> None:
        """Print the loss if its time has come."""
        params = run_context.original_args()
        step = params["cur_step_num"]
        if step <= self._last_printed:  # a hand-written loop began again
            self._last_printed = 0
        if not self._per_print_times or (
            step - self._last_printed < self._per_print_times
        ):
            return
        self._last_printed = step
        epoch, step_in_epoch = _place(params)
        loss = _checked_loss(params)
        print(f"epoch: {epoch} step: {step_in_epoch}, loss is {loss}", flush=True)

    def on_eval_step_end(self, run_context: RunContext) -> None:
        # the evaluations inside a training report by their metrics
        if not self._training:
            super().on_eval_step_end(run_context)

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        super().on_train_epoch_end(run_context)
        params = run_context.original_args()
        metrics = params.get("metrics")
        if metrics:
            print(
                f"Eval result: epoch {params['cur_epoch_num']}, metrics: {metrics}",
                flush=True,
            )

    def on_train_end(self, run_context: RunContext) -> None:
        super().on_train_end(run_context)
        self._training = False
        params = run_context.original_args()
        if params.get("net_outputs") is not None:
            _checked_loss(params)  # waits for the device, once


def _place(params: Any) -> tuple[int, int]:
    """(epoch, step in the epoch), both from 1."""
    step_in_epoch = (params["cur_step_num"] - 1) % params["batch_num"] + 1
    return params.get("cur_epoch_num", 1), step_in_epoch


def _checked_loss(params: Any) -> Any:
    loss = read_loss(params["net_outputs"])
    if isinstance(loss, float) and not math.isfinite(loss):
        epoch, step = _place(params)
        raise ValueError(
            f"epoch: {epoch} step: {step}, loss is {loss}: training cannot go on. "
            "Lower the learning rate, check the data for NaN, or clip the gradients."
        )
    return loss
