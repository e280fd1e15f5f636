"""The names of the package, and their old addresses."""

import inspect
import types

import pytest

from cellnet import ops
from cellnet.ops import composite, functional, operations

MODULES = {"composite", "functional", "operations"}


def test_no_module_hides_an_operation():
    found = {n for n in ops.__all__ if isinstance(getattr(ops, n), types.ModuleType)}
    assert found == MODULES


def test_every_public_name_says_what_it_does():
    silent = [
        name
        for name in ops.__all__
        if not (inspect.getdoc(getattr(ops, name)) or "").strip()
    ]
    assert silent == []


def test_old_addresses():
    assert operations.TensorAdd is ops.TensorAdd
    assert functional.tensor_add is ops.add
    assert composite.GradOperation is ops.GradOperation
    assert "ReLU" in operations.__all__
    assert "relu" not in dir(operations)
    assert "relu" in dir(functional)


def test_primitives_say_how_they_are_made():
    with pytest.raises(TypeError, match=r"ReduceMean\(keep_dims=False\)"):
        ops.ReduceMean(True, 2)
    assert str(inspect.signature(ops.Argmax)).startswith("(axis=-1, output_type=")
