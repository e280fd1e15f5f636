"""SummaryCollector: loss, rate and weights of a training, for TensorBoard."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_int, check_type
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._loss import first_output
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext
from cellnet.train.summary import SummaryRecord

_DEFAULTS: dict[str, Any] = {
    "collect_metric": True,
    "collect_graph": True,
    "collect_train_lineage": True,
    "collect_eval_lineage": True,
    "collect_input_data": True,
    "collect_dataset_graph": True,
    "histogram_regular": None,
    "collect_landscape": None,
}
_FIRST_PARAMETERS = 5
_TENSOR_STEPS = 20


class SummaryCollector(Callback):
    """Writes what a training does to files that TensorBoard opens.

    Loss, learning rate and the distributions of some Parameters are written in the
    first step and in each whose number ``collect_freq`` divides, and with them what
    summary operations in the network note; with sinking "step" is an epoch.  The
    network is written as text, and so are the settings of training and the results of
    evaluation, whose metrics are scalars too.

    Args:
        summary_dir: folder of the files.
        collect_freq: steps, or epochs with sinking, > 0.
        num_process: accepted; one thread writes.
        collect_specified_data: what to collect: ``collect_metric``, ``collect_graph``,
            ``collect_train_lineage``, ``collect_eval_lineage``, True or False;
            ``histogram_regular``, a regular expression for names of Parameters, or
            None for the first five; ``collect_input_data``, ``collect_dataset_graph``
            and ``collect_landscape`` are accepted and have no effect.
        keep_default_action: whether what is not named there is collected as usual.
        custom_lineage_data: a dict of str -> str, int or float, written as text.
        collect_tensor_freq: as ``collect_freq``, for TensorSummary; None for at most
            20 in a training.
        max_file_size, export_options: as in SummaryRecord.

    Raises:
        TypeError: an argument of another type.
        ValueError: a frequency below 1, or an unknown key.
        ImportError: tensorboardX is not installed; when training begins.

    Example:
        model.train(10, data, callbacks=SummaryCollector("./summary"))

    Source: mindspore.train.SummaryCollector.
    """

    def __init__(
        self,
        summary_dir: str,
        collect_freq: int = 10,
        num_process: int = 32,
        collect_specified_data: dict[str, Any] | None = None,
        keep_default_action: bool = True,
        custom_lineage_data: dict[str, Any] | None = None,
        collect_tensor_freq: int | None = None,
        max_file_size: int | None = None,
        export_options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        owner = "SummaryCollector"
        del num_process
        self._folder = check_type(owner, "summary_dir", summary_dir, str)
        self._freq = check_int(owner, "collect_freq", collect_freq, minimum=1)
        if collect_tensor_freq is not None:
            check_int(owner, "collect_tensor_freq", collect_tensor_freq, minimum=1)
        self._tensor_freq = collect_tensor_freq
        check_bool(owner, "keep_default_action", keep_default_action)
        self._collect = _choices(owner, collect_specified_data, keep_default_action)
        self._custom = _checked_custom(owner, custom_lineage_data)
        self._options = {
            "max_file_size": max_file_size,
            "export_options": export_options,
        }
        self._record: SummaryRecord | None = None
        self._training = False

    def __exit__(self, *error: Any) -> None:
        self._close()

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """In here, write to ``folder``."""
        return replaced(self, _folder=str(folder))

    def begin(self, run_context: RunContext) -> None:
        """Open the file."""
        params = run_context.original_args()
        training = params.get("mode") != "eval"
        if self._record is None:
            self._record = SummaryRecord(self._folder, **self._options)
            self._training = training
        self._record.set_mode("train" if training else "eval")
        if training and self._tensor_freq is None:
            units = params.get("epoch_num", 1)
            if not params.get("dataset_sink_mode"):
                units *= params.get("batch_num") or 1
            self._tensor_every = max(self._freq, -(-units // _TENSOR_STEPS))
        elif training:
            self._tensor_every = self._tensor_freq

    def step_end(self, run_context: RunContext) -> None:
        """Write, if it is time."""
        params = run_context.original_args()
        if params.get("mode") == "eval" or self._record is None:
            return
        sunk = params.get("dataset_sink_mode")
        count = params["cur_epoch_num"] if sunk else params["cur_step_num"]
        if count != 1 and count % self._freq:
            return
        self._add_values(params)
        with_tensors = count == 1 or count % self._tensor_every == 0
        self._record.record(
            params["cur_step_num"],
            plugin_filter=lambda plugin: plugin != "tensor" or with_tensors,
        )

    def end(self, run_context: RunContext) -> None:
        """Write settings and results; the file ends with the training."""
        params = run_context.original_args()
        if self._record is None:
            return
        step = params.get("cur_step_num", 0)
        if params.get("mode") == "eval":
            self._add_results(params)
            step = params.get("cur_epoch_num", 0) if self._training else step
        elif self._collect["collect_train_lineage"]:
            self._record.add_value("train_lineage", "train", _settings(params))
        for name, value in self._custom.items():
            self._record.add_value("custom_lineage_data", name, value)
        self._record.record(step)
        self._record.set_mode("train")
        if not self._training or params.get("mode") != "eval":
            self._close()

    def _add_values(self, params: Any) -> None:
        assert self._record is not None
        add = self._record.add_value
        if self._collect["collect_metric"]:
            loss = first_output(params.get("net_outputs"))
            if isinstance(loss, Tensor):
                add("scalar", "loss/auto", Tensor(np.mean(np.asarray(loss))))
            rate = getattr(params.get("optimizer"), "learning_rate", None)
            if isinstance(rate, Parameter):
                add("scalar", "learning_rate/auto", rate.value())
        for name, parameter in self._histograms(params):
            add("histogram", f"{name}/auto", parameter.value())
        if self._collect["collect_graph"]:
            add("graph", "network", repr(params["train_network"]))
            self._collect = {**self._collect, "collect_graph": False}

    def _histograms(self, params: Any) -> list[tuple[str, Parameter]]:
        if "histogram_regular" not in self._collect:
            return []
        pattern = self._collect["histogram_regular"]
        parameters = params["network"].trainable_params()
        if pattern is None:
            parameters = parameters[:_FIRST_PARAMETERS]
        else:
            parameters = [p for p in parameters if re.match(pattern, p.name)]
        return [(p.name, p) for p in parameters]

    def _add_results(self, params: Any) -> None:
        assert self._record is not None
        if not self._collect["collect_eval_lineage"]:
            return
        results = params.get("metrics") or {}
        self._record.add_value("eval_lineage", "eval", results)
        for name, value in results.items():
            if np.size(value) == 1:
                number = Tensor(float(np.reshape(value, ())))
                self._record.add_value("scalar", f"eval_{name}", number)

    def _close(self) -> None:
        if self._record is not None:
            self._record.close()
            self._record = None


def _settings(params: Any) -> dict[str, Any]:
    """What the training was."""
    return {
        "network": type(params["network"]).__name__,
        "loss": type(params.get("loss_fn")).__name__,
        "optimizer": type(params.get("optimizer")).__name__,
        "epochs": params.get("epoch_num"),
        "steps of an epoch": params.get("batch_num"),
        "sunk": params.get("dataset_sink_mode"),
    }


def _choices(owner: str, given: Any, keep: bool) -> dict[str, Any]:
    check_type(owner, "collect_specified_data", given, dict, type(None))
    given = given or {}
    unknown = sorted(set(given) - set(_DEFAULTS))
    if unknown:
        raise ValueError(
            f"{owner}: collect_specified_data has the unknown keys {unknown}, expected "
            f"some of {sorted(_DEFAULTS)}"
        )
    for name, value in given.items():
        kinds = {
            "histogram_regular": (str, type(None)),
            "collect_landscape": (dict, type(None)),
        }.get(name, (bool,))
        check_type(owner, name, value, *kinds)
    if keep:
        return {**_DEFAULTS, **given}
    flags = {name: False for name, value in _DEFAULTS.items() if value is True}
    return {**flags, **given} if given else dict(_DEFAULTS)


def _checked_custom(owner: str, given: Any) -> dict[str, Any]:
    check_type(owner, "custom_lineage_data", given, dict, type(None))
    for name, value in (given or {}).items():
        check_type(owner, "a key of custom_lineage_data", name, str)
        check_type(owner, f"custom_lineage_data[{name!r}]", value, int, str, float)
    return dict(given or {})
