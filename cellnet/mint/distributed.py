"""Processes that train together, as one process sees them (mindspore.mint)."""

from __future__ import annotations

from typing import Any

from cellnet import communication
from cellnet.communication import HCCL_WORLD_COMM_GROUP as _WORLD
from cellnet.communication.management import GlobalComm


def init_process_group(backend: str = "hccl", *args: Any, **kwargs: Any) -> None:
    """Begin (mindspore.mint.distributed.init_process_group).

    Args:
        backend: "hccl", "nccl" or "mccl".
        *args, **kwargs: addresses and sizes, without effect.
    """
    del args, kwargs
    communication.init(backend)


def destroy_process_group(group: str | None = None) -> None:
    """End a group, or all (mindspore.mint.distributed.destroy_process_group)."""
    if group is None or group == _WORLD:
        communication.release()
    else:
        communication.destroy_group(group)


def get_rank(group: str | None = None) -> int:
    """Number of this process in a group (mindspore.mint.distributed.get_rank)."""
    return communication.get_rank(group or _WORLD)


def get_world_size(group: str | None = None) -> int:
    """Number of processes in a group (mindspore.mint.distributed.get_world_size)."""
    return communication.get_group_size(group or _WORLD)


def is_initialized() -> bool:
    """True after ``init_process_group`` (mindspore.mint.distributed)."""
    return bool(GlobalComm.INITED)


def is_available() -> bool:
    """True: one process is a group too (mindspore.mint.distributed.is_available)."""
    return True


def barrier(group: str | None = None, *args: Any, **kwargs: Any) -> None:
    """Wait for all processes of a group (mindspore.mint.distributed.barrier)."""
    del group, args, kwargs


__all__ = [
    "barrier",
    "destroy_process_group",
    "get_rank",
    "get_world_size",
    "init_process_group",
    "is_available",
    "is_initialized",
]
