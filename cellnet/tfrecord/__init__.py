"""TensorFlow's record files, read and written without TensorFlow."""

from ._example import example_class
from ._records import Place, find_records, masked_crc, read_features, record
from ._write import write_tfrecord

__all__ = [
    "Place",
    "example_class",
    "find_records",
    "masked_crc",
    "read_features",
    "record",
    "write_tfrecord",
]
