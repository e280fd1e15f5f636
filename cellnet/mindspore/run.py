"""Running a program as ``python`` would, with ``mindspore`` answered by cellnet.

Nothing is written anywhere.  ``sys.argv``, ``sys.path[0]`` and ``__main__`` become the
program's, and stay so, for its threads and exit handlers outlive its last line.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from cellnet.mindspore.finder import install
from cellnet.mindspore.missing import explain

# what launchers of MindSpore programs set, and programs read without a default
DEFAULTS = {"DEVICE_ID": "0", "RANK_ID": "0", "RANK_SIZE": "1"}
FAILED = 1
INTERRUPTED = 130


class NoProgram(Exception):
    """There is nothing to run under the name that was given."""


def run(
    program: str, arguments: list[str], *, as_module: bool = False, x64: bool = True
) -> int:
    """Run a script, a folder with a ``__main__.py``, or a module; give the exit code.

    Args:
        program: path of the script or folder, or dotted name of the module.
        arguments: the program's.
        as_module: as ``python -m``.
        x64: set JAX's 64-bit types on, unless JAX_ENABLE_X64 says something else.

    Raises:
        NoProgram: nothing of that name.
        SystemExit: as the program raised it.
    """
    for key, value in DEFAULTS.items():
        os.environ.setdefault(key, value)
    prepare(x64=x64)
    folder = os.getcwd() if as_module else _script_folder(program)
    if not sys.flags.safe_path:
        sys.path[0] = folder
    found = _find_module if as_module else _find_script
    try:
        code, main = found(program)
        sys.argv = [str(main.__file__) if as_module else program, *arguments]
        sys.modules["__main__"] = main
        exec(code, vars(main))
    except (SystemExit, NoProgram):
        raise
    except BaseException as error:
        return _report(error)
    return 0


def prepare(*, x64: bool = True) -> None:
    """Turn 64-bit types on and make ``mindspore`` mean cellnet, in this order."""
    import jax

    if x64 and "JAX_ENABLE_X64" not in os.environ:
        jax.config.update("jax_enable_x64", True)
    install()


def _script_folder(program: str) -> str:
    path = Path(program).resolve()
    return str(path if path.is_dir() else path.parent)


def _find_script(program: str) -> tuple[CodeType, ModuleType]:
    path = program
    if os.path.isdir(path):
        path = os.path.join(path, "__main__.py")
    try:
        with io.open_code(os.path.abspath(path)) as file:
            source = file.read()
    except OSError as error:
        raise NoProgram(f"can't open {program!r}: {error.strerror or error}") from None
    main = _main_module(path, SourceFileLoader("__main__", path))
    # dont_inherit: the `from __future__` of this file is not the program's
    return compile(source, path, "exec", dont_inherit=True), main


def _find_module(program: str) -> tuple[CodeType, ModuleType]:
    spec = _module_spec(program)
    loader: Any = spec.loader
    code = loader.get_code(spec.name) if hasattr(loader, "get_code") else None
    if code is None:
        raise NoProgram(f"no Python code in module {program!r}")
    main = _main_module(spec.origin, loader)
    main.__package__ = spec.parent
    main.__spec__ = spec
    return code, main


def _main_module(path: str | None, loader: Any) -> ModuleType:
    main = ModuleType("__main__")
    main.__file__ = path
    main.__loader__ = loader
    vars(main)["__builtins__"] = sys.modules["builtins"]
    return main


def _module_spec(program: str) -> ModuleSpec:
    try:
        spec = importlib.util.find_spec(program)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{program}.__main__")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{program}.".startswith(f"{error.name}."):
            raise  # the package is there, and needs something that is not
        spec = None
    if spec is None:
        raise NoProgram(f"no module {program!r}, or it is a package without __main__")
    return spec


def _report(error: BaseException) -> int:
    """Show an uncaught exception as ``python`` would: the program's frames alone."""
    note = explain(error)
    if note is not None:
        error.add_note(note)
    error.__traceback__ = _own_frames(error.__traceback__)
    sys.excepthook(type(error), error, error.__traceback__)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED


def _own_frames(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    return traceback
