"""Whether somebody types the program, line by line or cell by cell."""

from __future__ import annotations

import sys
from typing import Any


def ipython_shell() -> Any:
    """The shell that runs the program, if IPython or a notebook does; else None.

    That IPython is imported says nothing: other libraries do that.
    """
    ipython = sys.modules.get("IPython")
    get_ipython = getattr(ipython, "get_ipython", None)  # half imported, it has none
    return None if get_ipython is None else get_ipython()


def in_notebook() -> bool:
    """Whether the program runs in the kernel of a notebook."""
    return getattr(ipython_shell(), "kernel", None) is not None


def is_interactive() -> bool:
    """Whether the program is typed: an error should not end the interpreter."""
    return hasattr(sys, "ps1") or ipython_shell() is not None
