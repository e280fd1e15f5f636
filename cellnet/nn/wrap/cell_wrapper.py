"""The Cells that make a training step of a network, a loss and an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.graph.grad import GradOperation, differentiate
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


class WithLossCell(Cell):
    """A network followed by its loss (mindspore.nn.WithLossCell).

    Args:
        backbone: the network.
        loss_fn: Cell or function of (output, label).

    Inputs: data and label, as the network and the loss take them.

    Outputs: what the loss returns.

    Raises:
        TypeError: the backbone is no Cell, or the loss cannot be called.
    """

    def __init__(self, backbone: Cell, loss_fn: Any) -> None:
        super().__init__(auto_prefix=False)
        if not callable(loss_fn):
            raise TypeError(
                f"WithLossCell: loss_fn must be callable, got {type(loss_fn).__name__}"
            )
        self._backbone = backbone
        self._loss_fn = loss_fn

    @property
    def backbone_network(self) -> Cell:
        """The network without the loss."""
        return self._backbone

    def construct(self, data: Any, label: Any) -> Any:
        return self._loss_fn(self._backbone(data), label)


class WithEvalCell(Cell):
    """A network and its loss, for evaluation (mindspore.nn.WithEvalCell).

    Args:
        network: the network.
        loss_fn: Cell or function of (output, label).
        add_cast_fp32: cast outputs and label to float32 before the loss.

    Inputs: data and label.

    Outputs: (loss, network outputs, label).
    """

    def __init__(
        self, network: Cell, loss_fn: Any, add_cast_fp32: bool = False
    ) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(add_cast_fp32, bool):
            raise TypeError(
                "WithEvalCell: add_cast_fp32 must be a bool, got "
                f"{type(add_cast_fp32).__name__}"
            )
        self._network = network
        self._loss_fn = loss_fn
        self.add_cast_fp32 = add_cast_fp32

    def construct(self, data: Any, label: Any) -> tuple[Any, Any, Any]:
        outputs = self._network(data)
        if self.add_cast_fp32:
            outputs, label = _to_float32(outputs), _to_float32(label)
        return self._loss_fn(outputs, label), outputs, label


def _to_float32(value: Any) -> Any:
    if isinstance(value, Tensor) and value.dtype in mstype.float_type:
        return Tensor._wrap(value._value.astype(jnp.float32))
    return value


class _Identity(Cell):
    """Passes gradients on; data parallel training puts its reducer here."""

    def construct(self, value: Any) -> Any:
        return value


# what printing a training step shows for the reducer, as in MindSpore
_Identity.__name__ = "Identity"


class TrainOneStepCell(Cell):
    """One training step: loss, gradients, update (mindspore.nn.TrainOneStepCell).

    Args:
        network: Cell that returns the loss.
        optimizer: Cell that takes the tuple of gradients.
        sens: the factor that back propagation starts with, 1 if None.
        return_grad: also return {parameter name: gradient}.

    Inputs: what the network takes.

    Outputs: the loss, or (loss, gradients).

    Example:
        net = nn.WithLossCell(network, loss_fn)
        step = nn.TrainOneStepCell(net, nn.Momentum(net.trainable_params(), 0.1, 0.9))
        loss = step(data, label)
    """

    def __init__(
        self,
        network: Cell,
        optimizer: Cell,
        sens: float | None = None,
        return_grad: bool = False,
    ) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(return_grad, bool):
            raise TypeError(
                "TrainOneStepCell: return_grad must be a bool, got "
                f"{type(return_grad).__name__}"
            )
        self.network = network
        self.network.set_grad()
        self.weights = ParameterTuple(optimizer.parameters)
        self.optimizer = optimizer
        self.grad = GradOperation(get_by_list=True, sens_param=True)
        self.grad_no_sens = GradOperation(get_by_list=True)
        self.sens = 1.0 if sens is None else sens
        self.return_grad = return_grad
        self.reducer_flag = False
        self.grad_reducer = _Identity()

    def set_sens(self, value: float) -> None:
        """Change ``sens``; the next step uses it."""
        self.sens = value

    def construct(self, *inputs: Any) -> Any:
        loss, grads = loss_and_grads(self.network, inputs, self.weights, self.sens)
        grads = self.grad_reducer(grads)
        self.optimizer(grads)
        if self.return_grad:
            names = [p.name for p in self.weights]
            return loss, dict(zip(names, grads, strict=True))
        return loss


def loss_and_grads(
    network: Cell,
    inputs: Sequence[Any],
    weights: Sequence[Parameter],
    sens: Any,
) -> tuple[Any, tuple[Tensor, ...]]:
    """Loss of ``network`` and the gradients of ``weights`` times ``sens``.

    Args:
        network: Cell of ``inputs`` that returns the loss, or several to be summed.
        inputs: its arguments.
        weights: Parameters to differentiate.
        sens: factor on the loss before differentiation, a number or scalar Tensor.
    """
    scale = sens._value if isinstance(sens, Tensor) else sens
    loss, _, grads = differentiate(
        network, inputs, positions=(), weights=weights, scale=scale
    )
    return loss, tuple(grads)


class ForwardValueAndGrad(Cell):
    """Loss and gradients without an update (mindspore.nn.ForwardValueAndGrad).

    Args:
        network: Cell that returns the loss.
        weights: Parameters, for ``get_by_list``.
        get_all: gradients of all inputs.
        get_by_list: gradients of ``weights``.
        sens_param: the last input is the sensitivity.

    Outputs: (loss, gradients as GradOperation gives them).
    """

    def __init__(
        self,
        network: Any,
        weights: Any = None,
        get_all: bool = False,
        get_by_list: bool = False,
        sens_param: bool = False,
    ) -> None:
        super().__init__(auto_prefix=False)
        self.network = network
        self.weights = ParameterTuple(weights) if weights is not None else None
        self.sens_param = sens_param
        self.grad = GradOperation(get_all, get_by_list, sens_param)

    def construct(self, *inputs: Any) -> tuple[Any, Any]:
        values = inputs[:-1] if self.sens_param else inputs
        loss = self.network(*values)
        return loss, self.grad(self.network, self.weights)(*inputs)
