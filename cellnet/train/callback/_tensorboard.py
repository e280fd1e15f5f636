"""TensorBoard: a training as scalars, histograms, images, a graph and settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cellnet._checks import check_bool, check_choice, check_int, check_type
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.callback._board_writer import BoardWriter
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._loss import step_losses
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext
from cellnet.train.summary._events import charts_entries, settings_entries
from cellnet.view import graph_of

# a batch of pictures is written as one
_AS = {"image": "images"}
_KINDS = ("scalar", "histogram", "image", "tensor", "text")


class TensorBoard(Callback):
    """Writes a training to a file that TensorBoard opens.

    Scalars: ``loss/train``, the mean over each ``every_steps`` steps and over what is
    left at the end of an epoch; at the end of an epoch ``learning_rate``, and for each
    metric ``<name>/valid``, with training metrics ``<name>/train``.  Then histograms of
    the trainable Parameters, the network's graph, and the settings of the training with
    its results, as TensorBoard's HParams tab compares them between runs.  What there is
    of training and of validation, as ``loss/train`` and ``loss/valid``, shares a chart
    in the tab Custom Scalars.

    A thread reads the values when the device has them and writes; training does not
    wait.  One folder is one run: give each training its own.

    Args:
        log_dir: folder of the file, made if need be.
        every_steps: steps, >= 1, over which the loss is averaged.
        histogram_epochs: histograms every so many epochs; 0 for none.
        graph: write the network's graph.
        settings: what the run is to be told by, name -> str, bool, int or float;
            besides network, loss, optimizer, learning rate and batch numbers.

    Raises:
        TypeError: an argument of another type.
        ValueError: a number out of range.
        ImportError: tensorboardX is not installed; when training begins.
        RuntimeError: writing failed; raised at the next epoch's end.

    Example:
        model.fit(10, train_data, valid_data, callbacks=TensorBoard("runs/first"))
        # tensorboard --logdir runs
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "runs/tensorboard",
        *,
        every_steps: int = 100,
        histogram_epochs: int = 1,
        graph: bool = True,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        owner = "TensorBoard"
        self._folder = Path(check_type(owner, "log_dir", log_dir, str, os.PathLike))
        self._every = check_int(owner, "every_steps", every_steps, minimum=1)
        self._histogram_epochs = check_int(
            owner, "histogram_epochs", histogram_epochs, minimum=0
        )
        self._graph = check_bool(owner, "graph", graph)
        for name, value in (settings or {}).items():
            check_type(owner, f"settings[{name!r}]", value, str, bool, int, float)
        self._settings = dict(settings or {})
        self._writer: BoardWriter | None = None
        self._losses: list[Any] = []  # of the steps since they were last handed over
        self._step = 0
        self._with_graph = False
        self._tags: set[str] = set()  # of scalars that were written
        self._charts: dict[str, list[str]] = {}  # quantity -> tags in one chart
        self._ending: list[Any] = []  # says that the run was completed

    def __exit__(self, *error: Any) -> None:
        if self._writer is None:
            return
        failing = error[0] is not None
        if failing:  # what led to it is what will be looked at
            with suppress(RuntimeError):
                self._hand_over_losses(flush=True)
        writer, self._writer = self._writer, None
        writer.close(failing=failing)

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """In here, write to ``folder``."""
        return replaced(self, _folder=folder)

    def add(self, kind: str, tag: str, value: Any) -> None:
        """Write something of one's own, at the step that training has come to.

        Args:
            kind: "scalar", "histogram", "image" (a picture (N, C, H, W), which become
                one), "tensor" or "text".
            tag: its name; "a/b" is b in the group a.
            value: a Tensor, array or number; read later, by the thread.

        Raises:
            ValueError: another kind.
            RuntimeError: no training runs.
        """
        check_choice("TensorBoard.add", "kind", kind, _KINDS)
        if self._writer is None:
            raise RuntimeError(
                "TensorBoard.add: no training runs; call it from a callback"
            )
        self._writer.add(self._step, {(_AS.get(kind, kind), tag): _frozen(value)})

    def on_train_begin(self, run_context: RunContext) -> None:
        """Open the file; write the settings."""
        params = run_context.original_args()
        self._writer = BoardWriter(self._folder, self._every)
        self._losses, self._with_graph = [], self._graph
        self._tags, self._charts = {"loss/train"}, {}
        self._step = params.get("cur_step_num", 0)
        self._writer.start(self._step)
        if params.get("resumed_from"):
            self._writer.add_restart(self._step + 1)
        self._add_settings(params)

    def on_train_step_end(self, run_context: RunContext) -> None:
        """Keep the losses, on the device."""
        params = run_context.original_args()
        self._step = params["cur_step_num"]
        self._losses += step_losses(params)
        if len(self._losses) >= self._every:
            self._hand_over_losses(flush=False)

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """Write what an epoch has."""
        params = run_context.original_args()
        assert self._writer is not None
        self._hand_over_losses(flush=True)
        entries: dict[tuple[str, str], Any] = {}
        for name, value in (params.get("metrics") or {}).items():
            if np.size(value) == 1:
                entries["scalar", metric_tag(name)] = value
        get_rate = getattr(params.get("optimizer"), "get_lr", None)
        if get_rate is not None:
            rate = get_rate()
            rate = rate[0] if isinstance(rate, tuple) else rate
            entries["scalar", "learning_rate"] = _frozen(rate)
        every = self._histogram_epochs
        if every and params["cur_epoch_num"] % every == 0:
            for parameter in params["network"].trainable_params():
                tag = parameter.name.replace(".", "/")
                entries["histogram", tag] = _frozen(parameter)
        self._writer.add(self._step, entries)
        self._add_charts(tag for kind, tag in entries if kind == "scalar")
        if self._with_graph:
            self._with_graph = False
            self._add_graph(params)

    def on_train_end(self, run_context: RunContext) -> None:
        """Wait until all is written."""
        if self._writer is not None:
            self._writer.add_entries(self._step, self._ending)
        self.__exit__(None)

    def _hand_over_losses(self, *, flush: bool) -> None:
        assert self._writer is not None
        losses, self._losses = self._losses, []
        self._writer.add_losses(losses, flush=flush)

    def _add_charts(self, tags: Iterable[str]) -> None:
        """Have what training and validation both have drawn in one chart."""
        assert self._writer is not None
        self._tags.update(tags)
        names = sorted(t.removesuffix("/train") for t in self._tags)
        charts = {
            name: [f"{name}/train", f"{name}/valid"]
            for name in names
            if {f"{name}/train", f"{name}/valid"} <= self._tags
        }
        if charts != self._charts:
            self._charts = charts
            self._writer.add_entries(self._step, charts_entries(charts))

    def _add_settings(self, params: Any) -> None:
        assert self._writer is not None
        optimizer = params.get("optimizer")
        rate = getattr(optimizer, "learning_rate", None)
        settings = {
            "network": type(params["network"]).__name__,
            "loss": type(params.get("loss_fn")).__name__,
            "optimizer": type(optimizer).__name__,
            "epochs": params.get("epoch_num"),
            "steps_of_epoch": params.get("batch_num"),
        }
        if isinstance(rate, Parameter):
            # the shortest decimal of the float32, so that 0.1 is 0.1
            settings["learning_rate"] = float(str(rate.asnumpy()))
        settings.update(self._settings)
        begin, self._ending = settings_entries(settings)
        self._writer.add_entries(self._step, begin)

    def _add_graph(self, params: Any) -> None:
        assert self._writer is not None
        avals = list(params["train_network"].compile_cache._last_avals)
        if params.get("loss_fn") is not None:
            avals = avals[:-1]  # the label
        if avals:  # else nothing was compiled
            self._writer.add_graph(graph_of(params["network"], *avals))


def metric_tag(name: str) -> str:
    """What a metric is called: "acc/valid" for "acc", "acc/train" for "train_acc"."""
    is_training = name.startswith("train_")
    return f"{name.removeprefix('train_')}/{'train' if is_training else 'valid'}"


def _array(value: Any) -> Any:
    return value._value if isinstance(value, Tensor) else value


def _frozen(value: Any) -> Any:
    """A value as it is now; a copy, on the device, of what a step may donate."""
    if isinstance(value, Parameter):
        return _array(value.value())
    array = _array(value)
    return array if isinstance(array, jax.Array | str) else np.array(array)
