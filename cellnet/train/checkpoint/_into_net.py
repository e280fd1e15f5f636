"""load_param_into_net: loaded Parameters into a network.

First everything is matched and checked, then everything is written: an error leaves the
network as it was.
"""

from __future__ import annotations

import warnings
from typing import Any

from cellnet import dtype as mstype
from cellnet._checks import check_bool
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.checkpoint._options import refuse_remove_redundancy

_OWNER = "load_param_into_net"
_SHOWN = 5  # names and problems in one message


def load_param_into_net(
    net: Cell,
    parameter_dict: dict[str, Any],
    strict_load: bool = False,
    remove_redundancy: bool = False,
) -> tuple[list[str], list[str]]:
    """Give the Parameters of ``net`` the values of the same names.

    Unless ``strict_load``, float types are converted into each other, and signed
    integer types too; and where names of ``net`` are left over, a prefix is looked for
    that leads to them, as "backbone." does from "conv.weight" to
    "backbone.conv.weight", with a warning.

    Args:
        net: the network, or an optimizer, or a whole training step.
        parameter_dict: name -> Parameter, as ``load_checkpoint`` returns it.
        strict_load: no conversion and no prefix.
        remove_redundancy: only False; it is for parallel training.

    Returns:
        Names in ``net`` that got no value, and names in ``parameter_dict`` that were
        not used.  The first are warned about too.

    Raises:
        TypeError: an argument of another type.
        RuntimeError: a shape or dtype that does not fit; ``net`` is unchanged then.

    Example:
        >>> from cellnet import nn
        >>> net, other = nn.Dense(2, 3), nn.Dense(2, 3)
        >>> load_param_into_net(net, other.parameters_dict())
        ([], [])

    Differs: MindSpore may have written some Parameters when it finds one that does not
    fit.  It takes a prefix that ends anywhere in a name, here only at a dot, and counts
    what it loaded through one as not used.

    Source: mindspore.load_param_into_net.
    """
    _check_arguments(net, parameter_dict)
    check_bool(_OWNER, "strict_load", strict_load)
    refuse_remove_redundancy(_OWNER, remove_redundancy)
    loaded = {k: v for k, v in parameter_dict.items() if isinstance(v, Parameter)}
    parameters = list(net.get_parameters())
    pairs = {p.name: p.name for p in parameters if p.name in loaded}
    missing = [p.name for p in parameters if p.name not in pairs]
    if not strict_load:
        pairs |= _match_by_prefix(missing, loaded)
    chosen = [(p, loaded[pairs[p.name]]) for p in parameters if p.name in pairs]
    _check_pairs(chosen, strict_load)
    for parameter, new in chosen:
        parameter.set_data(Tensor._wrap(new._value.reshape(parameter.shape)))
    not_loaded = [name for name in missing if name not in pairs]
    used = set(pairs.values())
    unused = [name for name in parameter_dict if name not in used]
    if not_loaded:
        _warn(net, not_loaded, unused, nothing=not chosen)
    return not_loaded, unused


def _check_arguments(net: Any, parameter_dict: Any) -> None:
    if not isinstance(net, Cell):
        raise TypeError(f"{_OWNER}: net must be a Cell, got {type(net).__name__}")
    if not isinstance(parameter_dict, dict):
        raise TypeError(
            f"{_OWNER}: parameter_dict must be a dict, got "
            f"{type(parameter_dict).__name__}; pass what load_checkpoint returns"
        )
    for name, value in parameter_dict.items():
        if not (isinstance(name, str) and isinstance(value, Parameter | str)):
            raise TypeError(
                f"{_OWNER}: parameter_dict must have str -> Parameter, got "
                f"{type(name).__name__} ({name!r}) -> {type(value).__name__}"
            )


def _match_by_prefix(missing: list[str], loaded: dict[str, Any]) -> dict[str, str]:
    """Name in the network -> name in the file, through prefixes that end at a dot."""
    pairs: dict[str, str] = {}
    for name in missing:
        if name in pairs:
            continue
        longer = next((key for key in loaded if key.endswith("." + name)), None)
        if longer is None:
            continue
        prefix = longer.removesuffix(name)
        found = {
            n: prefix + n for n in missing if n not in pairs and prefix + n in loaded
        }
        warnings.warn(
            f"{_OWNER}: {len(found)} parameters are taken from names with the prefix "
            f"{prefix!r} ({_some(list(found))}); pass strict_load=True to refuse that",
            stacklevel=3,
        )
        pairs |= found
    return pairs


def _check_pairs(pairs: list[tuple[Parameter, Parameter]], strict: bool) -> None:
    problems = [
        problem
        for parameter, new in pairs
        if (problem := _problem(parameter, new, strict)) is not None
    ]
    if not problems:
        return
    more = len(problems) - _SHOWN
    lines = [*problems[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    raise RuntimeError(
        f"{_OWNER}: the checkpoint does not fit the network, which is unchanged.\n  "
        + "\n  ".join(lines)
        + "\nCheck that the network is built with the settings it was saved with, or "
        "leave these out by load_checkpoint(filter_prefix=...)."
    )


def _problem(parameter: Parameter, new: Parameter, strict: bool) -> str | None:
    """What keeps ``new`` from being loaded into ``parameter``, if anything."""
    name, shape, rank = parameter.name, parameter.shape, parameter.ndim
    # axes of length 1 at the end may be left out, as MindSpore does
    if new.shape[:rank] != shape or any(n != 1 for n in new.shape[rank:]):
        return f"{name!r}: shape {shape} in the network, {new.shape} in the checkpoint"
    if new.dtype is parameter.dtype:
        return None
    kinds = (mstype.float_type, mstype.int_type)
    if not strict and any(
        new.dtype in kind and parameter.dtype in kind for kind in kinds
    ):
        return None
    reason = "strict_load converts no types" if strict else "these are not converted"
    return (
        f"{name!r}: {parameter.dtype} in the network, {new.dtype} in the checkpoint "
        f"({reason})"
    )


def _warn(net: Cell, not_loaded: list[str], unused: list[str], nothing: bool) -> None:
    if nothing:
        text = (
            f"{_OWNER}: NOTHING was loaded: no name in the checkpoint "
            f"({_some(unused) or 'it is empty'}) is one of {type(net).__name__}'s "
            f"({_some(not_loaded)}). Is it the checkpoint of another network?"
        )
    else:
        text = (
            f"{_OWNER}: {len(not_loaded)} parameters of {type(net).__name__} are not "
            f"in the checkpoint and keep their values: {_some(not_loaded)}"
        )
        if unused:
            text += f". Not used from it: {_some(unused)}"
    warnings.warn(text, stacklevel=3)


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
