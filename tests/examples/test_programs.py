"""The cheap examples run, each with the checks of its own; `make examples` runs all."""

import re
from pathlib import Path

import pytest

from tests.examples._load import load, run

RECIPES = Path(__file__).parents[2] / "docs" / "recipes.md"


@pytest.mark.parametrize(
    "name",
    [
        "cookbook_checkpoints",
        "cookbook_data",
        "cookbook_learning_rates",
        "relu_mean_dense",
    ],
)
def test_an_example_runs(name, monkeypatch, tmp_path, capsys):
    run(name, monkeypatch, tmp_path)
    assert capsys.readouterr().out


def test_every_example_has_a_recipe_and_every_recipe_an_example():
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in RECIPES.read_text().splitlines()
        if line.startswith("|") and not line.startswith(("| what", "| ---"))
    ]
    assert len(rows) >= 80
    assert all(all(row) for row in rows)
    named = set()
    for what, _, example, _ in rows:
        assert example.startswith("same") or re.match(r"`\w+\.py`", example), what
        named.update(re.findall(r"`(\w+)\.py`", example))
    assert named == set(load("run_all").examples())


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
