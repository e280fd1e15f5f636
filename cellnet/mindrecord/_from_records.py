"""Cifar10ToMR, Cifar100ToMR and TFRecordToMR: files of records to MindRecord files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .._optional import optional
from ..tfrecord import find_records, read_features
from ._convert import Converter, FileRow, write_rows
from ._schema import Fields

SIDE = 32
PIXELS = 3 * SIDE * SIDE


class Cifar10ToMR(Converter):
    """CIFAR-10's binary files to two MindRecord files: destination, and of the test
    images destination_test.

    Fields: data, a JPEG file; id, label, int64.

    Args: source: folder of data_batch_*.bin and test_batch.bin.
        destination: the file to write.
    Raises: ValueError: a path is none. RuntimeError: a file is missing or damaged (it
        is named), or destination is there. ImportError: OpenCV is missing.
    Differs: from MindSpore, of the binary files, not of those for Python, which are
        pickled: reading such files can run what they hold.
    References: mindspore.mindrecord.Cifar10ToMR.
    """

    labels: tuple[str, ...] = ("label",)
    parts = {"": "data_batch_*.bin", "_test": "test_batch*.bin"}

    def __init__(self, source: str | Path, destination: str | Path) -> None:
        super().__init__(source, destination)

    def transform(self, fields: list[str] | None = None) -> None:
        """Read the source and write both files; `fields` are in their indices."""
        schema: Fields = {
            **{name: {"type": "int64"} for name in ("id", *self.labels)},
            "data": {"type": "bytes"},
        }
        found = {end: self._records(pattern) for end, pattern in self.parts.items()}
        for ending, records in found.items():
            path = self.destination.with_name(self.destination.name + ending)
            index = fields or ["id"]
            write_rows(path, 1, schema, index, self._rows(records))

    def _records(self, pattern: str) -> np.ndarray:
        name, size = type(self).__name__, len(self.labels) + PIXELS
        files = sorted(self.source.glob(pattern))
        if not files:
            raise RuntimeError(
                f"{name}: {self.source} holds no {pattern}. The binary version of the "
                f"data is needed."
            )
        for path in files:
            if not path.stat().st_size or path.stat().st_size % size:
                raise RuntimeError(
                    f"{name}: {path} is no whole number of records of {size} bytes."
                )
        whole = [np.fromfile(path, np.uint8).reshape(-1, size) for path in files]
        return np.concatenate(whole)

    def _rows(self, records: np.ndarray) -> Iterator[FileRow]:
        cv2 = optional(type(self).__name__, "cv2", "OpenCV", "vision")
        for number, record in enumerate(records):
            labels = dict(zip(self.labels, record.tolist(), strict=False))
            image = record[-PIXELS:].reshape(3, SIDE, SIDE).transpose(1, 2, 0)
            _, jpeg = cv2.imencode(".jpeg", np.ascontiguousarray(image[..., ::-1]))
            yield {"id": number, **labels, "data": jpeg.tobytes()}


class Cifar100ToMR(Cifar10ToMR):
    """CIFAR-100's train.bin and test.bin to two MindRecord files: see Cifar10ToMR.

    Fields: data, a JPEG file; id, coarse_label, fine_label, int64.

    References: mindspore.mindrecord.Cifar100ToMR.
    """

    labels = ("coarse_label", "fine_label")
    parts = {"": "train.bin", "_test": "test.bin"}


class TFRecordToMR(Converter):
    """A TFRecord file to a MindRecord file.

    Args: source: the file. destination: the file to write.
        feature_dict: {feature: tf.io.FixedLenFeature}, or whatever has its shape ([]
            or [n]) and dtype (string, int64 or float32, TensorFlow's or by name). A
            sign in a name that is no letter, digit or _ becomes _.
        bytes_fields: features of string that are bytes, not text.
    Raises: ValueError: a setting is not as said. RuntimeError: the file is cut off, a
        record lacks a feature or has another number of values (it is named), or
        destination is there.
    References: mindspore.mindrecord.TFRecordToMR.
    """

    def __init__(
        self,
        source: str | Path,
        destination: str | Path,
        feature_dict: dict[str, Any],
        bytes_fields: list[str] | None = None,
    ) -> None:
        name = "TFRecordToMR"
        super().__init__(source, destination)
        if not self.source.is_file():
            raise ValueError(f"{name}: there is no file {self.source}.")
        if not isinstance(feature_dict, dict) or not feature_dict:
            raise ValueError(f"{name}: feature_dict must be a dict: {feature_dict!r}.")
        wanted = bytes_fields or []
        if not set(wanted) <= {*feature_dict}:
            raise ValueError(f"{name}: bytes_fields {wanted} are not all features.")
        self.fields: dict[str, tuple[str, dict[str, Any]]] = {
            feature: (re.sub(r"\W", "_", feature), _field(feature, about, wanted))
            for feature, about in feature_dict.items()
        }

    def transform(self) -> None:
        """Read the file and write the destination."""
        schema = dict(self.fields.values())
        index = [name for name, about in schema.items() if _in_index(about)]
        write_rows(self.destination, 1, schema, index, self._rows())

    def _rows(self) -> Iterator[FileRow]:
        for number, place in enumerate(find_records(self.source)):
            found = read_features(place)
            row = {}
            for feature, (name, about) in self.fields.items():
                where = f"TFRecordToMR: {self.source}, record {number}, '{feature}'"
                if feature not in found:
                    raise RuntimeError(f"{where}: it is not there.")
                row[name] = _value(where, found[feature], about)
            yield row


def _field(feature: str, about: Any, bytes_fields: list[str]) -> dict[str, Any]:
    dtype = getattr(about, "dtype", None)
    kind, shape = str(getattr(dtype, "name", dtype)), list(getattr(about, "shape", [0]))
    where = f"TFRecordToMR: feature '{feature}'"
    if kind not in ("string", "int64", "float32") or len(shape) > 1 or 0 in shape:
        raise ValueError(
            f"{where}: expected shape [] or [n] of string, int64 or float32, got "
            f"{about!r}."
        )
    if kind != "string":
        return {"type": kind, **({"shape": shape} if shape else {})}
    if shape:
        raise ValueError(f"{where}: a string must have shape [], got {shape}.")
    return {"type": "bytes" if feature in bytes_fields else "string"}


def _in_index(about: dict[str, Any]) -> bool:
    return about["type"] != "bytes" and "shape" not in about


def _value(where: str, feature: Any, about: dict[str, Any]) -> Any:
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value) if kind else []
    count = about.get("shape", [1])[0]
    if len(values) != count:
        raise RuntimeError(f"{where}: {len(values)} values, expected {count}.")
    try:
        if "shape" in about:
            return np.array(values, about["type"])
        if about["type"] == "string":
            return values[0].decode()
    except (ValueError, AttributeError) as error:
        raise RuntimeError(f"{where}: no {about['type']}: {error}.") from error
    return values[0]
