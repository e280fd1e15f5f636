"""Schema: names, types and shapes of columns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_int
from ..transforms._type_cast import numpy_dtype


@dataclass(frozen=True)
class Column:
    """A column; shape None for one axis of any length."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...] | None


class Schema:
    """What the columns of a record file are.

    Args: schema_file: a JSON file {"columns": {name: {"type": ..., "shape": [...]}}}.
    Raises: RuntimeError: the file is not as said.
    Example: >>> schema = Schema()
        >>> schema.add_column("label", "int64", [1])
        >>> list(schema.parsed)
        ['label']
    References: mindspore.dataset.Schema.
    """

    def __init__(self, schema_file: str | Path | None = None) -> None:
        self.parsed: dict[str, Column] = {}
        if schema_file is not None:
            path = Path(schema_file).expanduser()
            try:
                self.from_json(json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError) as error:
                raise RuntimeError(f"Schema: {path}: {error}") from error

    def add_column(
        self, name: str, de_type: Any, shape: list[int] | None = None
    ) -> None:
        """Add a column: its name, dtype (or its name), and shape, -1 for any side."""
        if not isinstance(name, str) or not name:
            raise TypeError(f"Schema: a column's name must be a str, got {name!r}.")
        text = de_type == "string" or str(de_type) == "String"
        dtype = np.dtype("U") if text else numpy_dtype("Schema", de_type)
        sides = None
        if shape is not None:
            sides = tuple(check_int("Schema", "shape", side, -1) for side in shape)
        self.parsed[name] = Column(name, dtype, sides)

    def parse_columns(self, columns: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Add columns as JSON has them: {name: {"type": ...}} or [{"name": ...}]."""
        listed: Any = columns
        if isinstance(columns, dict):
            listed = [{"name": name, **about} for name, about in columns.items()]
        for column in listed:
            if "name" not in column or "type" not in column:
                raise RuntimeError(f"Schema: a column needs name and type: {column}.")
            self.add_column(column["name"], column["type"], column.get("shape"))

    def from_json(self, json_obj: dict[str, Any]) -> None:
        """Add the columns of {"columns": ...}."""
        if not isinstance(json_obj, dict) or "columns" not in json_obj:
            raise RuntimeError("Schema: the JSON has no columns.")
        self.parse_columns(json_obj["columns"])

    def to_json(self) -> str:
        """The columns as JSON."""
        columns = [
            {
                "name": column.name,
                "rank": 1 if column.shape is None else len(column.shape),
                **({} if column.shape is None else {"shape": list(column.shape)}),
                "type": "string" if column.dtype.kind == "U" else column.dtype.name,
            }
            for column in self.parsed.values()
        ]
        return json.dumps({"columns": columns}, indent=2)
