"""The state of a Cell as one dict, and buffers: state that is no Parameter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cellnet import dtype as mstype
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor, touched


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict`` did not find, on either side."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


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

    def state_dict(
        self,
        *args: Any,
        destination: dict | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Tensor]:
        """Path -> Parameter or persistent buffer (mindspore.nn.Cell.state_dict).

        Args:
            *args: destination, prefix and keep_vars by position.
            destination: a dict that is filled and given back.
            prefix: put before the paths.
            keep_vars: accepted; the dict holds the Parameters themselves.
        """
        del keep_vars
        destination = args[0] if args else destination
        prefix = args[1] if len(args) > 1 else prefix
        result = OrderedDict() if destination is None else destination
        for path, cell in self.cells_and_names():
            start = f"{prefix}{path}." if path else prefix
            own = {**cell._buffers, **cell._params}
            for name, value in own.items():
                if value is not None and name not in cell._transient:
                    result[start + name] = value
        return result

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> IncompatibleKeys:
        """Take values from a dict (mindspore.nn.Cell.load_state_dict).

        Args:
            state_dict: path -> Tensor.
            strict: whether the paths must be those of ``state_dict()``.

        Returns:
            The paths that only one side has, as ``missing_keys`` and
            ``unexpected_keys``.

        Raises:
            TypeError: no dict.
            RuntimeError: values of another shape, or, if strict, other paths.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                "load_state_dict: state_dict must be a dict, got "
                f"{type(state_dict).__name__}"
            )
        own = self.state_dict()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and missing:
            problems.append(f"missing are {', '.join(missing)}")
        if strict and unexpected:
            problems.append(f"unknown are {', '.join(unexpected)}")
        shared = [name for name in own if name in state_dict]
        for name in shared:
            if tuple(state_dict[name].shape) != own[name].shape:
                problems.append(
                    f"{name} has shape {tuple(state_dict[name].shape)} instead of "
                    f"{own[name].shape}"
                )
        if problems:
            raise RuntimeError(
                f"load_state_dict of {type(self).__name__}: " + "; ".join(problems)
            )
        for name in shared:
            held: Any = own[name]
            held.set_data(state_dict[name])
        return IncompatibleKeys(missing, unexpected)

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

    def _cast_state(self, dtype: mstype.Type) -> None:
        if mstype.to_numpy(dtype).kind in "biu":
            raise TypeError(f"to: expected a float or complex type, got {dtype}")
        for value in [*self.get_parameters(), *self.buffers()]:
            if value.dtype in mstype.float_type:
                value.set_dtype(dtype)
