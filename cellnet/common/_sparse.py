"""Sparse values as what they are made of: RowTensor and COOTensor."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.tensor import Tensor


class _Sparse:
    """Indices, values and the shape of what they are a part of."""

    def __init__(self, indices: Any, values: Any, shape: Any, other: Any) -> None:
        owner = type(self).__name__
        if other is not None:
            if (indices, values, shape) != (None, None, None):
                raise TypeError(f"{owner}: give another {owner} or the three parts")
            if not isinstance(other, type(self)):
                raise TypeError(
                    f"{owner}: expected a {owner}, got {type(other).__name__}"
                )
            indices, values, shape = other.indices, other.values, other.dense_shape
        for name, value in (("indices", indices), ("values", values)):
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"{owner}: {name} must be a Tensor, got {type(value).__name__}"
                )
        if not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
            raise TypeError(f"{owner}: shape must be a tuple of ints, got {shape!r}")
        if indices.dtype not in mstype.int_type:
            raise TypeError(f"{owner}: indices must be ints, got {indices.dtype}")
        self.indices: Tensor = indices
        self.values: Tensor = values
        self.dense_shape: tuple[int, ...] = shape

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return self.values.dtype

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(shape={list(self.dense_shape)}, "
            f"dtype={self.dtype}, indices={self.indices!r}, values={self.values!r})"
        )


class RowTensor(_Sparse):
    """Some rows of a larger Tensor (mindspore.RowTensor).

    Args:
        indices: numbers of the rows, ints (n,).
        values: the rows (n, ...).
        shape: of the whole.
        row_tensor: another one, in the place of the three.

    Raises:
        TypeError: a part of another type.
        ValueError: shapes that do not fit.

    Example:
        >>> rows = RowTensor(Tensor([1]), Tensor([[1.0, 2.0]]), (3, 2))
        >>> rows.to_dense().asnumpy().tolist()
        [[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]
    """

    def __init__(
        self,
        indices: Tensor | None = None,
        values: Tensor | None = None,
        shape: tuple[int, ...] | None = None,
        row_tensor: RowTensor | None = None,
    ) -> None:
        super().__init__(indices, values, shape, row_tensor)
        expected = (*self.indices.shape, *self.dense_shape[1:])
        if self.indices.ndim != 1 or self.values.shape != expected:
            raise ValueError(
                f"RowTensor: indices {self.indices.shape} and values "
                f"{self.values.shape} do not fit shape {self.dense_shape}"
            )

    def to_dense(self) -> Tensor:
        """The whole; rows named twice are added."""
        zeros = jnp.zeros(self.dense_shape, self.values._value.dtype)
        return Tensor._wrap(zeros.at[self.indices._value].add(self.values._value))


class COOTensor(_Sparse):
    """Some elements of a matrix (mindspore.COOTensor).

    Args:
        indices: their places, ints (n, 2).
        values: (n,).
        shape: of the whole, two ints.
        coo_tensor: another one, in the place of the three.

    Raises:
        TypeError: a part of another type.
        ValueError: shapes that do not fit.

    Example:
        >>> sparse = COOTensor(Tensor([[0, 1], [1, 0]]), Tensor([1.0, 2.0]), (2, 2))
        >>> sparse.to_dense().asnumpy().tolist()
        [[0.0, 1.0], [2.0, 0.0]]
    """

    def __init__(
        self,
        indices: Tensor | None = None,
        values: Tensor | None = None,
        shape: tuple[int, ...] | None = None,
        coo_tensor: COOTensor | None = None,
    ) -> None:
        super().__init__(indices, values, shape, coo_tensor)
        expected = (*self.values.shape, len(self.dense_shape))
        if (
            self.values.ndim != 1
            or len(self.dense_shape) != 2
            or self.indices.shape != expected
        ):
            raise ValueError(
                f"COOTensor: indices {self.indices.shape} and values "
                f"{self.values.shape} do not fit shape {self.dense_shape}"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole."""
        return self.dense_shape

    @property
    def ndim(self) -> int:
        """2."""
        return len(self.dense_shape)

    @property
    def size(self) -> int:
        """How many elements there are."""
        return self.values.size

    def astype(self, dtype: Any) -> COOTensor:
        """The same with values of another type."""
        values = Tensor._wrap(self.values._value.astype(mstype.to_numpy(dtype)))
        return COOTensor(self.indices, values, self.dense_shape)

    def to_tuple(self) -> tuple[Tensor, Tensor, tuple[int, ...]]:
        """(indices, values, shape)."""
        return self.indices, self.values, self.dense_shape

    def to_dense(self) -> Tensor:
        """The whole; elements named twice are added."""
        zeros = jnp.zeros(self.dense_shape, self.values._value.dtype)
        rows, columns = self.indices._value[:, 0], self.indices._value[:, 1]
        return Tensor._wrap(zeros.at[rows, columns].add(self.values._value))
