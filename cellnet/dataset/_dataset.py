"""Dataset: what a user holds, and the verbs on it.

A Dataset never changes: each verb gives a new one. What it does is a tree of nodes
(`nodes/`); what it remembers is only which pass comes next (`_passes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from . import nodes
from ._checks import (
    check_absent,
    check_bool,
    check_int,
    check_known,
    check_names,
    check_workers,
)
from ._explain import Explanation, explain
from ._facts import DatasetFacts
from ._iterators import DictIterator, TupleIterator
from ._made import Made
from ._passes import Item, ItemsOf, Pass, Reader, Stream, StreamKeeper
from ._save import save
from ._serialize._write import write_description
from .plan_view import IndexedPlan, Rows, batch_sizes, plan_of
from .samplers import BuiltinSampler
from .text import SentencePieceModel, SentencePieceVocab, Vocab

Columns = Sequence[str] | str


class Dataset(DatasetFacts, Made):
    """A sequence of rows with named columns, read pass after pass.

    Passes are numbered: shuffles differ between them, and under `config.set_seed` the
    same sequence of passes comes again.

    Differs: from MindSpore, where a new iterator under a fixed seed begins again at the
        first pass; here it goes on with the dataset's next pass. A pass without any row
        raises a RuntimeError.
    References: mindspore.dataset.Dataset.
    """

    def __init__(self, node: nodes.Node) -> None:
        if type(self) is not Dataset:  # a source
            node.made_by = self._call
        self._node = node
        self._streams = StreamKeeper()

    # Verbs

    def map(
        self,
        operations: Any,
        input_columns: Columns | None = None,
        output_columns: Columns | None = None,
        column_order: Columns | None = None,
        num_parallel_workers: int | None = None,
        python_multiprocessing: bool = False,
        cache: Any = None,
        callbacks: Any = None,
        max_rowsize: Any = None,
        offload: bool | None = None,
    ) -> Dataset:
        """Apply operations, one after the other, to columns of each row.

        Args: operations: a transform, a function, or a list of them.
            input_columns: what the first one takes; default the first column.
            output_columns: names of what the last one gives; default input_columns.
                As many as input_columns: they take their places; else they come first.
            column_order: the columns to keep, in order; default all.
            num_parallel_workers: threads that make the rows; default as many as
                config says where that pays, and for functions of your own none:
                whoever reads calls them, in order.
            python_multiprocessing: processes in place of threads, for functions of
                your own. They get copies of what the functions use.
            max_rowsize, offload: hints. None of these changes the rows.
        Raises: ValueError: an operation is not callable. RuntimeError: a column does
            not exist; when read: an operation failed (named with column and sample),
            or a worker process died.
        References: mindspore.dataset.Dataset.map.
        """
        check_workers("map", num_parallel_workers)
        check_bool("map", "python_multiprocessing", python_multiprocessing)
        check_absent("map", cache=cache, callbacks=callbacks)
        del max_rowsize, offload
        return Dataset(
            nodes.map_node(
                self._node,
                operations,
                input_columns,
                output_columns,
                column_order,
                num_parallel_workers,
                python_multiprocessing,
            )
        )

    def batch(
        self,
        batch_size: int | Callable[[nodes.BatchInfo], int],
        drop_remainder: bool = False,
        num_parallel_workers: int | None = None,
        per_batch_map: Callable[..., Any] | None = None,
        input_columns: Columns | None = None,
        output_columns: Columns | None = None,
        python_multiprocessing: bool = False,
        max_rowsize: Any = None,
    ) -> Dataset:
        """Stack batch_size rows along a new leading axis.

        Args: batch_size: rows in a batch, 1 or more, or f(batch_info) that gives them;
                batch_info has get_batch_num() and get_epoch_num(), both from 0.
            drop_remainder: leave out a short last batch.
            per_batch_map: f(*columns, batch_info), each column a list of arrays;
                gives a tuple of such lists. input_columns: its inputs, default all.
                output_columns: its outputs' names, default input_columns.
            num_parallel_workers, python_multiprocessing: of per_batch_map, as in map.
            max_rowsize: a hint.
        Raises: TypeError, ValueError: an argument is not as said. RuntimeError: when
            read: rows of one batch differ in shape.
        References: mindspore.dataset.Dataset.batch.
        """
        check_workers("batch", num_parallel_workers)
        check_bool("batch", "python_multiprocessing", python_multiprocessing)
        del max_rowsize
        return Dataset(
            nodes.BatchNode(
                self._node,
                batch_size,
                drop_remainder,
                per_batch_map,
                input_columns,
                output_columns,
                num_parallel_workers,
                python_multiprocessing,
            )
        )

    def shuffle(self, buffer_size: int) -> Dataset:
        """Draw each row at random from a buffer of buffer_size rows, 2 or more.

        With a buffer as large as the data this is a uniform permutation.
        """
        return Dataset(nodes.ShuffleNode(self._node, buffer_size))

    def repeat(self, count: int | None = None) -> Dataset:
        """`count` passes as one; without end for None or -1."""
        return Dataset(nodes.RepeatNode(self._node, count))

    def take(self, count: int = -1) -> Dataset:
        """The first `count` rows (or batches); all of them for -1."""
        return Dataset(nodes.TakeNode(self._node, count))

    def skip(self, count: int) -> Dataset:
        """All but the first `count` rows (or batches)."""
        return Dataset(nodes.SkipNode(self._node, count))

    def project(self, columns: Columns) -> Dataset:
        """Only the named columns, in that order."""
        return Dataset(nodes.project_node(self._node, columns))

    def rename(self, input_columns: Columns, output_columns: Columns) -> Dataset:
        """Other names for columns, which keep their places."""
        return Dataset(nodes.rename_node(self._node, input_columns, output_columns))

    def filter(
        self,
        predicate: Callable[..., Any],
        input_columns: Columns | None = None,
        num_parallel_workers: int | None = None,
    ) -> Dataset:
        """The rows for which predicate(*input_columns) is true; default all columns."""
        check_workers("filter", num_parallel_workers)
        return Dataset(nodes.FilterNode(self._node, predicate, input_columns))

    def zip(self, datasets: Dataset | tuple[Dataset, ...]) -> Dataset:
        """The columns of this and of other datasets side by side."""
        others = datasets if isinstance(datasets, tuple) else (datasets,)
        return zip((self, *others))

    def concat(self, datasets: Dataset | list[Dataset]) -> Dataset:
        """The rows of this and then of other datasets."""
        others = datasets if isinstance(datasets, list) else [datasets]
        return Dataset(nodes.ConcatNode(_nodes_of("concat", [self, *others])))

    def __add__(self, other: Dataset) -> Dataset:
        return self.concat(other)

    def split(
        self, sizes: list[int] | list[float], randomize: bool = True
    ) -> list[Dataset]:
        """Parts that have no row in common, the same rows in each pass.

        What stands before is read in one fixed order, random transforms included: put
        map and shuffle behind.

        Args: sizes: rows of each part, or shares of 1.
            randomize: draw the rows at random, by config's seed if one is set; without
                one, another program draws other rows.
        Raises: TypeError, ValueError: sizes is not as said. RuntimeError: sizes do not
            add up to the number of rows.
        References: mindspore.dataset.Dataset.split.
        """
        seed = self._streams.current().seed
        return [
            Dataset(node)
            for node in nodes.split_nodes(self._node, sizes, randomize, seed)
        ]

    def apply(self, apply_func: Callable[[Dataset], Dataset]) -> Dataset:
        """apply_func(self), which must be a Dataset."""
        if not callable(apply_func):
            raise TypeError(f"apply: apply_func must be callable, got {apply_func!r}.")
        result = apply_func(self)
        if not isinstance(result, Dataset):
            raise TypeError(f"apply: apply_func gave {result!r}, expected a Dataset.")
        return result

    def padded_batch(
        self,
        batch_size: int | Callable[[nodes.BatchInfo], int],
        drop_remainder: bool = False,
        num_parallel_workers: int | None = None,
        pad_info: dict[str, Any] | None = None,
    ) -> Dataset:
        """batch_size rows as one, padded at the end to a common shape.

        Args: pad_info: {column: (shape, value)}, None in a shape for as long as the
                longest; a column not named is not padded. The rest as in batch.
        References: mindspore.dataset.Dataset.padded_batch.
        """
        check_workers("padded_batch", num_parallel_workers)
        return Dataset(
            nodes.PaddedBatchNode(self._node, batch_size, drop_remainder, pad_info)
        )

    def bucket_batch_by_length(
        self,
        column_names: Columns,
        bucket_boundaries: list[int],
        bucket_batch_sizes: list[int],
        element_length_function: Callable[..., Any] | None = None,
        pad_info: dict[str, Any] | None = None,
        pad_to_bucket_boundary: bool = False,
        drop_remainder: bool = False,
    ) -> Dataset:
        """Batches of rows of like length, padded at the end.

        Args: column_names: what the length is taken of: the first axis of one column,
                or element_length_function(*columns).
            bucket_boundaries: lengths where the next bucket begins, rising.
            bucket_batch_sizes: rows in a batch of each bucket, one more.
            pad_info: as in padded_batch; default all columns.
            pad_to_bucket_boundary: pad to the bucket's largest length.
            drop_remainder: leave out what is left in the buckets.
        References: mindspore.dataset.Dataset.bucket_batch_by_length.
        """
        return Dataset(
            nodes.BucketNode(
                self._node,
                column_names,
                bucket_boundaries,
                bucket_batch_sizes,
                element_length_function,
                pad_info,
                pad_to_bucket_boundary,
                drop_remainder,
            )
        )

    def sync_wait(
        self,
        condition_name: str,
        num_batch: int = 1,
        callback: Callable[[Any], Any] | None = None,
    ) -> Dataset:
        """A place whose callback `sync_update` calls while rows are read.

        Args: condition_name: what sync_update calls it. num_batch: 1 or more, a hint.
            callback: f(data). What it changes is seen by the rows read from then on.
        Raises: TypeError, ValueError: an argument is not as said. RuntimeError: the
            name exists already.
        Differs: from MindSpore, nothing waits: a row is made when it is asked for.
        References: mindspore.dataset.Dataset.sync_wait.
        """
        return Dataset(
            nodes.SyncWaitNode(self._node, condition_name, num_batch, callback)
        )

    def sync_update(
        self, condition_name: str, num_batch: int | None = None, data: Any = None
    ) -> None:
        """Call the callback of the sync_wait of that name with `data`.

        Raises: RuntimeError: there is none; the callback failed.
        References: mindspore.dataset.Dataset.sync_update.
        """
        del num_batch
        for node in nodes.sync_waits(self._node):
            if node.condition_name == condition_name:
                if node.callback is not None:
                    node.callback(data)
                return
        raise RuntimeError(f"sync_update: there is no sync_wait '{condition_name}'.")

    def device_que(
        self,
        send_epoch_end: bool = True,
        create_data_info_queue: bool = False,
        queue_name: str = "",
    ) -> Dataset:
        """This dataset: a sunk loop brings batches to the device by itself."""
        del send_epoch_end, create_data_info_queue, queue_name
        return self

    def to_device(self, send_epoch_end: bool = True) -> Dataset:
        """This dataset, as device_que."""
        return self.device_que(send_epoch_end)

    def build_vocab(
        self,
        columns: Columns | None,
        freq_range: tuple[int | None, int | None] | None,
        top_k: int | None,
        special_tokens: list[str] | None,
        special_first: bool,
    ) -> Vocab:
        """`text.Vocab.from_dataset` of this dataset, which see.

        References: mindspore.dataset.TextBaseDataset.build_vocab.
        """
        return Vocab.from_dataset(
            self, columns, freq_range, top_k, special_tokens, special_first
        )

    def build_sentencepiece_vocab(
        self,
        columns: list[str],
        vocab_size: int,
        character_coverage: float,
        model_type: SentencePieceModel,
        params: dict[str, str],
    ) -> SentencePieceVocab:
        """`text.SentencePieceVocab.from_dataset` of this dataset, which see.

        References: mindspore.dataset.TextBaseDataset.build_sentencepiece_vocab.
        """
        return SentencePieceVocab.from_dataset(
            self, columns, vocab_size, character_coverage, model_type, params
        )

    # Reading

    def to_json(self, filename: str | Path = "") -> dict[str, Any]:
        """The pipeline as a dict for JSON: see `serialize`.

        Args: filename: a file to write it to.
        References: mindspore.dataset.Dataset.to_json.
        """
        return write_description(self._node, filename)

    def save(
        self, file_name: str | Path, num_files: int = 1, file_type: str = "mindrecord"
    ) -> None:
        """Write the rows of the next pass to files.

        Args: file_name: path; with num_files > 1 the files are file_name0, ...
            num_files: 1 to 1000; 1 for TFRecord.
            file_type: "mindrecord", to be read by MindDataset: types that it lacks
                become wider, the first side of a shape may differ between rows; or
                "tfrecord", to be read by TFRecordDataset: int64, float32 and bytes,
                without shapes.
        Raises: TypeError, ValueError: an argument or a column is not as said.
            RuntimeError: the file is there already.
        References: mindspore.dataset.Dataset.save.
        """
        save(self._open_rows(), file_name, num_files, file_type)

    def create_dict_iterator(
        self, num_epochs: int = -1, output_numpy: bool = False, do_copy: bool = False
    ) -> DictIterator:
        """An iterator of rows as {column: Tensor}; each `for` over it is a pass.

        Args: num_epochs: passes it may give, -1 for no limit.
            output_numpy: give arrays, not Tensors. do_copy: no effect.
        """
        check_bool("iterator", "do_copy", do_copy)
        return DictIterator(self._open_rows, num_epochs, output_numpy)

    def create_tuple_iterator(
        self,
        columns: Columns | None = None,
        num_epochs: int = -1,
        output_numpy: bool = False,
        do_copy: bool = False,
    ) -> TupleIterator:
        """An iterator of rows as [Tensor, ...]; each `for` over it is a pass.

        Args: columns: the columns to give, in order; default all. The rest as in
            create_dict_iterator.
        """
        check_bool("iterator", "do_copy", do_copy)
        names = self._node.column_names
        if columns is not None:
            names = check_names("iterator", "columns", columns)
            check_known("iterator", "columns", names, self._node.column_names)
        return TupleIterator(names, self._open_rows, num_epochs, output_numpy)

    def __iter__(self) -> TupleIterator:
        return self.create_tuple_iterator(num_epochs=1)

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The next pass as tuples of arrays, in the order of the columns."""
        return (tuple(row.values()) for row in self._open_rows())

    def _open_rows(self) -> Iterator[nodes.Row]:
        return self._open_pass(self._rows_of)

    def _rows_of(self, current: Pass, start: int = 0) -> Iterator[nodes.Row]:
        plan = self._plan
        if plan is not None:
            return map(plan.read, plan.rows_of(current, start))
        return nodes.read(self._node, current, start)

    @cached_property
    def _plan(self) -> IndexedPlan | None:
        return plan_of(self._node, self._open_pass)

    def reader(self) -> DatasetReader:
        """For the executor, which reads ahead of what is trained on."""
        return DatasetReader(self)

    def _open_pass(self, items_of: ItemsOf[Item]) -> Iterator[Item]:
        """Begin the next pass and keep count of what is read of it."""
        return self._not_empty(self._streams.current().open(items_of))

    def _not_empty(self, items: Iterator[Item]) -> Iterator[Item]:
        empty = True
        for item in items:
            empty = False
            yield item
        if empty:
            self._refuse_empty()

    def _refuse_empty(self) -> None:
        # A filter may approve of no row in good order; anything else is a mistake.
        if isinstance(self._node, nodes.FilterNode):
            return
        node = self._node
        while node.upstream and node.upstream[0].size() == 0:
            node = node.upstream[0]
        if not isinstance(node, nodes.FilterNode):
            raise RuntimeError(f"dataset: nothing to read: {node.why_empty()}.")

    # What it says of itself

    @cached_property
    def _first_row(self) -> nodes.Row:
        first = Pass(seed=0, number=0)  # a look aside, not one of the passes
        for row in self._rows_of(first):
            return row
        self._refuse_empty()
        raise RuntimeError("dataset: the filter approves of no row.")

    def explain(self, num_batches: int = 8) -> Explanation:
        """Print which stage runs where, its time per batch, and the bottleneck.

        Reads up to num_batches batches for each stage, and for no longer than half a
        second; no pass of the dataset is counted.

        Args: num_batches: batches to measure over, 1 or more.
        Raises: TypeError, ValueError: num_batches is not as said; what the pipeline's
            functions raise.
        """
        check_int("explain", "num_batches", num_batches, 1)
        found = explain(self._node, self._plan, num_batches)
        print(found)
        return found

    # Going on later

    def reset(self) -> None:
        """Leave the pass that is half read; the next one begins at its first row."""
        stream = self._streams.current()
        if stream.position:
            self._streams.replace(Stream(stream.seed, stream.pass_number + 1))

    def iteration_state(self) -> dict[str, int]:
        """Where reading stands: {"seed", "pass_number", "position"}, for JSON.

        position counts the batches (or rows) given of pass pass_number.
        """
        return self._streams.current().state()

    def split_seeds(self) -> list[int]:
        """The seeds that each split before here drew its rows by.

        Another program has the same parts if it sets them before it splits.
        """
        return nodes.split_seeds(self._node)

    def restore(self, state: dict[str, int]) -> None:
        """Go on where `iteration_state` was taken: the next pass is what was left.

        Where nothing was left, it is the pass after. What is passed over is read again
        where rows come one after the other (a generator, a filter), else not computed.

        Raises: ValueError: state is no such dict.
        """
        self._streams.replace(Stream.of_state(state))


