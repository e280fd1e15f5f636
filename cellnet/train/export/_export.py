"""export: a network as StableHLO with its Parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np

from cellnet.graph.compile import Compiled, jit, signature
from cellnet.graph.program import Program
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor
from cellnet.train.export import _file

_OF_MINDSPORE = ("AIR", "ONNX", "MINDIR")


def export(
    net: Any,
    *inputs: Any,
    file_name: str,
    file_format: str = "STABLEHLO",
    platforms: tuple[str, ...] | None = None,
    **kwargs: Any,
) -> None:
    """Write a network to a file that runs without its code (mindspore.export).

    The program is that of inputs of these shapes and types, in the mode that the
    network is in.

    Args:
        net: a Cell, or a function that ``jit`` decorates.
        *inputs: Tensors like those it will be called with; Python values become
            constants of the program.
        file_name: its name; ``.stablehlo`` is added unless it is there.
        file_format: "STABLEHLO".  MindSpore's MINDIR, AIR and ONNX cannot be written.
        platforms: where it is to run, some of "cpu", "cuda" and "tpu"; None for the
            present one.
        **kwargs: MindSpore's ``enc_key`` and the like, only None.

    Raises:
        ValueError: another format; encryption; a network that changes its Parameters
            when it runs, as in training.
        TypeError: no Cell or function, an input that is a NumPy array, a ``file_name``
            that is no str.
        RuntimeError: a network that cannot be compiled.

    Example:
        export(net, Tensor(np.zeros((1, 3, 32, 32), np.float32)), file_name="net")
        net = nn.GraphCell(load("net.stablehlo"))
    """
    if not isinstance(file_name, str):
        raise TypeError(
            f"export: file_name must be a str, got {type(file_name).__name__}"
        )
    if file_format in _OF_MINDSPORE:
        raise ValueError(
            f'export: {file_format} cannot be written; use file_format="STABLEHLO", '
            "which cellnet.load and every StableHLO runtime read"
        )
    if file_format != "STABLEHLO":
        raise ValueError(
            f'export: file_format must be "STABLEHLO", got {file_format!r}'
        )
    given = sorted(name for name, value in kwargs.items() if value is not None)
    if given:
        raise ValueError(f"export: {', '.join(given)}: not available; leave them out")
    if any(isinstance(value, np.ndarray) for value in inputs):
        raise TypeError("export: an input is a numpy.ndarray; pass Tensor(array)")
    program, arrays = _program(net, inputs)
    if program.written:
        names = ", ".join(p.name for p in program.written[:3])
        raise ValueError(
            f"export: the network changes Parameters when it runs ({names}), which a "
            "file cannot do; call set_train(False) before"
        )

    def run(values: list[Any], arrays: list[Any]) -> Any:
        results, _ = program.step([], values, program.constants, arrays)
        return jax.tree.map(
            lambda x: x._value if isinstance(x, Tensor) else x,
            program.outputs.rebuild(results),
            is_leaf=lambda x: isinstance(x, Tensor),
        )

    shapes = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in arrays]
    exported = jax.export.export(jax.jit(run), platforms=platforms)(
        program.held_values, shapes
    )
    parameters = [(p.name, np.asarray(p._data)) for p in program.held]
    _file.write(with_suffix(file_name), bytes(exported.serialize()), parameters)


def with_suffix(file_name: str) -> Path:
    """The file's path, ending in ``.stablehlo``."""
    path = Path(file_name)
    return (
        path
        if path.suffix == ".stablehlo"
        else path.with_name(path.name + ".stablehlo")
    )


def _program(net: Any, inputs: tuple[Any, ...]) -> tuple[Program, list[Any]]:
    if not isinstance(net, Cell) and not callable(net):
        raise TypeError(
            f"export: net must be a Cell or a function, got {type(net).__name__}"
        )
    compiled: Compiled = (net if isinstance(net, Cell) else jit(net)).compile_cache
    arrays, key, rebuild = signature(inputs, {})
    program = compiled.program(key, arrays, rebuild)
    if program is None:
        raise RuntimeError(
            "export: the network cannot be compiled as it is, see the warning before; "
            "only a compiled program can be exported"
        )
    return program, arrays
