"""Random state: one key for the device, one NumPy generator for initial values.

The key is a Parameter, so that a compiled step carries it like any other value.
"""

from __future__ import annotations

import secrets
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset import config as _data_config
from cellnet.parameter import Parameter


class _Random:
    """What set_seed sets.  The key is made at its first use, not at import."""

    def __init__(self) -> None:
        self.seed: int | None = None
        self.key: Parameter | None = None
        self.initial = np.random.default_rng()


_random = _Random()


def set_seed(seed: int) -> None:
    """Fix initial weights, dropout and the order of data (mindspore.set_seed).

    Args:
        seed: an int in [0, 2**32).

    Raises:
        TypeError: no int.
        ValueError: out of range.
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"set_seed: seed must be an int, got {type(seed).__name__}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"set_seed: seed must be in [0, 2**32), got {seed}")
    _random.seed = seed
    _random.initial = np.random.default_rng(seed)
    key_parameter()._value = _key_data(seed)
    np.random.seed(seed)
    _data_config.set_seed(seed)


def get_seed() -> int | None:
    """The seed given to :func:`set_seed`, or None."""
    return _random.seed


def initial_generator() -> np.random.Generator:
    """The generator that initializers draw from."""
    return _random.initial


def key_parameter() -> Parameter:
    """The Parameter that holds the data of the random key: uint32 (2,)."""
    if _random.key is None:
        seed = _random.seed if _random.seed is not None else secrets.randbits(31)
        _random.key = Parameter(0, name="random_key", requires_grad=False)
        _random.key._data = _key_data(seed)
    return _random.key


def next_key() -> Any:
    """A fresh JAX random key; the state moves on."""
    parameter = key_parameter()
    kept, key = jax.random.split(jax.random.wrap_key_data(parameter._value))
    parameter._value = jax.random.key_data(kept)
    return key


def _key_data(seed: int) -> Any:
    # the threefry key of a seed, without a compiled program for it
    return jnp.asarray(np.array([0, seed], np.uint32))
