"""What every test here starts from, and compiled programs that the tests share."""

import jax
import pytest

import cellnet as ms
from cellnet import context
from cellnet.dataset import config as data_config


@pytest.fixture(scope="session", autouse=True)
def _shared_programs(tmp_path_factory):
    """Equal programs are compiled once: most tests train the same few networks."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("programs"))),
            ("jax_persistent_cache_min_compile_time_secs", 0),
            ("jax_persistent_cache_min_entry_size_bytes", -1),
        ):
            patch.setattr(jax.config, name, value)
        yield


@pytest.fixture(autouse=True)
def _same_start(monkeypatch):
    monkeypatch.setattr(data_config, "_settings", data_config._Settings())
    ms.set_seed(7)
    yield
    context.reset_context()
