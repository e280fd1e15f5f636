"""Tensor: MindSpore's array type, a handle on a ``jax.Array`` or a tracer.

The class here holds the value and answers what it is; arithmetic, indexing and the
other methods come from ``cellnet.ops``, which installs its functions as methods (see
``ops/methods.py``), so that a function and its method are one definition.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import _frame
from cellnet import dtype as mstype


class Tensor:
    """An n-dimensional array on a device (mindspore.Tensor).

    Args:
        input_data: a number, a (nested) list or tuple of numbers, a NumPy or JAX
            array, or another Tensor.
        dtype: the element type; by default that of the data, Python floats giving
            Float32 and Python ints Int64 (Int32 while ``jax_enable_x64`` is off).
        shape: with ``init``, the shape to initialise.
        init: an Initializer that fills ``shape``.
        internal: accepted as MindSpore accepts it.
        const_arg: accepted; every Tensor may be a constant of a compiled program.

    Raises:
        TypeError: data that is no array of numbers, or an unknown dtype.
        ValueError: ragged lists; both ``input_data`` and ``init``.

    Example:
        >>> Tensor([1.0, 2.0]).shape
        (2,)
    """

    __slots__ = ("__weakref__", "_value")
    # NumPy must hand `array + tensor` to Tensor.__radd__ instead of looping over it
    __array_priority__ = 1000

    def __init__(
        self,
        input_data: Any = None,
        dtype: Any = None,
        shape: Any = None,
        init: Any = None,
        internal: bool = False,
        const_arg: bool = False,
    ) -> None:
        del internal, const_arg
        if init is not None:
            if input_data is not None:
                raise ValueError(
                    "Tensor: got both input_data and init, expected one of them"
                )
            input_data = init(shape, dtype)
        elif input_data is None:
            if shape is None:
                raise ValueError(
                    "Tensor: got no data; pass input_data, or init with a shape"
                )
            input_data = np.zeros(shape, mstype.to_numpy(dtype or mstype.float32))
        self._value = as_array(input_data, dtype)

    @classmethod
    def _wrap(cls, value: Any) -> Tensor:
        """A Tensor on an array or tracer as it is, unchecked."""
        self = object.__new__(Tensor)
        self._value = value
        return self

    # -- what it is ---------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._value.shape

    @property
    def dtype(self) -> mstype.Type:
        """Type of the elements."""
        return mstype.from_numpy(self._value.dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self._value.size)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._value.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes to step along each axis of the row-major layout."""
        steps, step = [], self.itemsize
        for length in reversed(self.shape):
            steps.append(step)
            step *= length
        return tuple(reversed(steps))

    @property
    def has_init(self) -> bool:
        """False: a Tensor made by an initializer already has its values."""
        return False

    @property
    def virtual_flag(self) -> bool:
        """False, as MindSpore's data-parallel marker is on one device."""
        return False

    def init_data(self, *args: Any, **kwargs: Any) -> Tensor:
        """The Tensor itself: initialisers fill it when it is made."""
        del args, kwargs
        return self

    # -- to the host --------------------------------------------------------------
    def asnumpy(self) -> np.ndarray:
        """The values as a NumPy array of one's own; waits for the device.

        Raises:
            RuntimeError: inside a compiled function, where there are no values yet.
        """
        value = self._known_value()
        if isinstance(value, jax.core.Tracer):
            raise_no_value("asnumpy()")
        return np.array(value)

    def _known_value(self) -> Any:
        """The array; where an eager gradient is taken of it, the array inside."""
        if isinstance(self._value, jax.core.Tracer):
            return jax.lax.stop_gradient(self._value)
        return self._value

    def numpy(self) -> np.ndarray:
        """The same as :meth:`asnumpy`."""
        return self.asnumpy()

    def item(self, index: Any = None) -> Any:
        """One element as a Python number.

        Raises:
            ValueError: no index and more than one element.
        """
        values = self.asnumpy()
        return values.item() if index is None else values.item(index)

    def tolist(self) -> Any:
        """The values as nested Python lists, or a number for 0 axes."""
        return self.asnumpy().tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        del copy
        values = self.asnumpy()
        return values if dtype is None else values.astype(dtype)

    def __jax_array__(self) -> Any:
        return self._value

    def __float__(self) -> float:
        return float(self._scalar("float"))

    def __int__(self) -> int:
        return int(self._scalar("int"))

    def __complex__(self) -> complex:
        return complex(self._scalar("complex"))

    def __index__(self) -> int:
        if self._value.dtype.kind not in "iub":
            raise TypeError(
                f"only integer tensors of a single element can be an index, got "
                f"{self.dtype} of shape {self.shape}"
            )
        return self._value.__index__()

    def __bool__(self) -> bool:
        return bool(self._scalar("bool"))

    def _scalar(self, what: str) -> Any:
        if self._value.size != 1:
            raise ValueError(
                f"{what}(): a Tensor of shape {self.shape} is ambiguous; only one "
                f"element can become a Python number. Use .all(), .any() or .item(i)."
            )
        return self._known_value().reshape(())

    def __len__(self) -> int:
        if not self._value.shape:
            raise TypeError("len(): a Tensor with 0 axes has no length")
        return self._value.shape[0]

    def __iter__(self) -> Any:
        if not self._value.shape:
            raise TypeError("a Tensor with 0 axes cannot be iterated over")
        return (Tensor._wrap(row) for row in self._value)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        if isinstance(self._known_value(), jax.core.Tracer):
            return f"Tensor(shape={list(self.shape)}, dtype={self.dtype}, traced)"
        return (
            f"Tensor(shape={list(self.shape)}, dtype={self.dtype}, "
            f"value={_value_text(self.asnumpy())})"
        )

    def __str__(self) -> str:
        if isinstance(self._known_value(), jax.core.Tracer):
            frame = _frame.root()
            if frame is not None and frame.closed:
                # so that print and texts show values: see graph.control
                raise_no_value("str()")
            return self.__repr__()
        return str(self.asnumpy())

    def __copy__(self) -> Tensor:
        return Tensor._wrap(self._value)

    def __deepcopy__(self, memo: dict) -> Tensor:
        # arrays are immutable: two handles on one are as good as a copy
        del memo
        return Tensor._wrap(self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Tensor, (self.asnumpy(),))

    def assign_value(self, value: Any) -> Tensor:
        """Point this handle at another value; other handles keep theirs."""
        self._value = as_array(value, None)
        touched()
        return self

    @staticmethod
    def from_numpy(array: np.ndarray) -> Tensor:
        """A Tensor with a copy of ``array``.

        Raises:
            TypeError: not a NumPy array.
        """
        if not isinstance(array, np.ndarray):
            raise TypeError(
                f"from_numpy: expected a numpy.ndarray, got {type(array).__name__}"
            )
        return Tensor(array)


