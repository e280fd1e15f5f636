"""What converted code holds in its variables: arrays, Python values, or nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from cellnet.graph.control import Untraceable
from cellnet.tensor import Tensor

NUMBERS = (bool, int, float, complex)


class Undefined:
    """A variable without a value, or with one on some paths only.

    Args:
        name: what the user calls it.
        value: its value where it has one.
        place: the statement that gives it one on some paths only.
    """

    __slots__ = ("name", "place", "value")

    def __init__(self, name: str, value: Any = None, place: str | None = None) -> None:
        self.name = name
        self.value = value
        self.place = place


class UndefinedReturnValue(Undefined):
    """What a function returns before any of its return statements ran."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("the value to return")


def load(value: Any) -> Any:
    """The value of a variable that the user reads.

    Raises:
        UnboundLocalError: it has none, or only on some paths.
    """
    if not isinstance(value, Undefined):
        return value
    if value.place is None:
        raise UnboundLocalError(
            f"cannot access local variable '{value.name}' where it is not associated "
            "with a value"
        )
    raise UnboundLocalError(
        f"The local variable '{value.name}' has a value in one branch only of "
        f"{value.place}\n  A Tensor decides which branch runs, so give "
        f"'{value.name}' a value in both, or before."
    )


def truth(value: Any) -> Any:
    """``bool(value)``, or a scalar bool array where that is not known yet.

    Raises:
        ValueError: a Tensor with several elements.
    """
    if isinstance(value, Undefined):
        load(value)
    if not is_traced(value):
        return bool(value)
    array: Any = value._scalar("bool") if isinstance(value, Tensor) else value
    if array.size != 1:
        raise ValueError(f"bool(): an array of shape {array.shape} is ambiguous")
    return array.reshape(()).astype(bool)


def is_traced(value: Any) -> bool:
    """Whether ``value`` is a Tensor or array whose values are not known yet."""
    if isinstance(value, Tensor):
        value = value._known_value()
    return isinstance(value, Tracer)


# -- variables as arrays and the rest -------------------------------------------------
@dataclass(frozen=True)
class Slot:
    """An array in a variable.

    Attributes:
        index: which of the arrays of the block it is.
        shape, dtype: of the array.
        source: the object that the variable holds, for telling unchanged ones.
        wrap: whether that is a Tensor.
        weak: whether it was a Python number, which takes the dtype of what it meets.
    """

    index: int
    shape: tuple[int, ...]
    dtype: Any
    source: Any = None
    wrap: bool = True
    weak: bool = False

    def of(self, arrays: Sequence[Any]) -> Any:
        """The variable's content, given the arrays."""
        array = arrays[self.index]
        return Tensor._wrap(array) if self.wrap else array


@dataclass(frozen=True)
class Variable:
    """A local variable at the end of a block.

    Attributes:
        name: what the user calls it.
        tree: its structure; None where it has no value.
        leaves: Slots and plain Python values.
        place: not None where it has a value on some paths only.
    """

    name: str
    tree: Any
    leaves: tuple[Any, ...] = ()
    place: str | None = None

    @property
    def is_absent(self) -> bool:
        return self.tree is None

    def rebuild(self, arrays: Sequence[Any]) -> Any:
        """The variable's content, given the arrays."""
        if self.tree is None:
            return Undefined(self.name)
        leaves = [x.of(arrays) if isinstance(x, Slot) else x for x in self.leaves]
        value = jax.tree.unflatten(self.tree, leaves)
        if self.place is not None:
            return Undefined(self.name, value, self.place)
        return value

    def with_leaves(self, leaves: Sequence[Any], place: str | None = None) -> Variable:
        return replace(self, leaves=tuple(leaves), place=place)


def capture(name: str, value: Any, arrays: list[Any]) -> Variable:
    """Describe a variable; its arrays are added to ``arrays``."""
    place = None
    if isinstance(value, Undefined):
        if value.place is None:
            return Variable(name, None)
        place, value = value.place, value.value
    leaves, tree = jax.tree.flatten(value, is_leaf=_is_leaf)
    described: list[Any] = []
    for leaf in leaves:
        array = leaf._value if isinstance(leaf, Tensor) else leaf
        if isinstance(array, jax.Array):
            wrap = isinstance(leaf, Tensor)
            slot = slot_of(len(arrays), array, leaf, wrap)
            described.append(slot)
            arrays.append(array)
        else:
            described.append(leaf)
    return Variable(name, tree, tuple(described), place)


