"""GRAPH_MODE: one cache of compiled programs for each Cell or jitted function.

A program is looked up by what the arguments are (shapes and dtypes of Tensors, values
of everything else) and is used while its guards hold.  What cannot be traced runs
eagerly from then on, with one warning that names the user's line.
"""

from __future__ import annotations

import functools
import time
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from cellnet import context
from cellnet._frame import current
from cellnet.graph import control, where
from cellnet.graph.control import Untraceable
from cellnet.graph.control.printing import Printing
from cellnet.graph.guards import Ref, describe, freeze, recording
from cellnet.graph.program import Program, trace
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

# programs kept for one signature, each for other values of guarded attributes
_MAX_VARIANTS = 64


class Compiled:
    """``fn`` compiled once per signature.

    Args:
        fn: the function; its state is in Parameters and watched objects.
        name: what messages call it.
        parameters: gives the Parameters that ``fn`` is known to use; others that it
            reads are found while tracing.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        name: str,
        parameters: Callable[[], Sequence[Parameter]] = tuple,
    ) -> None:
        self.fn = fn
        self.name = name
        self.parameters = parameters
        self.num_traces = 0
        self._programs: dict[Any, list[Program]] = {}
        self._eager: set[Any] = set()
        self._converts = False  # whether control flow has to be converted
        self._last_avals: Sequence[Any] = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs, key, rebuild = signature(args, kwargs)
        program = self.program(key, inputs, rebuild)
        if program is None:
            return self.fn(*args, **kwargs)
        return program(inputs)

    def program(
        self, key: Any, inputs: Sequence[Any], rebuild: Callable[..., Any]
    ) -> Program | None:
        """The valid program for a signature, traced now if there is none.

        Returns None where ``fn`` cannot be traced and runs eagerly.
        """
        # Part of a traced product, and set for the process or by a context manager.
        key = key, jax.config.jax_default_matmul_precision
        variants = self._programs.get(key)
        if variants is not None:
            if variants[0].guards.changed() is None:
                return variants[0]
            for index, program in enumerate(variants):
                if program.guards.changed() is None:
                    variants.insert(0, variants.pop(index))
                    return program
        if key in self._eager:
            return None
        return self._trace(key, inputs, rebuild)

    def _trace(
        self, key: Any, inputs: Sequence[Any], rebuild: Callable[..., Any]
    ) -> Program | None:
        def call(arrays: Sequence[Any]) -> Any:
            args, kwargs = rebuild(arrays)
            return self.fn(*args, **kwargs)

        started = time.perf_counter()
        avals = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in inputs]
        try:
            program = self._traced(call, avals)
            changed = program.guards.changed()
            if changed is not None:
                raise Untraceable(
                    f"it changes {describe(*changed)} while it runs; keep such state "
                    "in a Parameter"
                )
        except (*control.UNTRACEABLE, jax.errors.UnexpectedTracerError) as error:
            self._give_up(key, error)
            return None
        self.num_traces += 1
        program.name = self.name
        program.trace_s = time.perf_counter() - started
        program.cause = self._cause(key, avals)
        self._last_avals = avals
        variants = self._programs.setdefault(key, [])
        variants.insert(0, program)
        del variants[_MAX_VARIANTS:]
        return program

    def _traced(self, call: Callable[..., Any], avals: Sequence[Any]) -> Program:
        """Trace as it is; where Python needs a value, with control flow converted."""
        parameters = self.parameters()
        with Printing():
            if not self._converts:
                try:
                    return trace(call, avals, parameters)
                except control.UNTRACEABLE:
                    pass
            with control.converting() as conversion:
                try:
                    program = trace(call, avals, parameters)
                except Exception as error:
                    for reason in conversion.failures:
                        error.add_note(reason)
                    raise
        self._converts = True
        return program

    def _cause(self, key: Any, avals: Sequence[Any]) -> str:
        """Why the programs that there are do not serve."""
        if not self._programs:
            return "first call"
        variants = self._programs.get(key)
        if variants:
            changed = variants[0].guards.changed()
            return f"{describe(*changed)} changed" if changed else "another Parameter"
        if any(known == key[0] for known, _ in self._programs):
            return "matmul_precision changed"
        old = self._last_avals
        if len(old) != len(avals):
            return f"{len(avals)} arrays instead of {len(old)}"
        for index, (was, now) in enumerate(zip(old, avals, strict=True)):
            if (was.shape, was.dtype) != (now.shape, now.dtype):
                return f"array {index} is {_text(now)}, was {_text(was)}"
        return "another Python argument"

    def _give_up(self, key: Any, error: Exception) -> None:
        """Run eagerly from now on, or refuse under jit_syntax_level STRICT."""
        line = where.line_of(error.__traceback__) or "an unknown line"
        reason = str(error).split("\n")[0]
        notes = [n for n in getattr(error, "__notes__", ()) if "not converted" in n]
        reason = "\n  ".join([reason, *notes])
        text = (
            f"{self.name} cannot be compiled as it is, because of {line}\n  {reason}\n"
            "  A compiled program does not have what this needs: use operations on "
            "Tensors (ops.select, ops.where, masks), or "
            "set_context(mode=PYNATIVE_MODE)."
        )
        if context.get_context("jit_syntax_level") == context.STRICT:
            raise RuntimeError(text) from error
        warnings.warn(
            text + "\n  It runs eagerly now, which is slower.",
            RuntimeWarning,
            stacklevel=where.stack_level(),
        )
        self._eager.add(key)


def _text(aval: Any) -> str:
    return f"{aval.dtype}{list(aval.shape)}"


Rebuild = Callable[[Sequence[Any]], tuple[tuple[Any, ...], dict[str, Any]]]


def signature(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[Any], Any, Rebuild]:
    """Split a call into arrays and the rest.

    Returns:
        The arrays; a hashable key of their shapes and dtypes and of all other
        arguments' values; a function that puts arrays (or tracers) back in place.
    """
    if not kwargs and all(type(a) is Tensor for a in args):
        arrays = [a._value for a in args]
        key: Any = tuple([(x.shape, x.dtype) for x in arrays])
        return arrays, key, _rebuild_tensors
    leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=_is_leaf)
    arrays, parts, places = [], [], []
    for index, leaf in enumerate(leaves):
        if isinstance(leaf, Parameter):
            parts.append(Ref(leaf))  # its value is state, not input
        elif isinstance(leaf, Tensor | jax.Array | np.ndarray):
            array = leaf._value if isinstance(leaf, Tensor) else jax.numpy.asarray(leaf)
            arrays.append(array)
            places.append((index, not isinstance(leaf, jax.Array)))
            parts.append((array.shape, array.dtype))
        else:
            parts.append(freeze(leaf))

    def rebuild(values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        filled = list(leaves)
        for (index, wrap), value in zip(places, values, strict=True):
            filled[index] = Tensor._wrap(value) if wrap else value
        return jax.tree.unflatten(tree, filled)

    return arrays, (tree, tuple(parts)), rebuild


def _is_leaf(value: Any) -> bool:
    return isinstance(value, Tensor)


def _rebuild_tensors(
    values: Sequence[Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return tuple(Tensor._wrap(v) for v in values), {}


def jit(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a function or method over Tensors (mindspore.jit, r1.x ms_function).

    Args:
        function: of Tensors and Python values; may use Cells and Parameters, which it
            may also change.
        **options: MindSpore's compiler options are accepted and have no effect.

    Returns:
        A function that runs it as one XLA program for each set of shapes, dtypes
        and Python values that it is called with.

    Raises:
        TypeError: ``function`` cannot be called.

    Example:
        >>> double = jit(lambda x: x * 2)
        >>> float(double(Tensor(3.0)))
        6.0
    """
    if function is None:
        return functools.partial(jit, **options)
    if not callable(function):
        raise TypeError(f"jit: expected a function, got {type(function).__name__}")
    if hasattr(function, "compile_cache") and hasattr(function, "construct"):
        return function  # a Cell compiles itself
    return _Jitted(function)


