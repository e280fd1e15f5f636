"""RNNCell, GRUCell and LSTMCell: one time step."""

from __future__ import annotations

import math
from typing import Any

from cellnet import dtype as mstype
from cellnet._checks import check_bool, check_choice, check_int, check_type
from cellnet.common.initializer import Uniform, initializer
from cellnet.nn._inputs import check_dtype, check_tensors, like
from cellnet.nn.cell import Cell
from cellnet.nn.layer._recurrent_steps import GRU, LSTM, RELU, TANH, Step
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class _RNNCellBase(Cell):
    """Parameters and checks that the three share."""

    _step: Step

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        has_bias: bool = True,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.has_bias = check_bool(owner, "has_bias", has_bias)
        self.hidden_size = check_int(owner, "hidden_size", hidden_size, minimum=1)
        self.input_size = check_int(owner, "input_size", input_size, minimum=1)
        rows = self._step.gates * hidden_size
        bound = Uniform(1 / math.sqrt(hidden_size))
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }
        for name, shape in shapes.items():
            wanted = has_bias or name.startswith("weight")
            value = Parameter(initializer(bound, shape, dtype)) if wanted else None
            setattr(self, name, value)

    def _next(self, x: Tensor, hx: tuple[Tensor, ...]) -> Any:
        check_dtype(self, x, self.weight_ih)
        names = ("hx",) if len(hx) == 1 else ("hx[0]", "hx[1]")
        check_tensors(self.cls_name, **dict(zip(names, hx, strict=True)))
        self._check_shape("x", x, self.input_size)
        if self._to_float is not None:
            hx = tuple(like(x, *hx))
        for name, state in zip(names, hx, strict=True):
            self._check_shape(name, state, self.hidden_size)
            if state.dtype is not x.dtype:
                raise TypeError(
                    f"{self.cls_name}: {name} is {state.dtype} but x is {x.dtype}; "
                    "cast one of them"
                )
            if state.shape[0] not in (1, x.shape[0]):
                raise ValueError(
                    f"{self.cls_name}: {name} {state.shape} must have the batch size "
                    f"of x {x.shape}"
                )
        parameters = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return _one_step(self._step, x, hx, *like(x, *parameters))

    def _check_shape(self, name: str, value: Tensor, width: int) -> None:
        if value.ndim != 2 or value.shape[1] != width:
            raise ValueError(
                f"{self.cls_name}: got {name} {value.shape}, expected (N, {width})"
            )

    def extend_repr(self) -> str:
        """Sizes and bias."""
        return (
            f"input_size={self.input_size}, hidden_size={self.hidden_size}, "
            f"has_bias={self.has_bias}"
        )


class RNNCell(_RNNCellBase):
    r"""h' = tanh(W_ih x + b_ih + W_hh h + b_hh) (mindspore.nn.RNNCell).

    Args:
        input_size: features of x, > 0.
        hidden_size: features of h, > 0.
        has_bias: whether there are b_ih and b_hh.
        nonlinearity: "tanh", or "relu" for max(., 0) in its place.
        dtype: type of the Parameters, which start uniform within 1/sqrt(hidden_size)
            of 0.

    Inputs: x (N, input_size) and h (N, hidden_size), the dtype of the Parameters.
    Outputs: h' (N, hidden_size), the same dtype.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: a size < 1, another nonlinearity, or an input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x, h = np.ones((2, 3), np.float32), np.zeros((2, 4), np.float32)
        >>> nn.RNNCell(3, 4)(Tensor(x), Tensor(h)).shape
        (2, 4)

    References: Elman, Cognitive Science 14, 1990.
    """

    _step = TANH

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        has_bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: Any = mstype.float32,
    ) -> None:
        check_type("RNNCell", "nonlinearity", nonlinearity, str)
        check_choice("RNNCell", "nonlinearity", nonlinearity, ("tanh", "relu"))
        super().__init__(input_size, hidden_size, has_bias, dtype)
        self.nonlinearity = nonlinearity
        if nonlinearity == "relu":
            self._step = RELU

    def construct(self, x: Tensor, hx: Tensor) -> Tensor:
        """One step."""
        return self._next(x, (hx,))[0]


class GRUCell(_RNNCellBase):
    r"""h' = (1 - z) n + z h (mindspore.nn.GRUCell).

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr), z likewise with W_iz and W_hz, and
    n = tanh(W_in x + b_in + r (W_hn h + b_hn)). The weights are stacked: r, z, n.

    Args:
        input_size: features of x, > 0.
        hidden_size: features of h, > 0.
        has_bias: whether there are biases.
        dtype: type of the Parameters, which start uniform within 1/sqrt(hidden_size)
            of 0.

    Inputs: x (N, input_size) and h (N, hidden_size), the dtype of the Parameters.
    Outputs: h' (N, hidden_size), the same dtype.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: a size < 1, or an input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x, h = np.ones((2, 3), np.float32), np.zeros((2, 4), np.float32)
        >>> nn.GRUCell(3, 4)(Tensor(x), Tensor(h)).shape
        (2, 4)

    References: Cho et al., EMNLP 2014.
    """

    _step = GRU

    def construct(self, x: Tensor, hx: Tensor) -> Tensor:
        """One step."""
        return self._next(x, (hx,))[0]


class LSTMCell(_RNNCellBase):
    r"""c' = f c + i g and h' = o tanh(c') (mindspore.nn.LSTMCell).

    i = sigmoid(W_ii x + b_ii + W_hi h + b_hi), f and o likewise, and g with tanh. The
    weights are stacked: i, f, g, o.

    Args:
        input_size: features of x, > 0.
        hidden_size: features of h and c, > 0.
        has_bias: whether there are biases.
        dtype: type of the Parameters, which start uniform within 1/sqrt(hidden_size)
            of 0.

    Inputs: x (N, input_size) and a tuple (h, c), each (N, hidden_size); the dtype of
        the Parameters.
    Outputs: a tuple (h', c'), each (N, hidden_size), the same dtype.

    Raises:
        TypeError: an argument or input of a wrong type, or no tuple of two.
        ValueError: a size < 1, or an input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x, h = np.ones((2, 3), np.float32), Tensor(np.zeros((2, 4), np.float32))
        >>> h, c = nn.LSTMCell(3, 4)(Tensor(x), (h, h))
        >>> c.shape
        (2, 4)

    References: Hochreiter and Schmidhuber, Neural Computation 9, 1997; forget gates:
        Gers et al., Neural Computation 12, 2000.
    """

    _step = LSTM

    def construct(self, x: Tensor, hx: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """One step."""
        return self._next(x, check_pair("LSTMCell", hx))


def check_pair(owner: str, hx: Any) -> tuple[Tensor, Tensor]:
    """``hx`` if it is a tuple of two.

    Raises:
        TypeError: it is none.
    """
    if isinstance(hx, tuple) and len(hx) == 2:
        return hx
    got = f"{len(hx)} items" if isinstance(hx, tuple) else type(hx).__name__
    raise TypeError(f"{owner}: hx must be a tuple (h, c) of two Tensors, got {got}")


@op
def _one_step(
    step: Step, x: Any, state: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any
) -> Any:
    gates, q = x @ w_ih.T, state[0] @ w_hh.T
    if b_ih is not None:
        gates, q = gates + b_ih, q + b_hh
    return step.step(step.split(gates), q, state)[0]
