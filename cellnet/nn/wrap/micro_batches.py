"""Cells that run a network on one part of the batch after the other.

MindSpore spreads the parts over devices or lets them overlap; the sums are the same on
one device.
"""

from __future__ import annotations

from typing import Any

from cellnet import ops
from cellnet._checks import check_int
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class _MicroBatches(Cell):
    """The sum of a network's outputs for equal parts of the batch.

    Args:
        network: a Cell that gives one Tensor, such as a loss.
        count: the number of parts.
        name: what the argument is called.
    """

    def __init__(self, network: Cell, count: int, name: str) -> None:
        super().__init__(auto_prefix=False)
        owner = type(self).__name__
        if not isinstance(network, Cell):
            raise TypeError(
                f"{owner}: network must be a Cell, got {type(network).__name__}"
            )
        self.network = network
        self._count = check_int(owner, name, count, minimum=1)

    def construct(self, *inputs: Tensor) -> Tensor:
        """Cut, run, add."""
        outputs = [
            self.network(*(self._cut(x, part) for x in inputs))
            for part in range(self._count)
        ]
        for output in outputs:
            if not isinstance(output, Tensor):
                raise TypeError(
                    f"{type(self).__name__}: the network must give one Tensor, got "
                    f"{type(output).__name__}"
                )
        return ops.addn(outputs)

    def _cut(self, x: Any, part: int) -> Any:
        if not isinstance(x, Tensor):
            return x
        rows = x.shape[0] if x.ndim else 0
        if rows % self._count or not rows:
            raise ValueError(
                f"{type(self).__name__}: an input of shape {x.shape} cannot be cut "
                f"into {self._count} parts of equally many rows"
            )
        size = rows // self._count
        return x[part * size : (part + 1) * size]


class PipelineCell(_MicroBatches):
    """The sum of a network's outputs for equal parts of the batch.

    (mindspore.nn.PipelineCell, mindspore.parallel.nn.Pipeline) The parts are whole rows
    in their order. Where the network gives a mean over its rows, this is ``micro_size``
    times the mean over the batch.

    Args:
        network: a Cell that gives one Tensor, such as a loss.
        micro_size: the number of parts, >= 1.
        stage_config: {name of a Cell inside: the stage that runs it}. There is one
            device, which runs all stages.
        segment_config: accepted, without effect.

    Inputs: Tensors (micro_size * n, ...), and values of other types, which go to all.
    Outputs: as the network's.

    Raises:
        TypeError: network is no Cell or gives no Tensor; micro_size is no int.
        ValueError: micro_size < 1, or a batch that is no multiple of it.
        KeyError: no Cell of a name in stage_config.

    Example:
        >>> from cellnet import Tensor, nn, ops
        >>> class Mean(nn.Cell):
        ...     def construct(self, x):
        ...         return ops.mean(x)
        >>> float(nn.PipelineCell(Mean(), 2)(Tensor([1.0, 2.0, 3.0, 4.0])))
        5.0
    """

    def __init__(
        self,
        network: Cell,
        micro_size: int,
        stage_config: dict[str, int] | None = None,
        segment_config: dict[str, int] | None = None,
    ) -> None:
        super().__init__(network, micro_size, "micro_size")
        del segment_config
        names = {name for name, _ in network.cells_and_names()}
        unknown = [name for name in stage_config or {} if name not in names]
        if unknown:
            raise KeyError(
                f"{type(self).__name__}: stage_config names {unknown}, the network has "
                f"{sorted(names - {''})}"
            )


class GradAccumulationCell(_MicroBatches):
    """The sum of a network's outputs for equal parts of the batch.

    (mindspore.nn.GradAccumulationCell, mindspore.parallel.nn.GradAccumulation) Its
    gradient is that of the parts, gathered; see PipelineCell.

    Args:
        network: a Cell that gives one Tensor.
        micro_size: the number of parts, >= 1.

    Inputs, Outputs, Raises: as PipelineCell.
    """

    def __init__(self, network: Cell, micro_size: int) -> None:
        super().__init__(network, micro_size, "micro_size")


class MicroBatchInterleaved(_MicroBatches):
    """The sum of a network's outputs for equal parts of the batch.

    (mindspore.nn.MicroBatchInterleaved) See PipelineCell.

    Args:
        network: a Cell that gives one Tensor.
        interleave_num: the number of parts, >= 1.

    Inputs, Outputs, Raises: as PipelineCell.
    """

    def __init__(self, network: Cell, interleave_num: int = 2) -> None:
        super().__init__(network, interleave_num, "interleave_num")
        self.interleave_num = interleave_num
