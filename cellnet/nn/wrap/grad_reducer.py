"""DistributedGradReducer: gradients of one device to those of all."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_bool, check_int
from cellnet.communication import GlobalComm, get_group_size
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class DistributedGradReducer(Cell):
    """The gradients of all devices, summed or averaged.

    A compiled program computes the gradients of the whole batch, on however many
    devices it lies; there is nothing to add, and only ``degree`` is left to divide by.
    (mindspore.nn.DistributedGradReducer)

    Args:
        parameters: the Parameters whose gradients come.
        mean: whether to divide by ``degree``; None for no.
        degree: what to divide by, > 0; None for the number of processes.
        fusion_type: kept; XLA fuses communication itself.
        group: the group of processes.

    Inputs: grads, a tuple or list of Tensors.
    Outputs: a tuple of Tensors.

    Raises:
        TypeError: mean is no bool.
        ValueError: degree is no int, or < 1.
    """

    def __init__(
        self,
        parameters: Any,
        mean: bool | None = None,
        degree: int | None = None,
        fusion_type: int = 1,
        group: str = GlobalComm.WORLD_COMM_GROUP,
    ) -> None:
        super().__init__(auto_prefix=False)
        owner = "DistributedGradReducer"
        del parameters
        if degree is None:
            degree = get_group_size(group)
        elif isinstance(degree, bool) or not isinstance(degree, int) or degree < 1:
            raise ValueError(f"{owner}: degree must be an int > 0, got {degree!r}")
        self.degree = degree
        self.mean = False if mean is None else check_bool(owner, "mean", mean)
        self.fusion_type = check_int(owner, "fusion_type", fusion_type)
        self.group = group

    def construct(self, grads: Any) -> tuple[Tensor, ...]:
        """Divide, if so asked."""
        if not self.mean or self.degree == 1:
            return tuple(grads)
        return tuple(grad * (1.0 / self.degree) for grad in grads)
