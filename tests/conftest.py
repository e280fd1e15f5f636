"""Every test begins with the default context; compiled programs are kept."""

import os
import signal
from pathlib import Path

# before cellnet is imported; the user's own cache is not the tests' business
os.environ.setdefault(
    "CELLNET_CACHE", str(Path(__file__).parents[1] / ".pytest_cache" / "xla")
)

# a shell's background jobs ignore Ctrl-C, which some tests send to themselves
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest  # noqa: E402

from cellnet import context  # noqa: E402


@pytest.fixture(autouse=True)
def default_context():
    """Undo what a test set in the context."""
    yield
    context.reset_context()
    context.reset_auto_parallel_context()
