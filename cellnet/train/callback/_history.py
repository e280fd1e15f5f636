"""History: keeps the loss and the metrics of each epoch."""

from __future__ import annotations

import copy
import importlib
import os
from typing import Any

from cellnet.train.callback._callback import Callback
from cellnet.train.callback._curves import plot_curves
from cellnet.train.callback._loss import first_output, read_loss
from cellnet.train.callback._run_context import RunContext


class History(Callback):
    """The last loss of each epoch, and the metrics where an epoch was evaluated.

    ``Model.fit`` returns one.

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
        self._epochs: list[int] = []  # the number of each epoch, over all runs
        self._places: dict[str, list[int]] = {}  # of each entry in that list
        self._training = False

    def __exit__(self, *error: Any) -> None:
        self._training = False

    def __repr__(self) -> str:
        return f"History({', '.join(self._entries)}: {len(self.to_rows())} epochs)"

    @property
    def history(self) -> dict[str, list[Any]]:
        """What was kept; reading it waits for the device."""
        if "net_output" in self._entries:
            losses = self._entries["net_output"]
            losses[:] = [read_loss(loss) for loss in losses]
        return self._entries

    def to_rows(self) -> list[dict[str, Any]]:
        """An epoch a row: ``{"epoch": 1, "net_output": 0.5, "acc": 0.9}``.

        What an epoch was not evaluated for is missing.  Runs follow each other.
        """
        rows: list[dict[str, Any]] = [{"epoch": number} for number in self._epochs]
        for name, values in self.history.items():
            for place, value in zip(self._places[name], values, strict=True):
                rows[place][name] = value
        return rows

    def to_frame(self) -> Any:
        """A pandas DataFrame: a row an epoch, its number the index, a column a value.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise ImportError(
                "History.to_frame needs pandas, which is not installed: "
                'pip install "cellnet[frame]"'
            ) from error
        columns = ["epoch", *self._entries]
        return pandas.DataFrame(self.to_rows(), columns=columns).set_index("epoch")

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the learning curves: a panel for each quantity, epochs along its foot.

        A quantity of training (``net_output``, ``train_acc``) and of validation
        (``loss``, ``acc``) share a panel.

        Args:
            path: write the picture there; its ending says the format.

        Returns:
            The matplotlib Figure.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: there is no epoch to draw.
        """
        return plot_curves(self.to_rows(), list(self._entries), path)

    def state_dict(self) -> dict[str, Any]:
        """Epochs and values so far."""
        state = {
            "epoch": self.epoch,
            "history": self.history,
            "epochs": self._epochs,
            "places": self._places,
        }
        return copy.deepcopy(state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there, in the place of what an earlier run left."""
        self.epoch = state_dict["epoch"]
        self._entries = state_dict["history"]
        self._epochs = state_dict["epochs"]
        self._places = state_dict["places"]

    def begin(self, run_context: RunContext) -> None:
        """Start the list of epochs."""
        self.epoch = {"epoch": []}

    def epoch_end(self, run_context: RunContext) -> None:
        """Keep this epoch's results, the loss as the device's value."""
        params = run_context.original_args()
        if self.epoch is None:
            self.begin(run_context)
        assert self.epoch is not None
        number = params.get("cur_epoch_num", 1)
        self.epoch["epoch"].append(number)
        results = {"net_output": first_output(params.get("net_outputs"))}
        results.update(params.get("metrics") or {})
        for name, value in results.items():
            self._entries.setdefault(name, []).append(value)
            self._places.setdefault(name, []).append(len(self._epochs))
        self._epochs.append(number)

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
