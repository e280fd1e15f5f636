"""Primitive objects: MindSpore's class form of an operation.

``ops.ReduceMean(keep_dims=True)(x, 1)`` holds settings and calls the function.  The
classes are made from the functions by :func:`primitive`, so there is one definition.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cellnet.graph.guards import Watched

_EMPTY = inspect.Parameter.empty
REQUIRED = _EMPTY


class Primitive(Watched):
    """An operation with its settings (mindspore.ops.Primitive).

    Args:
        name: the operation's name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.attrs: dict[str, Any] = {}

    def add_prim_attr(self, name: str, value: Any) -> Primitive:
        """Keep an attribute by name; it has no effect on the operation."""
        object.__setattr__(self, name, value)
        self.attrs[name] = value
        return self

    def del_prim_attr(self, name: str) -> Primitive:
        """Forget an attribute that ``add_prim_attr`` set."""
        self.attrs.pop(name, None)
        self.__dict__.pop(name, None)
        return self

    def init_prim_io_names(self, inputs: Any, outputs: Any) -> None:
        """Keep names of inputs and outputs; they have no effect."""
        self.attrs.update(input_names=inputs, output_names=outputs)

    def set_device(self, device_target: str) -> Primitive:
        """Accepted; XLA compiles the whole program for one device."""
        del device_target
        return self

    def set_stage(self, stage: int) -> Primitive:
        """Accepted as MindSpore's pipeline setting."""
        return self.add_prim_attr("stage", stage)

    def shard(self, in_strategy: Any = None, out_strategy: Any = None) -> Primitive:
        """Accepted as MindSpore's parallel setting."""
        del in_strategy, out_strategy
        return self

    def recompute(self, mode: bool = True) -> Primitive:
        """Accepted; XLA decides what it computes twice."""
        del mode
        return self

    def __repr__(self) -> str:
        settings = ", ".join(
            f"{key}={value!r}"
            for key, value in self.__dict__.items()
            if key not in ("name", "attrs")
        )
        return f"Prim[{self.name}]" + (f"<{settings}>" if settings else "")


def primitive(
    name: str,
    fn: Callable[..., Any],
    *,
    check: Callable[..., None] | None = None,
    **settings: Any,
) -> type[Primitive]:
    """Make the class form of an operation.

    Args:
        name: the class name.
        fn: the operation on Tensors; the settings go to it as keywords.
        check: called with the settings as keywords when an object is made.
        **settings: constructor arguments in order, with defaults or ``REQUIRED``.

    Returns:
        A subclass of Primitive whose objects call ``fn``.
    """
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(key, kind, default=default)
        for key, default in settings.items()
    ]
    constructor = inspect.Signature(parameters)

    def __init__(self: Primitive, *args: Any, **kwargs: Any) -> None:
        try:
            bound = constructor.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}{constructor}: {error}") from None
        bound.apply_defaults()
        if check is not None:
            check(**bound.arguments)
        Primitive.__init__(self, name)
        for key, value in bound.arguments.items():
            object.__setattr__(self, key, value)

    def __call__(self: Primitive, *inputs: Any) -> Any:
        own = self.__dict__
        return fn(*inputs, **{key: own[key] for key in settings})

    summary = (inspect.getdoc(fn) or name).split("\n")[0]
    members = {
        "__init__": __init__,
        "__call__": __call__,
        "__doc__": f"{summary}\n\nThe class form of ``{getattr(fn, '__name__', name)}``"
        f"; made as ``{name}{constructor}``.",
        "__signature__": constructor,
        "function": staticmethod(fn),
        "__module__": "cellnet.ops",
    }
    return type(name, (Primitive,), members)
