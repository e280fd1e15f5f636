"""``cellnet check``: the MindSpore names of a program that cellnet lacks.

The program is read, not run: its imports and the dotted names that begin at one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellnet.mindspore import lookup
from cellnet.mindspore.finder import ALIAS, serve_old_names
from cellnet.mindspore.missing import alternatives


@dataclass(frozen=True)
class Use:
    """A MindSpore name at a line of a program."""

    line: int
    name: str


def check_files(paths: Sequence[str]) -> int:
    """Print what each program needs and cellnet lacks; 0 if nothing is lacking."""
    import cellnet

    del cellnet  # loaded, so that its names are there to be looked at
    serve_old_names()
    worst = 0
    for path in paths:
        try:
            uses = uses_in(Path(path).read_bytes())
        except (OSError, SyntaxError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            worst = 2
            continue
        lacking = [use for use in uses if not resolves(use.name)]
        for use in lacking:
            print(f"{path}:{use.line}: {_told(use.name)}")
        needed = {use.name for use in uses}
        missing = {use.name for use in lacking}
        print(f"{path}: {len(needed)} MindSpore names, cellnet lacks {len(missing)}")
        worst = max(worst, int(bool(missing)))
    return worst


def uses_in(source: str | bytes) -> list[Use]:
    """MindSpore names that a program uses, by line, each once a line.

    Raises:
        SyntaxError: the program is no Python.

    Example:
        >>> uses_in("import mindspore.nn as nn; nn.Dense(1, 2)")
        [Use(line=1, name='mindspore.nn'), Use(line=1, name='mindspore.nn.Dense')]
    """
    tree = ast.parse(source)
    meant: dict[str, str] = {}  # local name -> MindSpore name
    uses = [use for node in ast.walk(tree) for use in _imported(node, meant)]
    inner = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    for node in ast.walk(tree):
        # the longest chain only: nn.Dense in nn.Dense(...), not nn by itself
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            dotted = _dotted(node)
            first, _, rest = dotted.partition(".")
            if first in meant and rest:
                uses.append(Use(node.lineno, f"{meant[first]}.{rest}"))
    return sorted(set(uses), key=lambda use: (use.line, use.name))


def resolves(name: str) -> bool:
    """True when cellnet has what a dotted MindSpore name says.

    Attributes of classes and objects are not looked into: they may be instance's own.
    """
    holder: Any = lookup.load("")
    path = ""
    for part in name.split(".")[1:]:
        path = f"{path}.{part}".lstrip(".")
        holder = getattr(holder, part) if hasattr(holder, part) else lookup.load(path)
        if holder is None:
            return False
        if not hasattr(holder, "__spec__"):  # no module: a class, a function, a value
            return True
    return True


def _imported(node: ast.AST, meant: dict[str, str]) -> Iterator[Use]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if _is_ours(alias.name):
                meant[alias.asname or ALIAS] = alias.name if alias.asname else ALIAS
                yield Use(node.lineno, alias.name)
    elif isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module):
        for alias in node.names:
            if alias.name == "*":
                yield Use(node.lineno, str(node.module))
                continue
            meant[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            yield Use(node.lineno, f"{node.module}.{alias.name}")


def _is_ours(module: str | None) -> bool:
    return module is not None and f"{module}.".startswith(f"{ALIAS}.")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _told(name: str) -> str:
    module, _, last = name.rpartition(".")
    near = alternatives(f"{lookup.PACKAGE}{module[len(ALIAS) :]}", last)
    return name + (f" (cellnet has {', '.join(near)})" if near else "")
