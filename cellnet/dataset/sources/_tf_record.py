"""TFRecordDataset: rows of TensorFlow's record files, read without TensorFlow.

A file is a sequence of records: uint64 length, its checksum, the data, their checksum.
The data are a tf.train.Example, a protobuf message: {name: list of bytes, float32 or
int64}. The message is described here, in a descriptor pool of its own.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_bool, check_known, check_names, check_workers
from .._dataset import Dataset
from .._select import Shuffle, select_rows
from ..nodes import RandomAccessSource, Row
from ._files import check_files
from ._schema import Column, Schema

NAME = "TFRecordDataset"
HEAD = struct.Struct("<QI")
CHECKSUM_SIZE = 4
KINDS = {"bytes_list": None, "float_list": np.float32, "int64_list": np.int64}
POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
Place = tuple[Path, int, int]  # file, first byte, length


@functools.cache
def example_class() -> Any:
    """The message class of tf.train.Example."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="cellnet/example.proto", package="cellnet_example", syntax="proto3"
    )

    def add(parent: Any, name: str, number: int, kind: int, of: str, many: bool) -> Any:
        label = field.LABEL_REPEATED if many else field.LABEL_OPTIONAL
        type_name = f".cellnet_example.{of}" if of else None
        return parent.field.add(
            name=name, number=number, type=kind, label=label, type_name=type_name
        )

    lists = [
        ("BytesList", field.TYPE_BYTES),
        ("FloatList", field.TYPE_FLOAT),
        ("Int64List", field.TYPE_INT64),
    ]
    feature = descriptor_pb2.DescriptorProto(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, kind) in enumerate(lists, 1):
        add(file.message_type.add(name=name), "value", 1, kind, "", True)
        snake = list(KINDS)[number - 1]
        one = add(feature, snake, number, field.TYPE_MESSAGE, name, False)
        one.oneof_index = 0
    file.message_type.append(feature)
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    add(entry, "key", 1, field.TYPE_STRING, "", False)
    add(entry, "value", 2, field.TYPE_MESSAGE, "Feature", False)
    of = "Features.FeatureEntry"
    add(features, "feature", 1, field.TYPE_MESSAGE, of, True)
    example = file.message_type.add(name="Example")
    add(example, "features", 1, field.TYPE_MESSAGE, "Features", False)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName("cellnet_example.Example")
    return message_factory.GetMessageClass(found)


@functools.cache
def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def masked_crc(data: bytes) -> bytes:
    """The checksum of a record file: CRC-32C, turned by 15 bits, plus a constant."""
    table, crc = _crc_table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    turned = ((crc >> 15) | (crc << 17)) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) & 0xFFFFFFFF)


def find_records(path: Path) -> list[Place]:
    """Where each record's data lie; RuntimeError where the file is cut off or none."""
    places, at, size = [], 0, path.stat().st_size
    with open(path, "rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(HEAD.size)
            where = f"{path}: record {len(places)}"
            if len(head) < HEAD.size:
                raise RuntimeError(f"{where} is cut off.")
            if masked_crc(head[:8]) != head[8:]:
                raise RuntimeError(f"{where}: its length is damaged, or no TFRecord.")
            length = HEAD.unpack(head)[0]
            places.append((path, at + HEAD.size, length))
            at += HEAD.size + length + CHECKSUM_SIZE
            if at > size:
                raise RuntimeError(f"{where} is cut off.")
    return places


class _Records(Sequence):
    def __init__(self, places: list[Place]) -> None:
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: Any) -> dict[str, Any]:
        path, at, length = self.places[index]
        with open(path, "rb") as file:
            file.seek(at)
            data = file.read(length)
        try:
            example = example_class().FromString(data)
        except Exception as error:
            raise RuntimeError(f"{path}: byte {at}: no tf.train.Example.") from error
        return dict(example.features.feature)


def _array(feature: Any, column: Column | None) -> np.ndarray:
    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else []
    if kind != "bytes_list":
        array = np.array(values, KINDS.get(kind))
        if column is not None:
            array = array.astype(column.dtype)
    elif column is not None and column.dtype.kind == "U":
        array = np.array([value.decode() for value in values])
    else:
        array = np.frombuffer(b"".join(values), column.dtype if column else np.uint8)
    if column is not None and column.shape is not None:
        array = array.reshape(column.shape)
    return array.copy()


class TFRecordDataset(Dataset):
    """The records of TFRecord files of tf.train.Example.

    Args: dataset_files: a path, a pattern such as "*.tfrecord", or a list of them.
        schema: a Schema or a path of its JSON file; default all columns of the first
            record, by name: int64 (N,), float32 (N,) and for bytes uint8 (N,).
        columns_list: the columns to read, in order; default all.
        num_samples: records at most. num_parallel_workers, shard_equal_rows: hints.
        shuffle: Shuffle.GLOBAL or True (default), or False.
        num_shards, shard_id: read the shard_id-th of num_shards equal parts only.
    Raises: ValueError: no such file. RuntimeError: a file is cut off or no TFRecord
        (it and the record are named); when read: a column is missing or of another
        shape.
    Differs: from MindSpore, data's checksums are not looked at, and files cannot be
        compressed.
    References: mindspore.dataset.TFRecordDataset.
    """

    def __init__(
        self,
        dataset_files: str | Path | list[str] | list[Path],
        schema: Schema | str | Path | None = None,
        columns_list: Sequence[str] | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = Shuffle.GLOBAL,
        num_shards: int | None = None,
        shard_id: int | None = None,
        shard_equal_rows: bool = False,
        cache: Any = None,
        compression_type: str | None = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_bool(NAME, "shard_equal_rows", shard_equal_rows)
        check_absent(NAME, cache=cache, compression_type=compression_type or None)
        files = check_files(NAME, dataset_files)
        records = _Records([place for path in files for place in find_records(path)])
        if not records:
            raise RuntimeError(f"{NAME}: {files[0]} holds no records.")
        columns = _columns(schema, records)
        names = tuple(columns)
        if columns_list is not None and len(columns_list):
            wanted = check_names(NAME, "columns_list", columns_list)
            check_known(NAME, "columns_list", wanted, names)
            names = wanted

        def row(found: dict[str, Any], index: int) -> Row:
            missing = [name for name in names if name not in found]
            if missing:
                raise RuntimeError(
                    f"{NAME}: record {index} lacks the columns {missing}."
                )
            try:
                return {name: _array(found[name], columns[name]) for name in names}
            except ValueError as error:
                raise RuntimeError(f"{NAME}: record {index}: {error}.") from error

        chosen = select_rows(NAME, num_samples, shuffle, num_shards, shard_id)
        super().__init__(RandomAccessSource(NAME, records, names, chosen, row))


def _columns(schema: Any, records: _Records) -> dict[str, Column | None]:
    if schema is None:
        return dict.fromkeys(sorted(records[0]))
    if not isinstance(schema, Schema | str | Path):
        raise TypeError(f"{NAME}: schema must be a Schema or a path, got {schema!r}.")
    return dict((schema if isinstance(schema, Schema) else Schema(schema)).parsed)