def _is_leaf(value: Any) -> bool:
    return value is None or isinstance(value, Tensor | Undefined)


def same(one: Any, other: Any) -> bool:
    """Whether two plain Python values are interchangeable."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other)
    except Exception:  # an object may compare as it likes
        return False


def number_array(value: Any) -> Any:
    """A Python number as an array, whose type is as weak as the number's."""
    return jnp.asarray(value)


def slot_of(index: int, array: Any, source: Any = None, wrap: bool = True) -> Slot:
    """The Slot of an array."""
    return Slot(index, array.shape, array.dtype, source, wrap, is_weak(array))


def is_weak(array: Any) -> bool:
    """Whether an array stands for a Python number."""
    return bool(getattr(array, "weak_type", False))


def join(index: int, one: Any, other: Any, what: str, place: str) -> Slot:
    """A Slot for what is ``one`` on one path and ``other`` on another.

    Args:
        index: of the new Slot.
        one, other: Slots or plain values.
        what: what messages call it.
        place: the statement, for messages.

    Raises:
        TypeError: different dtypes.
        Untraceable: different shapes, or something that is no array.
    """
    values = (one, other)
    if not all(isinstance(x, (Slot, *NUMBERS)) for x in values):
        texts = " and ".join(map(_describe, values))
        raise Untraceable(f"{what} is {texts} on different paths of {place}")
    slots = [
        x if isinstance(x, Slot) else slot_of(index, number_array(x)) for x in values
    ]
    given = [isinstance(x, Slot) for x in values]
    dtypes = {x.dtype for x in slots if not x.weak}
    if not dtypes:  # numbers only
        dtype, weak = jnp.promote_types(slots[0].dtype, slots[1].dtype), True
    else:
        dtype, weak = dtypes.pop(), False
        if dtypes or any(x.weak and not _fits(x.dtype, dtype) for x in slots):
            raise _mismatch(what, place, values)
    if slots[0].shape != slots[1].shape:
        if not all(given):
            raise _mismatch(what, place, values)
        raise Untraceable(
            f"{what} has the shapes {slots[0].shape} and {slots[1].shape} on different "
            f"paths of {place}, and a compiled program knows all shapes"
        )
    return Slot(index, slots[0].shape, dtype, weak=weak)


def _fits(number: Any, dtype: Any) -> bool:
    """Whether a number of one dtype is taken into another without changing that."""
    kinds = "biufc"
    kind = "f" if jnp.issubdtype(dtype, jnp.floating) else dtype.kind  # bfloat16 too
    return (
        kind == "c"
        or kinds.find(number.kind) <= max(kinds.find(kind), 1)
        and (kind != "b" or number.kind == "b")
    )


def _mismatch(what: str, place: str, values: Any) -> TypeError:
    texts = " and ".join(map(_describe, values))
    return TypeError(
        f"Cannot join the values of different branches: {what} is {texts} on different "
        f"paths of {place}\n  A Tensor decides which path runs, so make them equal in "
        "type, by Tensor.astype for example."
    )


def _describe(value: Any) -> str:
    if isinstance(value, Slot):
        return f"a Tensor of {value.dtype}{list(value.shape)}"
    if value is None:
        return "None"
    return f"the {type(value).__name__} {value!r}"


def array_for(leaf: Any, arrays: Sequence[Any], slot: Slot) -> Any:
    """The array of a leaf in the type of ``slot``; zeros where there is no value."""
    if leaf is None:
        leaf = slot.dtype.type(0).item() if slot.weak else None
    if leaf is None:
        return jnp.zeros(slot.shape, slot.dtype)
    array = arrays[leaf.index] if isinstance(leaf, Slot) else number_array(leaf)
    if not slot.weak:
        return strong(array.astype(slot.dtype))
    # a number that became one of a higher kind: by adding one of that kind
    return array if array.dtype == slot.dtype else array + slot.dtype.type(0).item()


def strong(array: Any) -> Any:
    """``array`` without a weak type."""
    if not is_weak(array):
        return array
    return jax.lax.convert_element_type(array, array.dtype)
