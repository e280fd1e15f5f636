"""Objects that remember the arguments they were made with, to be made again."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """A call of a constructor; `kept` is False where the arguments are let go."""

    kind: type
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    kept: bool = True

    def takes(self, name: str) -> bool:
        """Whether the constructor has a parameter of that name."""
        return name in inspect.signature(self.kind).parameters

    def arguments(self) -> dict[str, Any]:
        """{parameter: value}, defaults left out; `make` takes it."""
        bound = inspect.signature(self.kind).bind(*self.args, **self.kwargs)
        return dict(bound.arguments)


class Made:
    """Base of what a pipeline's description names: transforms and sources.

    keeps_arguments: False where the arguments are the data itself.
    """

    keeps_arguments = True
    _call: Call

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if cls.__init__ is object.__init__ and (args or kwargs):
            raise TypeError(f"{cls.__name__}() takes no arguments")
        made = super().__new__(cls)
        kept = cls.keeps_arguments
        made._call = Call(cls, args, kwargs) if kept else Call(cls, (), {}, kept)
        return made


def make(kind: type, arguments: dict[str, Any]) -> Any:
    """An object of what `Call.arguments` gave."""
    signature = inspect.signature(kind)
    unknown = [name for name in arguments if name not in signature.parameters]
    if unknown:
        raise ValueError(f"{kind.__name__} has no settings {unknown} here.")
    ordered = {n: arguments[n] for n in signature.parameters if n in arguments}
    bound = inspect.BoundArguments(signature, ordered)  # type: ignore[arg-type]
    return kind(*bound.args, **bound.kwargs)
