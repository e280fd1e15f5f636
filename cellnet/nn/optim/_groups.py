"""Parameter groups: the list that the user passes, as one row per Parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cellnet._checks import check_bool
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_KEYS = ("params", "lr", "weight_decay", "order_params", "grad_centralization")
# a group that leaves a setting out takes the optimizer's own
UNSET: Any = object()


@dataclass(frozen=True)
class Member:
    """A Parameter with the settings of its group, as the user gave them."""

    parameter: Parameter
    group: int
    learning_rate: Any = UNSET
    weight_decay: Any = UNSET
    centralize: bool = False


@dataclass(frozen=True)
class Members:
    """All Parameters of an optimizer, in the order of updating."""

    rows: tuple[Member, ...]
    grouped: bool
    ordered: bool = False


def resolve(owner: str, parameters: Any) -> Members:
    """Read a list of Parameters, or a list of dicts with groups of them.

    Raises:
        TypeError: no list of Parameters or of dicts.
        ValueError: no Parameter at all, one listed twice, or order_params that are
            not the Parameters of the groups.
        KeyError: an unknown key in a group, or none called "params".
        RuntimeError: a Parameter in two groups.
    """
    entries = _listed(owner, "parameters", parameters)
    if all(isinstance(entry, Parameter) for entry in entries):
        rows = [Member(parameter, group=0) for parameter in entries]
        _refuse_twice(owner, rows, ValueError)
        return Members(tuple(rows), grouped=False)
    if not all(isinstance(entry, Mapping) for entry in entries):
        kinds = sorted({type(entry).__name__ for entry in entries})
        raise TypeError(
            f"{owner}: parameters must be all Parameters or all dicts, got "
            f"{', '.join(kinds)}; pass net.trainable_params()"
        )
    return _resolve_groups(owner, entries)


def _resolve_groups(owner: str, groups: list[Mapping]) -> Members:
    rows: list[Member] = []
    order = None
    for index, group in enumerate(groups):
        unknown = [key for key in group if key not in _KEYS]
        if unknown:
            raise KeyError(
                f"{owner}: group {index} has the unknown key {unknown[0]!r}; known are "
                f"{', '.join(_KEYS)}"
            )
        if "order_params" in group:
            order = _order(owner, group)
        else:
            rows.extend(_members(owner, index, group))
    _refuse_twice(owner, rows, RuntimeError)
    if order is not None:
        rows = _reordered(owner, rows, order)
    return Members(tuple(rows), grouped=True, ordered=order is not None)


def _members(owner: str, index: int, group: Mapping) -> list[Member]:
    if "params" not in group:
        raise KeyError(
            f"{owner}: group {index} has no 'params', only {', '.join(group)}"
        )
    name = f"the 'params' of group {index}"
    parameters = _listed(owner, name, group["params"])
    _refuse_others(owner, name, parameters)
    centralize = check_bool(
        owner, "grad_centralization", group.get("grad_centralization", False)
    )
    return [
        Member(
            parameter,
            index,
            group.get("lr", UNSET),
            group.get("weight_decay", UNSET),
            centralize,
        )
        for parameter in parameters
    ]


def _order(owner: str, group: Mapping) -> list[Parameter]:
    if len(group) > 1:
        raise ValueError(
            f"{owner}: a group with 'order_params' has no other key, got "
            f"{', '.join(group)}"
        )
    order = _listed(owner, "order_params", group["order_params"])
    _refuse_others(owner, "order_params", order)
    return order


def _reordered(owner: str, rows: list[Member], order: list[Parameter]) -> list[Member]:
    by_parameter = {id(row.parameter): row for row in rows}
    if {id(p) for p in order} != set(by_parameter) or len(order) != len(rows):
        raise ValueError(
            f"{owner}: order_params must have the Parameters of all groups, each once; "
            f"got {len(order)} for {len(rows)} in the groups"
        )
    return [by_parameter[id(parameter)] for parameter in order]


def _listed(owner: str, name: str, values: Any) -> list[Any]:
    """``values`` as a list with something in it."""
    if isinstance(values, Tensor | str | Mapping) or not isinstance(values, Iterable):
        raise TypeError(
            f"{owner}: {name} must be a list of Parameters, got "
            f"{type(values).__name__}; pass net.trainable_params()"
        )
    values = list(values)
    if not values:
        raise ValueError(f"{owner}: {name} must not be empty")
    return values


def _refuse_others(owner: str, name: str, parameters: list[Any]) -> None:
    for index, parameter in enumerate(parameters):
        if not isinstance(parameter, Parameter):
            raise TypeError(
                f"{owner}: {name} must be Parameters, got "
                f"{type(parameter).__name__} at index {index}"
            )


def _refuse_twice(owner: str, rows: list[Member], error: type[Exception]) -> None:
    seen: set[int] = set()
    for row in rows:
        if id(row.parameter) in seen:
            raise error(
                f"{owner}: parameter {row.parameter.name!r} is listed twice; each is "
                "updated once"
            )
        seen.add(id(row.parameter))
