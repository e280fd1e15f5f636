"""Cells around a network or a Parameter that are no training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellnet import ops
from cellnet.graph.grad import GradOperation
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.nn.wrap.cell_wrapper import WithLossCell
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


class ParameterUpdate(Cell):
    """Gives a Parameter a new value (mindspore.nn.ParameterUpdate).

    Args:
        param: the Parameter.

    Inputs: x, a Tensor of its shape and dtype.
    Outputs: the new value.

    Raises:
        TypeError: param is no Parameter, or x no Tensor.
        ValueError: x of another shape.

    Example:
        >>> from cellnet import Tensor, nn
        >>> net = nn.Dense(1, 1)
        >>> nn.ParameterUpdate(net.weight)(Tensor([[2.0]])).asnumpy().tolist()
        [[2.0]]
    """

    def __init__(self, param: Parameter) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(param, Parameter):
            raise TypeError(
                f"ParameterUpdate: param must be a Parameter, got "
                f"{type(param).__name__}"
            )
        self._param = param

    def construct(self, x: Tensor) -> Tensor:
        """Assign."""
        check_tensors("ParameterUpdate", x=x)
        return ops.assign(self._param, x)


class WithGradCell(Cell):
    """The gradients of a network's trainable Parameters (mindspore.nn.WithGradCell).

    Args:
        network: the network.
        loss_fn: Cell or function of (output, label); None if the network gives a loss.
        sens: what back propagation starts with, a number or Tensor; None for 1.

    Inputs: what the network takes, and a label if there is a loss.
    Outputs: a tuple of Tensors, one for each trainable Parameter.

    Raises:
        TypeError: the network is no Cell, or the loss cannot be called.
    """

    def __init__(
        self, network: Cell, loss_fn: Any = None, sens: float | Tensor | None = None
    ) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(network, Cell):
            raise TypeError(
                f"WithGradCell: network must be a Cell, got {type(network).__name__}"
            )
        self.network = network
        self.loss_fn = loss_fn
        self.weights = ParameterTuple(network.trainable_params())
        self.network_with_loss = (
            network if loss_fn is None else WithLossCell(network, loss_fn)
        )
        self.sens = sens
        self.grad = GradOperation(get_by_list=True, sens_param=sens is not None)

    def construct(self, *inputs: Any) -> tuple[Tensor, ...]:
        """Differentiate."""
        if self.sens is not None:
            sens = self.sens
            inputs += (sens if isinstance(sens, Tensor) else Tensor(float(sens)),)
        return self.grad(self.network_with_loss, self.weights)(*inputs)


class VirtualDatasetCellTriple(Cell):
    """A network of three inputs, as it is (mindspore.nn.VirtualDatasetCellTriple).

    In MindSpore it marks where batches are cut up for several devices.

    Args:
        backbone: the network.

    Inputs: what the network takes.
    Outputs: what the network gives.
    """

    def __init__(self, backbone: Cell) -> None:
        super().__init__(auto_prefix=False)
        self._backbone = backbone

    def construct(self, *inputs: Any) -> Any:
        """Call the network."""
        return self._backbone(*inputs)


class GraphCell(Cell):
    """A program that was saved and loaded again, as a Cell (mindspore.nn.GraphCell).

    Args:
        graph: what loading gave, a Cell or anything else to be called with Tensors.
        params_init: parameter name -> Tensor, new values for Parameters of a graph that
            has them; other names are ignored.
        obf_random_seed: None.

    Inputs, Outputs: those of the program.

    Raises:
        TypeError: graph cannot be called, or params_init is no dict of str and Tensors.
        NotImplementedError: an obf_random_seed.
    """

    def __init__(
        self,
        graph: Cell | Callable[..., Any],
        params_init: dict[str, Tensor] | None = None,
        obf_random_seed: int | None = None,
    ) -> None:
        super().__init__(auto_prefix=False)
        if obf_random_seed is not None:
            raise NotImplementedError("GraphCell: obf_random_seed is not supported")
        if not callable(graph):
            raise TypeError(
                "GraphCell: graph must be what load() gives, got "
                f"{type(graph).__name__}"
            )
        self.graph = graph
        params_init = {} if params_init is None else params_init
        if not isinstance(params_init, dict):
            raise TypeError(
                f"GraphCell: params_init must be a dict, got "
                f"{type(params_init).__name__}"
            )
        own = self.parameters_dict()
        for name, value in params_init.items():
            if not isinstance(name, str) or not isinstance(value, Tensor):
                raise TypeError(
                    "GraphCell: params_init must map str to Tensor, got "
                    f"{type(name).__name__} and {type(value).__name__}"
                )
            if name in own:
                own[name].set_data(value)

    def construct(self, *inputs: Any) -> Any:
        """Run the program."""
        return self.graph(*inputs)