from_numpy = Tensor.from_numpy

jax.tree_util.register_pytree_node(
    Tensor, lambda t: ((t._value,), None), lambda _, leaves: Tensor._wrap(leaves[0])
)


def _value_text(values: np.ndarray) -> str:
    if values.ndim == 0:
        return f" {values}"
    return "\n" + np.array2string(values, separator=", ")


def as_array(data: Any, dtype: Any = None) -> Any:
    """``data`` as a strongly typed jax array or tracer (see Tensor)."""
    wanted = None if dtype is None else mstype.to_numpy(dtype)
    if isinstance(data, Tensor):
        data = data._value
    elif isinstance(data, list | tuple):
        data = _from_sequence(data)
    if isinstance(data, jax.Array):
        if wanted is not None and data.dtype != wanted:
            return data.astype(wanted)
        return jax.lax.convert_element_type(data, data.dtype)
    # np.float64 is a float too, but keeps its own type
    if isinstance(data, bool | int | float | complex) and not isinstance(
        data, np.generic
    ):
        given = mstype._FROM_PYTHON[type(data)].dtype if wanted is None else wanted
        data = np.asarray(data, given)
    elif not isinstance(data, np.ndarray | np.generic):
        raise TypeError(
            f"Tensor: expected a number, list, tuple, numpy.ndarray or Tensor, got "
            f"{type(data).__name__}"
        )
    if data.dtype.kind not in "biufcV":
        raise TypeError(f"Tensor: elements of {data.dtype} are no numbers: {data!r}")
    target = wanted if wanted is not None else mstype.to_numpy(data.dtype)
    # a copy, since the caller may go on changing its array
    return jnp.array(np.asarray(data, target))


def _from_sequence(data: Any) -> Any:
    """Nested lists of numbers, arrays and Tensors as one array."""
    flat = jax.tree.leaves(data, is_leaf=lambda x: isinstance(x, Tensor))
    if any(isinstance(leaf, Tensor | jax.Array) for leaf in flat):
        if any(
            isinstance(getattr(leaf, "_value", leaf), jax.core.Tracer) for leaf in flat
        ):
            return _stack(data)
        data = jax.tree.map(np.asarray, data, is_leaf=lambda x: isinstance(x, Tensor))
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"Tensor: rows of different lengths: {error}") from None
    if array.dtype == np.float64 and not any(
        isinstance(leaf, np.ndarray | np.generic) for leaf in flat
    ):
        array = array.astype(np.float32)
    return array


def _stack(data: Any) -> Any:
    if isinstance(data, list | tuple):
        return jnp.stack([jnp.asarray(_stack(row)) for row in data])
    return getattr(data, "_value", data)


class NoValueError(RuntimeError):
    """A value was read that a compiled function does not have yet."""


def raise_no_value(what: str) -> None:
    """Refuse to read a value that a compiled function does not have yet."""
    raise NoValueError(
        f"{what}: this Tensor is being traced, so it has no values yet. Return it from "
        "the compiled function and read it outside, or run in PYNATIVE_MODE."
    )


# Counts changes that could invalidate compiled programs; see graph.guards.
_changes = [0]


def touched() -> None:
    """Note that an object which a compiled program may depend on has changed."""
    _changes[0] += 1


def change_count() -> int:
    """How often :func:`touched` was called."""
    return _changes[0]


def tensor(input_data: Any = None, dtype: Any = None, **kwargs: Any) -> Tensor:
    """Make a Tensor (mindspore.tensor)."""
    return Tensor(input_data, dtype, **kwargs)
