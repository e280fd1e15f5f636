"""ModelCheckpoint: saves the training network as it goes."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cellnet.train.callback._callback import Callback
from cellnet.train.callback._checkpoint_config import CheckpointConfig
from cellnet.train.callback._kept_files import KeptFiles
from cellnet.train.callback._nan_report import NonFiniteError
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext
from cellnet.train.checkpoint import finish_async_save, save_checkpoint
from cellnet.train.checkpoint._formats import FORMATS
from cellnet.train.checkpoint._run_state import pack

logger = logging.getLogger("cellnet")

# which files there are, and where
_FILES = ("_directory", "_prefix", "_files", "_latest", "_saved_step", "_saved_time")


class ModelCheckpoint(Callback):
    """Saves ``<prefix>-<epoch>_<step in the epoch>.ckpt`` during and after training.

    With sinking a step ends where a sink ends, and files are written there.  The end of
    training is always saved.  Where the folder has files of this prefix already, as of
    an earlier run, the prefix becomes ``<prefix>_1``, ``<prefix>_2``, ...: nothing that
    another run wrote is overwritten or deleted, unless this one goes on from it.

    In ``Model.train`` and ``Model.fit`` a file has all that ``resume=`` needs: network,
    optimizer, loss scale, random key, place in the data, states of the callbacks.  It
    is written when the other callbacks have done their part of the step.  SIGTERM and
    Ctrl-C, and an error in another callback, then save the last whole step.

    Args:
        prefix: how the names begin; or a function of the run's fields that returns the
            whole name but for the suffix.
        directory: the folder, made if missing; the current one if None; or a function
            of the run's fields.
        config: when, what and how many; CheckpointConfig() if None.

    Raises:
        ValueError: ``prefix`` is no str or has a "/"; ``directory`` is empty.
        TypeError: ``directory`` is no str, or ``config`` no CheckpointConfig.
        OSError: the folder or a file cannot be written.

    Example:
        config = CheckpointConfig(save_checkpoint_steps=1000, keep_checkpoint_max=3)
        model.train(10, data, callbacks=ModelCheckpoint("lenet", "checkpoints", config))

    Differs: MindSpore's picture of the graph, ``<prefix>-graph.meta``, is not written.
    Older files are deleted once the newer one is complete, not before.

    Source: mindspore.train.ModelCheckpoint.
    """

    def __init__(
        self,
        prefix: str | Callable[[Any], str] = "CKP",
        directory: str | os.PathLike[str] | Callable[[Any], str] | None = None,
        config: CheckpointConfig | None = None,
    ) -> None:
        super().__init__()
        if config is not None and not isinstance(config, CheckpointConfig):
            raise TypeError(
                "ModelCheckpoint: config must be a CheckpointConfig, got "
                f"{type(config).__name__}"
            )
        self._config = config or CheckpointConfig()
        self._prefix = prefix if callable(prefix) else _check_prefix(prefix)
        self._directory = directory if callable(directory) else _make_folder(directory)
        if isinstance(self._prefix, str) and isinstance(self._directory, Path):
            self._prefix = _free_prefix(self._directory, self._prefix)
        self._files = self._new_files()
        self._latest = ""
        self._params: Any = None  # of the training that runs now
        self._saved_step = 0
        self._saved_time = time.monotonic()

    def _new_files(self) -> KeptFiles:
        return KeptFiles(
            self._config.keep_checkpoint_max,
            self._config.keep_checkpoint_per_n_minutes,
        )

    @property
    def latest_ckpt_file_name(self) -> str:
        """Full path of the file written last, "" before the first."""
        return self._latest

    def __exit__(self, *error: Any) -> None:
        params, self._params = self._params, None
        if params is None or error[0] is None:
            return
        # a signal: the run has saved; numbers lost: the last file is the good one
        if not issubclass(error[0], Exception) or isinstance(error[1], NonFiniteError):
            _report(finish_async_save)
            return
        made = params["cur_step_num"]
        if self._config.exception_save and made and made != self._saved_step:
            self._save_breakpoint(params)
        else:
            _report(finish_async_save)

    def state_dict(self) -> dict[str, Any]:
        """Which files are its own, and how their names begin."""
        prefix = self._prefix if isinstance(self._prefix, str) else None
        return {"prefix": prefix, "files": self._files.ages()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with those files that are in the folder that it writes to.

        The folder may have moved.
        """
        folder, prefix = self._directory, state_dict["prefix"]
        files = state_dict["files"]
        if isinstance(folder, Path):
            files = {str(folder / Path(f).name): age for f, age in files.items()}
        self._files.take_over(files)
        if self._files.ages() and isinstance(self._prefix, str) and prefix is not None:
            self._prefix = prefix

    @property
    def saves_runs(self) -> bool:
        """Whether its files have what ``resume=`` needs."""
        return self._config.saved_network is None

    @contextmanager
    def elsewhere(self, folder: Path) -> Iterator[None]:
        """In here write to ``folder``, and count no file as one's own.

        Args:
            folder: made if missing.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with replaced(self, **{name: getattr(self, name) for name in _FILES}):
            self._directory, self._latest = folder, ""
            self._files = self._new_files()
            try:
                yield
            finally:
                finish_async_save()

    def save(self, run_context: RunContext) -> str:
        """Save now, whatever the config says of when; wait until it is written.

        Returns:
            The file.

        Raises:
            OSError: it cannot be written.
        """
        params = run_context.original_args()
        if params["cur_step_num"] != self._saved_step or not self._latest:
            self._save(params)
        finish_async_save()
        return self._latest

    def on_train_begin(self, run_context: RunContext) -> None:
        self._params = run_context.original_args()
        self._check_appended(self._params)
        self._saved_step = self._params.get("cur_step_num", 0)
        self._saved_time = time.monotonic()
        super().on_train_begin(run_context)

    def _check_appended(self, params: Any) -> None:
        """Refuse before work is lost what saving would refuse."""
        network = self._config.saved_network or params.get("train_network")
        appended = self._config.append_dict
        if network is None or not appended:
            return
        names = {p.name for p in network.get_parameters()} & appended.keys()
        if names:
            raise ValueError(
                f"ModelCheckpoint: append_info has {sorted(names)}, which Parameters "
                "are called and which would replace them; choose other names"
            )

    def step_end(self, run_context: RunContext) -> None:
        """Save if it is time to."""
        params = run_context.original_args()
        if self._is_due(params["cur_step_num"]):
            self._save(params)

    def end(self, run_context: RunContext) -> None:
        """Save the last state, and wait until it is written."""
        params = run_context.original_args()
        if params["cur_step_num"] != self._saved_step:
            self._save(params)
        finish_async_save()
        self._files.prune()
        self._params = None

    def on_eval_step_end(self, run_context: RunContext) -> None:
        """Evaluation changes nothing that is to be saved."""

    def on_eval_end(self, run_context: RunContext) -> None:
        """Evaluation changes nothing that is to be saved."""

    def _is_due(self, step: int) -> bool:
        steps = self._config.save_checkpoint_steps
        if steps:
            return step - self._saved_step >= steps
        seconds = self._config.save_checkpoint_seconds
        return bool(seconds) and time.monotonic() - self._saved_time > seconds

    def _save(self, params: Any) -> None:
        path = self._path(params)
        if self._config.async_save:  # this file may fail yet: all before it count
            self._files.prune()
        self._files.add(path)  # it lists itself
        self._write(path, params, self._config.async_save)
        if not self._config.async_save:
            self._files.prune()
        self._saved_step = params["cur_step_num"]
        self._saved_time = time.monotonic()
        self._latest = str(path)
        params["last_save_ckpt_step"] = self._saved_step
        params["latest_ckpt_file"] = self._latest

    def _write(self, path: Path, params: Any, async_save: bool | str) -> None:
        config = self._config
        network = config.saved_network or params["train_network"]
        appended = config.append_values(params["cur_epoch_num"], params["cur_step_num"])
        state_of_run = params.get("state_of_run")
        if state_of_run is not None and network is params["train_network"]:
            # which entries are no Parameters, for who checks the names
            state = {**state_of_run(), "appended": list(appended or ())}
            appended = {**(appended or {}), **pack(state)}
        save_checkpoint(
            network,
            path,
            config.integrated_save,
            async_save,
            appended,
            crc_check=config.crc_check,
            format=config.format,
        )

    def _save_breakpoint(self, params: Any) -> None:
        path = self._path(params)
        path = path.with_name(f"{path.stem}_breakpoint{path.suffix}")
        if _report(finish_async_save, lambda: self._write(path, params, False)):
            self._latest = str(path)

    def _path(self, params: Any) -> Path:
        folder, suffix = self._directory, FORMATS[self._config.format].suffix
        if callable(folder):
            folder = _make_folder(folder(params))
        if callable(self._prefix):
            return folder / f"{_check_prefix(self._prefix(params))}{suffix}"
        step = (params["cur_step_num"] - 1) % params["batch_num"] + 1
        return folder / f"{self._prefix}-{params['cur_epoch_num']}_{step}{suffix}"


def _report(*actions: Callable[[], None]) -> bool:
    """Run ``actions``, all of them; an error is logged, for another is on its way."""
    succeeded = True
    for action in actions:
        try:
            action()
        except Exception:
            succeeded = False
            logger.exception("ModelCheckpoint: saving failed while training ended")
    return succeeded


def _check_prefix(prefix: Any) -> str:
    if not isinstance(prefix, str) or "/" in prefix:
        raise ValueError(
            "ModelCheckpoint: prefix must be a str without '/', or a function that "
            f"returns one, got {prefix!r}; give the folder by directory="
        )
    return prefix


def _make_folder(directory: Any) -> Path:
    if directory is None:
        return Path.cwd()
    if not isinstance(directory, str | os.PathLike):
        raise TypeError(
            "ModelCheckpoint: directory must be a str, got "
            f"{type(directory).__name__} ({directory!r})"
        )
    if isinstance(directory, str) and not directory.strip():
        raise ValueError("ModelCheckpoint: directory must not be empty; None is here")
    folder = Path(directory).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free_prefix(folder: Path, prefix: str) -> str:
    """``prefix``, with the next free number if files of it are in ``folder``."""
    pattern = re.compile(
        rf"{re.escape(prefix)}(?:_(\d+))?-\d+_\d+(?:_breakpoint)?\.(?:ckpt|safetensors|orbax)"
    )
    found = [m for m in map(pattern.fullmatch, os.listdir(folder)) if m]
    if not found:
        return prefix
    return f"{prefix}_{max(int(match[1] or 0) for match in found) + 1}"
