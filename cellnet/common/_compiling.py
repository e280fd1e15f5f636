"""Hints to MindSpore's compiler: jit_class, JitConfig, mutable."""

from __future__ import annotations

from typing import Any, TypeVar

from cellnet._checks import check_choice
from cellnet.nn.cell import Cell
from cellnet.random import set_seed
from cellnet.tensor import Tensor

Value = TypeVar("Value")


def jit_class(cls: type) -> type:
    """Allow a class of one's own inside ``construct`` (mindspore.jit_class).

    Every class is allowed; a compiled program notes the attributes that it reads.

    Raises:
        TypeError: no class, or a Cell.

    Example:
        >>> @jit_class
        ... class Twice:
        ...     def apply(self, x):
        ...         return x * 2
    """
    if not isinstance(cls, type) or issubclass(cls, Cell):
        raise TypeError(f"jit_class: expected a class that is no Cell, got {cls!r}")
    return cls


class JitConfig:
    """Options of MindSpore's compiler, kept (mindspore.JitConfig); XLA has its own.

    Args:
        jit_level: "O0", "O1", "O2" or "".
        exc_mode: "auto", "sink" or "no_sink".
        jit_syntax_level: "STRICT", "LAX" or "".
        debug_level: "RELEASE" or "DEBUG".
        infer_boost: "on" or "off".
        **kwargs: others.

    Raises:
        ValueError: another choice.
    """

    def __init__(
        self,
        jit_level: str = "",
        exc_mode: str = "auto",
        jit_syntax_level: str = "",
        debug_level: str = "RELEASE",
        infer_boost: str = "off",
        **kwargs: Any,
    ) -> None:
        options = {
            "jit_level": (jit_level, ("", "O0", "O1", "O2")),
            "exc_mode": (exc_mode, ("auto", "sink", "no_sink")),
            "jit_syntax_level": (jit_syntax_level, ("", "STRICT", "LAX")),
            "debug_level": (debug_level, ("RELEASE", "DEBUG")),
            "infer_boost": (infer_boost, ("on", "off")),
        }
        for name, (value, choices) in options.items():
            check_choice("JitConfig", name, value, choices)
        self.jit_config_dict = {name: value for name, (value, _) in options.items()}
        self.jit_config_dict.update(kwargs)


def mutable(input_data: Value, dynamic_len: bool = False) -> Value:
    """The value as it is (mindspore.mutable).

    Tensors in tuples, lists and dicts are inputs of a compiled program anyway; a Python
    number is a constant of it: make it a Tensor, if it changes often.

    Raises:
        TypeError: no Tensor, number, tuple, list or dict of them; ``dynamic_len`` for
            something else than a tuple or list.

    Example:
        >>> mutable((1, 2))
        (1, 2)
    """
    if dynamic_len and not isinstance(input_data, tuple | list):
        raise TypeError(
            "mutable: dynamic_len is for tuples and lists, got "
            f"{type(input_data).__name__}"
        )
    _check_mutable(input_data)
    return input_data


def _check_mutable(value: Any) -> None:
    if isinstance(value, tuple | list):
        for item in value:
            _check_mutable(item)
    elif isinstance(value, dict):
        for item in value.values():
            _check_mutable(item)
    elif not isinstance(value, Tensor | int | float):
        raise TypeError(
            "mutable: expected Tensors, numbers, and tuples, lists and dicts of them, "
            f"got {type(value).__name__}"
        )


def is_tensor(obj: Any) -> bool:
    """Whether ``obj`` is a Tensor (mindspore.is_tensor)."""
    return isinstance(obj, Tensor)


def manual_seed(seed: int) -> int:
    """Set the seed of random numbers and give it back (mindspore.manual_seed)."""
    set_seed(seed)
    return seed
