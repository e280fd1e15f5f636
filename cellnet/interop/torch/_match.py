"""Which torch tensor belongs to which Parameter: by name, then by role and shape.

Where a torch module and a Cell hold the same thing under another name, ``_LEAVES`` has
both; where they hold it in another shape, ``_fit`` moves it.  What the names leave over
is matched by role (a weight, a bias, a moving average) and shape, if that is unique.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# last part of a Parameter's name -> that of the torch tensor
_LEAVES = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "mean": "running_mean",
    "variance": "running_var",
    "embedding_table": "weight",
    "a": "weight",  # of PReLU
    "w": "weight",
}
# of these torch keeps more than Cells do
_UNNEEDED = ("num_batches_tracked",)


@dataclass(frozen=True)
class Match:
    """One torch tensor and one Parameter.

    Attributes:
        torch: name of the tensor.
        cell: name of the Parameter.
        how: "name", "shape" (role and shape, where the names say nothing).
        moved: how the shape was changed, "" if it was not.
    """

    torch: str
    cell: str
    how: str
    moved: str = ""


@dataclass
class WeightTable:
    """What became of every tensor and every Parameter; ``print`` shows it.

    Attributes:
        matched: what was loaded.
        left: torch tensors that nobody took, with the reason.
        missing: Parameters that got nothing, with the reason.
    """

    matched: list[Match] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = [("torch", "cellnet", "matched by", "moved")]
        rows += [(m.torch, m.cell, m.how, m.moved) for m in self.matched]
        rows += [(name, "", "left", why) for name, why in self.left.items()]
        rows += [("", name, "missing", why) for name, why in self.missing.items()]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = [
            "  ".join(
                cell.ljust(width) for cell, width in zip(row, widths, strict=True)
            )
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in lines)


def match(
    parameters: Mapping[str, Any], tensors: Mapping[str, Any], *, ordered: bool
) -> WeightTable:
    """Find the tensor of each Parameter.

    Args:
        parameters: name -> something with a shape, in the order of the network.
        tensors: name -> something with a shape.
        ordered: whether ``tensors`` are in the order of the torch network too; then
            several of one role and shape are matched one by one.
    """
    table = WeightTable()
    free = dict(tensors)
    open_: list[str] = []
    for name, parameter in parameters.items():
        found = next((n for n in _torch_names(name) if n in free), None)
        moved = None if found is None else _fit(parameter.shape, free[found].shape)
        if found is None or moved is None:
            if found is not None:
                table.missing[name] = (
                    f"{found} has shape {tuple(free[found].shape)}, not "
                    f"{tuple(parameter.shape)}"
                )
            open_.append(name)
            continue
        del free[found]
        table.matched.append(Match(found, name, "name", moved))
    for name in [n for n in free if n.rpartition(".")[2] in _UNNEEDED]:
        del free[name]
        table.left[name] = "no counterpart"
    _match_by_shape(table, {n: parameters[n] for n in open_}, free, ordered)
    order = list(parameters)
    table.matched.sort(key=lambda m: order.index(m.cell))
    return table


def _match_by_shape(
    table: WeightTable, parameters: dict[str, Any], free: dict[str, Any], ordered: bool
) -> None:
    wanted, there = _groups(parameters), _groups(free)
    for key, names in wanted.items():
        candidates = there.pop(key, [])
        unique = len(candidates) == len(names) and (ordered or len(names) == 1)
        if unique:
            for name, found in zip(names, candidates, strict=True):
                moved = _fit(parameters[name].shape, free[found].shape)
                assert moved is not None  # of one shape but for axes of length 1
                table.matched.append(Match(found, name, "shape", moved))
                table.missing.pop(name, None)
            continue
        role, shape = key
        few = f"{len(candidates)} tensors for {len(names)} Parameters of this kind"
        why = f"{few} ({role}, {shape}); say which by names="
        for name in names:
            table.missing.setdefault(name, why if candidates else "nothing fits")
        table.left.update(dict.fromkeys(candidates, why))
    for candidates in there.values():
        table.left.update(dict.fromkeys(candidates, "nothing fits"))


def _groups(shapes: Mapping[str, Any]) -> dict[tuple[str, tuple[int, ...]], list[str]]:
    """(role, shape without axes of length 1) -> names."""
    groups = defaultdict(list)
    for name, value in shapes.items():
        leaf = name.rpartition(".")[2]
        shape = tuple(n for n in value.shape if n != 1)
        groups[_LEAVES.get(leaf, leaf), shape].append(name)
    return groups


def _torch_names(name: str) -> Sequence[str]:
    """What torch may call a Parameter of this name."""
    path, dot, leaf = name.rpartition(".")
    return (path + dot + _LEAVES.get(leaf, leaf), name)


def _fit(wanted: Sequence[int], given: Sequence[int]) -> str | None:
    """How to move ``given`` to ``wanted``: "" for not at all; None if it cannot be.

    Axes of length 1 only: convolutions over one axis have kernels (O, I, 1, K) here and
    (O, I, K) there.
    """
    wanted, given = tuple(wanted), tuple(given)
    if wanted == given:
        return ""
    if [n for n in wanted if n != 1] != [n for n in given if n != 1]:
        return None
    return f"{given} -> {wanted}"


def moved(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """``array`` in the shape of the Parameter that it was matched with."""
    return array.reshape(tuple(shape))
