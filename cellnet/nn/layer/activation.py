"""Activations: Cells around the functions of ``cellnet.ops``, and their names."""

from __future__ import annotations

from cellnet.nn.cell import Cell
from cellnet.nn.layer._activation_axis import (
    GLU,
    LogSoftmax,
    Softmax,
    Softmax2d,
    Softmin,
)
from cellnet.nn.layer._activation_settings import (
    CELU,
    ELU,
    GELU,
    Hardtanh,
    HShrink,
    LeakyReLU,
    PReLU,
    RReLU,
    SoftShrink,
    Threshold,
)
from cellnet.nn.layer._elementwise import (
    FastGelu,
    HSigmoid,
    HSwish,
    LogSigmoid,
    Mish,
    ReLU,
    ReLU6,
    SeLU,
    Sigmoid,
    SiLU,
    Softsign,
    Tanh,
    Tanhshrink,
)

_BY_NAME: dict[str, type[Cell]] = {
    "elu": ELU,
    "fast_gelu": FastGelu,
    "gelu": GELU,
    "hardtanh": Hardtanh,
    "hshrink": HShrink,
    "hsigmoid": HSigmoid,
    "hswish": HSwish,
    "leakyrelu": LeakyReLU,
    "logsigmoid": LogSigmoid,
    "logsoftmax": LogSoftmax,
    "mish": Mish,
    "prelu": PReLU,
    "relu": ReLU,
    "relu6": ReLU6,
    "rrelu": RReLU,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softmax": Softmax,
    "softmax2d": Softmax2d,
    "softmin": Softmin,
    "softshrink": SoftShrink,
    "softsign": Softsign,
    "tanh": Tanh,
    "tanhshrink": Tanhshrink,
    "threshold": Threshold,
}


def get_activation(name: str | None, prim_name: str | None = None) -> Cell | None:
    """A new activation Cell by name (mindspore.nn.get_activation).

    Args:
        name: such as ``"relu"``; None gives None.
        prim_name: who asks, for the message.

    Raises:
        KeyError: no such name.

    Example:
        >>> get_activation("relu")
        ReLU()
    """
    if name is None:
        return None
    if name not in _BY_NAME:
        who = f"{prim_name}: " if prim_name else ""
        raise KeyError(
            f"{who}the activation must be one of {sorted(_BY_NAME)}, got {name!r}"
        )
    return _BY_NAME[name]()


__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "FastGelu",
    "HShrink",
    "HSigmoid",
    "HSwish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SeLU",
    "SiLU",
    "Sigmoid",
    "SoftShrink",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "get_activation",
]
