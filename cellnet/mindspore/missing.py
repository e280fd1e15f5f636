"""Names that cellnet lacks: importable, and an error where they are used.

A large program imports more than it runs.  So ``from mindspore.nn import Gone`` gives a
:class:`Missing`, which raises when it is called, subclassed or looked into.  An import
inside ``try ... except ImportError`` fails as Python has it: the program has an answer
of its own there.
"""

from __future__ import annotations

import ast
import difflib
import linecache
import sys
from types import CodeType, FrameType, ModuleType
from typing import Any, NoReturn, Union

_PACKAGE = "cellnet"
_CATCH_IMPORT_ERROR = {
    *("AttributeError", "BaseException", "Exception", "ImportError"),
    "ModuleNotFoundError",
}
_IMPORTING = ("importlib", "importlib._bootstrap", "importlib._bootstrap_external")
# where a name is looked for that is not where the program looks
_PLACES = (
    *("", "nn", "ops", "train", "common.initializer", "dataset", "dataset.vision"),
    *("dataset.transforms", "numpy", "mint", "communication"),
)


class MissingNameError(AttributeError, NotImplementedError):
    """A MindSpore name that cellnet does not have was used.

    Args:
        module: full name of the module it was looked for in.
        name: the name.
    """

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.missing = name
        super().__init__(module, name, name=name)

    def __str__(self) -> str:
        # told late: hasattr() and getattr() with a default pay nothing for it
        return _tell(self.module, self.missing)


class Missing:
    """Stands for a module, class or function that cellnet lacks."""

    def __init__(self, full_name: str) -> None:
        self.__name__ = full_name
        self.__path__: list[str] = []
        self.__spec__: Any = None

    def _raise(self) -> NoReturn:
        module, _, name = self.__name__.rpartition(".")
        raise MissingNameError(module, name)

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        del args, kwargs
        self._raise()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        del bases
        self._raise()

    def __getitem__(self, key: Any) -> NoReturn:
        del key
        self._raise()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # a question of Python's own
            raise AttributeError(name)
        raise MissingNameError(self.__name__, name)

    def __instancecheck__(self, instance: Any) -> bool:
        del instance
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        del subclass
        return False

    def __or__(self, other: Any) -> Any:  # in annotations
        return Union[self, other]  # noqa: UP007

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007

    def __repr__(self) -> str:
        return f"<{_shown(self.__name__)}, which cellnet lacks>"


def explain(error: BaseException) -> str | None:
    """What to add to an uncaught error about a name that a cellnet module lacks."""
    if isinstance(error, MissingNameError) or not isinstance(error, AttributeError):
        return None  # the first says it itself
    if not isinstance(error.obj, ModuleType):
        return None
    module, name = error.obj.__name__, error.name
    if not name or module.partition(".")[0] not in (_PACKAGE, "mindspore"):
        return None
    return _tell(module, name)


def is_tolerant(frame: FrameType | None) -> bool:
    """True when code at ``frame`` imports without an answer of its own to failure.

    Not so: cellnet's own code, a search for a spec, and an import under ``try``.
    """
    frame = importer(frame)
    if frame is None:
        return False
    if frame.f_globals.get("__name__") == "importlib.util":
        return False
    if str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        return False
    return not _under_try(frame.f_code, frame.f_lineno)


def importer(frame: FrameType | None) -> FrameType | None:
    """The frame whose import statement led to ``frame``."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name not in _IMPORTING and not name.startswith(f"{_PACKAGE}.mindspore."):
            return frame
        frame = frame.f_back
    return None


def _under_try(code: CodeType, line: int) -> bool:
    source = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(source)
    except SyntaxError:  # not a Python file: a notebook's cell magic, say
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            caught = [handler.type for handler in node.handlers]
        elif isinstance(node, ast.With):
            calls = [item.context_expr for item in node.items]
            caught = [a for c in calls if isinstance(c, ast.Call) for a in c.args]
        else:
            continue
        last = node.body[-1].end_lineno or node.body[-1].lineno
        if node.body[0].lineno <= line <= last and any(map(_catches, caught)):
            return True
    return False


def _catches(exception: ast.expr | None) -> bool:
    if exception is None:
        return True
    if isinstance(exception, ast.Tuple):
        return any(map(_catches, exception.elts))
    return ast.unparse(exception).rpartition(".")[2] in _CATCH_IMPORT_ERROR


def _tell(module: str, name: str) -> str:
    shown = f"{_shown(module)}.{name}"
    near = ", ".join(alternatives(module, name))
    return f"{shown}: cellnet has no such name" + (
        f". It has {near}" if near else f", nor one like it in {_shown(module)}"
    )


def alternatives(module: str, name: str, limit: int = 4) -> list[str]:
    """MindSpore spellings of what cellnet has: the same name elsewhere, then near ones.

    Args:
        module: full name of the module that lacks ``name``.
        limit: how many at most.
    """
    found = []
    for place in _PLACES:
        full = f"{_PACKAGE}.{place}".rstrip(".")
        holder = sys.modules.get(full)
        held = vars(holder).get(name) if holder else None
        if held is not None and not isinstance(held, Missing):
            found.append(f"{_shown(full)}.{name}")
    here = sys.modules.get(module)
    by_lower: dict[str, str] = {}
    for entry in dir(here) if here is not None else ():
        if not entry.startswith("_") and not isinstance(vars(here).get(entry), Missing):
            by_lower.setdefault(entry.lower(), entry)
    for match in difflib.get_close_matches(name.lower(), by_lower, limit):
        spelled = f"{_shown(module)}.{by_lower[match]}"
        if by_lower[match] != name and spelled not in found:
            found.append(spelled)
    return found[:limit]


def _shown(full_name: str) -> str:
    first, dot, rest = full_name.partition(".")
    return ("mindspore" if first == _PACKAGE else first) + dot + rest
