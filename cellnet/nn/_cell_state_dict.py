"""The state of a Cell as one dict, and the hooks on its way out and in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from cellnet.nn._cell_hooks import CellHooks, HookHandle
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_EXTRA_STATE = "_extra_state"
_TABLE = "_state_hooks"


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


class CellStateDict(CellHooks):
    """Methods of Cell that give its state away and take it back."""

    _params: OrderedDict[str, Parameter]
    _cells: OrderedDict[str, Any]
    _buffers: OrderedDict[str, Any]
    _transient: frozenset[str]
    _state_hooks: tuple[Any, ...]

    # -- hooks ------------------------------------------------------------------------
    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(cell, prefix, keep_vars)`` before ``state_dict`` of this Cell."""
        return self._add_hook("save", hook, table=_TABLE)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(cell, state_dict, prefix, metadata)`` after ``state_dict``.

        It may change the dict in place, and gives None.
        """
        return self._add_hook("saved", hook, table=_TABLE)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook`` before ``load_state_dict`` looks at this Cell's part.

        It is called with (cell, state_dict, prefix, metadata, strict, missing_keys,
        unexpected_keys, error_msgs); the dict and the lists may be changed in place.
        """
        return self._add_hook("load", hook, table=_TABLE)

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any]
    ) -> HookHandle:
        """Call ``hook(cell, incompatible_keys)`` after ``load_state_dict``.

        It may change the lists of keys in place, and gives None.
        """
        return self._add_hook("loaded", hook, table=_TABLE)

    def get_extra_state(self) -> Any:
        """State besides Parameters and buffers; a subclass that has some defines it."""
        raise RuntimeError(f"{type(self).__name__} has no extra state")

    def set_extra_state(self, state: Any) -> None:
        """Take what ``get_extra_state`` gave; defined with it."""
        raise RuntimeError(f"{type(self).__name__} has no extra state")

    # -- out --------------------------------------------------------------------------
    def state_dict(
        self,
        *args: Any,
        destination: dict | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Any]:
        """Path -> Parameter or persistent buffer (mindspore.nn.Cell.state_dict).

        Args:
            *args: destination, prefix and keep_vars by position.
            destination: a dict that is filled and given back.
            prefix: put before the paths.
            keep_vars: accepted; the dict holds the Parameters themselves.

        Raises:
            RuntimeError: a hook that gives something.
        """
        destination = args[0] if args else destination
        prefix = args[1] if len(args) > 1 else prefix
        result: Any = OrderedDict() if destination is None else destination
        if destination is None:
            result._metadata = OrderedDict()
        metadata: dict[str, Any] = {}
        if hasattr(result, "_metadata"):
            result._metadata[prefix[:-1]] = metadata
        for hook in self._hooks_of("save", _TABLE):
            hook.fn(self, prefix, keep_vars)
        for name, value in self._own_state().items():
            result[prefix + name] = value
        if _defines(self, "get_extra_state"):
            result[prefix + _EXTRA_STATE] = self.get_extra_state()
        for name, cell in self._cells.items():
            if cell is not None:
                below = f"{prefix}{name}."
                cell.state_dict(destination=result, prefix=below, keep_vars=keep_vars)
        for hook in self._hooks_of("saved", _TABLE):
            _expect_none(hook.fn(self, result, prefix, metadata), "state_dict")
        return result

    def _own_state(self) -> dict[str, Any]:
        """Parameters and persistent buffers of this Cell, children left out."""
        lasting = {k: v for k, v in self._buffers.items() if k not in self._transient}
        held = {**self._params, **lasting}
        return {name: value for name, value in held.items() if value is not None}

    # -- in ---------------------------------------------------------------------------
    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> IncompatibleKeys:
        """Take values from a dict (mindspore.nn.Cell.load_state_dict).

        Nothing is taken if something does not fit; a hook that comes after the loading
        may still forgive keys, so with one they are looked at last.

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
        loading = _Loading(getattr(state_dict, "_metadata", None) or {})
        loading.read(self, OrderedDict(state_dict), "")
        loading.check(self, strict and not loading.hooks)
        for take in loading.steps:
            take()
        for cell, hook in loading.hooks:
            _expect_none(hook.fn(cell, loading.keys), "load_state_dict")
        loading.check(self, strict)
        return loading.keys


class _Loading:
    """What a dict would change in a Cell and those below, and what speaks against it.

    Args:
        metadata: path of a Cell -> what its hooks put there when the state was saved.
    """

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self.metadata = metadata
        self.keys = IncompatibleKeys([], [])
        self.problems: list[str] = []
        self.steps: list[Callable[[], Any]] = []
        self.hooks: list[tuple[Any, Any]] = []  # those after the loading

    def read(self, cell: CellStateDict, state: dict[str, Any], prefix: str) -> None:
        """Look at the part of a Cell, whose keys begin with ``prefix``, and below."""
        missing, unexpected = self.keys
        for hook in cell._hooks_of("load", _TABLE):
            own = self.metadata.get(prefix[:-1], {})
            hook.fn(cell, state, prefix, own, True, missing, unexpected, self.problems)
        own = cell._own_state()
        for name, held in own.items():
            if prefix + name in state:
                self._take(prefix + name, held, state[prefix + name])
            else:
                missing.append(prefix + name)
        self._read_extra(cell, state, prefix)
        below: dict[str, dict[str, Any]] = {name: {} for name in cell._cells}
        for key, value in state.items():
            name, dot, _ = key.removeprefix(prefix).partition(".")
            if key.removeprefix(prefix) in (*own, _EXTRA_STATE):
                continue
            if dot and cell._cells.get(name) is not None:
                below[name][key] = value
            else:
                unexpected.append(key)
        for name, child in cell._cells.items():
            if child is not None:
                self.read(child, below[name], f"{prefix}{name}.")
        self.hooks += [(cell, hook) for hook in cell._hooks_of("loaded", _TABLE)]

    def _take(self, key: str, held: Parameter, value: Any) -> None:
        if not isinstance(value, Tensor | np.ndarray | jax.Array):
            self.problems.append(f"{key} is no Tensor but {type(value).__name__}")
        elif tuple(value.shape) != held.shape:
            self.problems.append(
                f"{key} has shape {tuple(value.shape)} instead of {held.shape}"
            )
        else:
            self.steps.append(lambda: held.set_data(value))

    def _read_extra(self, cell: Any, state: dict[str, Any], prefix: str) -> None:
        key = prefix + _EXTRA_STATE
        if _defines(cell, "set_extra_state"):
            if key in state:
                self.steps.append(lambda: cell.set_extra_state(state[key]))
            else:
                self.keys.missing_keys.append(key)
        elif key in state:
            self.keys.unexpected_keys.append(key)

    def check(self, cell: Any, strict: bool) -> None:
        """Raise what speaks against the loading; keys count if ``strict``."""
        missing, unexpected = self.keys
        problems = list(self.problems)
        if strict and unexpected:
            problems.insert(0, f"unknown are {', '.join(unexpected)}")
        if strict and missing:
            problems.insert(0, f"missing are {', '.join(missing)}")
        if problems:
            raise RuntimeError(
                f"load_state_dict of {type(cell).__name__}: " + "; ".join(problems)
            )


def _defines(cell: CellStateDict, method: str) -> bool:
    return getattr(type(cell), method) is not getattr(CellStateDict, method)


def _expect_none(result: Any, owner: str) -> None:
    if result is not None:
        raise RuntimeError(
            f"{owner}: a hook that comes after it must give None, got {result!r}; "
            "change its argument in place"
        )
