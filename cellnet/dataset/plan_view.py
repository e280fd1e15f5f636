"""A pipeline as row numbers: what the sink executor needs to run it on the device.

`describe` sees whether all that a pipeline does is to choose rows of arrays in memory
and to apply known deterministic transforms. If so, a pass is a sequence of row numbers,
and the transforms may be computed anywhere. The plain iterators read such a pipeline
through its plan too, and the order of rows comes from the nodes' own `reorder`: there
is one mechanism, so both ways see the same samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ._passes import Pass
from .nodes import ArraySource, BatchNode, Node, OrderNode, Row, Stage, StageNode
from .transforms import Transform

NUMERIC_KINDS = "biuf"

OpenPass = Callable[[Callable[[Pass], Iterator[np.ndarray]]], Iterator[np.ndarray]]


@dataclass(frozen=True)
class IndexedPlan:
    """A pipeline over whole arrays.

    Attributes:
        columns: the source's raw columns, each with rows along axis 0; read-only.
        stages: what to do to each sample, in order: `operations` take the one input
            column and give the one output column; a stage without operations renames
            its input columns. Columns that are not an input stay.
        output_columns: the columns to give, in order.
        batch_size: samples in a batch; None when rows are given one by one.
        drop_remainder: whether a short last batch is left out.
        short_batch: samples of the last batch where that is short, else 0.
        num_batches: batches (or rows) in a pass; of one round if the pass is endless.
        endless: a pass never ends (repeat without a count).
    """

    columns: dict[str, np.ndarray]
    stages: tuple[Stage, ...]
    output_columns: tuple[str, ...]
    batch_size: int | None
    drop_remainder: bool
    short_batch: int
    num_batches: int
    endless: bool
    indices_of: Callable[[Pass], Iterator[np.ndarray]] = field(repr=False)
    _open_pass: OpenPass = field(repr=False)

    def epoch_indices(self) -> Iterator[np.ndarray]:
        """The next pass as row numbers of each batch: int32 (B,), or () when unbatched.

        Counts as reading that pass of the dataset.
        """
        return self._open_pass(self.indices_of)

    def read(self, indices: np.ndarray) -> Row:
        """The rows of one batch, or one row, with all stages applied on the host."""
        if indices.ndim:
            rows = {name: array[indices] for name, array in self.columns.items()}
            for stage in self.stages:
                if stage.operations:
                    rows = stage.apply_batch(rows, indices)
                else:
                    rows = stage.apply(rows, "")
        else:
            # Copies, which the user may change in place.
            rows = {n: np.array(array[indices]) for n, array in self.columns.items()}
            for stage in self.stages:
                rows = stage.apply(rows, f"source row {indices}")
        return {name: rows[name] for name in self.output_columns}


def plan_of(node: Node, open_pass: OpenPass) -> IndexedPlan | None:
    """The plan of the pipeline that ends in `node`, or None if it needs the host."""
    chain = _chain(node)
    source = chain[0]
    if not isinstance(source, ArraySource) or not _numeric(source):
        return None
    batches = [step for step in chain if isinstance(step, BatchNode)]
    if len(batches) > 1 or any(b.per_batch_map or b.sizes.size_of for b in batches):
        return None
    batched = False
    stages: list[Stage] = []
    for step in chain[1:]:
        if isinstance(step, BatchNode):
            batched = True
        elif isinstance(step, StageNode):
            if not _known(step.stage, batched):
                return None
            if step.stage.input_columns:
                stages.append(step.stage)
        elif not isinstance(step, OrderNode):
            return None
    return IndexedPlan(
        columns=dict(source.columns),
        stages=tuple(stages),
        output_columns=node.column_names,
        batch_size=batches[0].batch_size if batches else None,
        drop_remainder=bool(batches) and batches[0].drop_remainder,
        short_batch=batches[0].rest() if batches else 0,
        num_batches=node.size(),
        endless=node.endless,
        indices_of=lambda current: map(_int32, _indices(node, current)),
        _open_pass=open_pass,
    )


def _chain(node: Node) -> list[Node]:
    """Nodes from the source to `node`, or from the last join on."""
    chain = [node]
    while len(chain[-1].upstream) == 1:
        chain.append(chain[-1].upstream[0])
    return chain[::-1]


def _numeric(source: ArraySource) -> bool:
    return all(array.dtype.kind in NUMERIC_KINDS for array in source.columns.values())


def _known(stage: Stage, batched: bool) -> bool:
    if not stage.operations:
        return True
    return len(stage.input_columns) == len(stage.output_columns) == 1 and all(
        isinstance(operation, Transform)
        and operation.deterministic
        and (operation.elementwise or not batched)
        for operation in stage.operations
    )


def _int32(indices: int | list[int]) -> np.ndarray:
    return np.array(indices, np.int32)


def _indices(node: Node, current: Pass) -> Iterator:
    """Row numbers, not rows, through the same nodes: ints, then lists of them."""
    if isinstance(node, ArraySource):
        return iter(node.order(current).tolist())
    (upstream,) = node.upstream
    if isinstance(node, OrderNode):
        return node.reorder(lambda inner: _indices(upstream, inner), current)
    indices = _indices(upstream, current)
    if isinstance(node, BatchNode):
        return node.groups(indices)
    return indices
