"""recompute: a Cell whose activations are made again in the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellnet.graph.recompute import recomputed
from cellnet.graph.state import tracing
from cellnet.nn.cell import Cell


def recompute(
    block: Cell,
    *args: Any,
    use_reentrant: bool = True,
    output_recompute: bool = False,
    early_stop: bool = True,
    context_fn: Callable[[], Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Call a Cell, of which a gradient keeps the inputs only (mindspore.recompute).

    The activations of the block are not kept for the backward pass but computed again
    there: less memory for about one more forward pass of the block.

    Args:
        block: a Cell.
        *args, **kwargs: its inputs.
        use_reentrant, output_recompute, early_stop: how MindSpore does it in
            PYNATIVE_MODE; without effect, all structures of inputs and all orders of
            derivatives are there.
        context_fn: None.

    Returns:
        What the block returns.

    Raises:
        TypeError: the block is no Cell.
        ValueError: a ``context_fn``.

    Example:
        >>> from cellnet import Tensor, nn
        >>> recompute(nn.ReLU(), Tensor([-1.0, 2.0])).tolist()
        [0.0, 2.0]

    References: Chen et al., arXiv 1604.06174.
    """
    del use_reentrant, output_recompute, early_stop
    if not isinstance(block, Cell):
        raise TypeError(
            f"recompute: block must be a Cell, got {type(block).__name__} ({block!r})"
        )
    if context_fn is not None:
        raise ValueError("recompute: context_fn must be None")
    if not tracing():
        return block(*args, **kwargs)
    return recomputed(block, args, kwargs)
