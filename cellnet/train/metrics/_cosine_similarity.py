"""CosineSimilarity: how alike the rows of a matrix are."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_choice
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class CosineSimilarity(Metric):
    r"""s[i, j] = <x_i, x_j> / (|x_i| |x_j|) for the rows of the last batch.

    Args:
        similarity: "cosine", or "dot" for the products alone.
        reduction: "none"; "mean" or "sum" of each row.
        zero_diagonal: rows are not compared with themselves: s[i, i] = 0.

    Inputs of ``update``: a matrix (N, D).

    Raises:
        TypeError: an argument of another type.
        ValueError: another choice; a batch that is no matrix.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> rows = [[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]
        >>> CosineSimilarity(reduction="sum")(rows).tolist()
        [1.0, 0.0, 1.0]

    Differs: a row of zeros is like no other, MindSpore gives nan.

    Source: mindspore.train.CosineSimilarity.
    """

    def __init__(
        self,
        similarity: str = "cosine",
        reduction: str = "none",
        zero_diagonal: bool = True,
    ) -> None:
        super().__init__()
        owner = "CosineSimilarity"
        self.similarity = check_choice(
            owner, "similarity", similarity, ("cosine", "dot")
        )
        self.reduction = check_choice(
            owner, "reduction", reduction, ("none", "sum", "mean")
        )
        self.zero_diagonal = check_bool(owner, "zero_diagonal", zero_diagonal)
        self.clear()

    def clear(self) -> None:
        self._matrix: np.ndarray | None = None

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Compare the rows of a batch; an earlier one is forgotten, as in MindSpore."""
        (rows,) = self._convert_inputs(inputs, "rows")
        if rows.ndim != 2:
            raise ValueError(
                f"CosineSimilarity: expected a matrix (N, D), got shape {rows.shape}"
            )
        if self.similarity == "cosine":
            norms = np.linalg.norm(rows, axis=1, keepdims=True)
            rows = np.divide(rows, norms, out=np.zeros(rows.shape), where=norms != 0)
        self._matrix = rows @ rows.T

    def eval(self) -> np.ndarray:
        """(N, N), or (N,) if reduced."""
        if self._matrix is None:
            raise no_samples(self)
        matrix = self._matrix.copy()
        if self.zero_diagonal:
            np.fill_diagonal(matrix, 0)
        if self.reduction == "none":
            return matrix
        return matrix.mean(-1) if self.reduction == "mean" else matrix.sum(-1)
