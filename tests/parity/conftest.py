"""Fixtures of the parity tests."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.parity.here import run_here
from tests.parity.oracle import ENVIRONMENT, Oracle, find_python

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="session")
def run_oracle() -> Iterator[Callable[..., dict[str, np.ndarray]]]:
    """`Oracle.run` of one MindSpore process for the whole session."""
    python = find_python()
    if python is None:
        pytest.skip(
            "no MindSpore: run `make parity`, or name its interpreter in "
            f"{ENVIRONMENT} (pip install mindspore==2.10.0 'numpy<2', Python 3.11)"
        )
    with Oracle(python) as oracle:
        yield oracle.run


@pytest.fixture(scope="session")
def run_both(run_oracle):
    """Run one function of a file in programs/ here and there: (ours, theirs).

    The program is a MindSpore program; it is not changed for either.
    """

    def run(
        name: str, inputs: Mapping[str, Any]
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        module, _, function = name.partition(":")
        program = PROGRAMS / f"{module}.py"
        theirs = run_oracle(program.read_text(encoding="utf-8"), inputs, function)
        return run_here(program, inputs, function), theirs

    return run
