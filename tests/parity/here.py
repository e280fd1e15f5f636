"""Our side: a MindSpore program in this process, with `mindspore` meaning cellnet.

As `cellnet run` does it, 64-bit types included, but for one call; the settings that the
program changes are put back.
"""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np

import cellnet
from cellnet.mindspore import finder


def run_here(
    program: Path, inputs: Mapping[str, Any], function: str
) -> dict[str, np.ndarray]:
    """What `function` of the file `program` returns for `inputs`, as arrays."""
    arrays = {key: np.asarray(value) for key, value in inputs.items()}
    name = f"_parity_{program.stem}"
    spec = importlib.util.spec_from_file_location(name, program)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mindspore_is_cellnet():
        sys.modules[name] = module
        spec.loader.exec_module(module)
        outputs = getattr(module, function)(arrays)
    return {key: np.asarray(value) for key, value in outputs.items()}


@contextmanager
def mindspore_is_cellnet() -> Iterator[None]:
    mode, wide = cellnet.get_context("mode"), jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    finder.install()
    try:
        yield
    finally:
        finder.uninstall()
        jax.config.update("jax_enable_x64", wide)
        cellnet.set_context(mode=mode)
