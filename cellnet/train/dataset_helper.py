"""DatasetHelper and friends: sinking for training loops written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cellnet.graph.compile import jit
from cellnet.nn.cell import Cell
from cellnet.sink import Executor, forever
from cellnet.tensor import Tensor
from cellnet.train._checks import check_flag, check_sink_size, check_whole
from cellnet.train.data import as_source


class DatasetHelper:
    """Iterates over a dataset for a training loop (mindspore.train.DatasetHelper).

    Sunk, an iteration gives ``()`` once, and the network that
    :func:`connect_network_with_dataset` made runs a whole sink when it is called;
    not sunk, an iteration gives the Tensors of each batch.

    Args:
        dataset: a cellnet dataset or any iterable of batches.
        dataset_sink_mode: whether to sink.
        sink_size: steps in a sink, -1 for one pass over the data.
        epoch_num: how often the data will be iterated over.

    Raises:
        TypeError, ValueError: an argument as in ``Model.train``.

    Example:
        helper = DatasetHelper(dataset, dataset_sink_mode=True, sink_size=100)
        net = connect_network_with_dataset(net, helper)
        for _ in range(10):
            for inputs in helper:
                loss = net(*inputs)
    """

    def __init__(
        self,
        dataset: Any,
        dataset_sink_mode: bool = True,
        sink_size: int = -1,
        epoch_num: int = 1,
    ) -> None:
        owner = "DatasetHelper"
        self._sink_mode = check_flag(owner, "dataset_sink_mode", dataset_sink_mode)
        self._sink_size = check_sink_size(owner, sink_size)
        self._epoch_num = check_whole(owner, "epoch_num", epoch_num, 1)
        self._source = as_source(dataset, owner=owner)
        self._dataset = dataset

    def __iter__(self) -> Iterator[Any]:
        if self._sink_mode:
            yield ()
            return
        for batch in self._source.batches():
            yield [Tensor(column) for column in batch]

    def sink_size(self) -> int:
        """Steps in a sink.

        Raises:
            RuntimeError: the data set does not tell its size.
        """
        size = self.steps_in_sink()
        if size is None:
            raise RuntimeError("sink_size: the iterable does not tell how long it is")
        return size

    def steps_in_sink(self) -> int | None:
        """Steps in a sink, None for one pass over data of unknown length."""
        return self._source.size if self._sink_size == -1 else self._sink_size

    def types_shapes(self) -> tuple[list[Any], list[Any]]:
        """Types and shapes of the columns of a batch."""
        first = next(self._source.batches())
        tensors = [Tensor(np.asarray(column)) for column in first]
        return [t.dtype for t in tensors], [t.shape for t in tensors]

    def get_data_info(self) -> tuple[list[Any], list[Any]]:
        """The same as :meth:`types_shapes`."""
        return self.types_shapes()

    def dynamic_min_max_shapes(self) -> None:
        """None: every shape has its own compiled program."""

    def stop_send(self) -> None:
        """Nothing to stop: data is sent when it is asked for."""

    def continue_send(self) -> None:
        """Nothing to continue: data is sent when it is asked for."""

    def release(self) -> None:
        """Nothing to release: staging ends with the network that uses it."""


class _SunkNetwork(Cell):
    """A training step joined to its data; a call without arguments runs a sink."""

    def __init__(self, network: Cell, helper: DatasetHelper) -> None:
        super().__init__(auto_prefix=False)
        self._network = network
        self._executor = Executor(
            network.compile_cache, helper._source, forever(helper.steps_in_sink())
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            raise TypeError(
                f"a network connected with a dataset takes no inputs, got {len(args)}; "
                "call it with what the DatasetHelper gives"
            )
        return self._executor.run().outputs


def connect_network_with_dataset(network: Cell, dataset_helper: DatasetHelper) -> Cell:
    """Join a training step to a sunk dataset.

    Args:
        network: a Cell that makes one training step of a batch.
        dataset_helper: a DatasetHelper with ``dataset_sink_mode=True``.

    Returns:
        A Cell; each call without arguments runs one sink and gives the last step's
        result.

    Raises:
        TypeError: no Cell or no DatasetHelper.
        RuntimeError: the helper does not sink.
    """
    if not isinstance(network, Cell):
        raise TypeError(
            "connect_network_with_dataset: network must be a Cell, got "
            f"{type(network).__name__}"
        )
    if not isinstance(dataset_helper, DatasetHelper):
        raise TypeError(
            "connect_network_with_dataset: expected a DatasetHelper, got "
            f"{type(dataset_helper).__name__}"
        )
    if not dataset_helper._sink_mode:
        raise RuntimeError(
            "connect_network_with_dataset: the DatasetHelper must be made with "
            "dataset_sink_mode=True"
        )
    return _SunkNetwork(network, dataset_helper)


def data_sink(
    fn: Callable[..., Any],
    dataset: Any,
    sink_size: int = 1,
    jit_config: Any = None,
    input_signature: Any = None,
) -> Callable[[], Any]:
    """Sink a function of a batch (mindspore.data_sink).

    Args:
        fn: a training step, a function or Cell of the columns of a batch.
        dataset: a cellnet dataset or any iterable of batches.
        sink_size: steps that each call makes.
        jit_config: accepted, no effect.
        input_signature: accepted, no effect.

    Returns:
        A function without arguments; each call makes ``sink_size`` steps and gives the
        last one's result.

    Raises:
        ValueError: ``sink_size`` is zero or below -1.
    """
    del jit_config, input_signature
    size = check_sink_size("data_sink", sink_size)
    source = as_source(dataset, owner="data_sink")
    step = jit(fn).compile_cache
    executor = Executor(step, source, forever(source.size if size == -1 else size))
    return lambda: executor.run().outputs
