"""Packages that only some transforms need, imported when first used."""

from __future__ import annotations

import importlib
from typing import Any


def optional(owner: str, module: str, package: str, extra: str) -> Any:
    """The module, or an ImportError that says how to get it.

    Args: owner: who needs it. package: its name for people. extra: cellnet's extra
        that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{owner} needs {package}, which is not installed: "
            f'pip install "cellnet[{extra}]"'
        ) from error
