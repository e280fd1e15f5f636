"""What converted code finds under the name ``ag__`` that malt gives it."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable
from typing import Any

from cellnet.graph.control import block, branches, calls, loops, values


class FunctionScope:
    """Stands around the body of a converted function."""

    def __init__(self, function_name: str, scope_name: str, options: Any) -> None:
        del function_name, scope_name, options

    def __enter__(self) -> FunctionScope:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def ret(self, value: Any, did_return: Any) -> Any:
        """What the function gives."""
        return branches.returned(value, did_return)


def _with_function_scope(thunk: Callable[..., Any], name: str, options: Any) -> Any:
    with FunctionScope("", name, options) as scope:
        return thunk(scope)


def _artifact(fn: Any) -> Any:
    """Mark a function as converted already."""
    fn.autograph_info__ = None
    return fn


OPERATORS = types.SimpleNamespace(
    STD=None,
    FunctionScope=FunctionScope,
    Undefined=values.Undefined,
    UndefinedReturnValue=values.UndefinedReturnValue,
    and_=branches.and_,
    assert_stmt=calls.assert_stmt,
    augmented=calls.augmented,
    autograph_artifact=_artifact,
    check_effect=block.check_effect,
    check_raise=block.check_raise,
    converted_call=calls.converted_call,
    for_stmt=loops.for_stmt,
    if_exp=branches.if_exp,
    if_stmt=branches.if_stmt,
    ld=values.load,
    not_=branches.not_,
    or_=branches.or_,
    set_attribute=calls.set_attribute,
    set_item=calls.set_item,
    slice=builtins.slice,
    while_stmt=loops.while_stmt,
    with_function_scope=_with_function_scope,
)
