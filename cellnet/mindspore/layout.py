"""``mindspore.parallel.Layout``: how a Tensor would lie on a grid of devices."""

from __future__ import annotations

import math
from typing import Any

_INTERLEAVED = "interleaved_parallel"
_WHOLE = "None"  # an axis of the Tensor that is not cut


class Layout:
    """A grid of devices with named axes, and the way a Tensor is cut over it.

    (mindspore.parallel.Layout) It is a description: programs make it for
    ``Primitive.shard`` and ``Cell.shard``, which have no effect on one device.

    Args:
        device_matrix: lengths of the grid.
        alias_name: a name for each of its axes.
        rank_list: the devices, in the order of the grid; default 0, 1, ...

    Inputs:
        For each axis of a Tensor the name of the grid's axis over which it is cut, a
        tuple of such names, or "None".

    Outputs:
        A Layout of the same grid with ``tensor_map``.

    Raises:
        TypeError: an argument or element of another type.
        ValueError: lengths that do not fit; names that are empty, "None", unknown or
            there twice.

    Example:
        >>> Layout((2, 4), ("dp", "mp"))("mp", "None").to_dict()["tensor_map"]
        (0, -1)
    """

    def __init__(
        self,
        device_matrix: tuple[int, ...],
        alias_name: tuple[str, ...],
        rank_list: list[int] | None = None,
    ) -> None:
        _check_elements("device_matrix", device_matrix, tuple, int)
        _check_elements("alias_name", alias_name, tuple, str)
        if len(device_matrix) != len(alias_name):
            raise ValueError(
                f"Layout: {len(alias_name)} names in alias_name for "
                f"{len(device_matrix)} axes of device_matrix"
            )
        if "" in alias_name or _WHOLE in alias_name:
            raise ValueError(
                f"Layout: a name in alias_name must not be empty nor {_WHOLE!r}, which "
                f"stands for an axis that is not cut; got {alias_name}"
            )
        if len(set(alias_name)) != len(alias_name):
            raise ValueError(f"Layout: alias_name has a name twice: {alias_name}")
        count = math.prod(device_matrix)
        if rank_list is None:
            rank_list = list(range(count))
        _check_elements("rank_list", rank_list, list, int)
        if len(rank_list) != count:
            raise ValueError(
                f"Layout: {len(rank_list)} devices in rank_list for a grid of {count}"
            )
        self._device_matrix = device_matrix
        self._alias_name = alias_name
        self._rank_list = rank_list
        self._tensor_map: tuple[Any, ...] | None = None
        self._interleaved = False

    def __call__(self, *tensor_map: str | tuple[str, ...]) -> Layout:
        """Say how a Tensor is cut, axis by axis."""
        placed = Layout(self._device_matrix, self._alias_name, self._rank_list)
        used: list[str] = []
        placed._tensor_map = tuple(self._places(names, used) for names in tensor_map)
        placed._interleaved = _INTERLEAVED in used
        return placed

    def _places(self, names: str | tuple[str, ...], used: list[str]) -> Any:
        if isinstance(names, tuple):
            return tuple(self._places(name, used) for name in names)
        if names == _WHOLE:
            return -1
        if names not in self._alias_name:
            raise ValueError(
                f"Layout: {names!r} is no axis of the grid, which has "
                f"{self._alias_name}"
            )
        if names in used:
            raise ValueError(f"Layout: the axis {names!r} is used twice")
        used.append(names)
        # MindSpore counts the axes of the grid from the last one
        return len(self._alias_name) - 1 - self._alias_name.index(names)

    def to_dict(self) -> dict[str, Any]:
        """The description, as MindSpore's operators have it.

        Raises:
            ValueError: it was not said how a Tensor is cut.
        """
        if self._tensor_map is None:
            raise ValueError(
                'Layout: call it first to say how a Tensor is cut: layout("dp", "mp")'
            )
        return {
            "device_matrix": self._device_matrix,
            "tensor_map": self._tensor_map,
            "interleaved_parallel": self._interleaved,
            "alias_name": self._alias_name,
            "rank_list": self._rank_list,
        }


def _check_elements(name: str, values: Any, kind: type, of: type) -> None:
    if not isinstance(values, kind):
        raise TypeError(
            f"Layout: {name} must be a {kind.__name__}, got {type(values).__name__}"
        )
    for value in values:
        if not isinstance(value, of) or isinstance(value, bool):
            raise TypeError(
                f"Layout: {name} must hold {of.__name__}s, got {value!r} in {values}"
            )
