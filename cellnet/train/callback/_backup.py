"""BackupAndRestore: a training that was broken off finds its weights again."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cellnet._checks import check_bool, check_int, check_type
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._replaced import replaced
from cellnet.train.callback._run_context import RunContext
from cellnet.train.checkpoint import (
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)


class BackupAndRestore(Callback):
    """Saves network and optimizer between epochs, and loads them when training begins.

    Args:
        backup_dir: folder of the file, ``backup.ckpt``.
        save_freq: "epoch", or an int: every so many epochs.
        delete_checkpoint: delete the file when training is finished.

    Raises:
        TypeError: an argument of another type.
        ValueError: a ``save_freq`` below 1.

    Example:
        model.train(10, data, callbacks=BackupAndRestore("backup"))

    Epochs are counted from 1 again, as in MindSpore; to go on exactly, with data and
    callbacks too, use ModelCheckpoint and ``resume=``.

    Source: mindspore.train.BackupAndRestore.
    """

    def __init__(
        self,
        backup_dir: str,
        save_freq: str | int = "epoch",
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        owner = "BackupAndRestore"
        check_type(owner, "backup_dir", backup_dir, str, Path)
        self.backup_file = Path(backup_dir) / "backup.ckpt"
        if save_freq != "epoch":
            check_int(owner, "save_freq", save_freq, minimum=1)
        self.save_freq = save_freq
        self.delete_checkpoint = check_bool(
            owner, "delete_checkpoint", delete_checkpoint
        )

    def elsewhere(self, folder: Path) -> AbstractContextManager[Any]:
        """In here, write to ``folder``."""
        return replaced(self, backup_file=folder / self.backup_file.name)

    def on_train_begin(self, run_context: RunContext) -> None:
        """Load the file, if a training left one and ``resume=`` named no other."""
        params: Any = run_context.original_args()
        if self.backup_file.exists() and not params.get("resumed_from"):
            network = params["train_network"]
            load_param_into_net(network, load_checkpoint(str(self.backup_file)))

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """Save, if it is time."""
        params: Any = run_context.original_args()
        every = 1 if self.save_freq == "epoch" else int(self.save_freq)
        if params["cur_epoch_num"] % every == 0:
            self.backup_file.parent.mkdir(parents=True, exist_ok=True)
            save_checkpoint(params["train_network"], str(self.backup_file))

    def on_train_end(self, run_context: RunContext) -> None:
        """Delete the file, if so asked."""
        if self.delete_checkpoint:
            self.backup_file.unlink(missing_ok=True)