class MappableDataset(Dataset):
    """A source whose rows can be fetched by number, in a sampler's order.

    References: mindspore.dataset.MappableDataset.
    """

    def use_sampler(self, new_sampler: BuiltinSampler) -> None:
        """Read a source in another order: the only verb that changes a dataset itself.

        Raises: TypeError: no Sampler. RuntimeError: this is no source of random access.
        References: mindspore.dataset.MappableDataset.use_sampler.
        """
        if not isinstance(new_sampler, BuiltinSampler):
            raise TypeError(f"use_sampler: expected a Sampler, got {new_sampler!r}.")
        if not isinstance(self._node, nodes.SampledSource):
            raise RuntimeError(
                f"use_sampler: {self._node!r} is no source of random access. Give the "
                f"sampler to the source."
            )
        self._node = self._node.with_sampler(new_sampler)
        for fact in ("_plan", "_first_row"):
            self.__dict__.pop(fact, None)


class DatasetReader:
    """Passes over a dataset, read ahead of what is used of them (see Reader)."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._reader = Reader(dataset._streams)
        self.state = self._reader.state
        self.settle = self._reader.settle

    def rows(self) -> Iterator[Rows]:
        """The next pass of a dataset with a plan, as what each batch is made of."""
        plan = self._dataset._plan
        assert plan is not None
        return self._open(plan.rows_of)

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The next pass as tuples of arrays, in the order of the columns."""
        return (tuple(row.values()) for row in self._open(self._dataset._rows_of))

    def batch_sizes(self) -> tuple[int, int] | None:
        """Rows of a full batch and of the short last one, where a pass has both."""
        return batch_sizes(self._dataset._node)

    def _open(self, items_of: ItemsOf[Item]) -> Iterator[Item]:
        return self._dataset._not_empty(self._reader.open(items_of))


def describe(dataset: Dataset) -> IndexedPlan | None:
    """The dataset as row numbers and transforms, or None if it needs the host."""
    return dataset._plan


def zip(datasets: tuple[Dataset, ...]) -> Dataset:
    """The columns of several datasets side by side, as long as the shortest.

    Args: datasets: tuple of two datasets or more, no column name twice.
    Raises: TypeError: not a tuple of datasets. ValueError: fewer than two.
        RuntimeError: a column name twice.
    References: mindspore.dataset.zip.
    """
    if not isinstance(datasets, tuple):
        raise TypeError(f"zip: expected a tuple of datasets, got {datasets!r}.")
    if len(datasets) < 2:
        raise ValueError(f"zip: expected two datasets or more, got {len(datasets)}.")
    return Dataset(nodes.ZipNode(_nodes_of("zip", datasets)))


def _nodes_of(owner: str, datasets: Sequence[Any]) -> tuple[nodes.Node, ...]:
    for dataset in datasets:
        if not isinstance(dataset, Dataset):
            raise TypeError(f"{owner}: expected datasets, got {dataset!r}.")
    return tuple(dataset._node for dataset in datasets)
