"""load_torch_weights: a torch state_dict into a Cell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from cellnet.interop.torch._match import WeightTable, match, moved
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.train.checkpoint._safetensors import read_safetensors

_OWNER = "load_torch_weights"


def load_torch_weights(
    net: Cell,
    weights: str | os.PathLike[str] | Mapping[str, Any],
    names: Mapping[str, str] | None = None,
    *,
    strict: bool = False,
) -> WeightTable:
    """Load the weights of a PyTorch network into a Cell that computes the same.

    Names are matched as they are, with torch's words for cellnet's (``weight`` for
    ``gamma``, ``running_mean`` for ``moving_mean``, ...); then by role and shape where
    only one is left.  Kernels of convolutions over one axis get their axis of length 1.

    Args:
        net: the network.
        weights: a ``.safetensors`` file, or name -> array or torch tensor, such as
            ``torch_net.state_dict()``, whose order then helps where names do not.
        names: what to call torch's names before they are matched: whole names, or
            beginnings that end at a dot, torch's -> cellnet's; the longest one counts.
        strict: refuse if a Parameter gets nothing, or a tensor is left over.

    Returns:
        The table of what was matched, moved or left; ``print`` it.

    Raises:
        TypeError: ``net`` is no Cell, or ``weights`` neither.
        ValueError: the file is missing or damaged, is a ``.pth``, which is a pickle; or
            with ``strict``, something was left.  The network is unchanged then.
        RuntimeError: nothing matches.
        ImportError: safetensors is not installed.

    Example:
        # with PyTorch: safetensors.torch.save_file(net.state_dict(), "net.safetensors")
        table = load_torch_weights(net, "net.safetensors", {"model.": "backbone."})
        print(table)
    """
    if not isinstance(net, Cell):
        raise TypeError(f"{_OWNER}: net must be a Cell, got {type(net).__name__}")
    arrays, ordered = _read(weights)
    arrays = {_renamed(name, names or {}): array for name, array in arrays.items()}
    parameters = {p.name: p for p in net.get_parameters()}
    table = match(parameters, arrays, ordered=ordered)
    if strict and (table.left or table.missing):
        raise ValueError(f"{_OWNER}: not all fits; the network is unchanged.\n{table}")
    if not table.matched:
        raise RuntimeError(f"{_OWNER}: nothing fits; give names=.\n{table}")
    chosen = {
        each.cell: Parameter(
            moved(arrays[each.torch], parameters[each.cell].shape), name=each.cell
        )
        for each in table.matched
    }
    for name, parameter in parameters.items():
        if name in chosen:
            parameter.set_data(chosen[name])
    return table


def _read(weights: Any) -> tuple[dict[str, np.ndarray], bool]:
    """(arrays, whether they are in the order of the network)."""
    if isinstance(weights, Mapping):
        return {str(name): _as_array(value) for name, value in weights.items()}, True
    if not isinstance(weights, str | os.PathLike):
        raise TypeError(
            f"{_OWNER}: weights must be the path of a .safetensors file or a dict, got "
            f"{type(weights).__name__}"
        )
    path = os.fspath(weights)
    if not path.endswith(".safetensors"):
        raise ValueError(
            f"{_OWNER}: {path} is no .safetensors file. A .pth or .pt file is a "
            "pickle, which may run any code; with PyTorch, save it again: "
            'safetensors.torch.save_file(net.state_dict(), "net.safetensors")'
        )
    return read_safetensors(path), False  # type: ignore[return-value]


def _as_array(value: Any) -> np.ndarray:
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _renamed(name: str, names: Mapping[str, str]) -> str:
    if name in names:
        return names[name]
    beginnings = [n for n in names if n.endswith(".") and name.startswith(n)]
    if not beginnings:
        return name
    longest = max(beginnings, key=len)
    return names[longest] + name.removeprefix(longest)
