"""load: an exported network as a Cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax

from cellnet.graph.compile import signature
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.export import _file


class ExportedGraph(Cell):
    """A program from a file, with its Parameters.

    Args:
        program: what ``jax.export`` serialised.
        parameters: name and value of each.

    Inputs, Outputs: those of the network that was exported; of the same shapes and
        types.
    """

    def __init__(self, program: bytes, parameters: list[tuple[str, Any]]) -> None:
        super().__init__()
        # its methods run the program; nothing in it is Python's pickle
        self._program = jax.export.deserialize(bytearray(program))
        self._own = tuple(
            Parameter(Tensor(value), name=name) for name, value in parameters
        )
        for (name, _), parameter in zip(parameters, self._own, strict=True):
            self.insert_param_to_cell(name, parameter, check_name_contain_dot=False)

    def construct(self, *inputs: Any) -> Any:
        """Run the program."""
        arrays, _, _ = signature(inputs, {})
        expected = self._program.in_avals[len(self._own) :]
        found = [(a.shape, a.dtype) for a in arrays]
        if found != [(a.shape, a.dtype) for a in expected]:
            raise ValueError(
                f"the exported network takes {_text(expected)}, got {_text(arrays)}"
            )
        result = self._program.call([p._value for p in self._own], arrays)
        return jax.tree.map(Tensor._wrap, result)


def load(file_name: str, **kwargs: Any) -> ExportedGraph:
    """Load what :func:`export` wrote (mindspore.load).

    Args:
        file_name: the file.
        **kwargs: MindSpore's ``dec_key`` and the like, only None.

    Returns:
        A Cell that runs the program; ``nn.GraphCell`` takes it too.

    Raises:
        ValueError: no such file, a ``.mindir`` file, or decryption.
        RuntimeError: no file of this kind, or a damaged one.

    Example:
        net = nn.GraphCell(load("net.stablehlo"))
    """
    given = sorted(name for name, value in kwargs.items() if value is not None)
    if given:
        raise ValueError(f"load: {', '.join(given)}: not available; leave them out")
    if not isinstance(file_name, str) or not Path(file_name).is_file():
        raise ValueError(f"load: there is no file {file_name!r}")
    if file_name.endswith(".mindir"):
        raise ValueError(
            "load: MindIR cannot be read; save a checkpoint with MindSpore and load it "
            "into the network with load_checkpoint"
        )
    return ExportedGraph(*_file.read(Path(file_name)))


def _text(arrays: Any) -> str:
    return ", ".join(f"{a.dtype}{list(a.shape)}" for a in arrays) or "nothing"
