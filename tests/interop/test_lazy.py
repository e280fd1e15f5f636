"""flax is loaded by the first flax object, not by cellnet."""

import subprocess
import sys

import pytest


def loads_flax(code: str) -> bool:
    code += "\nimport sys\nprint('flax' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1] == "True"


@pytest.mark.parametrize(
    "code",
    [
        "import cellnet",
        "from cellnet.nn.cell import Cell\nc = Cell()\nc.a, c.b = 1, (2, [3])",
        "import cellnet.interop",
    ],
)
def test_cellnet_does_not_load_flax(code):
    assert not loads_flax(code)


def test_the_test_can_fail():
    assert loads_flax("import cellnet.interop.flax")
