"""RNN, GRU and LSTM: stacked recurrent layers over a whole sequence."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_bool, check_int, check_type
from cellnet.common.initializer import Uniform, initializer
from cellnet.graph import where
from cellnet.nn._inputs import check_float, check_tensors, like
from cellnet.nn.cell import Cell
from cellnet.nn.layer._dropout import Dropout
from cellnet.nn.layer._recurrence import run_layer
from cellnet.nn.layer._recurrent_steps import GRU as GRU_STEP
from cellnet.nn.layer._recurrent_steps import LSTM as LSTM_STEP
from cellnet.nn.layer._recurrent_steps import RELU, TANH, Step
from cellnet.nn.layer.rnn_cells import check_pair
from cellnet.ops._op import op
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor

_LENGTH_TYPES = (mstype.int32, mstype.int64)


class _RNNBase(Cell):
    """Parameters, checks and the stack of layers that the three share."""

    _step: Step

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        has_bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.input_size = check_int(owner, "input_size", input_size, minimum=1)
        self.hidden_size = check_int(owner, "hidden_size", hidden_size, minimum=1)
        self.num_layers = check_int(owner, "num_layers", num_layers, minimum=1)
        self.has_bias = check_bool(owner, "has_bias", has_bias)
        self.batch_first = check_bool(owner, "batch_first", batch_first)
        self.dropout = check_type(owner, "dropout", dropout, float)
        self.dropout_op = Dropout(p=dropout)
        self.bidirectional = check_bool(owner, "bidirectional", bidirectional)
        if dropout and num_layers == 1:
            warnings.warn(
                f"{owner}: dropout={dropout} has no effect, since it stands between "
                "layers and num_layers is 1",
                stacklevel=where.stack_level(),
            )
        self._add_parameters(dtype)

    @property
    def _num_directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _add_parameters(self, dtype: Any) -> None:
        bound = Uniform(1 / math.sqrt(self.hidden_size))
        rows = self._step.gates * self.hidden_size
        runs = []  # (suffix of the names, features of the input)
        for layer in range(self.num_layers):
            before = self.hidden_size * self._num_directions
            width = before if layer else self.input_size
            for suffix in ("", "_reverse")[: self._num_directions]:
                runs.append((f"_l{layer}{suffix}", width))

        def parameters(name: str, *shape: int) -> ParameterTuple:
            return ParameterTuple(
                Parameter(initializer(bound, shape or (rows, width), dtype), name + run)
                for run, width in runs
            )

        self.w_ih_list = parameters("weight_ih")
        self.w_hh_list = parameters("weight_hh", rows, self.hidden_size)
        self.b_ih_list = self.b_hh_list = ParameterTuple(())
        if self.has_bias:
            self.b_ih_list = parameters("bias_ih", rows)
            self.b_hh_list = parameters("bias_hh", rows)

    def construct(
        self, x: Tensor, hx: Any = None, seq_length: Tensor | None = None
    ) -> Any:
        """Layer after layer, each over all time steps."""
        self._check_input(x)
        steps, batch = x.shape[:2]
        if self.batch_first:
            steps, batch = batch, steps
        first = self._first_state(x, hx, batch)
        valid = None
        if seq_length is not None:
            self._check_lengths(seq_length, batch)
            valid = _validity(seq_length, steps)
        if self.batch_first:
            x = ops.transpose(x, (1, 0, 2))
        last = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = self.dropout_op(x)
            outputs = []
            for direction in range(self._num_directions):
                index = layer * self._num_directions + direction
                weights = self._weights(x, index)
                state = tuple(_at(h, index) for h in first)
                output, state = _run_layer(
                    self._step, x, state, weights, valid, direction == 1
                )
                outputs.append(output)
                last.append(state)
            x = outputs[0] if len(outputs) == 1 else ops.cat(outputs, 2)
        if self.batch_first:
            x = ops.transpose(x, (1, 0, 2))
        states = tuple(ops.stack(list(h)) for h in zip(*last, strict=True))
        return x, states if self._step.states == 2 else states[0]

    def _weights(self, x: Tensor, index: int) -> tuple[Any, ...]:
        lists = [self.w_ih_list, self.w_hh_list]
        if self.has_bias:
            lists += [self.b_ih_list, self.b_hh_list]
        weights = like(x, *(parameters[index] for parameters in lists))
        return tuple(weights) if self.has_bias else (*weights, None, None)

    def _check_input(self, x: Tensor) -> None:
        check_float(self.cls_name, x=x)
        if x.ndim != 3 or x.shape[2] != self.input_size or 0 in x.shape[:2]:
            axes = "N, T" if self.batch_first else "T, N"
            raise ValueError(
                f"{self.cls_name}: got x {x.shape}, expected ({axes}, "
                f"{self.input_size}) with at least one sample and one time step"
            )

    def _first_state(self, x: Tensor, hx: Any, batch: int) -> tuple[Tensor, ...]:
        shape = (self.num_layers * self._num_directions, batch, self.hidden_size)
        if hx is None:
            return (ops.zeros(shape, x.dtype),) * self._step.states
        pair = self._step.states == 2
        given = check_pair(self.cls_name, hx) if pair else (hx,)
        names = ("hx[0]", "hx[1]") if pair else ("hx",)
        check_tensors(self.cls_name, **dict(zip(names, given, strict=True)))
        if self._to_float is not None:
            given = tuple(like(x, *given))
        for name, state in zip(names, given, strict=True):
            if state.dtype is not x.dtype:
                raise TypeError(
                    f"{self.cls_name}: {name} is {state.dtype} but x is {x.dtype}; "
                    "cast one of them"
                )
            if state.shape != shape:
                raise ValueError(
                    f"{self.cls_name}: got {name} {state.shape}, expected {shape}: "
                    "(directions * num_layers, N, hidden_size)"
                )
        return given

    def _check_lengths(self, seq_length: Any, batch: int) -> None:
        check_tensors(self.cls_name, seq_length=seq_length)
        if seq_length.dtype not in _LENGTH_TYPES:
            raise TypeError(
                f"{self.cls_name}: seq_length is {seq_length.dtype}, expected one of "
                f"{_LENGTH_TYPES}"
            )
        if seq_length.shape != (batch,):
            raise ValueError(
                f"{self.cls_name}: got seq_length {seq_length.shape}, expected "
                f"({batch},), one length for each sample"
            )

    def extend_repr(self) -> str:
        """Sizes and options."""
        return (
            f"input_size={self.input_size}, hidden_size={self.hidden_size}, "
            f"num_layers={self.num_layers}, has_bias={self.has_bias}, "
            f"batch_first={self.batch_first}, bidirectional={self.bidirectional}"
        )


class RNN(_RNNBase):
    r"""h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh) over t (mindspore.nn.RNN).

    Args:
        input_size: features of x, > 0.
        hidden_size: features of h, > 0.
        num_layers: layers, each fed with the outputs of the one before, > 0.
        has_bias: whether there are b_ih and b_hh.
        batch_first: whether x and the outputs are (N, T, ...) and not (T, N, ...).
        dropout: probability of a zero, a float in [0, 1), on what goes from one layer
            to the next in training.
        bidirectional: whether each layer has a second run, from the last step to the
            first; the outputs of the two are joined.
        nonlinearity: "tanh", or "relu" for max(., 0) in its place.
        dtype: type of the Parameters, which start uniform within 1/sqrt(hidden_size)
            of 0.

    Inputs:
        x: (T, N, input_size), a float type; the Parameters are cast to it.
        hx: state before the first step (directions * num_layers, N, hidden_size), the
            dtype of x; zeros if None.
        seq_length: (N,), int32 or int64: how many steps of each sample are no padding,
            from 0 to T. Padding leaves the state as it is and has the output 0.
    Outputs:
        A tuple of the outputs (T, N, directions * hidden_size) of the last layer and
        the state after the last step (directions * num_layers, N, hidden_size).

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: a size < 1, dropout outside [0, 1), another nonlinearity, or an
            input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> y, h = nn.RNN(3, 4, 2)(Tensor(np.ones((5, 2, 3), np.float32)))
        >>> y.shape, h.shape
        ((5, 2, 4), (2, 2, 4))

    Differs: from MindSpore, a seq_length of 0 and one above T, which counts as T, are
        taken in every mode.

    References: Elman, Cognitive Science 14, 1990.
    """

    _step = TANH

    def __init__(self, *args: Any, nonlinearity: str = "tanh", **kwargs: Any) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f'RNN: nonlinearity must be "tanh" or "relu", got {nonlinearity!r}'
            )
        super().__init__(*args, **kwargs)
        self.nonlinearity = nonlinearity
        if nonlinearity == "relu":
            self._step = RELU


class GRU(_RNNBase):
    r"""h_t = (1 - z_t) n_t + z_t h_{t-1} over t (mindspore.nn.GRU).

    r, z and n are those of ``GRUCell``, in this order in the weights.

    Args, Inputs, Outputs and Raises are those of ``RNN``, without nonlinearity.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.ones((2, 5, 3), np.float32))
        >>> y, h = nn.GRU(3, 4, batch_first=True, bidirectional=True)(x)
        >>> y.shape, h.shape
        ((2, 5, 8), (2, 2, 4))

    References: Cho et al., EMNLP 2014.
    """

    _step = GRU_STEP


class LSTM(_RNNBase):
    r"""c_t = f_t c_{t-1} + i_t g_t and h_t = o_t tanh(c_t) over t (mindspore.nn.LSTM).

    i, f, g and o are those of ``LSTMCell``, in this order in the weights.

    Args, Inputs, Outputs and Raises are those of ``RNN``, without nonlinearity; the
    state before the first and after the last step is a tuple (h, c).

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> y, (h, c) = nn.LSTM(3, 4)(Tensor(np.ones((5, 2, 3), np.float32)))
        >>> y.shape, c.shape
        ((5, 2, 4), (1, 2, 4))

    References: Hochreiter and Schmidhuber, Neural Computation 9, 1997.
    """

    _step = LSTM_STEP


_run_layer = op(run_layer)


@op
def _validity(lengths: Any, steps: int) -> Any:
    """bool (T, N, 1): whether a step is no padding."""
    return (np.arange(steps)[:, None] < lengths)[..., None]


@op
def _at(states: Any, index: int) -> Any:
    return states[index]
