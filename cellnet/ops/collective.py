"""Operations among processes that train together, as the only process sees them.

Reducing, gathering and broadcasting over one process give back what came; see
``cellnet.communication``.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_int, check_type
from cellnet.communication import GlobalComm, get_group_size
from cellnet.ops._arrays import array_only
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, Primitive, primitive
from cellnet.tensor import Tensor


class ReduceOp:
    """Names of reductions (mindspore.ops.ReduceOp)."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    PROD = "prod"
    AVG = "avg"


@op
def _alone(input_x: Any, **settings: Any) -> Any:
    """What one process has by itself."""
    x = array_only("communication", input_x)
    if x.dtype == jnp.bool_:
        raise TypeError("communication: Bool Tensors cannot be reduced; cast to Int32")
    get_group_size(settings["group"])  # refuses a group that there is not
    return x


def _check_group(owner: str, group: Any) -> None:
    check_type(owner, "group", group, str)
    get_group_size(group)


def _form(name: str, summary: str, **settings: Any) -> type[Primitive]:
    def check(group: Any, **others: Any) -> None:
        if "op" in others:
            check_type(name, "op", others["op"], str)
        if "root_rank" in others:
            check_int(name, "root_rank", others["root_rank"], minimum=0)
        _check_group(name, group)

    def call(*inputs: Any, **named: Any) -> Any:
        return _alone(*inputs, **named)

    call.__name__ = name
    call.__doc__ = f"{summary} (mindspore.ops.{name})."
    return primitive(
        name, call, check=check, **settings, group=GlobalComm.WORLD_COMM_GROUP
    )


AllReduce = _form("AllReduce", "A Tensor reduced over all processes", op=ReduceOp.SUM)
ReduceScatter = _form(
    "ReduceScatter", "This process's part of the reduced Tensor", op=ReduceOp.SUM
)
Reduce = _form(
    "Reduce", "A Tensor reduced to one process", dest_rank=REQUIRED, op="sum"
)
AllGather = _form("AllGather", "The Tensors of all processes along axis 0")


def _broadcast(input_x: Any, root_rank: int, group: str) -> tuple[Tensor, ...]:
    """The Tensors of one process, in all (mindspore.ops.Broadcast)."""
    del root_rank
    tensors = input_x if isinstance(input_x, tuple | list) else (input_x,)
    return tuple(_alone(x, group=group) for x in tensors)


def _check_broadcast(root_rank: Any, group: Any) -> None:
    check_int("Broadcast", "root_rank", root_rank, minimum=0)
    _check_group("Broadcast", group)


Broadcast = primitive(
    "Broadcast",
    _broadcast,
    check=_check_broadcast,
    root_rank=REQUIRED,
    group=GlobalComm.WORLD_COMM_GROUP,
)


def all_reduce(
    tensor: Tensor,
    op: str = ReduceOp.SUM,
    group: str | None = None,
    async_op: bool = False,
) -> tuple[Tensor, None]:
    """A Tensor reduced over all processes (mindspore.ops.all_reduce).

    Returns:
        (the result, None: there is nothing to wait for).
    """
    del async_op
    check_type("all_reduce", "op", op, str)
    return _alone(tensor, group=group or GlobalComm.WORLD_COMM_GROUP), None
