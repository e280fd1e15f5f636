"""Operations made of operations (mindspore.ops.composite, ``C``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellnet.dtype import Type
from cellnet.graph.grad import GradOperation
from cellnet.graph.guards import Watched
from cellnet.ops.clipping import clip_by_global_norm, clip_by_value
from cellnet.ops.creation import ones_like, zeros_like
from cellnet.ops.math import addn
from cellnet.ops.random_ops import multinomial, normal, uniform
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_SEQUENCES = (tuple, list)


class HyperMap(Watched):
    """Applies an operation to the leaves of nested sequences (mindspore.ops.HyperMap).

    Args:
        ops: the function, Primitive or MultitypeFuncGraph; None takes it as the first
            argument of the call.
        reverse: go from the last element to the first.

    Inputs: sequences (tuples, lists, dicts) of one structure; their leaves at the same
        place go to the operation together.

    Outputs: the results in the first sequence's structure, lists having become tuples.

    Raises:
        TypeError: no operation, or a sequence beside a leaf.
        ValueError: sequences of different lengths.

    Example:
        >>> HyperMap()(lambda x, y: x + y, (1, (2, 3)), (10, (20, 30)))
        (11, (22, 33))
    """

    _deep = True

    def __init__(self, ops: Callable[..., Any] | None = None, reverse: bool = False):
        self.ops = ops
        self.reverse = reverse

    def __call__(self, *args: Any) -> Any:
        fn = self.ops
        if fn is None:
            if not args or not callable(args[0]):
                raise TypeError(
                    f"{type(self).__name__}: the first argument must be the operation"
                )
            fn, args = args[0], args[1:]
        if not args:
            raise TypeError(f"{type(self).__name__}: got no sequences to map over")
        return self._map(fn, args, top=True)

    def _map(self, fn: Callable[..., Any], args: tuple[Any, ...], top: bool) -> Any:
        nested = [isinstance(a, (*_SEQUENCES, dict)) for a in args]
        if not any(nested) or not (top or self._deep):
            return fn(*args)
        if not all(nested):
            kinds = [type(a).__name__ for a in args]
            raise TypeError(
                f"{type(self).__name__}: arguments must nest alike, got {kinds}"
            )
        sizes = [len(a) for a in args]
        if len(set(sizes)) > 1:
            raise ValueError(
                f"{type(self).__name__}: sequences must be of one length, got {sizes}"
            )
        first = args[0]
        if isinstance(first, dict):
            return {
                key: self._map(fn, tuple(a[key] for a in args), top=False)
                for key in first
            }
        rows = list(zip(*args, strict=True))
        if self.reverse:
            rows.reverse()
        results = [self._map(fn, row, top=False) for row in rows]
        if self.reverse:
            results.reverse()
        return tuple(results)  # of lists too, as in MindSpore


class Map(HyperMap):
    """Applies an operation to the elements of sequences, one level deep.

    (mindspore.ops.Map)  Args, Inputs and Outputs are those of HyperMap.
    """

    _deep = False


class MultitypeFuncGraph(Watched):
    """A function chosen by the types of its arguments.

    (mindspore.ops.MultitypeFuncGraph)

    Args:
        name: for messages.
        read_value: True hands Parameters on as Tensors with their value.

    Example:
        >>> add = MultitypeFuncGraph("add")
        >>> @add.register("Number", "Number")
        ... def _add_numbers(x, y):
        ...     return x + y
        >>> add(1, 2)
        3
    """

    def __init__(self, name: str, read_value: bool = False) -> None:
        if not isinstance(name, str):
            raise TypeError(
                f"MultitypeFuncGraph: name must be a str, got {type(name).__name__}"
            )
        self.name = name
        self.read_value = read_value
        self.entries: tuple[tuple[tuple[Any, ...], Callable[..., Any]], ...] = ()

    def register(self, *type_names: Any) -> Callable[..., Any]:
        """Decorate the function for arguments of these types.

        Args:
            *type_names: for each argument a name such as "Tensor", "Number", "Bool",
                "Int", "Float", "String", "Tuple", "List", "Dictionary", "Function",
                "None", or a dtype.
        """

        def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
            self.entries = (*self.entries, (type_names, fn))
            return fn

        return decorate

    def __call__(self, *args: Any) -> Any:
        for types, fn in self.entries:
            if len(types) == len(args) and all(map(_matches, args, types)):
                if self.read_value:
                    args = tuple(
                        a.value() if isinstance(a, Parameter) else a for a in args
                    )
                return fn(*args)
        given = ", ".join(type(a).__name__ for a in args)
        known = "; ".join(", ".join(map(str, types)) for types, _ in self.entries)
        raise TypeError(
            f"MultitypeFuncGraph {self.name!r}: nothing is registered for ({given}); "
            f"there is: {known or 'nothing'}"
        )

    def __repr__(self) -> str:
        return f"MultitypeFuncGraph({self.name!r})"


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda v: isinstance(v, Tensor),
    "Parameter": lambda v: isinstance(v, Parameter),
    "Ref": lambda v: isinstance(v, Parameter),
    "Bool": lambda v: isinstance(v, bool),
    "Int": _is_int,
    "Int32": _is_int,
    "Int64": _is_int,
    "Float": lambda v: isinstance(v, float),
    "Float32": lambda v: isinstance(v, float),
    "Float64": lambda v: isinstance(v, float),
    "Number": lambda v: isinstance(v, int | float | complex),
    "String": lambda v: isinstance(v, str),
    "Tuple": lambda v: isinstance(v, tuple),
    "List": lambda v: isinstance(v, list),
    "Dictionary": lambda v: isinstance(v, dict),
    "Function": lambda v: callable(v) and not isinstance(v, Tensor),
    "None": lambda v: v is None,
    "TypeNone": lambda v: v is None,
    "TypeType": lambda v: isinstance(v, Type),
}


def _matches(value: Any, kind: Any) -> bool:
    if isinstance(kind, str):
        test = _KINDS.get(kind)
        return type(value).__name__ == kind if test is None else test(value)
    if isinstance(kind, Type):
        if kind.name in _KINDS:
            return _KINDS[kind.name](value)
        return getattr(value, "dtype", None) is kind
    return isinstance(kind, type) and isinstance(value, kind)


__all__ = [
    "GradOperation",
    "HyperMap",
    "Map",
    "MultitypeFuncGraph",
    "addn",
    "clip_by_global_norm",
    "clip_by_value",
    "multinomial",
    "normal",
    "ones_like",
    "uniform",
    "zeros_like",
]
