"""What a checkpoint says of the run that wrote it, for a run that goes on from it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.nn.cell import Cell
from cellnet.random import key_parameter
from cellnet.tensor import Tensor
from cellnet.train.amp._scalers import parameters_of_scalers
from cellnet.train.checkpoint import load_checkpoint, load_param_into_net
from cellnet.train.checkpoint._background import writer
from cellnet.train.checkpoint._formats import FORMATS, format_of
from cellnet.train.checkpoint._run_state import is_run_entry, unpack
from cellnet.train.data import split_seeds

logger = logging.getLogger("cellnet")

VERSION = 1  # of the state's fields
VARIABLE = "CELLNET_RESUME"  # a file to go on from, given by the environment


class SavedRun:
    """The state of a run, and its Parameters, from a file.

    Args:
        owner: the function's name, for messages.
        resume: a file that ModelCheckpoint wrote, or a folder: the newest whole one in
            it.

    Raises:
        TypeError: ``resume`` is no path.
        ValueError: no such file, a damaged one, or one that has no state of a run.
    """

    def __init__(self, owner: str, resume: str | os.PathLike[str]) -> None:
        if not isinstance(resume, str | os.PathLike):
            raise TypeError(
                f"{owner}: resume must be the path of a checkpoint, got {resume!r}"
            )
        self._owner = owner
        writer.wait()  # it may be this very file
        path = Path(resume)
        if _is_folder(path):
            self.file, self.state = _newest(owner, path)
        else:
            self.file, self.state = path, _state_of(owner, path)
        self._parameters = load_checkpoint(self.file)

    @property
    def training(self) -> int:
        """Which training of its process it was, from 1."""
        return self.state["training"]

    @property
    def first_epoch(self) -> int:
        """The epoch to begin with: the one it was in, unless that was finished."""
        return self.state["epoch"] + self.state["epoch_ended"]

    @property
    def epoch_steps(self) -> int:
        """Steps that were made of :attr:`first_epoch`."""
        return 0 if self.state["epoch_ended"] else self.state["epoch_steps"]

    @property
    def all_steps_made(self) -> bool:
        """Whether of :attr:`first_epoch` only its end is missing."""
        return self.state["steps_done"] and not self.state["epoch_ended"]

    def check(self, epoch: int, batch_num: int | None, network: Cell) -> None:
        """Refuse a training that this one cannot become.

        Args:
            epoch: epochs in all.
            batch_num: steps in an epoch, None if unknown.
            network: the training step.

        Raises:
            ValueError: more epochs were made, or epochs have another length.
            RuntimeError: Parameters of other names.
        """
        made, length = self.state["epoch"], self.state["batch_num"]
        if made > epoch:
            raise ValueError(
                f"{self._owner}: {self.file} is of epoch {made}, but epoch={epoch} "
                "counts all epochs; give a larger one"
            )
        if None not in (batch_num, length) and batch_num != length:
            raise ValueError(
                f"{self._owner}: {self.file} was made with {length} steps in an epoch, "
                f"this training has {batch_num}; give the same data, batch size and "
                "sink_size"
            )
        names = {p.name for p in network.get_parameters()}
        appended = self.state.get("appended", ())
        saved = self._parameters.keys() - set(appended)
        for what, wrong in (
            ("lacks Parameters of this training", names - saved),
            ("has Parameters that this training lacks", saved - names),
        ):
            if wrong:
                raise RuntimeError(
                    f"{self._owner}: {self.file} {what}: "
                    f"{', '.join(sorted(wrong)[:5])}; build network, optimizer and "
                    "Model as the run was built that wrote it"
                )
        scalers = parameters_of_scalers(network)
        if len(scalers) != len(self.state.get("loss_scalers", scalers)):
            raise RuntimeError(
                f"{self._owner}: {self.file} is of a step with other loss scalers; "
                "build the step as the run did that wrote it"
            )

    def restore(self, network: Cell, source: Any) -> None:
        """Give the training step, the random key and the data their states.

        Raises:
            RuntimeError: a Parameter's shape or type does not fit; nothing is changed.
            ValueError: the data cannot go on from there.
        """
        self._check_splits(source.dataset)
        load_param_into_net(network, self._parameters, strict_load=True)
        source.restore(self.state["data"])
        key_parameter()._value = jnp.asarray(self.state["random_key"])
        scalers = parameters_of_scalers(network)
        kept = self.state.get("loss_scalers", [p._data for p in scalers])
        for parameter, value in zip(scalers, kept, strict=True):
            parameter.set_data(np.reshape(value, parameter.shape))

    def _check_splits(self, data: Any) -> None:
        seeds = split_seeds(data)
        saved = self.state.get("splits", seeds)
        if seeds != saved:
            raise ValueError(
                f"{self._owner}: {self.file} was trained on other rows: Dataset.split "
                f"drew them by the seed {_listed(saved)}, here by {_listed(seeds)}. "
                "Call ms.set_seed before split, in each run; for this file "
                f"dataset.config.set_seed({_listed(saved)})"
            )

    def last_loss(self) -> Any:
        """The loss of the last step, a Tensor; None if it was no small one."""
        loss = self.state["loss"]
        return None if loss is None else Tensor._wrap(jnp.asarray(loss))


def saved_run(owner: str, resume: Any, training: int) -> SavedRun | None:
    """What to go on from, as the argument or the environment says; None for nothing.

    A file of the environment is for that training of the process that wrote it.

    Args:
        owner: the function's name, for messages.
        resume: its argument.
        training: which training of the process this is, from 1.
    """
    if resume is not None:
        return SavedRun(owner, resume)
    file = os.environ.get(VARIABLE)
    if not file:
        return None
    saved = SavedRun(owner, file)
    return saved if saved.training == training else None


def _listed(seeds: list[int]) -> str:
    return ", ".join(map(str, seeds)) or "none"


def _is_folder(path: Path) -> bool:
    return path.is_dir() and path.suffix != FORMATS["orbax"].suffix


def _newest(owner: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """The newest file of a folder that a run can go on from, and the run's state.

    Others lie beside them: weights alone, as BestCheckpoint writes them, and what a
    copy that broke off left.
    """
    suffixes = {each.suffix for each in FORMATS.values()}
    files = [each for each in folder.iterdir() if each.suffix in suffixes]
    for file in sorted(files, key=lambda each: each.stat().st_mtime_ns, reverse=True):
        try:
            return file, _state_of(owner, file)
        except NoRunStateError:
            continue
        except ValueError as error:
            logger.warning("%s: the newest checkpoint is left out: %s", owner, error)
    raise ValueError(
        f"{owner}: there is no checkpoint in the folder {folder} to go on from; leave "
        "resume out to begin anew"
    )


def _state_of(owner: str, file: Path) -> dict[str, Any]:
    """The state of the run that wrote a file."""
    if not file.exists():
        raise ValueError(f"{owner}: {file}: there is no such checkpoint file or folder")
    state = unpack(format_of(file).read(file, choice_func=is_run_entry))
    if state is None or state.get("version") != VERSION:
        raise NoRunStateError(
            f"{owner}: {file} has no state of a run that this version reads. "
            "ModelCheckpoint writes it, unless CheckpointConfig(saved_network=...) "
            "says otherwise; load Parameters alone with load_checkpoint"
        )
    return state


class NoRunStateError(ValueError):
    """A sound file, of weights alone."""
