"""CheckpointConfig: when ModelCheckpoint saves, what, and how many files it keeps."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_bool, check_int
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor
from cellnet.train.checkpoint._formats import check_format
from cellnet.train.checkpoint._options import (
    check_async_save,
    refuse_encryption,
    refuse_remove_redundancy,
)

_COUNTERS = ("epoch_num", "step_num")


class CheckpointConfig:
    """Settings of ModelCheckpoint (mindspore.train.CheckpointConfig).

    Args:
        save_checkpoint_steps: save when this many steps, >= 0, are done since the last
            time; 0 or None goes by seconds.
        save_checkpoint_seconds: save at the first step end that is more seconds after
            the last time; not looked at when steps are given.
        keep_checkpoint_max: keep this many of the newest files, >= 0; 0 or None goes by
            minutes.
        keep_checkpoint_per_n_minutes: of the older files keep one every n minutes; not
            looked at when ``keep_checkpoint_max`` is given.  With neither, only the
            newest file is kept.
        integrated_save: accepted; every Parameter is whole.
        async_save: True, "thread" or "process" write in the background, by a thread.
        saved_network: save this Cell; by default the training step, which is the
            network with the optimizer, and with it the state of the run, so that
            ``Model.train(..., resume=file)`` goes on from it.
        append_info: a list of "epoch_num", "step_num" and at most one dict of name ->
            int, float, bool, str, Tensor or Parameter, to save besides.
        enc_key, enc_mode: only None; encrypted files are not available.
        exception_save: when training fails, save ``*_breakpoint.ckpt``.
        crc_check: put a CRC-32 into the files, which loading checks.
        remove_redundancy: only False; it is for parallel training.
        format: "ckpt", MindSpore's; "safetensors"; or "orbax", a folder.

    Raises:
        TypeError: an argument of another type.
        ValueError: a negative number, all four of the first 0 or None, an unknown
            element of ``append_info``, or what is not available.

    Example:
        >>> CheckpointConfig(save_checkpoint_steps=100).keep_checkpoint_max
        5
    """

    def __init__(
        self,
        save_checkpoint_steps: int | None = 1,
        save_checkpoint_seconds: int | None = 0,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_per_n_minutes: int | None = 0,
        integrated_save: bool = True,
        async_save: bool | str = False,
        saved_network: Cell | None = None,
        append_info: list[Any] | None = None,
        enc_key: bytes | None = None,
        enc_mode: str = "AES-GCM",
        exception_save: bool = False,
        crc_check: bool = True,
        remove_redundancy: bool = False,
        format: str = "ckpt",
    ) -> None:
        owner = "CheckpointConfig"
        steps = _check_count("save_checkpoint_steps", save_checkpoint_steps)
        seconds = _check_count("save_checkpoint_seconds", save_checkpoint_seconds)
        newest = _check_count("keep_checkpoint_max", keep_checkpoint_max)
        minutes = _check_count(
            "keep_checkpoint_per_n_minutes", keep_checkpoint_per_n_minutes
        )
        if not (steps or seconds or newest or minutes):
            raise ValueError(
                f"{owner}: save_checkpoint_steps, save_checkpoint_seconds, "
                "keep_checkpoint_max and keep_checkpoint_per_n_minutes are all 0 or "
                "None; give one for saving and one for keeping"
            )
        if saved_network is not None and not isinstance(saved_network, Cell):
            raise TypeError(
                f"{owner}: saved_network must be a Cell, got "
                f"{type(saved_network).__name__}"
            )
        refuse_encryption(owner, "enc_key", enc_key, enc_mode)
        refuse_remove_redundancy(owner, remove_redundancy)
        # as in MindSpore, what does not count reads as None
        self.save_checkpoint_steps = steps
        self.save_checkpoint_seconds = None if steps else seconds
        self.keep_checkpoint_max = newest if newest or minutes else 1
        self.keep_checkpoint_per_n_minutes = None if newest else minutes
        self.integrated_save = check_bool(owner, "integrated_save", integrated_save)
        self.async_save = check_async_save(owner, async_save)
        self.saved_network = saved_network
        self.append_dict = _as_append_dict(append_info)
        self.enc_key = enc_key
        self.enc_mode = enc_mode
        self.exception_save = check_bool(owner, "exception_save", exception_save)
        self.crc_check = check_bool(owner, "crc_check", crc_check)
        self.remove_redundancy = remove_redundancy
        self.format = check_format(owner, format)

    def get_checkpoint_policy(self) -> dict[str, Any]:
        """When and what to save, as a dict."""
        return {
            "save_checkpoint_steps": self.save_checkpoint_steps,
            "save_checkpoint_seconds": self.save_checkpoint_seconds,
            "keep_checkpoint_max": self.keep_checkpoint_max,
            "keep_checkpoint_per_n_minutes": self.keep_checkpoint_per_n_minutes,
            "saved_network": self.saved_network,
        }

    def append_values(self, epoch: int, step: int) -> dict[str, Any] | None:
        """What ``append_info`` asks for, after ``step`` steps in ``epoch`` epochs.

        Counters given in the dict of ``append_info`` are where the counts start.
        """
        if self.append_dict is None:
            return None
        values = dict(self.append_dict)
        for name, count in zip(_COUNTERS, (epoch, step), strict=True):
            if name in values:
                values[name] += count
        return values


def _check_count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    return check_int("CheckpointConfig", name, value, minimum=0)


def _as_append_dict(append_info: Any) -> dict[str, Any] | None:
    if append_info is None:
        return None
    owner = "CheckpointConfig: append_info"
    if not isinstance(append_info, list):
        raise TypeError(f"{owner} must be a list, got {type(append_info).__name__}")
    values: dict[str, Any] = {}
    dicts = [element for element in append_info if isinstance(element, dict)]
    for element in append_info:
        if isinstance(element, dict):
            continue
        if not isinstance(element, str):
            raise TypeError(
                f"{owner}: an element must be a str or a dict, got "
                f"{type(element).__name__} ({element!r})"
            )
        if element not in _COUNTERS:
            raise ValueError(
                f"{owner}: a str must be one of {_COUNTERS}, got {element!r}; give "
                "other values by a dict"
            )
        values[element] = 0
    if len(dicts) > 1:
        raise TypeError(f"{owner}: at most one dict is allowed, got {len(dicts)}")
    for name, value in (dicts[0] if dicts else {}).items():
        if not (isinstance(name, str) and isinstance(value, _APPENDED)):
            raise TypeError(
                f"{owner}: the dict must have str -> int, float, bool, str, Tensor or "
                f"Parameter, got {name!r}: {value!r}"
            )
        values[name] = value
    return values


_APPENDED = (int, float, bool, str, Tensor)
