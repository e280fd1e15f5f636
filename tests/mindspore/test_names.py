"""The map of old names holds together."""

import importlib

import pytest

import cellnet
from cellnet.mindspore import lookup, names

PATHS = sorted({*names.SAME, *names.MODULES} - {""})


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_map_can_be_imported(path):
    module = importlib.import_module(f"cellnet.{path}")
    parent, _, child = f"cellnet.{path}".rpartition(".")
    assert getattr(importlib.import_module(parent), child) is module


@pytest.mark.parametrize("path", sorted(names.SAME))
def test_a_second_name_is_for_a_file_that_has_none_of_its_own(path):
    module = importlib.import_module(f"cellnet.{path}")
    assert module is importlib.import_module(f"cellnet.{names.SAME[path]}")
    assert not list(getattr(module, "__path__", []))
    assert module.__name__ != f"cellnet.{path}"


@pytest.mark.parametrize("path", sorted(names.NAMES))
def test_a_name_that_moved_is_found(path):
    assert cellnet.__name__ == "cellnet"
    module = importlib.import_module(lookup.full_name(path))
    for name, target in names.NAMES[path].items():
        source, _, attribute = target.partition(":")
        there = importlib.import_module(f"cellnet.{source}")
        if path.startswith("dataset") and not hasattr(there, attribute):
            continue  # a data set that is still to come
        wanted = getattr(there, attribute) if attribute else there
        assert getattr(module, name) is wanted
