"""EarlyStopping: ends a training that no longer gets better."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_bool, check_int, check_number
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._monitored import Monitored
from cellnet.train.callback._run_context import RunContext

_REMEMBERED = ("wait", "stopped_epoch", "best", "best_epoch", "_best_weights")


class EarlyStopping(Callback):
    """Stops when a monitored value has not got better for ``patience`` epochs.

    Args:
        monitor: "loss", of training; "eval_loss" or the name of a metric in
            ``Model.fit``.
        min_delta: better by more than this counts as better.
        patience: epochs to wait, >= 0.  As in MindSpore, 0 stops after the first.
        verbose: print when it stops.
        mode: "min", "max", or "auto": by the name of the value.
        baseline: a value; as long as none is better than it, the epochs count as
            waiting.
        restore_best_weights: in the end, go back to the weights of the best epoch.
        start_from_epoch: epochs, >= 0, of which no value is looked at (as in Keras).

    Raises:
        TypeError: an argument of another type.
        ValueError: another mode, a negative patience or start, a value that is no
            number.

    Example:
        model.fit(50, train_data, valid_data, callbacks=EarlyStopping("acc"))

    Differs: in MindSpore a baseline reads as an int, so that one below 1 is never
    reached.

    Source: mindspore.train.EarlyStopping.
    """

    def __init__(
        self,
        monitor: str = "eval_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: bool = False,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        *,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        owner = "EarlyStopping"
        self._watched = Monitored(owner, monitor, mode, min_delta)
        self.monitor, self.mode = monitor, mode
        self.min_delta = self._watched.min_delta
        self.patience = check_int(owner, "patience", patience, minimum=0)
        self.verbose = check_bool(owner, "verbose", verbose)
        self.baseline = (
            None if baseline is None else check_number(owner, "baseline", baseline)
        )
        self.restore_best_weights = check_bool(
            owner, "restore_best_weights", restore_best_weights
        )
        self.start_from_epoch = check_int(
            owner, "start_from_epoch", start_from_epoch, minimum=0
        )
        self._reset()
        self._context: RunContext | None = None  # of the training that runs

    def __exit__(self, *error: Any) -> None:
        self._context = None

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = self._watched.worst
        self.best_epoch = 0
        self._best_weights: dict[str, Any] = {}  # by the Parameter's name

    def on_train_begin(self, run_context: RunContext) -> None:
        """Forget an earlier training."""
        self._reset()
        self._context = run_context

    def state_dict(self) -> dict[str, Any]:
        """How long it has waited, for what, and the best weights if it keeps them."""
        return {name: getattr(self, name) for name in _REMEMBERED}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Wait on from there; a training that was stopped has nothing left to do."""
        for name in _REMEMBERED:
            setattr(self, name, state_dict[name])
        stopped = self.stopped_epoch > 0 and self.wait >= self.patience
        if stopped and self._context is not None:
            self._context.request_stop()

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """Look at the value; stop when it is time."""
        params = run_context.original_args()
        value = self._watched.read(params)
        if value is None or params["cur_epoch_num"] <= self.start_from_epoch:
            return
        self.wait += 1
        if self.restore_best_weights and not self._best_weights:
            self._keep_weights(params)
        if self._watched.is_better(value, self.best):
            self.best, self.best_epoch = value, params["cur_epoch_num"]
            if self.restore_best_weights:
                self._keep_weights(params)
            if self.baseline is None or self._watched.is_better(value, self.baseline):
                self.wait = 0
        if self.wait >= self.patience:
            self.stopped_epoch = params["cur_epoch_num"]
            run_context.request_stop()
            if self._best_weights:
                if self.verbose:
                    print(f"Restoring the weights of epoch {self.best_epoch}")
                for parameter in _network(params).get_parameters():
                    parameter.set_data(self._best_weights[parameter.name])

    def on_train_end(self, run_context: RunContext) -> None:
        """Say when training stopped."""
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch:05d}: early stopping", flush=True)

    def _keep_weights(self, params: Any) -> None:
        """Copies of the network's Parameters, on the device."""
        self._best_weights = {
            p.name: p.value() for p in _network(params).get_parameters()
        }


def _network(params: Any) -> Any:
    return params.get("train_network") or params["network"]