class _Jitted:
    """A function or method whose calls are compiled."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn)
        self._fn = fn
        self._compiled = Compiled(self._guarded, name=getattr(fn, "__qualname__", "fn"))

    @property
    def compile_cache(self) -> Compiled:
        """The compiled programs of this function."""
        return self._compiled

    def _guarded(self, *args: Any, **kwargs: Any) -> Any:
        note_outer_values(self._fn)
        return control.resolve(self._fn)(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if current() is not None or any_tracer(args):
            return control.resolve(self._fn)(*args, **kwargs)
        return self._compiled(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        del owner
        return self if instance is None else types.MethodType(self, instance)


def any_tracer(args: Sequence[Any]) -> bool:
    """True when an argument is traced by someone else's JAX transformation."""
    return any(
        isinstance(getattr(a, "_value", a), jax.core.Tracer)
        for a in jax.tree.leaves(args, is_leaf=_is_leaf)
        if not isinstance(a, Parameter)
    )


def note_outer_values(fn: Callable[..., Any]) -> None:
    """Guard the plain values that ``fn`` takes from its closure and its module."""
    guards = recording()
    code = getattr(fn, "__code__", None)
    if guards is None or code is None:
        return
    simple = (bool, int, float, str, tuple, list, dict, Tensor)
    for cell in fn.__closure__ or ():
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
        if isinstance(value, simple):
            guards.note(cell, "cell_contents", value)
    for name in code.co_names:
        value = fn.__globals__.get(name)
        if isinstance(value, simple):
            guards.note(fn.__globals__, name, value)
