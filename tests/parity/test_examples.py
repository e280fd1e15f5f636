"""What the examples of MindSpore's docstrings show: those that agreed still do."""

import json

import pytest

from tests.parity.examples.__main__ import STATUS, collect
from tests.parity.oracle import find_python


@pytest.mark.slow
def test_examples_that_agreed_agree():
    python = find_python()
    if python is None:
        pytest.skip("no MindSpore: run `make parity-examples`")
    kept = json.loads(STATUS.read_text(encoding="utf-8"))
    agreed = {*kept["agree"], *kept["runs"]}
    verdicts, _, _ = collect(str(python), lambda entry: entry["name"] in agreed)
    broken = {
        name: verdict.cause
        for name, verdict in verdicts.items()
        if verdict.status == "disagree"
    }
    assert not broken
    assert len(verdicts) == len(agreed), sorted(agreed - set(verdicts))
