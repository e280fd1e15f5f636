"""What every test here starts from, and compiled programs that the tests share."""

import jax
import pytest

import cellnet as ms
from cellnet import context
from cellnet.dataset import config as data_config

_CACHE = {
    "jax_persistent_cache_min_compile_time_secs": 0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
}


@pytest.fixture(scope="session", autouse=True)
def _shared_programs(tmp_path_factory):
    """Equal programs are compiled once: most tests train the same few networks."""
    settings = _CACHE | {"jax_compilation_cache_dir": str(tmp_path_factory.mktemp("x"))}
    before = {name: getattr(jax.config, name) for name in settings}
    for name, value in settings.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture(autouse=True)
def _same_start(monkeypatch):
    monkeypatch.setattr(data_config, "_settings", data_config._Settings())
    ms.set_seed(7)
    yield
    context.reset_context()
