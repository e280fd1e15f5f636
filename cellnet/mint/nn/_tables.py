"""Embedding and PReLU in torch's form: names and initial values."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_int
from cellnet.common.initializer import Normal
from cellnet.mint.nn import functional as F
from cellnet.mint.nn._parameters import made
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class Embedding(Cell):
    """Rows of a table by their numbers (mindspore.mint.nn.Embedding).

    Args:
        num_embeddings, embedding_dim: rows and columns.
        padding_idx: a row of zeros that is not trained.
        max_norm, norm_type: rows longer than max_norm are shortened.
        scale_grad_by_freq: False.
        dtype: of the table, whose initial values are of N(0, 1).
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (
            check_int("Embedding", "num_embeddings", num_embeddings, minimum=1),
            check_int("Embedding", "embedding_dim", embedding_dim, minimum=1),
        )
        init = Normal(1.0) if _weight is None else _weight
        self.weight = made(init, shape, "weight", dtype)
        self.weight.requires_grad = not _freeze
        if padding_idx is not None:
            value = self.weight.asnumpy()
            value[padding_idx] = 0
            self.weight.set_data(Tensor(value))
        self.padding_idx, self.max_norm = padding_idx, max_norm
        self.norm_type, self.scale_grad_by_freq = norm_type, scale_grad_by_freq

    def construct(self, input: Tensor) -> Tensor:
        """Look the rows up."""
        rest = (self.padding_idx, self.max_norm, self.norm_type)
        return F.embedding(input, self.weight, *rest, self.scale_grad_by_freq)


class PReLU(Cell):
    """x for x > 0, else weight * x (mindspore.mint.nn.PReLU).

    Args:
        num_parameters: 1, or the number of channels.
        init: initial weight.
        dtype: of the weight.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, dtype: Any = None
    ) -> None:
        super().__init__()
        self.weight = made(float(init), (num_parameters,), "weight", dtype)

    def construct(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.prelu(input, self.weight)
