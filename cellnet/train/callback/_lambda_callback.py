"""LambdaCallback: functions as hooks."""

from __future__ import annotations

from collections.abc import Callable

from cellnet.train.callback._callback import Callback
from cellnet.train.callback._run_context import RunContext

_Hook = Callable[[RunContext], object] | None


class LambdaCallback(Callback):
    """Runs the given functions, each at the hook of its name.

    Args:
        on_train_epoch_begin, on_train_epoch_end, on_train_step_begin,
            on_train_step_end, on_train_begin, on_train_end, on_eval_epoch_begin,
            on_eval_epoch_end, on_eval_step_begin, on_eval_step_end, on_eval_begin,
            on_eval_end: functions of the RunContext, or None.

    Raises:
        TypeError: one of them cannot be called.

    Example:
        >>> callback = LambdaCallback(on_train_end=lambda run_context: print("done"))
        >>> callback.on_train_end(RunContext({}))
        done

    Source: mindspore.train.LambdaCallback.
    """

    def __init__(
        self,
        on_train_epoch_begin: _Hook = None,
        on_train_epoch_end: _Hook = None,
        on_train_step_begin: _Hook = None,
        on_train_step_end: _Hook = None,
        on_train_begin: _Hook = None,
        on_train_end: _Hook = None,
        on_eval_epoch_begin: _Hook = None,
        on_eval_epoch_end: _Hook = None,
        on_eval_step_begin: _Hook = None,
        on_eval_step_end: _Hook = None,
        on_eval_begin: _Hook = None,
        on_eval_end: _Hook = None,
    ) -> None:
        super().__init__()
        hooks = {name: hook for name, hook in locals().items() if name[:3] == "on_"}
        for name, hook in hooks.items():
            if hook is None:
                continue
            if not callable(hook):
                raise TypeError(
                    f"LambdaCallback: {name} must be a function of the RunContext, got "
                    f"{type(hook).__name__} ({hook!r})"
                )
            setattr(self, name, hook)
