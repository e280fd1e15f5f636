"""MindRecord files: MindSpore reads cellnet's, cellnet reads MindSpore's."""

import numpy as np
import pytest

from tests.parity.conftest import PROGRAMS
from tests.parity.here import run_here

PROGRAM = PROGRAMS / "records.py"


@pytest.mark.parametrize("writer", ["cellnet", "mindspore"])
def test_each_reads_what_the_other_wrote(run_oracle, run_both, tmp_path, writer):
    inputs = {"folder": str(tmp_path)}
    if writer == "cellnet":
        run_here(PROGRAM, inputs, "write")
    else:
        run_oracle(PROGRAM.read_text(encoding="utf-8"), inputs, "write")
    ours, theirs = run_both("records:read", inputs)
    assert len(theirs) == 2 * (1 + 9 * 6) + 1 + 2 * 6
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert ours[key].dtype == expected.dtype, key
        np.testing.assert_array_equal(ours[key], expected, err_msg=key)
