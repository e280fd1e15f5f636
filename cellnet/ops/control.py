"""Loops and assertions as operations.

A loop becomes one ``lax`` loop where its length or its values are known only when the
program runs, and Python's own loop otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from cellnet._checks import check_bool, check_int
from cellnet.ops._op import raw
from cellnet.ops.primitive import Primitive
from cellnet.tensor import Tensor


def _check_function(owner: str, name: str, fn: Any) -> None:
    if not callable(fn):
        raise TypeError(f"{owner}: {name} must be a function, got {type(fn).__name__}")


def _arrays(value: Any) -> Any:
    """Numbers of a loop's state as arrays; Tensors are nodes of the tree."""
    return jax.tree.map(jnp.asarray, value)


def _is_traced(value: Any) -> bool:
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(value))


def _same_kind(owner: str, before: Any, after: Any) -> None:
    """A state keeps its structure, shapes and dtypes from step to step."""
    old, new = jax.tree.structure(before), jax.tree.structure(after)
    if old != new:
        raise ValueError(
            f"{owner}: the loop function must return what it takes: got {new}, "
            f"expected {old}"
        )
    for x, y in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        if np.shape(x) != np.shape(y):
            raise ValueError(
                f"{owner}: the loop function must keep shapes: got {np.shape(y)} for "
                f"{np.shape(x)}"
            )


def _like(before: Any, after: Any) -> Any:
    return jax.tree.map(
        lambda x, y: jnp.asarray(y, jnp.asarray(x).dtype), before, after
    )


class WhileLoop(Primitive):
    """``while cond_func(v): v = loop_func(v)`` (mindspore.ops.WhileLoop).

    Inputs: cond_func and loop_func, functions of the value; init_val, a Tensor or
        number or a tuple, list or dict of such.

    Outputs: the last value, of init_val's structure, shapes and dtypes.

    Raises:
        TypeError: no functions.
        ValueError: loop_func gives another structure or shape.

    Example:
        >>> WhileLoop()(lambda x: x < 100, lambda x: x * 2, 3)
        192
    """

    def __init__(self) -> None:
        super().__init__("WhileLoop")

    def __call__(self, cond_func: Any, loop_func: Any, init_val: Any) -> Any:
        _check_function("WhileLoop", "cond_func", cond_func)
        _check_function("WhileLoop", "loop_func", loop_func)
        value = init_val
        going = cond_func(value)
        if not _is_traced((value, going)):
            while going:
                following = loop_func(value)
                _same_kind("WhileLoop", value, following)
                value, going = following, cond_func(following)
            return value

        def step(state: Any) -> Any:
            following = loop_func(state)
            _same_kind("WhileLoop", state, following)
            return _like(state, following)

        return jax.lax.while_loop(
            lambda state: jnp.reshape(raw(cond_func(state)), ()), step, _arrays(value)
        )


class ForiLoop(Primitive):
    """``for i in range(lower, upper): v = loop_func(i, v)`` (mindspore.ops.ForiLoop).

    Inputs: lower and upper, ints or Int Tensors; loop_func; init_val as of WhileLoop;
        unroll, whether a loop of known length is written out in the program.

    Outputs: the last value.

    Raises:
        TypeError: bounds that are no ints, no function, unroll that is no bool.
        ValueError: loop_func gives another structure or shape.

    Example:
        >>> ForiLoop()(0, 4, lambda i, total: total + i, 0)
        6
    """

    def __init__(self) -> None:
        super().__init__("ForiLoop")

    def __call__(
        self,
        lower: Any,
        upper: Any,
        loop_func: Callable[[Any, Any], Any],
        init_val: Any,
        unroll: bool = True,
    ) -> Any:
        _check_function("ForiLoop", "loop_func", loop_func)
        check_bool("ForiLoop", "unroll", unroll)
        for name, bound in (("lower", lower), ("upper", upper)):
            if isinstance(bound, bool) or not isinstance(bound, int | Tensor):
                raise TypeError(
                    f"ForiLoop: {name} must be an int or a Tensor, got "
                    f"{type(bound).__name__}"
                )

        def checked(index: Any, value: Any) -> Any:
            following = loop_func(index, value)
            _same_kind("ForiLoop", value, following)
            return following

        known = not _is_traced((lower, upper))
        if known and (unroll or not _is_traced(init_val)):
            value = init_val
            for index in range(int(lower), int(upper)):
                value = checked(index, value)
            return value

        def step(index: Any, value: Any) -> Any:
            return _like(value, checked(Tensor._wrap(index), value))

        low, high = (jnp.asarray(raw(b)).reshape(()) for b in (lower, upper))
        return jax.lax.fori_loop(low, high, step, _arrays(init_val))


