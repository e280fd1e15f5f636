"""`cellnet check`: what a program needs, read from its text."""

import pytest

import cellnet
from cellnet.cli import main
from cellnet.mindspore.check import resolves, uses_in

PROGRAM = """
import os
import mindspore
import mindspore.dataset as ds
import mindspore.nn.loss
from mindspore import nn, context as ctx
from mindspore.ops import operations as P, NoSuchOp
from mindspore.train import *

ctx.set_context(mode=ctx.GRAPH_MODE)
net = nn.Dense(1, 2).to_float(mindspore.float16)
ds.NoSuchDataset(os.path.join("a", "b"))
P.ReLU()
"""


def test_uses_are_found_with_their_lines():
    assert [(use.line, use.name) for use in uses_in(PROGRAM)] == [
        (3, "mindspore"),
        (4, "mindspore.dataset"),
        (5, "mindspore.nn.loss"),
        (6, "mindspore.context"),
        (6, "mindspore.nn"),
        (7, "mindspore.ops.NoSuchOp"),
        (7, "mindspore.ops.operations"),
        (8, "mindspore.train"),
        (10, "mindspore.context.GRAPH_MODE"),
        (10, "mindspore.context.set_context"),
        (11, "mindspore.float16"),
        (11, "mindspore.nn.Dense"),
        (12, "mindspore.dataset.NoSuchDataset"),
        (13, "mindspore.ops.operations.ReLU"),
    ]


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("mindspore", True),
        ("mindspore.context.GRAPH_MODE", True),
        ("mindspore.train.serialization", True),
        ("mindspore.nn.Dense.whatever", True),
        ("mindspore.nn.NoSuchCell", False),
        ("mindspore.no_such_module.thing", False),
    ],
)
def test_resolves(name, there):
    assert cellnet.nn is not None
    assert resolves(name) is there


def test_check_prints_what_is_lacking_and_runs_nothing(tmp_path, capsys):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text("from mindspore import nn\nraise SystemExit(9)")
    bad.write_text("import mindspore.nn as nn\nnn.Dens(1, 2)\nnn.Dens(2, 1)")
    assert main(["check", str(good)]) == 0
    assert "1 MindSpore names, cellnet lacks 0" in capsys.readouterr().out
    assert main(["check", str(good), str(bad)]) == 1
    told = capsys.readouterr().out
    assert f"{bad}:2: mindspore.nn.Dens (cellnet has mindspore.nn.Dense" in told
    assert "2 MindSpore names, cellnet lacks 1" in told


def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys):
    broken = tmp_path / "broken.py"
    broken.write_text("def (")
    assert main(["check", str(broken), str(tmp_path / "none.py")]) == 2
    told = capsys.readouterr().err
    assert "broken.py" in told
    assert "none.py" in told
