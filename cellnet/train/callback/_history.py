"""History: keeps the loss and the metrics of each epoch."""

from __future__ import annotations

import copy
from typing import Any

from cellnet.train.callback._callback import Callback
from cellnet.train.callback._loss import first_output, read_loss
from cellnet.train.callback._run_context import RunContext


class History(Callback):
    """The last loss of each epoch, and the metrics where an epoch was evaluated.

    Attributes:
        epoch: ``{"epoch": [1, 2, ...]}`` of the last run.
        history: ``{"net_output": [loss, ...], metric name: [value, ...]}``, over all
            runs.

    Example:
        >>> history = History()
        >>> history.on_train_begin(RunContext({}))
        >>> params = {"cur_epoch_num": 1, "net_outputs": 0.5, "metrics": {"acc": 0.9}}
        >>> history.on_train_epoch_end(RunContext(params))
        >>> history.history
        {'net_output': [0.5], 'acc': [0.9]}

    Source: mindspore.train.History.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: dict[str, list[int]] | None = None
        self._entries: dict[str, list[Any]] = {}
        self._training = False

    def __exit__(self, *error: Any) -> None:
        self._training = False

    @property
    def history(self) -> dict[str, list[Any]]:
        """What was kept; reading it waits for the device."""
        if "net_output" in self._entries:
            losses = self._entries["net_output"]
            losses[:] = [read_loss(loss) for loss in losses]
        return self._entries

    def state_dict(self) -> dict[str, Any]:
        """Epochs and values so far."""
        return copy.deepcopy({"epoch": self.epoch, "history": self.history})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there, in the place of what an earlier run left."""
        self.epoch = state_dict["epoch"]
        self._entries = state_dict["history"]

    def begin(self, run_context: RunContext) -> None:
        """Start the list of epochs."""
        self.epoch = {"epoch": []}

    def epoch_end(self, run_context: RunContext) -> None:
        """Keep this epoch's results, the loss as the device's value."""
        params = run_context.original_args()
        if self.epoch is None:
            self.begin(run_context)
        assert self.epoch is not None
        self.epoch["epoch"].append(params.get("cur_epoch_num", 1))
        results = {"net_output": first_output(params.get("net_outputs"))}
        results.update(params.get("metrics") or {})
        for name, value in results.items():
            self._entries.setdefault(name, []).append(value)

    def on_train_begin(self, run_context: RunContext) -> None:
        self._training = True
        super().on_train_begin(run_context)

    def on_train_end(self, run_context: RunContext) -> None:
        super().on_train_end(run_context)
        self._training = False

    def on_eval_begin(self, run_context: RunContext) -> None:
        # the results of evaluations in a training come with its epochs
        if not self._training:
            super().on_eval_begin(run_context)

    def on_eval_epoch_end(self, run_context: RunContext) -> None:
        if not self._training:
            super().on_eval_epoch_end(run_context)
