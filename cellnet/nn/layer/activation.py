"""Activations: Cells without Parameters around the functions of ``cellnet.ops``."""

from __future__ import annotations

from typing import Any

from cellnet import ops
from cellnet._checks import check_bool, check_number
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class ReLU(Cell):
    """max(x, 0) (mindspore.nn.ReLU).

    Inputs: x, any shape, a number type.
    Outputs: the same shape and dtype.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ReLU()(Tensor([-1.0, 2.0])).asnumpy().tolist()
        [0.0, 2.0]
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.relu(x)


class ReLU6(Cell):
    """min(max(x, 0), 6) (mindspore.nn.ReLU6).

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.relu6(x)


class LeakyReLU(Cell):
    """x where x >= 0, else alpha x (mindspore.nn.LeakyReLU).

    Args:
        alpha: slope for negative x.

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: alpha is no number.
    """

    def __init__(self, alpha: float = 0.2) -> None:
        super().__init__()
        self.alpha = check_number("LeakyReLU", "alpha", alpha)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.leaky_relu(x, self.alpha)


class ELU(Cell):
    """x where x > 0, else alpha (exp(x) - 1) (mindspore.nn.ELU).

    Args:
        alpha: limit for x to -infinity, with the sign changed.

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: alpha is no number.

    Differs: from MindSpore, alpha may be other than 1.

    References: Clevert et al., arXiv 1511.07289.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = check_number("ELU", "alpha", alpha)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.elu(x, self.alpha)


class Sigmoid(Cell):
    """1 / (1 + exp(-x)) (mindspore.nn.Sigmoid).

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.sigmoid(x)


class Tanh(Cell):
    """tanh(x) (mindspore.nn.Tanh).

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.tanh(x)


class GELU(Cell):
    """x P(X <= x) for X of the standard normal distribution (mindspore.nn.GELU).

    Args:
        approximate: True for x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), False for
            the error function.

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: approximate is no bool.

    References: Hendrycks and Gimpel, arXiv 1606.08415.
    """

    def __init__(self, approximate: bool = True) -> None:
        super().__init__()
        self.approximate = check_bool("GELU", "approximate", approximate)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.gelu(x, "tanh" if self.approximate else "none")


class SiLU(Cell):
    """x sigmoid(x) (mindspore.nn.SiLU).

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.

    References: Elfwing et al., arXiv 1702.03118.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.silu(x)


class HSwish(Cell):
    """x min(max(x + 3, 0), 6) / 6 (mindspore.nn.HSwish).

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.

    References: Howard et al., arXiv 1905.02244.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.hardswish(x)


class HSigmoid(Cell):
    """min(max(x + 3, 0), 6) / 6 (mindspore.nn.HSigmoid).

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.hardsigmoid(x)


class Softmax(Cell):
    """exp(x_i) / sum_j exp(x_j) along an axis (mindspore.nn.Softmax).

    Args:
        axis: the axis, or a tuple of one or more.

    Inputs: x, at least one axis, a float type.
    Outputs: the same shape and dtype; sums to 1 along the axis.

    Raises:
        TypeError: axis is neither an int nor a tuple of ints.
        ValueError: axis out of range for x.
    """

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None:
        super().__init__()
        axes = axis if isinstance(axis, tuple) else (axis,)
        if not all(isinstance(a, int) and not isinstance(a, bool) for a in axes):
            raise TypeError(
                f"Softmax: axis must be an int or a tuple of ints, got {axis!r}"
            )
        self.axis = axis

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.softmax(x, self.axis)


class LogSoftmax(Cell):
    """log(softmax(x)) along an axis (mindspore.nn.LogSoftmax).

    Args:
        axis: the axis.

    Inputs: x, at least one axis, a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: axis is no int.
        ValueError: axis out of range for x.
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise TypeError(f"LogSoftmax: axis must be an int, got {axis!r}")
        self.axis = axis

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.log_softmax(x, self.axis)


_BY_NAME: dict[str, type[Cell]] = {
    "elu": ELU,
    "gelu": GELU,
    "hsigmoid": HSigmoid,
    "hswish": HSwish,
    "leakyrelu": LeakyReLU,
    "logsoftmax": LogSoftmax,
    "relu": ReLU,
    "relu6": ReLU6,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softmax": Softmax,
    "tanh": Tanh,
}


def get_activation(name: str | None, prim_name: str | None = None) -> Any:
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
