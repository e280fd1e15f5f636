"""Buffers, the state of a Cell that is no Parameter, and casts of all its state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor, touched


class CellState:
    """Methods of Cell that see its state as a whole.

    A buffer is held as a Parameter which no optimizer sees, so that a compiled step
    reads and writes it as it does Parameters.
    """

    cells_and_names: Callable[..., Iterator[tuple[str, Any]]]
    get_parameters: Callable[..., Iterator[Parameter]]
    _params: OrderedDict[str, Parameter]
    _buffers: OrderedDict[str, Any]
    _transient: frozenset[str]

    def register_buffer(
        self, name: str, tensor: Tensor | None, persistent: bool = True
    ) -> None:
        """Add a buffer, which is then an attribute (mindspore.nn.Cell).

        Args:
            name: of the attribute.
            tensor: its value, or None for a buffer to come.
            persistent: whether ``state_dict`` has it.

        Raises:
            TypeError: the name is no str, or the value neither Tensor nor None.
            KeyError: an empty name, one with a dot, or one that is taken.
        """
        owner = type(self).__name__
        if not isinstance(name, str):
            raise TypeError(
                f"{owner}: a buffer's name must be a str, got {type(name).__name__}"
            )
        if "." in name or not name:
            raise KeyError(f"{owner}: the buffer name {name!r} is empty or has a dot")
        if hasattr(self, name) and name not in self._buffers:
            raise KeyError(f"{owner}: the attribute {name!r} exists already")
        if not isinstance(tensor, Tensor | None):
            raise TypeError(
                f"{owner}: buffer {name!r} must be a Tensor or None, got "
                f"{type(tensor).__name__}"
            )
        self._buffers[name] = (
            None if tensor is None else Parameter(tensor, name, requires_grad=False)
        )
        kept = self._transient - {name} if persistent else self._transient | {name}
        self.__dict__["_transient"] = kept
        touched()

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Each buffer with its path from here.

        Args:
            prefix: put before the paths.
            recurse: whether those of children come too.
            remove_duplicate: whether each comes once.
        """
        seen: set[int] = set()
        cells = self.cells_and_names(prefix) if recurse else [(prefix, self)]
        for path, cell in cells:
            for name, buffer in cell._buffers.items():
                if buffer is None or (remove_duplicate and id(buffer) in seen):
                    continue
                seen.add(id(buffer))
                yield (f"{path}.{name}" if path else name), buffer

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Each buffer, children's included if ``recurse``."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path.

        Raises:
            AttributeError: there is none.
        """
        found = dict(self.named_buffers(remove_duplicate=False))
        if target not in found:
            raise AttributeError(f"{type(self).__name__} has no buffer {target!r}")
        return found[target]

    def to(self, *args: Any, **kwargs: Any) -> CellState:
        """Cast Parameters and buffers of float types (mindspore.nn.Cell.to).

        Args:
            *args: a dtype, or a Tensor whose dtype is meant; the name of a device is
                accepted, as a program runs on one.
            **kwargs: ``device`` and ``dtype``; ``non_blocking`` has no effect.

        Raises:
            TypeError: a dtype that is no float or complex type, or something else.
        """
        wanted = [*args, *(kwargs.get(name) for name in ("device", "dtype", "tensor"))]
        for value in wanted:
            if isinstance(value, Tensor):
                value = value.dtype
            if isinstance(value, mstype.Type):
                self._cast_state(value)
            elif not isinstance(value, str | bool | None):
                raise TypeError(
                    "to: expected a device, a dtype or a Tensor, got "
                    f"{type(value).__name__}"
                )
        return self

    def to_empty(self, *, device: str | None = None, recurse: bool = True) -> CellState:
        """Forget the values of Parameters and buffers (mindspore.nn.Cell.to_empty).

        They are zeros then, which are to be loaded over.

        Args:
            device: accepted, as a program runs on one.
            recurse: whether those of children go too.
        """
        del device
        for value in [*self.get_parameters(recurse), *self.buffers(recurse)]:
            value.assign_value(jnp.zeros(value.shape, mstype.to_numpy(value.dtype)))
        return self

    def _cast_state(self, dtype: mstype.Type) -> None:
        if mstype.to_numpy(dtype).kind in "biu":
            raise TypeError(f"to: expected a float or complex type, got {dtype}")
        for value in [*self.get_parameters(), *self.buffers()]:
            if value.dtype in mstype.float_type:
                value.set_dtype(dtype)
