"""Settings as JSON and back.

What JSON has no word for is a dict with the key "py"; an operation is a dict with the
key "tensor_op_name". Only public names of this package are ever looked up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from pathlib import PurePath
from types import ModuleType
from typing import Any

import numpy as np

from .. import _select, audio, samplers, text, transforms, vision
from .._made import Made
from ..samplers import BuiltinSampler
from ..transforms._type_cast import numpy_dtype

PACKAGES: dict[str, ModuleType] = {
    "transforms": transforms,
    "vision": vision,
    "text": text,
    "audio": audio,
    "transforms.c_transforms": transforms.c_transforms,
    "transforms.py_transforms": transforms.py_transforms,
    "vision.c_transforms": vision.c_transforms,
    "vision.py_transforms": vision.py_transforms,
}
CHOICES = (vision.utils, text, transforms, _select)


def encode(value: Any) -> Any:
    """A setting as JSON."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Enum):
        return {"py": "enum", "type": type(value).__name__, "name": value.name}
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"py": "tuple", "items": [encode(item) for item in value]}
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
        return {"py": "array", "dtype": str(value.dtype), "items": value.tolist()}
    if isinstance(value, slice):
        parts = [encode(part) for part in (value.start, value.stop, value.step)]
        return {"py": "slice", "items": parts}
    if value is ...:
        return {"py": "ellipsis"}
    if isinstance(value, Made) and callable(value):
        return encode_operation(value)
    if isinstance(value, BuiltinSampler):
        return encode_sampler(value)
    if isinstance(value, text.Vocab):
        return {"py": "vocab", "items": value.vocab()}
    try:
        return str(numpy_dtype("serialize", value))
    except TypeError:
        return {"py": "object", "name": _name_of(value)}


def encode_operation(operation: Callable[..., Any]) -> dict[str, Any]:
    """A transform by its name and arguments; of a function its name alone."""
    kind = type(operation)
    if isinstance(operation, Made):
        for path, package in PACKAGES.items():
            if vars(package).get(kind.__name__) is kind:
                arguments = operation._call.arguments()
                params = {name: encode(value) for name, value in arguments.items()}
                return {
                    "tensor_op_name": kind.__name__,
                    "package": path,
                    "tensor_op_params": params or None,
                }
    return {
        "tensor_op_name": _name_of(operation),
        "python_module": str(getattr(operation, "__module__", None)),
    }


def encode_sampler(sampler: BuiltinSampler) -> dict[str, Any]:
    """A sampler by its name and settings; 0 stands for no limit, as in MindSpore."""
    kind = type(sampler)
    if vars(samplers).get(kind.__name__) is not kind:
        return {"sampler_name": kind.__name__, "python_module": kind.__module__}
    settings = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(sampler).items()
    }
    settings["num_samples"] = sampler.num_samples or 0
    return {"sampler_name": kind.__name__, **settings}


def decode(value: Any) -> Any:
    """The setting of JSON that `encode` made.

    Raises: ValueError: it was a Python object that JSON cannot hold.
    """
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "tensor_op_name" in value:
        from ._operations import decode_operation

        return decode_operation(value)
    if "sampler_name" in value:
        return decode_sampler(value)
    kind = value.get("py")
    if kind is None:
        return {key: decode(item) for key, item in value.items()}
    if kind == "enum":
        return _choice(value["type"], value["name"])
    if kind == "ellipsis":
        return ...
    if kind == "array":
        return np.asarray(value["items"], value["dtype"])
    if kind == "vocab":
        return text.Vocab.from_dict(value["items"])
    if kind in ("tuple", "slice"):
        items = [decode(item) for item in value["items"]]
        return tuple(items) if kind == "tuple" else slice(*items)
    raise ValueError(
        f"deserialize: {value.get('name', kind)} is a Python object, of which the "
        "description holds the name only."
    )


def decode_sampler(described: dict[str, Any]) -> BuiltinSampler:
    """The sampler of a description, ours or MindSpore's."""
    name = described["sampler_name"]
    if name not in samplers.__all__ or "python_module" in described:
        raise ValueError(
            f"deserialize: {name} is a sampler of your own, of which the description "
            "holds the name only."
        )
    kind = getattr(samplers, name)
    known = inspect.signature(kind).parameters
    settings = {k: v for k, v in described.items() if k in known}
    if "shuffle_mode" in described:  # MindSpore's word for a DistributedSampler
        settings["shuffle"] = bool(described["shuffle_mode"])
    settings["num_samples"] = settings.get("num_samples") or None
    return kind(**settings)


def _choice(type_name: str, name: str) -> Enum:
    for module in CHOICES:
        kind = vars(module).get(type_name)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind[name]
    raise ValueError(f"deserialize: there is no choice {type_name}.{name}.")


def _name_of(value: Any) -> str:
    return str(getattr(value, "__name__", type(value).__name__))
