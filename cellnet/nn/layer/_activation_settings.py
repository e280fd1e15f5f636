"""Activations with a number of their own: slopes, bounds, limits."""

from __future__ import annotations

import numpy as np

from cellnet import ops
from cellnet._checks import check_bool, check_int, check_number, check_type
from cellnet.nn._inputs import check_float, like
from cellnet.nn.cell import Cell
from cellnet.nn.layer import _activation_maths as maths
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


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

    Inputs, Outputs, Raises: as LeakyReLU.

    Differs: from MindSpore, alpha may be other than 1.

    References: Clevert et al., arXiv 1511.07289.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = check_number("ELU", "alpha", alpha)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.elu(x, self.alpha)


class CELU(Cell):
    """max(0, x) + min(0, alpha (exp(x / alpha) - 1)) (mindspore.nn.CELU).

    Args:
        alpha: a float other than 0.

    Inputs, Outputs: as LeakyReLU.

    Raises:
        TypeError: alpha is no float.
        ValueError: alpha is 0.

    References: Barron, arXiv 1704.07483.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = check_type("CELU", "alpha", alpha, float)
        if alpha == 0:
            raise ValueError("CELU: alpha must not be 0")

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        check_float("CELU", x=x)
        return maths.celu(x, self.alpha)


class GELU(Cell):
    """x P(X <= x) for X of the standard normal distribution (mindspore.nn.GELU).

    Args:
        approximate: True for x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), False for
            the error function.

    Inputs, Outputs: as LeakyReLU.

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


class HShrink(Cell):
    """x where |x| > lambd, else 0 (mindspore.nn.HShrink).

    Args:
        lambd: where x begins to count.

    Inputs, Outputs, Raises: as LeakyReLU.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = check_number("HShrink", "lambd", lambd)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        check_float("HShrink", x=x)
        return maths.hard_shrink(x, self.lambd)


class SoftShrink(Cell):
    """x - sign(x) lambd where |x| > lambd, else 0 (mindspore.nn.SoftShrink).

    Args:
        lambd: where x begins to count, >= 0.

    Inputs, Outputs: as LeakyReLU.

    Raises:
        TypeError: lambd is no number.
        ValueError: lambd < 0.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = check_number("SoftShrink", "lambd", lambd, minimum=0)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        check_float("SoftShrink", x=x)
        return maths.soft_shrink(x, self.lambd)


class Threshold(Cell):
    """x where x > threshold, else value (mindspore.nn.Threshold).

    Args:
        threshold: where x begins to count.
        value: what stands below.

    Inputs, Outputs: as LeakyReLU.

    Raises:
        TypeError: an argument is no number.
    """

    def __init__(self, threshold: float, value: float) -> None:
        super().__init__()
        self.threshold = check_number("Threshold", "threshold", threshold)
        self.value = check_number("Threshold", "value", value)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.threshold(x, self.threshold, self.value)


class Hardtanh(Cell):
    """min(max(x, min_val), max_val) (mindspore.nn.Hardtanh).

    Args:
        min_val: least result.
        max_val: greatest result.

    Inputs, Outputs: as LeakyReLU.

    Raises:
        TypeError: an argument is no number.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        self.min_val = check_number("Hardtanh", "min_val", min_val)
        self.max_val = check_number("Hardtanh", "max_val", max_val)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.hardtanh(x, self.min_val, self.max_val)


class RReLU(Cell):
    """x where x >= 0, else a x, a drawn anew for each element (mindspore.nn.RReLU).

    Args:
        lower: least a.
        upper: greatest a, at least ``lower``.

    Inputs, Outputs: as LeakyReLU.

    Raises:
        TypeError: an argument is no number.
        ValueError: lower > upper.

    References: Xu et al., arXiv 1505.00853.
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3) -> None:
        super().__init__()
        self.lower = check_number("RReLU", "lower", lower)
        self.upper = check_number("RReLU", "upper", upper)
        if lower > upper:
            raise ValueError(
                f"RReLU: lower must be at most upper, got {lower} and {upper}"
            )

    def construct(self, x: Tensor) -> Tensor:
        """Draw slopes from the program's random key."""
        check_float("RReLU", x=x)
        slopes = ops.rand(*x.shape) * (self.upper - self.lower) + self.lower
        return maths.sloped(x, slopes)


class PReLU(Cell):
    """x where x > 0, else a x, a trained for all or each channel (mindspore.nn.PReLU).

    Args:
        channel: how many a: 1, or the channels of the input.
        w: initial a, a float, or a list or Tensor of ``channel`` of them.

    Inputs: x (N, C, ...), a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: channel is no int, or w neither float, list nor Tensor.
        ValueError: channel < 1, w of another shape, or C other than channel.

    References: He et al., ICCV 2015.
    """

    def __init__(
        self, channel: int = 1, w: float | list[float] | Tensor = 0.25
    ) -> None:
        super().__init__()
        channel = check_int("PReLU", "channel", channel, minimum=1)
        check_type("PReLU", "w", w, float, list, Tensor)
        value = np.asarray(w.asnumpy() if isinstance(w, Tensor) else w)
        if isinstance(w, float):
            value = np.full(channel, w)
        if value.shape != (channel,):
            raise ValueError(
                f"PReLU: w must have the shape ({channel},), got {value.shape}"
            )
        self.w = Parameter(value.astype(np.float32), name="a")

    def construct(self, x: Tensor) -> Tensor:
        """Scale what is negative."""
        check_float("PReLU", x=x)
        channels = self.w.shape[0]
        if channels > 1 and (x.ndim < 2 or x.shape[1] != channels):
            raise ValueError(
                f"PReLU: got input {x.shape}, expected (N, {channels}, ...)"
            )
        return ops.prelu(x, *like(x, self.w))
