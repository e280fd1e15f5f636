"""Looking a name up by the map of old names.

A path without a file gets a :class:`Facade`; a module that has one is extended by
:func:`extend`.  Both ask :func:`find`, and only for names they do not hold themselves.
"""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import Any

from cellnet.mindspore import names
from cellnet.mindspore.missing import Missing, MissingNameError

PACKAGE = "cellnet"


def full_name(path: str) -> str:
    """Module name of a path relative to the package; "" is the package itself."""
    return f"{PACKAGE}.{path}" if path else PACKAGE


def load(path: str) -> ModuleType | None:
    """The module at ``path``, or None if there is no such module.

    Raises:
        ImportError: it is there and does not load, for want of an extra for instance.
    """
    target = full_name(path)
    try:
        # asks for the spec first: an import would be given a Missing
        if importlib.util.find_spec(target) is None:
            return None
        module = importlib.import_module(target)
    except ModuleNotFoundError as error:
        if is_part_of(error.name, target):
            return None
        raise
    return None if isinstance(module, Missing) else module


def is_part_of(module: str | None, target: str) -> bool:
    """True when ``module`` is ``target`` or a package that holds it."""
    return module is not None and f"{target}.".startswith(f"{module}.")


def find(path: str, name: str) -> Any:
    """What ``name`` means in the module ``path``, by the map.

    Raises:
        MissingNameError: the map does not say, or cellnet lacks the name.
    """
    moved = names.NAMES.get(path, {}).get(name)
    if moved is not None:
        source, _, attribute = moved.partition(":")
        module = load(source)
        if module is not None and not attribute:
            return module
        if module is not None and attribute in vars(module):
            return vars(module)[attribute]
    below = f"{path}.{name}" if path else name
    if path and below in names.MODULES:  # MindSpore's packages have imported theirs
        return importlib.import_module(full_name(below))
    for source in names.MODULES.get(path, ()):
        module = load(source)
        if module is not None and name in public_names(module):
            return vars(module)[name]
    raise MissingNameError(full_name(path), name)


def public_names(module: ModuleType) -> list[str]:
    """``__all__``, or what the module and its package define without an underscore."""
    held = vars(module)
    if "__all__" in held:
        return [name for name in held["__all__"] if name in held]
    return [
        name
        for name, value in held.items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", PACKAGE).startswith(PACKAGE)
    ]


def names_at(path: str) -> list[str]:
    """All public names that the map shows at ``path``, sorted."""
    found = {name for name in names.NAMES.get(path, {}) if not name.startswith("_")}
    for source in names.MODULES.get(path, ()):
        module = load(source)
        if module is not None:
            found.update(public_names(module))
    return sorted(found)


class Facade(ModuleType):
    """A module that holds nothing and shows what the map says, when it is asked.

    Args:
        path: the module path relative to the package.
    """

    def __init__(self, path: str) -> None:
        super().__init__(full_name(path), f"MindSpore's {path}: see cellnet.")
        self.__path__: list[str] = []
        self._cellnet_path = path

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return names_at(self._cellnet_path)
        if name.startswith("__"):
            raise AttributeError(name)
        value = find(self._cellnet_path, name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *names_at(self._cellnet_path)]


def extend(module: ModuleType, path: str) -> None:
    """Let a module with a file of its own show what the map adds to it."""
    if isinstance(module, Facade):
        return  # asks the map by itself
    held = vars(module)
    own = held.get("__getattr__")
    if getattr(own, "from_the_map", False):
        return

    def lookup(name: str) -> Any:
        if own is not None:
            try:
                return own(name)
            except AttributeError:
                pass
        if name.startswith("__"):
            raise AttributeError(f"module {module.__name__!r} has no {name!r}")
        return find(path, name)

    lookup.from_the_map = True  # type: ignore[attr-defined]
    held["__getattr__"] = lookup
