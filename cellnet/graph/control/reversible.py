"""A while loop of unknown length that reverse-mode differentiation can go back through.

``lax.while_loop`` cannot: it would have to keep every step.  Here the backward pass
runs the loop once more, keeps the state of up to ``_SLOTS`` evenly spaced steps, and
computes the steps between again from the one before.  With n steps that is n steps more
for n <= ``_SLOTS``, and about n * n / (2 * ``_SLOTS``) beyond, in constant memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.graph.control import is_forward

Step = Callable[[Sequence[Any], Sequence[Any]], list[Any]]

# states kept in the backward pass
_SLOTS = 64


def while_loop(step: Step, constants: list[Any], carry: list[Any]) -> list[Any]:
    """``carry = step(constants, carry)`` while ``carry[0]``.

    Args:
        step: pure function of its arguments only; keeps shapes and dtypes.
        constants: arrays that it reads.
        carry: arrays; the first is a scalar bool.
    """
    return (_plain if is_forward() else _reversible)(step, constants, carry)


def _plain(step: Step, constants: list[Any], carry: list[Any]) -> list[Any]:
    return jax.lax.while_loop(lambda c: c[0], lambda c: step(constants, c), carry)


_reversible = jax.custom_vjp(_plain, nondiff_argnums=(0,))


def _forward(step: Step, constants: list[Any], carry: list[Any]) -> Any:
    def counted(constants: Any, carry: Any) -> list[Any]:
        going, count, *rest = carry
        return _insert(step(constants, [going, *rest]), count + 1)

    start = _insert(carry, jnp.zeros((), jnp.int32))
    end = while_loop(counted, constants, start)
    return [end[0], *end[2:]], (constants, carry, end[1])


def _backward(step: Step, kept: Any, cotangents: list[Any]) -> Any:
    # JAX may have kept a number as a Python literal
    constants, start = (list(map(jnp.asarray, values)) for values in kept[:2])
    count = kept[2]
    num_constants, num_carry = len(constants), len(start)
    stride = jnp.maximum((count + _SLOTS - 1) // _SLOTS, 1)
    floats = [i for i, x in enumerate(start) if _is_float(x)]
    parts = [i for i, x in enumerate(constants) if _is_float(x)]

    # first the states at multiples of stride
    def keep(given: Any, k: Any, state: Any) -> list[Any]:
        *constants, stride = given
        carry, slots = state[:num_carry], state[num_carry:]
        slots = [
            jnp.where(k % stride == 0, s.at[k // stride].set(x), s)
            for s, x in zip(slots, carry, strict=True)
        ]
        return [*step(constants, carry), *slots]

    empty = [jnp.zeros((_SLOTS, *x.shape), x.dtype) for x in start]
    slots = _repeat(count, keep, [*constants, stride], [*start, *empty])[num_carry:]

    # then back, one step after the other
    def back(given: Any, k: Any, state: Any) -> list[Any]:
        constants = given[:num_constants]
        slots, (stride, count) = given[num_constants:-2], given[-2:]
        index = count - 1 - k
        carry = [s[index // stride] for s in slots]
        carry = _repeat(index % stride, _ignoring_count(step), constants, carry)

        def moving(some_constants: list[Any], some_carry: list[Any]) -> list[Any]:
            after = step(
                _put(constants, parts, some_constants), _put(carry, floats, some_carry)
            )
            return [after[i] for i in floats]

        _, pull = jax.vjp(
            moving, [constants[i] for i in parts], [carry[i] for i in floats]
        )
        of_carry, of_constants = state[: len(floats)], state[len(floats) :]
        more, before = pull(of_carry)
        sums = [a + b for a, b in zip(of_constants, more, strict=True)]
        return [*before, *sums]

    first = [
        *(cotangents[i] for i in floats),
        *(jnp.zeros_like(constants[i]) for i in parts),
    ]
    given = [*constants, *slots, stride, count]
    found = _repeat(count, back, given, first)
    of_constants = _put(
        [_no_tangent(x) for x in constants], parts, found[len(floats) :]
    )
    of_start = _put([_no_tangent(x) for x in start], floats, found[: len(floats)])
    return of_constants, of_start


_reversible.defvjp(_forward, _backward)


def _repeat(
    count: Any,
    step: Callable[[Any, Any, Any], list[Any]],
    constants: list[Any],
    state: Sequence[Any],
) -> list[Any]:
    """``state = step(constants, k, state)`` for k in range(count)."""

    def one(given: Any, carry: Any) -> list[Any]:
        *constants, count = given
        _, k, *state = carry
        return [k + 1 < count, k + 1, *step(constants, k, state)]

    start = [count > 0, jnp.zeros_like(count), *state]
    return while_loop(one, [*constants, count], start)[2:]


def _ignoring_count(step: Step) -> Callable[[Any, Any, Any], list[Any]]:
    return lambda constants, _, state: step(constants, state)


def _insert(carry: list[Any], count: Any) -> list[Any]:
    return [carry[0], count, *carry[1:]]


def _put(values: Sequence[Any], places: list[int], new: Sequence[Any]) -> list[Any]:
    result = list(values)
    for place, value in zip(places, new, strict=True):
        result[place] = value
    return result


def _is_float(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jnp.inexact)


def _no_tangent(array: Any) -> Any:
    if _is_float(array):
        return jnp.zeros_like(array)
    return np.zeros(array.shape, jax.dtypes.float0)
