"""What a Model takes as data: a cellnet dataset, arrays, or any iterable of batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from cellnet.dataset import Dataset, NumpySlicesDataset, describe
from cellnet.dataset._dataset import DatasetReader
from cellnet.dataset._passes import Pass, Reader, Stream, StreamKeeper
from cellnet.dataset.plan_view import IndexedPlan, Rows
from cellnet.tensor import Tensor

DEFAULT_BATCH_SIZE = 32

# what the executor keeps on the device of a dataset, as long as the dataset lives
_kept: WeakKeyDictionary[Dataset, dict[str, Any]] = WeakKeyDictionary()


class DatasetSource:
    """A cellnet dataset.

    Args:
        dataset: the pipeline, batched.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.size: int | None = dataset.get_dataset_size()
        self.kept = _kept.setdefault(dataset, {})

    def plan(self) -> IndexedPlan | None:
        """The pipeline as indices over columns, or None if it needs the host."""
        return describe(self.dataset)

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """One pass over the data."""
        return self.dataset.batches()

    def reader(self) -> DatasetReader:
        """Passes over the data for the executor, which reads ahead."""
        return self.dataset.reader()

    def iteration_state(self) -> dict[str, int]:
        """Where the data stands: after what was trained on."""
        return self.dataset.iteration_state()

    def restore(self, state: dict[str, int]) -> None:
        """Go on where :meth:`iteration_state` was taken."""
        self.dataset.restore(state)


class IterableSource:
    """Any iterable of batches: a torch DataLoader, tfds, grain, a list.

    Its position is a count: restored, the first pass reads and drops the batches that
    were trained on.  What follows is the same where the iterable gives the same batches
    again.

    Args:
        iterable: gives a tuple, list, dict or array for each batch.
        size: batches in a pass, None if it does not tell.
    """

    def __init__(self, iterable: Iterable[Any], size: int | None) -> None:
        self.dataset = iterable
        self.size = size
        self.kept: dict[str, Any] = {}
        self._streams = StreamKeeper()

    def plan(self) -> IndexedPlan | None:
        """None: nothing is known about where the batches come from."""
        return None

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """One pass over the data."""
        return map(_columns, self.dataset)

    def reader(self) -> IterableReader:
        """Passes over the data for the executor, which reads ahead."""
        return IterableReader(self.batches, self._streams)

    def iteration_state(self) -> dict[str, int]:
        """Where the data stands: after what was trained on."""
        return self._streams.current().state()

    def restore(self, state: dict[str, int]) -> None:
        """Go on where :meth:`iteration_state` was taken.

        Raises:
            ValueError: ``state`` is no such dict.
        """
        self._streams.replace(Stream.of_state(state))


