"""BestCheckpoint: a file with the weights of the best epoch so far."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cellnet._checks import check_bool, check_type
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._monitored import Monitored
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext
from cellnet.train.checkpoint import (
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)


class BestCheckpoint(Callback):
    """Saves the network whenever a monitored value is better than ever before.

    The file is replaced at once and never half written; it has ``epoch_num`` and the
    value, as ``best``, besides the weights.

    Args:
        monitor: "loss", of training; "eval_loss" or the name of a metric in
            ``Model.fit``.
        path: the file; its folder is made if need be.
        mode: "min", "max", or "auto": by the name of the value.
        min_delta: better by more than this counts as better.
        restore_best_weights: when training ends, load the file into the network.
        verbose: print when it saves.

    Attributes:
        best: the best value of the last training.
        best_epoch: its epoch, 0 before the first.

    Raises:
        TypeError: an argument of another type.
        ValueError: another mode, a value that is no number.
        OSError: the file cannot be written.

    Example:
        best = BestCheckpoint("acc", "runs/best.ckpt")
        model.fit(50, train_data, valid_data, callbacks=best)
        print(best.best, best.best_epoch)
    """

    def __init__(
        self,
        monitor: str = "eval_loss",
        path: str | os.PathLike[str] = "best.ckpt",
        mode: str = "auto",
        min_delta: float = 0,
        restore_best_weights: bool = False,
        verbose: bool = False,
    ) -> None:
        super().__init__()
        owner = "BestCheckpoint"
        self._watched = Monitored(owner, monitor, mode, min_delta)
        self.path = Path(check_type(owner, "path", path, str, os.PathLike)).absolute()
        self.restore_best_weights = check_bool(
            owner, "restore_best_weights", restore_best_weights
        )
        self.verbose = check_bool(owner, "verbose", verbose)
        # before work is lost
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._reset()

    def _reset(self) -> None:
        self.best = self._watched.worst
        self.best_epoch = 0

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """In here, write to ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        return replaced(self, path=folder / self.path.name)

    def state_dict(self) -> dict[str, Any]:
        """The best value and its epoch."""
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there: a later epoch must be better."""
        self.best = float(state_dict["best"])
        self.best_epoch = int(state_dict["best_epoch"])

    def on_train_begin(self, run_context: RunContext) -> None:
        """Forget an earlier training; its file stays until there is a best epoch."""
        self._reset()

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """Save, if the value is the best one."""
        params = run_context.original_args()
        value = self._watched.read(params)
        if value is None or not self._watched.is_better(value, self.best):
            return
        self.best, self.best_epoch = value, params["cur_epoch_num"]
        facts: dict[str, Any] = {"epoch_num": self.best_epoch, "best": value}
        save_checkpoint(params["network"], str(self.path), append_dict=facts)
        if self.verbose:
            print(
                f"epoch {self.best_epoch}: best {self._watched.monitor} so far, "
                f"{value:.6g}; saved {self.path}",
                flush=True,
            )

    def on_train_end(self, run_context: RunContext) -> None:
        """Load the best weights, if so asked."""
        if self.restore_best_weights and self.best_epoch:
            network = run_context.original_args()["network"]
            load_param_into_net(network, load_checkpoint(str(self.path)))
