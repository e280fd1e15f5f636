"""Hooks of a Cell: functions called before, after, around and behind ``construct``."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

from cellnet.graph import control
from cellnet.graph.guards import Watched
from cellnet.nn._backward_hooks import call_with_hook, call_with_pre_hook

logger = logging.getLogger("cellnet")


class Hook(NamedTuple):
    """A function and when it is called."""

    kind: str  # "before", "after", "back", "back_before", "around"; or of state dicts
    fn: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False  # "after" an exception too


class CellHooks:
    """What Cell does with its hooks; they run in the order in which they were added."""

    construct: Callable[..., Any]
    _hooks: tuple[Hook, ...]

    def register_forward_pre_hook(
        self,
        hook_fn: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
    ) -> HookHandle:
        """Call ``hook_fn(cell, inputs)`` before construct; it may replace inputs.

        Args:
            hook_fn: gives None, an input or a tuple of inputs.
            prepend: whether it runs before those that are there.
            with_kwargs: call ``hook_fn(cell, inputs, kwargs)``, which gives None or
                (inputs, kwargs).

        Raises:
            TypeError: no function.
        """
        return self._add_hook(
            "before", hook_fn, prepend=prepend, with_kwargs=with_kwargs
        )

    def register_forward_hook(
        self,
        hook_fn: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> HookHandle:
        """Call ``hook_fn(cell, inputs, output)`` after; it may replace the output.

        Args:
            hook_fn: gives None or another output.
            prepend: whether it runs before those that are there.
            with_kwargs: call ``hook_fn(cell, inputs, kwargs, output)``.
            always_call: call it, with None as output, if construct raises too.

        Raises:
            TypeError: no function.
        """
        return self._add_hook(
            "after",
            hook_fn,
            prepend=prepend,
            with_kwargs=with_kwargs,
            always=always_call,
        )

    def register_backward_hook(self, hook_fn: Callable[..., Any]) -> HookHandle:
        """Call ``hook_fn(cell, grad_inputs, grad_outputs)`` on the way back.

        Both are tuples; what it returns, if anything, takes the place of grad_inputs.
        """
        return self._add_hook("back", hook_fn)

    def register_backward_pre_hook(self, hook_fn: Callable[..., Any]) -> HookHandle:
        """Call ``hook_fn(cell, grad_outputs)`` when the way back reaches the Cell.

        What it returns, if anything, takes the place of grad_outputs, a tuple.
        """
        return self._add_hook("back_before", hook_fn)

    def _add_hook(
        self,
        kind: str,
        hook_fn: Callable[..., Any],
        *,
        table: str = "_hooks",
        prepend: bool = False,
        with_kwargs: bool = False,
        always: bool = False,
    ) -> HookHandle:
        if not callable(hook_fn):
            raise TypeError(f"hook_fn must be a function, got {type(hook_fn).__name__}")
        entry = Hook(kind, hook_fn, with_kwargs, always)
        held = getattr(self, table)
        _set_hooks(self, table, (entry, *held) if prepend else (*held, entry))
        return HookHandle(self, table, entry)

    def _run_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """construct among the hooks; "around" ones are context managers' makers."""
        with ExitStack() as stack:
            for hook in self._hooks_of("around"):
                stack.enter_context(hook.fn())
            return self._run_among_hooks(args, kwargs)

    def _run_among_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        left = self._hooks_of("after")
        try:
            for hook in self._hooks_of("before"):
                args, kwargs = self._inputs_by(hook, args, kwargs)
            outputs = self._run_behind_hooks(args, kwargs)
            while left:
                hook = left.pop(0)
                changed = self._call_after(hook, args, kwargs, outputs)
                outputs = outputs if changed is None else changed
        except Exception:
            for hook in left:
                if hook.always:
                    self._call_in_vain(hook, args, kwargs)
            raise
        return outputs

    def _run_behind_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        def run(*args: Any) -> Any:
            return control.resolve(self.construct)(*args, **kwargs)

        for hook in self._hooks_of("back"):
            run = functools.partial(call_with_hook, self, hook.fn, run)
        # the way back reaches the outermost first
        for hook in reversed(self._hooks_of("back_before")):
            run = functools.partial(call_with_pre_hook, self, hook.fn, run)
        return run(*args)

    def _inputs_by(
        self, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if hook.with_kwargs:
            changed = hook.fn(self, args, kwargs)
            if changed is None:
                return args, kwargs
            if isinstance(changed, tuple) and len(changed) == 2:
                return changed
            raise RuntimeError(
                f"{type(self).__name__}: a pre-hook with_kwargs must give None or "
                f"(inputs, kwargs), got {changed!r}"
            )
        changed = hook.fn(self, args)
        if changed is None:
            return args, kwargs
        return (changed if isinstance(changed, tuple) else (changed,)), kwargs

    def _call_after(
        self, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any
    ) -> Any:
        if hook.with_kwargs:
            return hook.fn(self, args, kwargs, outputs)
        return hook.fn(self, args, outputs)

    def _call_in_vain(
        self, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        try:
            self._call_after(hook, args, kwargs, None)
        except Exception as error:  # the exception on its way is the one to be seen
            logger.warning(
                "%s: a forward hook failed after an error in construct: %r",
                type(self).__name__,
                error,
            )

    def _hooks_of(self, kind: str, table: str = "_hooks") -> list[Hook]:
        return [hook for hook in getattr(self, table) if hook.kind == kind]


class HookHandle:
    """Takes a hook off again."""

    def __init__(self, cell: CellHooks, table: str, entry: Hook) -> None:
        self._cell, self._table, self._entry = cell, table, entry

    def remove(self) -> None:
        """Take the hook off; doing so twice is harmless."""
        held = getattr(self._cell, self._table)
        kept = tuple(hook for hook in held if hook is not self._entry)
        _set_hooks(self._cell, self._table, kept)


def _set_hooks(cell: Any, table: str, hooks: tuple[Hook, ...]) -> None:
    # Not by the Cell's own rules of attributes: it is told apart from what users set.
    Watched.__setattr__(cell, table, hooks)
