"""OnRequestExit: a signal ends the run after the present step, its state saved."""

from __future__ import annotations

import json
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import Any

from cellnet._checks import check_type
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext
from cellnet.train.checkpoint import (
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)

_UNCATCHABLE = (signal.SIGKILL, signal.SIGSTOP) if hasattr(signal, "SIGKILL") else ()


class OnRequestExit(Callback):
    """Stops at a signal, or when a file says so, and saves a checkpoint.

    The checkpoint is ``<directory>/rank_0/<file_name>_train.ckpt`` (``_eval``); a run
    that begins while it is there starts from it.  With sinking the run ends after the
    present sink.

    Args:
        save_ckpt: save the checkpoint.
        save_mindir: accepted, no effect: MindIR cannot be written; see
            ``cellnet.export``.
        file_name: what the file's name begins with.
        directory: where to put it.
        config_file: a JSON file; ``{"GracefulExit": 1}`` in it asks to exit.
        sig: the signal; its handler is put back when the run ends.

    Raises:
        ValueError: an argument of another type, or a signal that cannot be caught.

    Example:
        model.train(100, data, callbacks=OnRequestExit(file_name="LeNet5"))

    Source: mindspore.train.OnRequestExit.
    """

    def __init__(
        self,
        save_ckpt: bool = True,
        save_mindir: bool = True,
        file_name: str = "Net",
        directory: str = "./",
        config_file: str | None = None,
        sig: int = signal.SIGTERM,
    ) -> None:
        super().__init__()
        try:
            for name, value, kind in (
                ("save_ckpt", save_ckpt, bool),
                ("save_mindir", save_mindir, bool),
                ("file_name", file_name, str),
                ("directory", directory, str),
                ("sig", sig, int),
            ):
                check_type("OnRequestExit", name, value, kind)
        except TypeError as error:
            raise ValueError(str(error)) from None
        if sig in _UNCATCHABLE:
            raise ValueError(
                f"OnRequestExit: signal {sig} cannot be caught; use SIGTERM"
            )
        self.save_ckpt = save_ckpt
        self.sig = sig
        folder = Path(directory) / "rank_0"
        self._files = {
            mode: folder / f"{file_name}_{mode}.ckpt" for mode in ("train", "eval")
        }
        self._config = None if config_file is None else Path(config_file)
        self._asked = False
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> OnRequestExit:
        self._asked = False
        self._before = signal.signal(self.sig, self._handle)
        self._installed = True
        return self

    def __exit__(self, *error: Any) -> None:
        if self._installed:
            signal.signal(self.sig, self._before)
            self._installed = False

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """In here, write to ``folder``."""
        files = {mode: folder / file.name for mode, file in self._files.items()}
        return replaced(self, _files=files)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked = True

    def on_train_begin(self, run_context: RunContext) -> None:
        """Start from the checkpoint of the run before, unless ``resume=`` named one."""
        if not run_context.original_args().get("resumed_from"):
            self._restore(run_context, "train_network", "train")

    def on_train_step_end(self, run_context: RunContext) -> None:
        """Exit, if so asked."""
        self._exit_if_asked(run_context, "train_network", "train")

    def on_eval_begin(self, run_context: RunContext) -> None:
        """Evaluate what training, or the evaluation before, left."""
        if run_context.original_args().get("train_network") is None:
            self._restore(run_context, "eval_network", "eval", "train")

    def on_eval_step_end(self, run_context: RunContext) -> None:
        """Exit, if so asked."""
        self._exit_if_asked(run_context, "eval_network", "eval")

    def _restore(self, run_context: RunContext, network: str, *modes: str) -> None:
        files = [self._files[m] for m in modes if self._files[m].exists()]
        if self.save_ckpt and files:
            cell = run_context.original_args()[network]
            load_param_into_net(cell, load_checkpoint(str(files[0])))

    def _exit_if_asked(self, run_context: RunContext, network: str, mode: str) -> None:
        if not (self._asked or self._asked_by_file()):
            return
        if self.save_ckpt:
            file = self._files[mode]
            file.parent.mkdir(parents=True, exist_ok=True)
            save_checkpoint(run_context.original_args()[network], str(file))
        run_context.request_stop()

    def _asked_by_file(self) -> bool:
        if self._config is None or not self._config.exists():
            return False
        try:
            return json.loads(self._config.read_text()).get("GracefulExit") == 1
        except (ValueError, AttributeError):  # half written, or no object
            return False
