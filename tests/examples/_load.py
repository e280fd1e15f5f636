"""Examples as modules, and as programs in this process."""

import importlib.util
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples"


def load(name):
    """An example as a module: what stands under its main guard does not run."""
    spec = importlib.util.spec_from_file_location(f"_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name, monkeypatch, folder):
    """Run an example as a program, in its short form, with ``folder`` to write in."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--quick"])
    return runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
