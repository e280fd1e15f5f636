"""SummaryRecord: gathers values and writes them to an event file, step by step."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cellnet._checks import check_bool, check_type
from cellnet.nn.cell import Cell
from cellnet.ops.summary import recording
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.summary._events import EventFile, entry

logger = logging.getLogger("cellnet")

_VALUES = ("scalar", "image", "tensor", "histogram")
_TEXTS = (
    *("graph", "train_lineage", "eval_lineage", "dataset_graph"),
    *("custom_lineage_data", "LANDSCAPE", "explainer"),
)
_is_open = False


class SummaryRecord:
    """Writes values to a file that TensorBoard opens (mindspore.SummaryRecord).

    Values come from ``add_value``, and while the record is open from ScalarSummary,
    ImageSummary, TensorSummary and HistogramSummary in networks that run: the last
    value of each since the last ``record``.

    Args:
        log_dir: folder of the file, made if need be.
        file_prefix: accepted; the name begins as TensorBoard demands.
        file_suffix: what the file's name ends with.
        num_process: accepted; one thread writes.
        network: written as text at the first ``record``.
        max_file_size: bytes; what goes beyond is left out. None for no limit.
        raise_exception: raise errors of writing instead of logging them.
        export_options: ``{"tensor_format": "npy"}`` writes values of "tensor" to
            ``<log_dir>/export/tensor`` too.

    Raises:
        TypeError: an argument of another type.
        RuntimeError: another record is open.
        ImportError: tensorboardX is not installed.

    Example:
        with SummaryRecord("./summary") as record:
            record.add_value("scalar", "loss", Tensor(0.1))
            record.record(step=1)
    """

    def __init__(
        self,
        log_dir: str,
        file_prefix: str = "events",
        file_suffix: str = "_MS",
        num_process: int = 32,
        network: Cell | None = None,
        max_file_size: int | None = None,
        raise_exception: bool = False,
        export_options: dict[str, Any] | None = None,
    ) -> None:
        global _is_open
        owner = "SummaryRecord"
        if _is_open:
            raise RuntimeError(
                f"{owner}: another one is open; close it before making a new one"
            )
        check_type(owner, "log_dir", log_dir, str, Path)
        check_type(owner, "file_prefix", file_prefix, str)
        check_type(owner, "file_suffix", file_suffix, str)
        check_type(owner, "max_file_size", max_file_size, int, type(None))
        check_type(owner, "network", network, Cell, type(None))
        self._raise = check_bool(owner, "raise_exception", raise_exception)
        self._export = _exports(owner, export_options)
        if max_file_size is not None and max_file_size < 0:
            logger.warning(
                "%s: max_file_size is %d, expected > 0; there is no limit",
                owner,
                max_file_size,
            )
            max_file_size = None
        self._folder = Path(log_dir)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._network = network
        self._file = EventFile(self._folder, file_suffix, max_file_size)
        self._mode = "train"
        self._values: dict[tuple[str, str], Any] = {}
        self._noted: dict[tuple[str, str], np.ndarray] = {}
        self._closed = self._full = False
        self._stack = ExitStack()
        self._stack.enter_context(recording(self._note))
        _is_open = True

    def __enter__(self) -> SummaryRecord:
        if self._closed:
            raise ValueError("SummaryRecord is closed; make a new one")
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    @property
    def log_dir(self) -> str:
        """The file, with its path."""
        return self._file.path

    def set_mode(self, mode: str) -> None:
        """Say whether networks that run are trained or evaluated.

        Args:
            mode: "train"; or "eval", in which values of networks are not written.

        Raises:
            ValueError: another mode.
        """
        if mode not in ("train", "eval"):
            raise ValueError(
                f"SummaryRecord.set_mode: expected 'train' or 'eval', got {mode!r}"
            )
        self._mode = mode

    def add_value(self, plugin: str, name: str, value: Any) -> None:
        """Keep a value for the next ``record``.

        Args:
            plugin: "scalar", "histogram" or "tensor"; "image", (N, C, H, W); others are
                written as text.
            name: its tag.
            value: a Tensor, or for the other plugins anything that ``str`` takes.

        Raises:
            ValueError: an unknown plugin, no name, or a Tensor of another rank.
            TypeError: no Tensor.
        """
        owner = "SummaryRecord.add_value"
        if plugin not in (*_VALUES, *_TEXTS):
            raise ValueError(
                f"{owner}: plugin must be one of {(*_VALUES, *_TEXTS)}, got {plugin!r}"
            )
        if not isinstance(name, str) or not name:
            raise ValueError(f"{owner}: name must be a non-empty str, got {name!r}")
        if plugin in _VALUES:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"{owner}: value must be a Tensor, got {type(value).__name__}"
                )
            if plugin == "scalar" and value.size != 1:
                raise ValueError(
                    f"{owner}: a scalar has one element, got {value.shape}"
                )
            if plugin == "image" and (value.ndim != 4 or value.shape[1] not in (1, 3)):
                raise ValueError(
                    f"{owner}: an image is (N, 1 or 3, H, W), got {value.shape}"
                )
            # as it is now: what holds it may change
            is_parameter = isinstance(value, Parameter)
            value = value.value() if is_parameter else Tensor._wrap(value._value)
        self._values[plugin, name] = value

    def record(
        self,
        step: int,
        train_network: Cell | None = None,
        plugin_filter: Callable[[str], bool] | None = None,
    ) -> bool:
        """Write all values that were kept since the last time; waits for the device.

        Args:
            step: what they are written for.
            train_network: written as text, if none was before.
            plugin_filter: of a plugin's name, whether its values are written.

        Returns:
            Whether everything was written.

        Raises:
            TypeError: ``step`` is no int, or ``train_network`` no Cell.
        """
        check_type("SummaryRecord.record", "step", step, int)
        check_type("SummaryRecord.record", "network", train_network, Cell, type(None))
        if self._closed:
            logger.error("SummaryRecord.record: it is closed; nothing is written")
            return False
        jax.effects_barrier()  # values of steps that still run
        values: dict[tuple[str, str], Any] = {}
        if self._mode == "train":
            values.update(self._noted)
        values.update(self._values)
        self._noted.clear()
        self._values.clear()
        network = self._network or train_network
        if network is not None:
            values.setdefault(("graph", "graph"), repr(network))
            self._network = None
        chosen = {
            key: value
            for key, value in values.items()
            if plugin_filter is None or plugin_filter(key[0])
        }
        try:
            return self._write(step, chosen)
        except (RuntimeError, OSError) as error:
            if self._raise:
                raise
            logger.error("SummaryRecord.record: %s", error)
            return False

    def _write(self, step: int, values: dict[tuple[str, str], Any]) -> bool:
        entries = []
        for (plugin, name), value in values.items():
            if plugin in _TEXTS:
                entries.append(entry("text", name, f"```\n{value}\n```"))
                continue
            array = np.asarray(value)
            entries.append(entry(plugin, name, array))
            if plugin == "tensor" and self._export:
                folder = self._folder / "export" / "tensor"
                folder.mkdir(parents=True, exist_ok=True)
                np.save(folder / f"{name.replace('/', '_')}_{step}.npy", array)
        if not entries:
            return True
        if self._file.write(step, entries):
            return True
        if not self._full:
            self._full = True
            logger.warning(
                "SummaryRecord: %s has reached max_file_size", self._file.path
            )
        return False

    def flush(self) -> None:
        """Write to disk what waits."""
        if self._closed:
            logger.error("SummaryRecord.flush: it is closed")
            return
        self._file.flush()

    def close(self) -> None:
        """Write to disk what waits, and end."""
        global _is_open
        if self._closed:
            return
        self._closed = True
        _is_open = False
        self._stack.close()
        self._file.close()

    def _note(self, kind: str, name: str, value: np.ndarray) -> None:
        """Take what a summary operation in a network saw."""
        self._noted[kind.lower(), name] = value


def _exports(owner: str, options: Any) -> bool:
    check_type(owner, "export_options", options, dict, type(None))
    if not options:
        return False
    if set(options) != {"tensor_format"} or options["tensor_format"] not in (
        "npy",
        None,
    ):
        raise ValueError(
            f"{owner}: export_options may be {{'tensor_format': 'npy'}}, got {options}"
        )
    return options["tensor_format"] == "npy"
