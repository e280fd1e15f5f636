"""Embedding and EmbeddingLookup: rows of a table by index."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet._checks import check_bool, check_choice, check_int
from cellnet.common.initializer import initializer
from cellnet.nn._inputs import check_tensors, is_traced
from cellnet.nn._settings import positive_float
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_SLICE_MODES = ("batch_slice", "field_slice", "table_row_slice", "table_column_slice")


class Embedding(Cell):
    """y = table[ids] (mindspore.nn.Embedding).

    Args:
        vocab_size: number of rows, > 0.
        embedding_size: width of a row, > 0.
        use_one_hot: multiply one-hot vectors with the table instead of gathering rows;
            an id out of range then gives zeros, as in MindSpore.
        embedding_table: initial table; by default Normal(0.01).
        dtype: type of the table.
        padding_idx: a row that starts as zeros, in [0, vocab_size), or None.

    Inputs: ids, any shape, an integer type, in [-vocab_size, vocab_size); a negative
        id counts from the end.
    Outputs: ids.shape + (embedding_size,), the dtype of the table.

    Raises:
        TypeError: an argument has a wrong type, or the ids are no integers.
        ValueError: sizes < 1, padding_idx or an id out of range.  Inside a compiled
            program, where ids have no values yet, the row becomes NaN instead.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.Embedding(10, 4)(Tensor([[1, 2, 3]])).shape
        (1, 3, 4)
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        use_one_hot: bool = False,
        embedding_table: Any = "normal",
        dtype: Any = mstype.float32,
        padding_idx: int | None = None,
    ) -> None:
        super().__init__()
        check_int("Embedding", "vocab_size", vocab_size, minimum=1)
        check_int("Embedding", "embedding_size", embedding_size, minimum=1)
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.use_one_hot = check_bool("Embedding", "use_one_hot", use_one_hot)
        self.dtype = dtype
        self.padding_idx = padding_idx
        table = initializer(embedding_table, (vocab_size, embedding_size), dtype)
        if padding_idx is not None:
            last = vocab_size - 1
            check_int("Embedding", "padding_idx", padding_idx, minimum=0, maximum=last)
            table = _clear_row(table, padding_idx)
        self.embedding_table = Parameter(table, name="embedding_table")

    def construct(self, ids: Tensor) -> Tensor:
        """Look the rows up."""
        _check_integers("Embedding", ids)
        dtype = self._to_float or self.embedding_table.dtype
        if self.use_one_hot:
            return _multiply(ids, self.embedding_table, dtype)
        if not is_traced(ids):
            _check_ids(ids.asnumpy(), self.vocab_size)
        return _gather(ids, self.embedding_table, dtype)

    def extend_repr(self) -> str:
        """Sizes and table."""
        return (
            f"vocab_size={self.vocab_size}, embedding_size={self.embedding_size}, "
            f"use_one_hot={self.use_one_hot}, embedding_table={self.embedding_table}, "
            f"dtype={self.dtype}, padding_idx={self.padding_idx}"
        )


class EmbeddingLookup(Cell):
    """y = table[ids], zeros for an id that has no row (mindspore.nn.EmbeddingLookup).

    Args:
        vocab_size: number of rows, > 0.
        embedding_size: width of a row, > 0.
        param_init: initial table; by default Normal(0.01).
        target: "CPU" or "DEVICE"; the table is where the program runs.
        slice_mode: "batch_slice", "field_slice", "table_row_slice" or
            "table_column_slice"; one device holds the whole table.
        manual_shapes: kept, for "field_slice".
        max_norm: a float > 0, to which the norms of rows are cut, or None.
        sparse: kept; gradients are dense.
        dtype: type of the table.

    Inputs: ids, any shape, an integer type.
    Outputs: ids.shape + (embedding_size,), the dtype of the table.

    Raises:
        TypeError: an argument has a wrong type, or the ids are no integers.
        ValueError: an argument out of range.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.EmbeddingLookup(4, 2, "ones")(Tensor([0, 4])).asnumpy().tolist()
        [[1.0, 1.0], [0.0, 0.0]]
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_size: int,
        param_init: Any = "normal",
        target: str = "CPU",
        slice_mode: str = "batch_slice",
        manual_shapes: tuple | None = None,
        max_norm: float | None = None,
        sparse: bool = True,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = "EmbeddingLookup"
        self.vocab_size = check_int(owner, "vocab_size", vocab_size, minimum=1)
        self.embedding_size = check_int(
            owner, "embedding_size", embedding_size, minimum=1
        )
        self.target = check_choice(owner, "target", target, ("CPU", "DEVICE"))
        self.slice_mode = check_choice(owner, "slice_mode", slice_mode, _SLICE_MODES)
        self.manual_shapes = manual_shapes
        self.sparse = check_bool(owner, "sparse", sparse)
        if max_norm is not None:
            positive_float(owner, "max_norm", max_norm)
        self.max_norm = max_norm
        table = initializer(param_init, (vocab_size, embedding_size), dtype)
        self.embedding_table = Parameter(table, name="embedding_table")

    def construct(self, indices: Tensor) -> Tensor:
        """Look the rows up."""
        _check_integers("EmbeddingLookup", indices)
        return _look_up(indices, self.embedding_table, self.max_norm)


def _check_integers(owner: str, ids: Tensor) -> None:
    check_tensors(owner, ids=ids)
    if ids.dtype not in (*mstype.int_type, *mstype.uint_type):
        raise TypeError(
            f"{owner}: ids are {ids.dtype}, expected an integer type; cast them with "
            "ids.astype(int32)"
        )


def _check_ids(ids: np.ndarray, vocab_size: int) -> None:
    bad = np.argwhere((ids < -vocab_size) | (ids >= vocab_size))
    if bad.size:
        place = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"Embedding: ids{list(place)} is {ids[place]}, expected one of "
            f"{vocab_size} rows, 0 to {vocab_size - 1}"
        )


@op
def _clear_row(table: Any, index: int) -> Any:
    return table.at[index].set(0)


@op
def _gather(ids: Any, table: Any, dtype: Any) -> Any:
    return jnp.take(table.astype(dtype), ids, axis=0, mode="fill")


@op
def _multiply(ids: Any, table: Any, dtype: Any) -> Any:
    one_hot = jax.nn.one_hot(ids, table.shape[0], dtype=dtype)
    return jnp.matmul(one_hot, table.astype(dtype))


@op
def _look_up(ids: Any, table: Any, max_norm: float | None) -> Any:
    # an id below 0 is out of range too: it would count from the end
    ids = jnp.where(ids < 0, table.shape[0], ids)
    rows = jnp.take(table, ids, axis=0, mode="fill", fill_value=0)
    if max_norm is None:
        return rows
    norms = jnp.linalg.norm(rows, axis=-1, keepdims=True)
    return rows * (max_norm / jnp.maximum(norms, max_norm))
