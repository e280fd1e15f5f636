import sys

import pytest

from cellnet.mindspore import install, uninstall


@pytest.fixture
def alias():
    """`mindspore` is cellnet during the test."""
    install()
    yield
    uninstall()


@pytest.fixture
def program(monkeypatch):
    """Lets a test run programs in this process and puts back what they change."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    for key in ("DEVICE_ID", "RANK_ID", "RANK_SIZE"):
        monkeypatch.setenv(key, "")
        monkeypatch.delenv(key)
    yield
    uninstall()
