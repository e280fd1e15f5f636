"""Parameter: a named Tensor that belongs to Cells and that training changes.

A Parameter is the sole owner of its buffer: whatever goes in is copied unless fresh,
whatever comes out is a copy.  A compiled step may therefore donate the buffer to XLA
and no other object can be left with a deleted array.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import _frame
from cellnet import dtype as mstype
from cellnet.tensor import Tensor, as_array, touched

DEFAULT_NAME = "Parameter"


class Parameter(Tensor):
    """A trainable or otherwise persistent Tensor of a Cell (mindspore.Parameter).

    Args:
        default_input: initial value: a Tensor, array, number or list.
        name: the name; left out, a Cell names it after the attribute that holds it.
        requires_grad: whether optimizers train it.
        layerwise_parallel: kept for MindSpore's parallel modes.
        parallel_optimizer: kept for MindSpore's parallel modes.
        storage_format: kept; XLA chooses layouts.
        device: kept; the context's device holds it.

    Raises:
        TypeError: wrong type of an argument.
        ValueError: an empty or malformed name.

    Example:
        >>> Parameter(Tensor([1.0]), name="w").name
        'w'
    """

    __slots__ = (
        "__dict__",
        "_data",
        "_name",
        "_requires_grad",
    )

    # a number of the program's own, which MindSpore's parameter servers used
    key: int = -1

    def __init__(
        self,
        default_input: Any,
        name: str | None = None,
        requires_grad: bool = True,
        layerwise_parallel: bool = False,
        parallel_optimizer: bool = True,
        storage_format: str = "",
        device: str | None = None,
    ) -> None:
        del storage_format, device
        if isinstance(default_input, bool):
            raise ValueError(
                "Parameter: default_input must not be a bool; use a Tensor"
            )
        if not isinstance(
            default_input, np.ndarray | jax.Array | Tensor | int | float | list
        ):
            raise TypeError(
                "Parameter: default_input must be a Tensor, number, list or "
                f"numpy.ndarray, got {type(default_input).__name__}"
            )
        # MindSpore makes a Parameter of a Python int Int32, though a Tensor is Int64
        dtype = mstype.int32 if isinstance(default_input, int) else None
        self._name = _check_name(name)
        self._data = own(as_array(default_input, dtype), default_input)
        self.requires_grad = requires_grad
        self.layerwise_parallel = layerwise_parallel
        self.parallel_optimizer = parallel_optimizer
        self.is_init = True
        self.init_mode = None
        self.init_flag = True

    # -- the value ----------------------------------------------------------------
    @property
    def _value(self) -> Any:
        frame = _frame.current()
        return self._data if frame is None else frame.read(self)

    @_value.setter
    def _value(self, value: Any) -> None:
        frame = _frame.current()
        if frame is not None:
            frame.write(self, value)
        elif isinstance(value, jax.core.Tracer):
            raise RuntimeError(
                f"Parameter {self.name!r} was assigned inside a foreign JAX "
                "transformation; call it through a Cell, cellnet.jit or cellnet.grad"
            )
        else:
            self._data = value

    def value(self) -> Tensor:
        """A Tensor with the Parameter's present value."""
        value = self._value
        if isinstance(value, jax.core.Tracer):
            return Tensor._wrap(value)
        return Tensor._wrap(jnp.array(value, copy=True))

    def set_data(self, data: Any, slice_shape: bool = False) -> Parameter:
        """Replace the value (mindspore.Parameter.set_data).

        Args:
            data: a Tensor, array or number of the Parameter's shape; it is cast to
                the Parameter's dtype.
            slice_shape: True allows another shape.

        Raises:
            TypeError: no Tensor or number.
            ValueError: another shape.
        """
        if not isinstance(data, Tensor | np.ndarray | jax.Array | int | float):
            raise TypeError(
                f"set_data: parameter {self.name!r}: expected a Tensor or a number, "
                f"got {type(data).__name__}"
            )
        value = as_array(data)
        old = self._value
        if value.shape != old.shape and not slice_shape:
            raise ValueError(
                f"set_data: parameter {self.name!r} has shape {tuple(old.shape)}, got "
                f"{tuple(value.shape)}; pass slice_shape=True to change the shape"
            )
        value = value.astype(old.dtype)
        self._value = own(value, data)
        if value.shape != old.shape:
            touched()
        return self

    def assign_value(self, value: Any) -> Parameter:
        """Replace the value, shape and dtype included."""
        self._value = own(as_array(value), value)
        touched()
        return self

    def set_dtype(self, dtype: Any) -> Parameter:
        """Cast the value in place."""
        self._value = self._value.astype(mstype.to_numpy(dtype))
        touched()
        return self

    @property
    def data(self) -> Parameter:
        """The Parameter itself, as in MindSpore."""
        return self

    # -- its place ----------------------------------------------------------------
    @property
    def name(self) -> str:
        """The name, dotted by the path of Cells."""
        return self._name

    @name.setter
    def name(self, value: str | None) -> None:
        self._name = _check_name(value)

    @property
    def param_info(self) -> Parameter:
        """The Parameter itself; MindSpore keeps name and flags apart."""
        return self

    @property
    def requires_grad(self) -> bool:
        """Whether optimizers train it."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise TypeError(
                f"Parameter.requires_grad must be a bool, got {type(value).__name__}"
            )
        self._requires_grad = value
        touched()

    @property
    def inited_param(self) -> None:
        """None: a Parameter has its values from the beginning."""

    def clone(self, init: Any = "same") -> Parameter:
        """A new Parameter like this one (mindspore.Parameter.clone).

        Args:
            init: "same" copies the value; otherwise what ``initializer`` takes.
        """
        if isinstance(init, str) and init == "same":
            value: Any = self
        else:
            from cellnet.common.initializer import initializer  # values build on it

            value = initializer(init, self.shape, self.dtype)
        twin = Parameter(value, self.name, self.requires_grad)
        twin.layerwise_parallel = self.layerwise_parallel
        twin.parallel_optimizer = self.parallel_optimizer
        return twin

    def __copy__(self) -> Parameter:
        return self.clone()

    def __deepcopy__(self, memo: dict) -> Parameter:
        twin = self.clone()
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        return (Parameter, (self.asnumpy(), self.name, self.requires_grad))

    def __repr__(self) -> str:
        return (
            f"Parameter (name={self.name}, shape={self.shape}, dtype={self.dtype}, "
            f"requires_grad={self.requires_grad})"
        )

    def __str__(self) -> str:
        return self.__repr__()

    def __hash__(self) -> int:
        return id(self)


class ParameterTuple(tuple):
    """A tuple of Parameters (mindspore.ParameterTuple).

    Raises:
        TypeError: an item is no Parameter.
        ValueError: two different Parameters share a name.
    """

    __slots__ = ()

    def __new__(cls, iterable: Iterable[Parameter]) -> ParameterTuple:
        items = tuple(iterable)
        for item in items:
            if not isinstance(item, Parameter):
                raise TypeError(
                    "ParameterTuple: expected Parameters, got "
                    f"{type(item).__name__} ({item!r})"
                )
        return super().__new__(cls, items)

    def __iter__(self) -> Iterator[Parameter]:
        return super().__iter__()

    def clone(self, prefix: str, init: Any = "same") -> ParameterTuple:
        """Clones named ``prefix.<name>``; moments of an optimizer are made so."""
        clones = []
        for parameter in self:
            twin = parameter.clone(init)
            twin.name = f"{prefix}.{parameter.name}"
            clones.append(twin)
        return ParameterTuple(clones)


def own(value: Any, source: Any) -> Any:
    """``value`` in a buffer that nobody else holds.

    Args:
        value: a jax array or tracer made from ``source``.
        source: what the user passed; a Tensor or jax array shares its buffer.
    """
    if isinstance(value, jax.core.Tracer) or not isinstance(source, Tensor | jax.Array):
        return value
    return jnp.array(value, copy=True)


def _check_name(name: Any) -> str:
    if name is None:
        return DEFAULT_NAME
    if not isinstance(name, str):
        raise ValueError(
            f"Parameter: name must be a str, got {type(name).__name__} ({name!r})"
        )
    name = name.strip()
    if not name:
        raise ValueError("Parameter: name must not be empty")
    if len(name) > 1024:
        raise ValueError(
            f"Parameter: name is {len(name)} characters long, at most 1024 are allowed"
        )
    return name
