"""Random state: one key for the device, one NumPy generator for initial values.

The key is that of the default :class:`Generator`, held as a Parameter, so that a
compiled step carries it like any other value.
"""

from __future__ import annotations

import secrets
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset import config as _data_config
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_SEED_BYTES = 8
_STATE_BYTES = 16  # the seed and the key, little endian


class Generator:
    """A sequence of random numbers with a state of its own (mindspore.Generator).

    Functions of ``mint`` and in-place methods of Tensors take one as ``generator``. Its
    seed is 0 at first.

    Example:
        >>> from cellnet import Generator, mint
        >>> generator = Generator().manual_seed(5)
        >>> state = generator.get_state()
        >>> first = mint.rand(2, generator=generator)
        >>> generator.set_state(state)
        >>> bool((mint.rand(2, generator=generator) == first).all())
        True
    """

    def __init__(self) -> None:
        self._seed = 0
        self._key: Parameter | None = None

    @property
    def key(self) -> Parameter:
        """The data of the random key: uint32 (2,); made at its first use."""
        if self._key is None:
            self._key = Parameter(0, name="random_key", requires_grad=False)
            with jax.ensure_compile_time_eval():  # it outlives a trace that asks first
                self._key._data = _key_data(self._seed)
        return self._key

    def next_key(self) -> Any:
        """A fresh JAX random key; the state moves on."""
        kept, key = jax.random.split(jax.random.wrap_key_data(self.key._value))
        self.key._value = jax.random.key_data(kept)
        return key

    def manual_seed(self, seed: int) -> Generator:
        """Begin the sequence of a seed.

        Args:
            seed: an int in [-2**63, 2**63).

        Returns:
            This generator.

        Raises:
            TypeError: no int.
            ValueError: out of range.
        """
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"manual_seed: seed must be an int, got {seed!r}")
        if not -(2**63) <= seed < 2**63:
            raise ValueError(
                f"manual_seed: seed must be in [-2**63, 2**63), got {seed}"
            )
        self._seed = seed
        self.key._value = _key_data(seed)
        return self

    def seed(self) -> int:
        """Begin the sequence of a seed that the system draws, and give it back."""
        self.manual_seed(secrets.randbits(32))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the sequence began with."""
        return self._seed

    def get_state(self) -> Tensor:
        """Seed and place in the sequence: UInt8 (16,)."""
        seed = np.frombuffer(
            self._seed.to_bytes(_SEED_BYTES, "little", signed=True), np.uint8
        )
        return Tensor(
            np.concatenate([seed, self.key.asnumpy().astype("<u4").view(np.uint8)])
        )

    def set_state(self, state: Tensor) -> None:
        """Go on from a state that ``get_state`` gave.

        Raises:
            RuntimeError: no UInt8 Tensor of shape (16,).
        """
        values = state.asnumpy() if isinstance(state, Tensor) else None
        if (
            values is None
            or values.dtype != np.uint8
            or values.shape != (_STATE_BYTES,)
        ):
            shown = (
                type(state).__name__
                if values is None
                else f"{state.dtype} {values.shape}"
            )
            raise RuntimeError(
                f"set_state: expected a UInt8 Tensor of shape ({_STATE_BYTES},) as "
                f"get_state gives it, got {shown}"
            )
        seed, key = values[:_SEED_BYTES].tobytes(), values[_SEED_BYTES:].tobytes()
        self._seed = int.from_bytes(seed, "little", signed=True)
        self.key._value = jnp.asarray(np.frombuffer(key, "<u4").astype(np.uint32))


class _Random:
    """What set_seed sets."""

    def __init__(self) -> None:
        self.seed: int | None = None
        self.initial = np.random.default_rng()


_random = _Random()
default_generator = Generator()
default_generator._seed = secrets.randbits(31)


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
    default_generator.manual_seed(seed)
    np.random.seed(seed)
    _data_config.set_seed(seed)


def get_seed() -> int | None:
    """The seed given to :func:`set_seed`, or None."""
    return _random.seed


def initial_generator() -> np.random.Generator:
    """The generator that initializers draw from."""
    return _random.initial


def key_parameter() -> Parameter:
    """The Parameter that holds the key of the default generator: uint32 (2,)."""
    return default_generator.key


def next_key(generator: Generator | None = None) -> Any:
    """A fresh JAX random key of a generator, or of the default one.

    Raises:
        TypeError: something else than a Generator.
    """
    if generator is None:
        return default_generator.next_key()
    if not isinstance(generator, Generator):
        raise TypeError(
            f"generator must be a Generator or None, got {type(generator).__name__}"
        )
    return generator.next_key()


def seed() -> int:
    """Begin another sequence of random numbers (mindspore.seed).

    Initial weights and the order of data stay as :func:`set_seed` fixed them.

    Returns:
        The seed, drawn by the system.
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the random numbers began with (mindspore.initial_seed)."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the random numbers: UInt8 (16,) (mindspore.get_rng_state).

    Example:
        >>> from cellnet import get_rng_state, ops, set_rng_state
        >>> state = get_rng_state()
        >>> first = ops.rand(2)
        >>> set_rng_state(state)
        >>> bool((ops.rand(2) == first).all())
        True
    """
    return default_generator.get_state()


def set_rng_state(state: Tensor) -> None:
    """Go on from a state that ``get_rng_state`` gave (mindspore.set_rng_state).

    Raises:
        RuntimeError: no UInt8 Tensor of shape (16,).
    """
    default_generator.set_state(state)


def _key_data(seed: int) -> Any:
    # the threefry key of a seed, without a compiled program for it
    high, low = divmod(seed % 2**64, 2**32)
    return jnp.asarray(np.array([high, low], np.uint32))
