"""The examples of docs/data.md run, in order, as one program; one needs PyTorch."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[1] / "docs" / "data.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(with_torch):
    """(line of the page, code) of each example."""
    page = GUIDE.read_text(encoding="utf-8")
    for found in EXAMPLE.finditer(page):
        if ("import torch" in found[1]) <= with_torch:
            yield page.count("\n", 0, found.start(1)), found[1]


@pytest.mark.parametrize("with_torch", [False, True])
def test_the_examples_run(with_torch):
    if with_torch:
        pytest.importorskip("torch")
    scope = {"__name__": "guide"}
    listed = list(examples(with_torch))
    assert len(listed) >= 6
    for line, code in listed:
        # Blank lines before it, so that an error names the line of the page.
        exec(compile("\n" * line + code, str(GUIDE), "exec"), scope)
