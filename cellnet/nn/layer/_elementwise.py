"""Activations that look at one element at a time and have no settings."""

from __future__ import annotations

from collections.abc import Callable

from cellnet import ops
from cellnet.nn.cell import Cell
from cellnet.nn.layer import _activation_maths as maths
from cellnet.tensor import Tensor


class Elementwise(Cell):
    """``function`` of each element; the base of the activations here.

    Inputs: x, any shape, a float type; of ReLU any number type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: x is no Tensor.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ReLU()(Tensor([-1.0, 2.0])).asnumpy().tolist()
        [0.0, 2.0]
    """

    function: Callable[[Tensor], Tensor]

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return type(self).function(x)


class ReLU(Elementwise):
    """max(x, 0) (mindspore.nn.ReLU).  The rest as Elementwise."""

    function = staticmethod(ops.relu)


class ReLU6(Elementwise):
    """min(max(x, 0), 6) (mindspore.nn.ReLU6).  The rest as Elementwise."""

    function = staticmethod(ops.relu6)


class Sigmoid(Elementwise):
    """1 / (1 + exp(-x)) (mindspore.nn.Sigmoid).  The rest as Elementwise."""

    function = staticmethod(ops.sigmoid)


class LogSigmoid(Elementwise):
    """log(1 / (1 + exp(-x))) (mindspore.nn.LogSigmoid).  The rest as Elementwise."""

    function = staticmethod(ops.logsigmoid)


class Tanh(Elementwise):
    """tanh(x) (mindspore.nn.Tanh).  The rest as Elementwise."""

    function = staticmethod(ops.tanh)


class Tanhshrink(Elementwise):
    """x - tanh(x) (mindspore.nn.Tanhshrink).  The rest as Elementwise."""

    function = staticmethod(maths.tanhshrink)


class Softsign(Elementwise):
    """x / (1 + |x|) (mindspore.nn.Softsign).  The rest as Elementwise."""

    function = staticmethod(ops.softsign)


class SiLU(Elementwise):
    """x sigmoid(x) (mindspore.nn.SiLU).  The rest as Elementwise.

    References: Elfwing et al., arXiv 1702.03118.
    """

    function = staticmethod(ops.silu)


class Mish(Elementwise):
    """x tanh(log(1 + exp(x))) (mindspore.nn.Mish).  The rest as Elementwise.

    References: Misra, arXiv 1908.08681.
    """

    function = staticmethod(ops.mish)


class SeLU(Elementwise):
    """s x where x > 0, else s a (exp(x) - 1), s = 1.0507, a = 1.6733.

    The rest as Elementwise (mindspore.nn.SeLU).

    References: Klambauer et al., arXiv 1706.02515.
    """

    function = staticmethod(ops.selu)


class HSwish(Elementwise):
    """x min(max(x + 3, 0), 6) / 6 (mindspore.nn.HSwish).  The rest as Elementwise.

    References: Howard et al., arXiv 1905.02244.
    """

    function = staticmethod(ops.hardswish)


class HSigmoid(Elementwise):
    """min(max(x + 3, 0), 6) / 6 (mindspore.nn.HSigmoid).  The rest as Elementwise."""

    function = staticmethod(ops.hardsigmoid)


class FastGelu(Elementwise):
    """x / (1 + exp(-1.702 x)) (mindspore.nn.FastGelu).  The rest as Elementwise.

    References: Hendrycks and Gimpel, arXiv 1606.08415.
    """

    function = staticmethod(maths.fast_gelu)
