"""Every test begins with the default context."""

import pytest

from cellnet import context


@pytest.fixture(autouse=True)
def default_context():
    """Undo what a test set in the context."""
    yield
    context.reset_context()
    context.reset_auto_parallel_context()
