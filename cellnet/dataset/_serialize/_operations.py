"""Operations of a description, as they are written here and as MindSpore writes them.

MindSpore writes what its C++ kernels are given: names and numbers that differ from the
constructors' in some places, which the tables below list.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .._made import make
from ..vision.utils import Border, Inter
from ._values import PACKAGES, decode

THEIR_NAMES = {"HwcToChw": "HWC2CHW"}
# of no consequence here
THEIR_EXTRAS = {"device_target", "rgb", "implementation", "random", "transforms"}
THEIR_CHOICES: dict[str, tuple[Any, ...]] = {
    "interpolation": (
        *(Inter.LINEAR, Inter.NEAREST, Inter.CUBIC, Inter.AREA, Inter.PILCUBIC),
    ),
    "padding_mode": (Border.CONSTANT, Border.EDGE, Border.REFLECT, Border.SYMMETRIC),
}
THEIR_CHOICES["resample"] = THEIR_CHOICES["interpolation"]


def decode_operation(described: dict[str, Any]) -> Callable[..., Any]:
    """The transform of a description.

    Raises: ValueError: a function, of which the name alone is known; a transform or a
        setting that is not here.
    """
    name = str(described["tensor_op_name"])
    params = described.get("tensor_op_params") or {}
    if "package" in described:
        kind = _find(name, [described["package"]])
        return make(kind, {key: decode(value) for key, value in params.items()})
    if "python_module" in described and "tensor_op_params" not in described:
        raise ValueError(
            f"deserialize: {name} of {described['python_module']} is a Python function,"
            " of which the description holds the name only."
        )
    name = THEIR_NAMES.get(name, name)
    kind = _find(name, list(PACKAGES))
    known = inspect.signature(kind).parameters
    settings = {
        key: _theirs(key, value)
        for key, value in params.items()
        if key in known or key not in THEIR_EXTRAS
    }
    return make(kind, settings)


def _theirs(name: str, value: Any) -> Any:
    """A setting that MindSpore wrote, as its constructor takes it."""
    if name in THEIR_CHOICES and isinstance(value, int):
        return THEIR_CHOICES[name][value]
    if name == "transforms":
        return [decode_operation(each) for each in value]
    if isinstance(value, list):
        if not value:
            return None
        one_number = name == "size" and len(value) == 1
        return value[0] if one_number else tuple(value)
    return value


def _find(name: str, packages: list[str]) -> type:
    for path in packages:
        package = PACKAGES.get(path)
        if package is not None and name in package.__all__:
            kind = vars(package)[name]
            if isinstance(kind, type):
                return kind
    raise ValueError(f"deserialize: there is no transform {name} in {packages}.")
