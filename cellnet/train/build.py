"""From what a Model is given to the Cells that train and evaluate it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from cellnet._checks import check_int
from cellnet.nn import _guests
from cellnet.nn.cell import Cell
from cellnet.nn.optim import OptaxOptimizer, Optimizer
from cellnet.nn.wrap import GradientAccumulation, WithEvalCell, WithLossCell
from cellnet.tensor import Tensor
from cellnet.train._checks import described
from cellnet.train.amp._build import (
    casts_for_evaluation,
    lower,
    manager_of,
    with_loss,
    with_update,
)

# functions of these packages take jax arrays, not Tensors
_JAX_PACKAGES = frozenset({"jax", "optax", "flax", "chex", "haiku", "equinox"})


class FunctionLoss(Cell):
    """A plain function as a loss; per-sample losses are averaged.

    Args:
        fn: function of (output, label).
        on_arrays: hand it jax arrays instead of Tensors.

    Raises:
        TypeError: it gives no Tensor or array.
    """

    def __init__(self, fn: Callable[..., Any], on_arrays: bool) -> None:
        super().__init__(auto_prefix=False)
        self.fn = fn
        self.on_arrays = on_arrays

    def construct(self, output: Any, label: Any) -> Tensor:
        if self.on_arrays:
            output, label = jax.tree.map(
                lambda x: x._value if isinstance(x, Tensor) else x,
                (output, label),
                is_leaf=lambda x: isinstance(x, Tensor),
            )
        loss = self.fn(output, label)
        array = loss._value if isinstance(loss, Tensor) else loss
        if not isinstance(array, jax.Array):
            raise TypeError(
                "Model: loss_fn must give a Tensor or a jax array computed from the "
                f"network's output, got {described(loss)}"
            )
        return Tensor._wrap(array.mean() if array.ndim else array)


def build_network(network: Any) -> Cell:
    """The network as a Cell.

    Raises:
        TypeError: no Cell and no flax module.
    """
    if isinstance(network, Cell):
        return network
    if _guests.is_network(network):
        return _guests.as_cell(network)
    raise TypeError(
        "Model: network must be a Cell, a flax nnx.Module or a bound linen module, got "
        f"{described(network)}"
    )


def build_loss(loss_fn: Any, network: Any) -> Any:
    """The loss as a Cell, or None.

    Raises:
        TypeError: it cannot be called, or is a class.
    """
    if loss_fn is None or isinstance(loss_fn, Cell):
        return loss_fn
    if isinstance(loss_fn, type):  # its call makes a loss, not a number
        raise TypeError(
            f"Model: loss_fn must be a loss Cell or a function, got "
            f"{described(loss_fn)}"
        )
    if not callable(loss_fn):
        raise TypeError(f"Model: loss_fn must be callable, got {loss_fn!r}")
    package = getattr(loss_fn, "__module__", "") or ""
    on_arrays = not isinstance(network, Cell) or (
        package.partition(".")[0] in _JAX_PACKAGES
    )
    return FunctionLoss(loss_fn, on_arrays)


def build_optimizer(optimizer: Any, network: Cell) -> Cell | None:
    """The optimizer as a Cell, or None.

    Raises:
        TypeError: no Optimizer and no optax GradientTransformation.
    """
    if optimizer is None or isinstance(optimizer, Optimizer):
        return optimizer
    if hasattr(optimizer, "init") and hasattr(optimizer, "update"):
        return OptaxOptimizer(network.trainable_params(), optimizer)
    if isinstance(optimizer, Cell):
        return optimizer
    raise TypeError(
        "Model: optimizer must be an Optimizer or an optax GradientTransformation, got "
        f"{described(optimizer)}"
    )


def build_train_network(
    network: Cell,
    loss: Any,
    optimizer: Cell | None,
    level: str = "O0",
    **settings: Any,
) -> Cell:
    """One training step, or without an optimizer the network and its loss.

    Args:
        network: the network, changed in place by levels above "O0".
        loss: its loss Cell; None if the network returns the loss.
        optimizer: updates the Parameters; None if the network does it itself.
        level: of mixed precision.
        **settings: ``loss_scale_manager`` and ``keep_batchnorm_fp32``, if they are
            not to be the level's own; ``gradient_accumulation_steps``.

    Raises:
        TypeError, ValueError: ``gradient_accumulation_steps`` is no int, < 1, or
            given without an optimizer.
    """
    steps = settings.pop("gradient_accumulation_steps", 1)
    check_int("Model", "gradient_accumulation_steps", steps, minimum=1)
    if steps > 1:
        if optimizer is None:
            raise ValueError(
                f"Model: gradient_accumulation_steps {steps} needs an optimizer; a "
                "network that updates its Parameters itself can use "
                "nn.GradientAccumulation"
            )
        optimizer = GradientAccumulation(optimizer, steps)
    if optimizer is None:
        return network if loss is None else WithLossCell(network, loss)
    network = lower(network, level, settings.get("keep_batchnorm_fp32"))
    whole = network if loss is None else with_loss(network, loss, level)
    return with_update(whole, optimizer, manager_of(level, settings))


def build_eval_network(network: Cell, loss: Any, level: str = "O0") -> Cell:
    """The network with its loss, giving (loss, outputs, label); or as it is."""
    if loss is None:
        return network
    return WithEvalCell(network, loss, casts_for_evaluation(level))
