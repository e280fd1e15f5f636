"""Fixtures of the parity tests."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.parity.oracle import ENVIRONMENT, Oracle, find_python


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
