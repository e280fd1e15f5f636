"""Hooks of a Cell: functions that run before, after, around and behind construct."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from cellnet.graph import control
from cellnet.graph.guards import Watched
from cellnet.nn._backward_hooks import call_with_hook

# ("before" | "after" | "back" | "around", function)
_Hook = tuple[str, Callable[..., Any]]


class CellHooks:
    """What Cell does with its hooks; they run in the order in which they were added."""

    construct: Callable[..., Any]
    _hooks: tuple[_Hook, ...]

    def register_forward_pre_hook(self, hook_fn: Callable[..., Any]) -> HookHandle:
        """Call ``hook_fn(cell, inputs)`` before construct; it may replace inputs."""
        return self._add_hook("before", hook_fn)

    def register_forward_hook(self, hook_fn: Callable[..., Any]) -> HookHandle:
        """Call ``hook_fn(cell, inputs, output)`` after; it may replace the output."""
        return self._add_hook("after", hook_fn)

    def register_backward_hook(self, hook_fn: Callable[..., Any]) -> HookHandle:
        """Call ``hook_fn(cell, grad_inputs, grad_outputs)`` on the way back.

        Both are tuples; what it returns, if anything, takes the place of grad_inputs.
        """
        return self._add_hook("back", hook_fn)

    def _add_hook(self, kind: str, hook_fn: Callable[..., Any]) -> HookHandle:
        if not callable(hook_fn):
            raise TypeError(f"hook_fn must be a function, got {type(hook_fn).__name__}")
        entry = (kind, hook_fn)
        _set_hooks(self, (*self._hooks, entry))
        return HookHandle(self, entry)

    def _run_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """construct among the hooks; "around" ones are context managers' makers."""
        with ExitStack() as stack:
            for hook in self._hooks_of("around"):
                stack.enter_context(hook())
            return self._run_among_hooks(args, kwargs)

    def _run_among_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook in self._hooks_of("before"):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)

        def run(*args: Any) -> Any:
            return control.resolve(self.construct)(*args, **kwargs)

        for hook in self._hooks_of("back"):
            run = functools.partial(call_with_hook, self, hook, run)
        outputs = run(*args)
        for hook in self._hooks_of("after"):
            changed = hook(self, args, outputs)
            outputs = outputs if changed is None else changed
        return outputs

    def _hooks_of(self, kind: str) -> list[Callable[..., Any]]:
        return [hook for its_kind, hook in self._hooks if its_kind == kind]


class HookHandle:
    """Takes a hook off again."""

    def __init__(self, cell: CellHooks, entry: _Hook) -> None:
        self._cell, self._entry = cell, entry

    def remove(self) -> None:
        """Take the hook off; doing so twice is harmless."""
        kept = tuple(h for h in self._cell._hooks if h is not self._entry)
        _set_hooks(self._cell, kept)


def _set_hooks(cell: Any, hooks: tuple[_Hook, ...]) -> None:
    # Not by the Cell's own rules of attributes: it is told apart from what users set.
    Watched.__setattr__(cell, "_hooks", hooks)
