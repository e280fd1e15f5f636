"""The finders: spellings below ``cellnet``, and ``mindspore`` itself."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from cellnet.mindspore import lookup, names
from cellnet.mindspore.missing import Missing, is_tolerant

ALIAS = "mindspore"
# What programs compare with: the newest MindSpore whose names are listed here.
MINDSPORE_VERSION = "2.10.0"
# cellnet's own names, which `from mindspore import *` must not put over a program's
OWN_NAMES = {
    *("cli", "doctor", "graph", "interop", "mindspore", "parameter", "random"),
    *("serve_old_names", "sink"),
}


def serve_old_names() -> None:
    """Let MindSpore's other spellings resolve below cellnet; done once."""
    if _old_names not in sys.meta_path:
        sys.meta_path.append(_old_names)  # last: files come first
    for path in names.extended():
        module = sys.modules.get(lookup.full_name(path))
        if module is not None:
            lookup.extend(module, path)
    for path in {*names.SAME, *names.MODULES}:
        parent = sys.modules.get(lookup.full_name(path.rpartition(".")[0]))
        if parent is not None:
            _make_package(parent)


def install() -> None:
    """Make ``mindspore`` mean cellnet in this process, a real one installed or not.

    Raises:
        RuntimeError: another ``mindspore`` has been imported already.
    """
    importlib.import_module(lookup.PACKAGE)
    serve_old_names()
    present = sys.modules.get(ALIAS)
    if present is not None and not isinstance(present, _Top):
        raise RuntimeError(
            f"mindspore is imported already, from {present.__file__}; call "
            "cellnet.mindspore.install() before the first `import mindspore`"
        )
    if _alias not in sys.meta_path:
        sys.meta_path.insert(0, _alias)
    _old_names.tolerant = True


def uninstall() -> None:
    """Undo :func:`install`; modules that the program holds stay as they are."""
    if _alias in sys.meta_path:
        sys.meta_path.remove(_alias)
    _old_names.tolerant = False
    for name, module in list(sys.modules.items()):
        if name == ALIAS or name.startswith(f"{ALIAS}."):
            del sys.modules[name]
        elif isinstance(module, Missing):
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(child, None)


class _OldNames(MetaPathFinder):
    """Finds what has no file below cellnet, by the map of names.

    ``tolerant``: a name that is nowhere becomes a Missing instead of an error.
    """

    tolerant = False

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        del path, target
        if not fullname.startswith(f"{lookup.PACKAGE}."):
            return None
        place = fullname.partition(".")[2]
        module = self._module(place)
        if module is None and self.tolerant and is_tolerant(sys._getframe(1)):
            module = Missing(fullname)
        return None if module is None else _spec(fullname, module)

    @staticmethod
    def _module(place: str) -> ModuleType | None:
        if place in names.SAME:
            return lookup.load(names.SAME[place])
        sources = names.MODULES.get(place, ())
        # without a source there is nothing that it could show
        return lookup.Facade(place) if any(map(lookup.load, sources)) else None


class _Alias(MetaPathFinder):
    """Finds ``mindspore.x.y`` as ``cellnet.x.y``."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        del path, target
        if fullname == ALIAS:
            return _spec(fullname, _Top())
        if not fullname.startswith(f"{ALIAS}."):
            return None
        place = fullname.partition(".")[2]
        ours = lookup.full_name(place)
        try:
            module = importlib.import_module(ours)
        except ModuleNotFoundError as error:
            if lookup.is_part_of(error.name, ours):
                return None
            raise
        _make_package(module)
        if place in names.extended():
            lookup.extend(module, place)
        return _spec(fullname, module)


class _Top(ModuleType):
    """The module ``mindspore``: cellnet, but for its name and version."""

    def __init__(self) -> None:
        super().__init__(ALIAS, "MindSpore's names, answered by cellnet.")
        self.__path__: list[str] = []
        self.__version__ = MINDSPORE_VERSION

    def __getattr__(self, name: str) -> Any:
        if name in ("__wrapped__", "__getattr__"):
            raise AttributeError(name)
        value = getattr(sys.modules[lookup.PACKAGE], name)
        if name == "__all__":
            return [each for each in value if each not in OWN_NAMES]
        return value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(sys.modules[lookup.PACKAGE])})


class _Ready(Loader):
    """Loads by putting a module that exists already into ``sys.modules``."""

    def __init__(self, module: ModuleType | Missing) -> None:
        self.module = module

    def create_module(self, spec: ModuleSpec) -> None:
        del spec  # a throw-away module takes the attributes that importing sets

    def exec_module(self, module: ModuleType) -> None:
        if getattr(self.module, "__spec__", None) is None:
            self.module.__spec__ = module.__spec__
        sys.modules[module.__name__] = self.module  # type: ignore[assignment]


def _make_package(module: ModuleType) -> None:
    """Let Python look below a file: what is one file here may be a package there."""
    if not hasattr(module, "__path__"):
        module.__path__ = []


def _spec(fullname: str, module: Any) -> ModuleSpec:
    return ModuleSpec(fullname, _Ready(module), origin=ALIAS, is_package=True)


_old_names = _OldNames()
_alias = _Alias()
