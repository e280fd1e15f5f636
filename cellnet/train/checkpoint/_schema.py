"""What is inside a ``.ckpt`` file: the protobuf messages and the names of dtypes.

A file is one ``Checkpoint`` message, so it may also be read as a plain run of
length-prefixed ``Value`` messages, each the whole or one slice of a tensor:

    Checkpoint { repeated Value value = 1 }
    Value      { string tag = 1; oneof { TensorProto tensor = 2; maptensor = 3 } }
    TensorProto{ repeated int64 dims = 1; string tensor_type = 2; bytes content = 3 }

Optionally 17 bytes follow: ``crc_num`` and the CRC-32 of all before it, as a ten-byte
big-endian number. The messages are described here in Python, in a descriptor pool of
their own: no ``protoc`` is needed, and MindSpore may live in the same process.
"""

from typing import Any

import ml_dtypes
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SUFFIX = "ckpt"
ENTRY_KEY = b"\x0a"  # field 1, length-delimited: each Value in the file starts so
TENSOR_KEY = b"\x12"  # field 2 of a Value
CONTENT_KEY = b"\x1a"  # field 3 of a TensorProto
CRC_MARK = b"crc_num"
CRC_DIGITS = 10  # bytes of the number after the mark

STRING_TYPE = "str"  # the content is UTF-32-LE, the dims are [0]
STRING_DIMS = [0]

DTYPES: dict[str, np.dtype] = {
    "Bool": np.dtype(np.bool_),
    "Int8": np.dtype(np.int8),
    "Int16": np.dtype(np.int16),
    "Int32": np.dtype(np.int32),
    "Int64": np.dtype(np.int64),
    "UInt8": np.dtype(np.uint8),
    "UInt16": np.dtype(np.uint16),
    "UInt32": np.dtype(np.uint32),
    "UInt64": np.dtype(np.uint64),
    "Float16": np.dtype(np.float16),
    "BFloat16": np.dtype(ml_dtypes.bfloat16),
    "Float32": np.dtype(np.float32),
    "Float64": np.dtype(np.float64),
    # MindSpore 2.10 writes complex parameters, but cannot load them again.
    "Complex64": np.dtype(np.complex64),
    "Complex128": np.dtype(np.complex128),
}
TYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def _message_classes() -> Any:
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="cellnet/ckpt.proto")

    def add_message(parent, name, *fields):
        message = parent.add(name=name)
        for number, (field_name, kind, label, type_name) in enumerate(fields, 1):
            message.field.add(
                name=field_name,
                number=number,
                type=kind,
                label=label,
                type_name=type_name,
            )
        return message

    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    add_message(
        file.message_type,
        "TensorProto",
        ("dims", field.TYPE_INT64, many, None),
        ("tensor_type", field.TYPE_STRING, one, None),
        ("tensor_content", field.TYPE_BYTES, one, None),
    )
    add_message(
        file.message_type,
        "Value",
        ("tag", field.TYPE_STRING, one, None),
        ("tensor", field.TYPE_MESSAGE, one, ".TensorProto"),
        # A hash-table parameter: bytes here are enough to know it and say no.
        ("maptensor", field.TYPE_BYTES, one, None),
    )
    add_message(
        file.message_type,
        "Checkpoint",
        ("value", field.TYPE_MESSAGE, many, ".Value"),
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return [
        message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        for name in ("Checkpoint", "Value", "TensorProto")
    ]


Checkpoint, Value, TensorProto = _message_classes()
