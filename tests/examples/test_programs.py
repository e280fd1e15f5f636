"""The cheap examples run, each with the checks of its own; `make examples` runs all."""

import re
from pathlib import Path

import pytest

from tests.examples._load import FOLDER, load, run

RECIPES = Path(__file__).parents[2] / "docs" / "recipes.md"


@pytest.mark.parametrize(
    "name",
    [
        "cookbook_checkpoints",
        "cookbook_learning_rates",
        "relu_mean_dense",
    ],
)
def test_an_example_runs(name, monkeypatch, tmp_path, capsys):
    run(name, monkeypatch, tmp_path)
    assert capsys.readouterr().out


def test_every_example_has_a_recipe_and_every_recipe_an_example():
    named = set(re.findall(r"`examples/(\w+)\.py`", RECIPES.read_text()))
    assert named == set(load("run_all").examples())
    assert all((FOLDER / f"{name}.py").exists() for name in named)


def test_a_failing_example_is_reported(tmp_path, monkeypatch):
    runner = load("run_all")
    (tmp_path / "fails.py").write_text("print('before')\nassert False, 'too low'\n")
    (tmp_path / "works.py").write_text("import sys; print(sys.argv[1:])\n")
    monkeypatch.setattr(runner, "HERE", tmp_path)
    assert runner.examples() == ["fails", "works"]
    good, _, said = runner.run("fails", str(tmp_path), False)
    assert not good
    assert "too low" in said
    good, seconds, said = runner.run("works", str(tmp_path), False)
    assert (good, said) == (True, "['--quick']")
    assert seconds > 0
