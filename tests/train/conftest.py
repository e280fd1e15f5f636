"""What every test here starts from."""

import pytest

import cellnet as ms
from cellnet.dataset import config as data_config


@pytest.fixture(autouse=True)
def _same_start(monkeypatch):
    monkeypatch.setattr(data_config, "_settings", data_config._Settings())
    ms.set_seed(7)
