"""Statements that malt does not know, rewritten before it sees them.

Assignments to attributes and items become calls, so that only local variables are state
of a branch; Parameters and Tensors report their changes themselves (see ``block``).
"""

from __future__ import annotations

import ast
import itertools
from typing import Any

_REFUSED = {
    ast.NamedExpr: "an assignment expression (:=)",
    ast.ClassDef: "a class definition",
    ast.Match: "a match statement",
    ast.AsyncFunctionDef: "an async function",
    ast.Await: "await",
    ast.AsyncFor: "async for",
    ast.AsyncWith: "async with",
    ast.Yield: "a generator",
    ast.YieldFrom: "a generator",
    ast.TryStar: "except*",
}

# builtins that look at the function that calls them
_FRAME_READERS = frozenset(["locals", "globals", "vars", "eval", "exec", "dir"])


class Unsupported(ValueError):
    """A statement that cannot be converted."""


def prepare(node: ast.FunctionDef, owner: str | None) -> ast.FunctionDef:
    """The function without what malt does not take.

    Args:
        node: the function; it is changed.
        owner: name of the class around it, for names that begin with two underscores.

    Raises:
        Unsupported: a statement that cannot be converted.
    """
    inner: Any
    for inner in ast.walk(node):
        reason = _REFUSED.get(type(inner))
        if isinstance(inner, ast.Name) and inner.id in _FRAME_READERS:
            reason = f"{inner.id}()"
        if reason is None and isinstance(inner, ast.For | ast.While) and inner.orelse:
            reason = "else after a loop"
        if reason is not None:
            raise Unsupported(f"{reason} in line {inner.lineno}")
    first = next(iter([*node.args.posonlyargs, *node.args.args]), None)
    _strip_annotations(node)
    node.body = _Preparer(owner, first and first.arg).block(node.body)
    return node


def _strip_annotations(node: ast.FunctionDef) -> None:
    node.returns = None
    arguments = node.args
    for argument in (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ):
        if argument is not None:
            argument.annotation = None


class _Preparer(ast.NodeTransformer):
    def __init__(self, owner: str | None, first: str | None) -> None:
        self.owner = owner
        self.first = first
        self.numbers = itertools.count(1)

    def block(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for node in nodes:
            new = self.visit(node)
            result.extend(new if isinstance(new, list) else [new])
        return result

    # -- names ------------------------------------------------------------------------
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.func, ast.Name)
            and node.func.id == "super"
            and not node.args
            and self.first is not None
        ):
            node.args = [_at(node, _load("__class__")), _at(node, _load(self.first))]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        name = node.attr
        if self.owner and name.startswith("__") and not name.endswith("__"):
            node.attr = f"_{self.owner.lstrip('_')}{name}"
        return node

    # -- assignments ------------------------------------------------------------------
    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        calls: list[ast.stmt] = []
        node.targets = [self._target(target, calls) for target in node.targets]
        return [node, *calls]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return _at(node, ast.Pass())
        return self.visit_Assign(
            _at(node, ast.Assign(targets=[node.target], value=node.value))
        )

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name):
            return node
        kind = ast.Constant(type(node.op).__name__)
        old = _with_context(node.target, ast.Load())
        value = _call("augmented", kind, old, node.value)
        return _at(node, ast.Expr(_store(node.target, value)))

    def visit_Delete(self, node: ast.Delete) -> Any:
        self.generic_visit(node)
        if all(isinstance(target, ast.Name) for target in node.targets):
            return node
        return [_at(node, ast.Expr(_call("check_effect"))), node]

    def _target(self, target: ast.expr, calls: list[ast.stmt]) -> ast.expr:
        """``target`` with fresh names for attributes and items, stored by ``calls``."""
        if isinstance(target, ast.Tuple | ast.List):
            target.elts = [self._target(item, calls) for item in target.elts]
            return target
        if isinstance(target, ast.Starred):
            target.value = self._target(target.value, calls)
            return target
        if isinstance(target, ast.Name):
            return target
        name = f"stored_{next(self.numbers)}_"
        calls.append(_at(target, ast.Expr(_store(target, _load(name)))))
        return _at(target, ast.Name(name, ast.Store()))

    # -- errors -----------------------------------------------------------------------
    def visit_Raise(self, node: ast.Raise) -> Any:
        self.generic_visit(node)
        return [_at(node, ast.Expr(_call("check_raise"))), node]

    def visit_Assert(self, node: ast.Assert) -> Any:
        self.generic_visit(node)
        message = node.msg or ast.Constant(None)
        nothing = ast.arguments([], [], None, [], [], None, [])
        check = _call("assert_stmt", node.test, ast.Lambda(nothing, message))
        return _at(node, ast.Expr(check))


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(operator: str, *args: ast.expr) -> ast.Call:
    function = ast.Attribute(_load("ag__"), operator, ast.Load())
    return ast.Call(function, list(args), [])


def _store(target: ast.expr, value: ast.expr) -> ast.Call:
    if isinstance(target, ast.Attribute):
        return _call("set_attribute", target.value, ast.Constant(target.attr), value)
    assert isinstance(target, ast.Subscript)
    return _call("set_item", target.value, _index(target.slice), value)


def _index(node: ast.expr) -> ast.expr:
    """An index as an expression that may stand outside of brackets."""
    if isinstance(node, ast.Slice):
        parts = (node.lower, node.upper, node.step)
        return _call("slice", *(part or ast.Constant(None) for part in parts))
    if isinstance(node, ast.Tuple):
        return ast.Tuple([_index(item) for item in node.elts], ast.Load())
    return node


def _with_context(target: ast.expr, context: ast.expr_context) -> ast.expr:
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, context)
    assert isinstance(target, ast.Subscript)
    return ast.Subscript(target.value, target.slice, context)


def _at(place: ast.AST, node: Any) -> Any:
    """``node``, said to stand where ``place`` stands."""
    return ast.fix_missing_locations(ast.copy_location(node, place))
