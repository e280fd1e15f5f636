"""Sources: where rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np

from .._passes import Pass
from ..samplers import BuiltinSampler
from ._lanes import ANYWHERE, IN_ORDER, Hands
from ._node import Node, Row


class SampledSource(Node):
    """Rows that can be fetched by number, in a sampler's order."""

    def __init__(
        self,
        name: str,
        column_names: tuple[str, ...],
        num_rows: int,
        sampler: BuiltinSampler,
    ) -> None:
        super().__init__((), column_names)
        if num_rows == 0:
            raise RuntimeError(f"{name}: the source has no rows.")
        self.name = name
        self.num_rows = num_rows
        self.sampler = sampler

    def with_sampler(self, sampler: BuiltinSampler) -> SampledSource:
        """The same rows in another order."""
        other = copy(self)
        other.sampler, other.segment = sampler, None
        vars(other).pop("_size", None)
        return other

    def labels(self) -> np.ndarray | None:
        """The class of each row, for a sampler that balances classes."""
        return None

    def order(self, current: Pass) -> np.ndarray:
        """Row numbers of one pass, in order."""
        generator = current.generator(self.number)
        order = self.sampler.order(self.num_rows, generator, self.labels())
        if order.size and not 0 <= order.min() <= order.max() < self.num_rows:
            wrong = order[(order < 0) | (order >= self.num_rows)][0]
            raise RuntimeError(
                f"{self.name}: {type(self.sampler).__name__} asks for row {wrong}, but "
                f"the rows are numbered 0 to {self.num_rows - 1}."
            )
        return order

    def items(self, current: Pass) -> Iterator[int]:
        return iter(self.order(current).tolist())

    def size(self) -> int:
        return self._size

    @cached_property
    def _size(self) -> int:
        # The number of rows of a pass does not depend on chance.
        return len(self.order(Pass(seed=0, number=0)))

    def __repr__(self) -> str:
        return self.name

    def why_empty(self) -> str:
        return f"{self.name}: {type(self.sampler).__name__} gives no rows"


class ArraySource(SampledSource):
    """Columns kept whole in memory, equally long."""

    in_memory = True

    def __init__(
        self, name: str, columns: Mapping[str, np.ndarray], sampler: BuiltinSampler
    ) -> None:
        self.columns = {key: _read_only(array) for key, array in columns.items()}
        num_rows = len(next(iter(self.columns.values())))
        super().__init__(name, tuple(columns), num_rows, sampler)

    def labels(self) -> np.ndarray | None:
        return self.columns.get(getattr(self.sampler, "class_column", ""))

    def make(self, item: int) -> Row:
        # Copies, which a user's function may change in place.
        return {name: np.array(array[item]) for name, array in self.columns.items()}


class RandomAccessSource(SampledSource):
    """A user's object with __getitem__ and __len__."""

    def __init__(
        self,
        name: str,
        source: Sequence[Any],
        column_names: tuple[str, ...],
        sampler: BuiltinSampler,
        convert: Callable[[Any, int], Row],
        hands: Hands = ANYWHERE,
    ) -> None:
        super().__init__(name, column_names, len(source), sampler)
        self.hands = hands
        self.source = source
        self._convert = convert

    def make(self, item: int) -> Row:
        try:
            value = self.source[item]
        except Exception as error:
            raise _source_failed(self.name, item, error) from error
        return self._convert(value, item)


class IterableSource(Node):
    """A user's rows in their own order, begun anew for each pass."""

    def __init__(
        self,
        name: str,
        begin: Callable[[], Iterator[Any]],
        column_names: tuple[str, ...],
        num_samples: int | None,
        convert: Callable[[Any, int], Row],
    ) -> None:
        super().__init__((), column_names)
        self.hands = IN_ORDER
        self.name = name
        self._begin = begin
        self._num_samples = num_samples
        self._convert = convert

    def items(self, current: Pass) -> Iterator[Row]:
        del current
        index = 0
        values = iter(())
        try:
            values = iter(self._begin())
        except Exception as error:
            raise _source_failed(self.name, 0, error) from error
        while index != self._num_samples:
            try:
                value = next(values)
            except StopIteration:
                return
            except Exception as error:
                raise _source_failed(self.name, index, error) from error
            yield self._convert(value, index)
            index += 1

    def size(self) -> int:
        return self._counted

    @cached_property
    def _counted(self) -> int:
        return sum(1 for _ in self.items(Pass(seed=0, number=0)))

    def __repr__(self) -> str:
        return self.name

    def why_empty(self) -> str:
        return f"{self.name}: the source has no rows"


def _source_failed(name: str, index: int, error: Exception) -> RuntimeError:
    return RuntimeError(
        f"{name}: source failed at row {index}: {type(error).__name__}: {error}"
    )


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