class IterableReader:
    """Passes over an iterable, counted.

    Args:
        open_pass: begins a pass.
        streams: the place of the iterable.
    """

    def __init__(
        self,
        open_pass: Callable[[], Iterator[tuple[np.ndarray, ...]]],
        streams: StreamKeeper,
    ) -> None:
        self._open_pass = open_pass
        self._reader = Reader(streams)
        self.state = self._reader.state
        self.settle = self._reader.settle

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The next pass."""
        return self._reader.open(self._batches_from)

    def _batches_from(
        self, current: Pass, start: int
    ) -> Iterator[tuple[np.ndarray, ...]]:
        del current
        return islice(self._open_pass(), start, None)

    def batch_sizes(self) -> None:
        """Not known."""

    def rows(self) -> Iterator[Rows]:
        """Not there: an iterable has no plan."""
        raise NotImplementedError


def as_source(
    data: Any,
    *,
    batch_size: int | None = None,
    shuffle: bool = False,
    owner: str = "Model.train",
) -> DatasetSource | IterableSource:
    """See ``data`` as a source of batches.

    Args:
        data: a cellnet dataset; an array, or a tuple or dict of arrays of equal length
            along axis 0, which are cut into batches; or an iterable of batches.
        batch_size: for arrays; 32 if None.
        shuffle: whether arrays are shuffled in each pass.
        owner: the name that messages begin with.

    Raises:
        TypeError: none of these.
        ValueError: no data, or fewer rows than a batch has.
    """
    if isinstance(data, Dataset):
        source: DatasetSource | IterableSource = DatasetSource(data)
    elif _is_arrays(data):
        rows = DEFAULT_BATCH_SIZE if batch_size is None else batch_size
        source = _from_arrays(data, rows, shuffle)
    elif isinstance(data, Iterable) and not isinstance(data, str | bytes):
        source = IterableSource(data, _length(data))
    else:
        raise TypeError(
            f"{owner}: expected a dataset, arrays or an iterable of batches, got "
            f"{type(data).__name__}"
        )
    if source.size == 0:
        raise ValueError(
            f"{owner}: the data set gives no batch: it is empty, or smaller than one "
            "batch while drop_remainder is True"
        )
    return source


def split_seeds(data: Any) -> list[int]:
    """What says which rows ``Dataset.split`` gave; [] where nothing was split."""
    return data.split_seeds() if isinstance(data, Dataset) else []


def check_columns(owner: str, source: Any) -> None:
    """Refuse a dataset that does not give what a loss needs, if it tells.

    Raises:
        ValueError: not two columns.
    """
    if not isinstance(source, DatasetSource):
        return
    names = source.dataset.column_names
    if len(names) != 2:
        raise ValueError(
            f"{owner}: with a loss_fn the dataset must give 2 columns, data and label; "
            f"this one gives {len(names)}: {', '.join(names)}. Choose with project, or "
            "pass a network that takes them all and returns the loss."
        )


def check_repeatable(owner: str, name: str, data: Any, passes: int) -> None:
    """Refuse a generator, or another of Python's iterators, that is to be read twice.

    Args:
        owner: the function's name, for messages.
        name: the argument's.
        data: what was given.
        passes: how often it is to be read.

    Raises:
        ValueError: it would be used up.
    """
    # objects of users and libraries may begin anew though they are their own iterator
    own = type(data).__module__ in ("builtins", "itertools")
    if passes > 1 and own and isinstance(data, Iterator):
        raise ValueError(
            f"{owner}: {name} is a {type(data).__name__}, which can be read once, but "
            f"is to be read {passes} times; give a list, or an object whose __iter__ "
            "begins anew"
        )


def _is_arrays(data: Any) -> bool:
    if isinstance(data, Mapping):
        items = list(data.values())
    elif isinstance(data, tuple):
        items = list(data)
    else:
        items = [data]
    return bool(items) and all(_is_array(item) for item in items)


def _is_array(value: Any) -> bool:
    if isinstance(value, np.ndarray | Tensor):
        return True
    # jax arrays, torch tensors; but no iterable of batches has all three
    return all(hasattr(value, name) for name in ("shape", "dtype", "__array__"))


def _from_arrays(data: Any, batch_size: int, shuffle: bool) -> DatasetSource:
    if isinstance(data, Mapping):
        columns = {name: np.asarray(value) for name, value in data.items()}
    else:
        arrays = data if isinstance(data, tuple) else (data,)
        columns = {f"column_{i}": np.asarray(a) for i, a in enumerate(arrays)}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"arrays of different lengths: {lengths}")
    dataset = NumpySlicesDataset(columns, shuffle=shuffle)
    return DatasetSource(dataset.batch(batch_size))


def _length(data: Any) -> int | None:
    size: Callable[[], int] | None = getattr(data, "get_dataset_size", None)
    if size is not None:
        return size()
    try:
        return len(data)
    except TypeError:
        return None


def _columns(batch: Any) -> tuple[np.ndarray, ...]:
    """The arrays of one batch, in order."""
    if isinstance(batch, Mapping):
        return tuple(np.asarray(value) for value in batch.values())
    if isinstance(batch, list | tuple):
        return tuple(np.asarray(value) for value in batch)
    return (np.asarray(batch),)
