"""tf.train.Example, a protobuf message: {name: list of bytes, float32 or int64}.

It is described here, in a descriptor pool of its own.
"""

from __future__ import annotations

import functools
from typing import Any

LISTS = ("bytes_list", "float_list", "int64_list")


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
        snake = LISTS[number - 1]
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