class Scan(Primitive):
    """``for x in xs: v, y = loop_func(v, x)``, all y kept (mindspore.ops.Scan).

    Inputs: loop_func; init; xs, a tuple or list, or None for ``length`` steps; unroll,
        accepted: the steps of a list are written out.

    Outputs: (the last v, list of y).

    Raises:
        TypeError: no function, xs that is no tuple or list, a length that is no int.
        ValueError: a length other than that of xs; loop_func does not return a pair.

    Example:
        >>> Scan()(lambda total, x: (total + x, total + x), 0, [1, 2, 3])
        (6, [1, 3, 6])
    """

    def __init__(self) -> None:
        super().__init__("Scan")

    def __call__(
        self,
        loop_func: Callable[[Any, Any], Any],
        init: Any,
        xs: Any,
        length: int | None = None,
        unroll: bool = True,
    ) -> tuple[Any, list[Any]]:
        _check_function("Scan", "loop_func", loop_func)
        check_bool("Scan", "unroll", unroll)
        if xs is not None and not isinstance(xs, tuple | list):
            raise TypeError(
                f"Scan: xs must be a tuple, a list or None, got {type(xs).__name__}"
            )
        if length is not None:
            check_int("Scan", "length", length, minimum=0)
        if xs is None:
            if length is None:
                raise ValueError("Scan: xs is None, so length must be given")
            xs = [None] * length
        if length is not None and length != len(xs):
            raise ValueError(f"Scan: length is {length}, xs has {len(xs)} elements")
        value, kept = init, []
        for x in xs:
            pair = loop_func(value, x)
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise ValueError(
                    f"Scan: loop_func must return a pair, got {type(pair).__name__}"
                )
            _same_kind("Scan", value, pair[0])
            value = pair[0]
            kept.append(pair[1])
        return value, kept


class Assert(Primitive):
    """Stops when a condition does not hold (mindspore.ops.Assert).

    Args:
        summarize: how many elements of each Tensor the message shows.

    Inputs: condition, a bool or a Bool Tensor with one element; input_data, a tuple or
        list of Tensors to show.

    Raises:
        RuntimeError: the condition is False; from inside a compiled program as the
            error of that program.
        TypeError: wrong types.
    """

    def __init__(self, summarize: int = 3) -> None:
        super().__init__("Assert")
        self.summarize = check_int("Assert", "summarize", summarize)

    def __call__(self, condition: Any, input_data: Any) -> None:
        if not isinstance(condition, bool | Tensor):
            raise TypeError(
                f"Assert: condition must be a bool or a Tensor, got "
                f"{type(condition).__name__}"
            )
        if not isinstance(input_data, tuple | list):
            raise TypeError(
                f"Assert: input_data must be a tuple or list, got "
                f"{type(input_data).__name__}"
            )
        data = [raw(x) for x in input_data]
        if isinstance(condition, bool):
            condition = Tensor(condition)
        if _is_traced((condition, data)):
            jax.debug.callback(self._check, raw(condition), *data)
        else:
            self._check(raw(condition), *data)

    def _check(self, condition: Any, *data: Any) -> None:
        if np.asarray(condition).reshape(()):
            return
        shown = [np.asarray(x).reshape(-1)[: self.summarize].tolist() for x in data]
        raise RuntimeError(f"Assert: the condition is False; input data: {shown}")
