"""The file of an exported network: a ZIP archive of a program and its Parameters.

``program.stablehlo`` is what ``jax.export`` serialises: StableHLO with its versions,
input and output types.  ``parameters.json`` lists the Parameters in the order of the
program's inputs, their values are in ``parameters/<number>`` as raw bytes.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cellnet import dtype as mstype
from cellnet._atomic import atomic_write

FORMAT = "cellnet.stablehlo.1"


def write(
    path: Path, program: bytes, parameters: Sequence[tuple[str, np.ndarray]]
) -> None:
    """Write the file; an earlier one of that name stays whole until the end."""
    with (
        atomic_write(path, mode=0o644) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        listing = [
            {"name": name, "dtype": value.dtype.name, "shape": list(value.shape)}
            for name, value in parameters
        ]
        archive.writestr("format", FORMAT)
        archive.writestr("program.stablehlo", program)
        archive.writestr("parameters.json", json.dumps(listing))
        for index, (_, value) in enumerate(parameters):
            content = np.ascontiguousarray(value).tobytes()
            archive.writestr(f"parameters/{index}", content)


def read(path: Path) -> tuple[bytes, list[tuple[str, np.ndarray]]]:
    """(program, name and value of each Parameter).

    Raises:
        RuntimeError: no file of this kind, or a damaged one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.read("format").decode()
            if found != FORMAT:
                raise RuntimeError(f"load: {path} is of format {found!r}, not {FORMAT}")
            listing = json.loads(archive.read("parameters.json"))
            values = [
                _value(entry, archive.read(f"parameters/{index}"))
                for index, entry in enumerate(listing)
            ]
            return archive.read("program.stablehlo"), values
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise RuntimeError(
            f"load: {path} is damaged, or not written by cellnet.export: {error}"
        ) from error


def _value(entry: dict[str, Any], content: bytes) -> tuple[str, np.ndarray]:
    kind = mstype.to_numpy(getattr(mstype, entry["dtype"].replace("bool", "bool_")))
    value = np.frombuffer(content, kind).reshape(entry["shape"])
    return entry["name"], value
