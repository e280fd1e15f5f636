"""Calls made by converted code: functions of the user are converted in turn."""

from __future__ import annotations

import builtins
import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cellnet.graph import where
from cellnet.graph.control import resolve
from cellnet.graph.control.block import check_effect
from cellnet.graph.control.loops import TensorRange
from cellnet.graph.control.values import is_traced, number_array, truth
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_CHANGING = frozenset(
    [
        *("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"),
        *("update", "popitem", "setdefault", "add", "discard", "difference_update"),
        *("intersection_update", "symmetric_difference_update"),
    ]
)


def converted_call(fn: Any, args: Any, kwargs: Any, scope: Any = None) -> Any:
    """``fn(*args, **kwargs)`` with what the user wrote converted."""
    del scope
    kwargs = kwargs or {}
    if isinstance(fn, types.BuiltinFunctionType):
        owner = fn.__self__
        if isinstance(owner, list | dict | set) and fn.__name__ in _CHANGING:
            check_effect(owner, f"a {type(owner).__name__}")
    if getattr(fn, "__func__", None) is Tensor.item and not (args or kwargs):
        return _item(fn)
    replacement = _BUILTINS.get(fn) if _is_builtin(fn) else None
    if replacement is not None:
        return replacement(*args, **kwargs)
    called = resolve(fn)
    if called is fn and not _is_users(fn):
        # a library may call functions that it is given
        args = tuple(map(_argument, args))
        kwargs = {name: _argument(value) for name, value in kwargs.items()}
    return called(*args, **kwargs)


def _is_builtin(fn: Any) -> bool:
    return getattr(fn, "__module__", None) == "builtins"


def _is_users(fn: Any) -> bool:
    code = getattr(getattr(fn, "__func__", fn), "__code__", None)
    return code is not None and where.is_users(code.co_filename)


def _argument(value: Any) -> Any:
    if isinstance(value, types.FunctionType | types.MethodType):
        return resolve(value)
    return value


_IN_PLACE = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "MatMult": operator.imatmul,
    "BitAnd": operator.iand,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
}


# -- builtins that Python would ask for values ----------------------------------------
def _item(method: Any) -> Any:
    tensor = method.__self__
    if not is_traced(tensor) or tensor.size != 1:
        return tensor.item()
    return Tensor._wrap(tensor._value.reshape(()))


def _on_traced(
    original: Callable[..., Any], replacement: Callable[..., Any]
) -> Callable[..., Any]:
    """``replacement`` if an argument is traced, else the builtin itself."""

    @functools.wraps(original, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        chosen = replacement if any(map(is_traced, args)) else original
        return chosen(*args, **kwargs)

    return call


def _number(dtype_of: Any) -> Callable[[Any], Tensor]:
    def convert(value: Any) -> Tensor:
        scalar = value._scalar("number") if isinstance(value, Tensor) else value
        return Tensor._wrap(scalar.reshape(()).astype(number_array(dtype_of).dtype))

    return convert


def _bool(value: Any) -> Tensor:
    return Tensor._wrap(jnp.asarray(truth(value)))


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        result = values[0]
        for value in values[1:]:
            arrays = [getattr(x, "_value", x) for x in (result, value)]
            result = Tensor._wrap(pick(*arrays))
        return result

    return call


def _fold(combine: Callable[..., Any], original: Any) -> Callable[..., Any]:
    """``all`` and ``any`` of Tensors."""

    def call(values: Any) -> Any:
        items = list(values)
        if not any(map(is_traced, items)):
            return original(items)
        return Tensor._wrap(functools.reduce(combine, map(truth, items)))

    return call


def _extreme_of(original: Any, pick: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any, **kwargs: Any) -> Any:
        single = len(values) == 1 and not kwargs
        items = list(values[0]) if single else values
        if kwargs or not any(map(is_traced, items)):
            return original(*values, **kwargs)
        return _extreme(pick)(*items)

    return call


_BUILTINS: dict[Any, Callable[..., Any]] = {
    builtins.range: _on_traced(range, TensorRange),
    builtins.int: _on_traced(int, _number(0)),
    builtins.float: _on_traced(float, _number(0.0)),
    builtins.bool: _on_traced(bool, _bool),
    builtins.max: _extreme_of(max, jnp.maximum),
    builtins.min: _extreme_of(min, jnp.minimum),
    builtins.all: _fold(jnp.logical_and, all),
    builtins.any: _fold(jnp.logical_or, any),
}


# -- assignments and assertions -------------------------------------------------------
def set_item(target: Any, index: Any, value: Any) -> None:
    """``target[index] = value``."""
    if not isinstance(target, Tensor):
        check_effect(target, f"a {type(target).__name__}")
    holder: Any = target
    holder[index] = value


def set_attribute(target: Any, name: str, value: Any) -> None:
    """``target.name = value``."""
    is_state = isinstance(value, Tensor) and isinstance(
        getattr(target, name, None), Parameter
    )
    if not is_state:
        check_effect(what=f"the attribute {name!r} of {type(target).__name__}")
    setattr(target, name, value)


def augmented(kind: str, old: Any, value: Any) -> Any:
    """What ``old += value`` stores, for the operator of that name in ``ast``."""
    return _IN_PLACE[kind](old, value)


def assert_stmt(test: Any, message: Callable[[], Any]) -> None:
    """``assert test, message()``; dropped where a Tensor decides."""
    known = truth(test)
    if isinstance(known, bool) and not known:
        text = message()
        raise AssertionError(*(() if text is None else (text,)))
