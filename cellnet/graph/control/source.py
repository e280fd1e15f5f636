"""Functions of the user as functions whose control flow calls operators.

The result is compiled under the user's file name and line numbers, so that tracebacks
and warnings name the user's lines.
"""

from __future__ import annotations

import ast
import functools
import inspect
import types
import weakref
from collections.abc import Callable
from typing import Any

from malt.converters import (
    break_statements,
    call_trees,
    conditional_expressions,
    continue_statements,
    control_flow,
    functions,
    logical_expressions,
    return_statements,
    variables,
)
from malt.core import converter
from malt.pyct import (
    anno,
    cfg,
    inspect_utils,
    naming,
    origin_info,
    qual_names,
    transformer,
)
from malt.pyct.static_analysis import activity, reaching_definitions

from cellnet.graph import where
from cellnet.graph.control.operators import OPERATORS
from cellnet.graph.control.prepare import Unsupported, prepare

_ARTIFACT = "autograph_info__"
_GENERATED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

# code object -> makes the converted function, or why there is none
_factories: weakref.WeakKeyDictionary[types.CodeType, Any]
_factories = weakref.WeakKeyDictionary()


def converted(fn: Any, failures: list[str]) -> Any:
    """``fn`` with its control flow converted; as it is if it is not the user's.

    Args:
        fn: a function, method, partial or object with ``__call__``.
        failures: gets a line that says why a function of the user stays as it is.
    """
    if isinstance(fn, types.MethodType):
        inner = converted(fn.__func__, failures)
        return fn if inner is fn.__func__ else types.MethodType(inner, fn.__self__)
    if isinstance(fn, functools.partial):
        inner = converted(fn.func, failures)
        if inner is fn.func:
            return fn
        return functools.partial(inner, *fn.args, **fn.keywords)
    if not isinstance(fn, types.FunctionType):
        call = getattr(type(fn), "__call__", None)
        if isinstance(fn, type) or not isinstance(call, types.FunctionType):
            return fn
        inner = converted(call, failures)
        return fn if inner is call else types.MethodType(inner, fn)
    if hasattr(fn, _ARTIFACT) or not where.is_users(fn.__code__.co_filename):
        return fn
    factory = _factories.get(fn.__code__)
    if factory is None:
        factory = _factories[fn.__code__] = _make_factory(fn)
    if isinstance(factory, str):
        if factory not in failures:
            failures.append(factory)
        return fn
    return factory(fn)


def _make_factory(fn: types.FunctionType) -> Callable[..., Any] | str:
    code = fn.__code__
    try:
        if code.co_flags & _GENERATED:
            raise Unsupported("it is a generator or coroutine")
        if fn.__name__ == "<lambda>":
            raise Unsupported("it is a lambda; write a function with def")
        node = _convert(fn)
        return _Factory(fn, node)
    except (OSError, SyntaxError, TypeError, ValueError) as error:
        reason = str(error)
    except Exception as error:  # whatever malt does not take stays as it is
        reason = f"{type(error).__name__}: {error}"
    place = f"{code.co_filename}:{code.co_firstlineno}"
    return f"{fn.__qualname__} ({place}) was not converted: {reason}"


def _parse(fn: types.FunctionType) -> ast.FunctionDef:
    """The syntax tree of ``fn``, with the line numbers of its file."""
    lines, first = inspect.getsourcelines(fn.__code__)
    text = "".join(lines)
    indented = text[:1].isspace()
    # below an `if`, an indented function parses as it stands, multi-line texts included
    tree: Any = ast.parse("if 1:\n" + text if indented else text)
    ast.increment_lineno(tree, first - 2 if indented else first - 1)
    node = (tree.body[0].body if indented else tree.body)[0]
    if not isinstance(node, ast.FunctionDef):
        raise Unsupported("its source is no plain function")
    return node


def _convert(fn: types.FunctionType) -> ast.FunctionDef:
    owners = fn.__qualname__.split(".")[:-1]
    owner = owners[-1] if owners and owners[-1] != "<locals>" else None
    node = prepare(_parse(fn), owner)
    inner: Any
    for inner in ast.walk(node):
        if hasattr(inner, "lineno"):
            place = origin_info.Location(
                fn.__code__.co_filename, inner.lineno, inner.col_offset
            )
            origin = origin_info.OriginInfo(place, fn.__name__, "", None)
            anno.setanno(inner, anno.Basic.ORIGIN, origin)
    namespace = inspect_utils.getnamespace(fn)
    namer = naming.Namer(namespace)
    info = transformer.EntityInfo(
        name=fn.__name__,
        source_code="",
        source_file=fn.__code__.co_filename,
        future_features=(),
        namespace=namespace,
    )
    program = converter.ProgramContext(options=converter.STANDARD_OPTIONS)
    context = transformer.Context(info, namer, program)
    # defaults come from the function itself
    node.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
    node.args.kw_defaults = [d and ast.Constant(None) for d in node.args.kw_defaults]

    graphs = cfg.build(node)
    node = qual_names.resolve(node)
    node = activity.resolve(node, context, None)
    node = reaching_definitions.resolve(node, context, graphs)
    anno.dup(node, {anno.Static.DEFINITIONS: anno.Static.ORIG_DEFINITIONS})
    for step in (
        functions,
        break_statements,
        continue_statements,
        return_statements,
        call_trees,
        control_flow,
        conditional_expressions,
        logical_expressions,
        variables,
    ):
        node = step.transform(node, context)
    return node


class _Factory:
    """Makes the converted form of functions that share one code object."""

    def __init__(self, fn: types.FunctionType, node: ast.FunctionDef) -> None:
        self._free = fn.__code__.co_freevars
        cells = "".join(f"    {name} = None\n" for name in self._free)
        text = f"def outer():\n{cells}    def factory(ag__):\n        pass\n"
        module = ast.parse(text + "    return factory\n")
        factory: Any = module.body[0].body[-2]  # type: ignore[attr-defined]
        factory.body = [node, ast.Return(ast.Name(node.name, ast.Load()))]
        _locate(module, fn.__code__.co_firstlineno, 0)
        found: dict[str, Any] = {}
        exec(compile(module, fn.__code__.co_filename, "exec"), found)  # noqa: S102
        self._factory = found["outer"]()

    def __call__(self, fn: types.FunctionType) -> types.FunctionType:
        cells = dict(zip(self._free, fn.__closure__ or (), strict=True))
        code = self._factory.__code__
        closure = tuple(cells[name] for name in code.co_freevars)
        make = types.FunctionType(code, fn.__globals__, "factory", (), closure)
        result = make(OPERATORS)
        result.__defaults__ = fn.__defaults__
        result.__kwdefaults__ = fn.__kwdefaults__
        result.__qualname__ = fn.__qualname__
        setattr(result, _ARTIFACT, None)
        return result


def _locate(node: ast.AST, line: int, column: int) -> None:
    """Place every node where the user wrote it, or where the one around it is."""
    origin: Any = anno.getanno(node, anno.Basic.ORIGIN, default=None)
    if origin is not None:
        line, column = origin.loc.lineno, origin.loc.col_offset
    if "lineno" in node._attributes:
        place: Any = node
        place.lineno = place.end_lineno = line
        place.col_offset = place.end_col_offset = column
    for child in ast.iter_child_nodes(node):
        _locate(child, line, column)
