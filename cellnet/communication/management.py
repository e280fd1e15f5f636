"""Ranks and groups of a single process: rank 0 of 1, whatever group is asked about.

``init`` is accepted where MindSpore would want a cluster, so that a program written for
eight devices runs on one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable

logger = logging.getLogger("cellnet")

HCCL_WORLD_COMM_GROUP = "hccl_world_group"
NCCL_WORLD_COMM_GROUP = "nccl_world_group"
MCCL_WORLD_COMM_GROUP = "mccl_world_group"

_WORLDS = {
    "hccl": HCCL_WORLD_COMM_GROUP,
    "nccl": NCCL_WORLD_COMM_GROUP,
    "mccl": MCCL_WORLD_COMM_GROUP,
}


class GlobalComm:
    """What ``init`` chose: the library's name and its group of all processes."""

    BACKEND: str = "hccl"
    WORLD_COMM_GROUP: str = HCCL_WORLD_COMM_GROUP
    INITED: bool = False
    CHECK_ENVS: bool = True


# name -> world ranks of a group that the program made
_groups: dict[str, tuple[int, ...]] = {}


def init(backend_name: str | None = None) -> None:
    """Join the other processes; there are none (mindspore.communication.init).

    Args:
        backend_name: "hccl", "nccl", "mccl", or None for "hccl"; only kept.

    Raises:
        TypeError: ``backend_name`` is no string.
        RuntimeError: it is none of the three.
    """
    backend = "hccl" if backend_name is None else backend_name
    if not isinstance(backend, str):
        raise TypeError(
            f"init: backend_name must be a str, got {type(backend).__name__}"
        )
    if backend not in _WORLDS:
        raise RuntimeError(
            f"init: backend_name must be one of {', '.join(_WORLDS)}, got {backend!r}"
        )
    if os.environ.get("RANK_SIZE", "1") not in ("", "0", "1") and not GlobalComm.INITED:
        logger.warning(
            "communication.init: RANK_SIZE is %s, but this process trains by itself, "
            "as rank 0 of 1",
            os.environ["RANK_SIZE"],
        )
    GlobalComm.BACKEND = backend
    GlobalComm.WORLD_COMM_GROUP = _WORLDS[backend]
    GlobalComm.INITED = True


def release() -> None:
    """Leave the other processes, and forget all groups."""
    GlobalComm.INITED = False
    _groups.clear()


def get_rank(group: str = HCCL_WORLD_COMM_GROUP) -> int:
    """Rank of this process in ``group``: 0.

    Raises:
        TypeError: ``group`` is no string.  ValueError: no such group.
    """
    return _ranks("get_rank", group).index(0)


def get_local_rank(group: str = HCCL_WORLD_COMM_GROUP) -> int:
    """Rank of this process among those of its machine: 0."""
    return _ranks("get_local_rank", group).index(0)


def get_group_size(group: str = HCCL_WORLD_COMM_GROUP) -> int:
    """Number of processes in ``group``: 1.

    Raises:
        TypeError: ``group`` is no string.  ValueError: no such group.
    """
    return len(_ranks("get_group_size", group))


def get_local_rank_size(group: str = HCCL_WORLD_COMM_GROUP) -> int:
    """Number of processes of ``group`` on this machine: 1."""
    return len(_ranks("get_local_rank_size", group))


def get_process_group_ranks(group: str = HCCL_WORLD_COMM_GROUP) -> list[int]:
    """World ranks of the processes in ``group``: [0]."""
    return list(_ranks("get_process_group_ranks", group))


def get_world_rank_from_group_rank(group: str, group_rank_id: int) -> int:
    """World rank of the process that is ``group_rank_id`` in ``group``.

    Raises:
        TypeError: wrong types.  ValueError: no such group or rank.
    """
    ranks = _ranks("get_world_rank_from_group_rank", group)
    _check_rank("get_world_rank_from_group_rank", "group_rank_id", group_rank_id, ranks)
    return ranks[group_rank_id]


def get_group_rank_from_world_rank(world_rank_id: int, group: str) -> int:
    """Rank in ``group`` of the process that is ``world_rank_id`` among all.

    Raises:
        TypeError: wrong types.  ValueError: no such group or rank.
    """
    ranks = _ranks("get_group_rank_from_world_rank", group)
    _check_rank("get_group_rank_from_world_rank", "world_rank_id", world_rank_id, ranks)
    return ranks.index(world_rank_id)


def get_comm_name(group: str = HCCL_WORLD_COMM_GROUP) -> str:
    """Name of the communicator of ``group``."""
    _ranks("get_comm_name", group)
    return group


def create_group(group: str, rank_ids: Iterable[int], options: object = None) -> None:
    """Name a group of processes; ``rank_ids`` can only be [0].

    Raises:
        TypeError: wrong types.  ValueError: a rank that there is not, or one twice.
    """
    del options
    _check_group_name("create_group", group)
    if not isinstance(rank_ids, (list, tuple, range)):
        raise TypeError(
            f"create_group: rank_ids must be a list, got {type(rank_ids).__name__}"
        )
    ranks = tuple(rank_ids)
    if ranks != (0,):
        raise ValueError(
            f"create_group: rank_ids must be [0], the only process there is, got "
            f"{list(ranks)}"
        )
    _groups[group] = ranks


def destroy_group(group: str) -> None:
    """Forget a group that ``create_group`` made.

    Raises:
        TypeError: ``group`` is no string.  ValueError: the group of all processes.
    """
    _check_group_name("destroy_group", group)
    if group in _WORLDS.values():
        raise ValueError(f"destroy_group: {group} is the group of all processes")
    _groups.pop(group, None)


def _ranks(owner: str, group: str) -> tuple[int, ...]:
    _check_group_name(owner, group)
    if group in _WORLDS.values():
        return (0,)
    if group not in _groups:
        raise ValueError(
            f"{owner}: no group {group!r}; make it by create_group, or use "
            f"{GlobalComm.WORLD_COMM_GROUP}"
        )
    return _groups[group]


def _check_group_name(owner: str, group: str) -> None:
    if not isinstance(group, str):
        raise TypeError(f"{owner}: group must be a str, got {type(group).__name__}")


def _check_rank(owner: str, name: str, rank: int, ranks: tuple[int, ...]) -> None:
    if isinstance(rank, bool) or not isinstance(rank, int):
        raise TypeError(f"{owner}: {name} must be an int, got {type(rank).__name__}")
    if not 0 <= rank < len(ranks):
        raise ValueError(f"{owner}: {name} must be in [0, {len(ranks)}), got {rank}")
