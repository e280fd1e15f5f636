"""What ``Model.fit`` adds to the callbacks that it is given."""

from __future__ import annotations

from cellnet.train.callback._callback import Callback
from cellnet.train.callback._history import History
from cellnet.train.callback._progress_bar import ProgressBar, can_be_shown


def with_comforts(
    callbacks: list[Callback], progress_bar: bool
) -> tuple[list[Callback], History]:
    """The callbacks with a History, and where it can be shown with a ProgressBar.

    Args:
        callbacks: the user's; one of a kind that is there already is not added.
        progress_bar: whether a bar is wanted.

    Returns:
        All callbacks, the bar first, so that what others print in the end comes after
        it; and the History.
    """
    wanted = progress_bar and can_be_shown()
    if wanted and not any(isinstance(c, ProgressBar) for c in callbacks):
        callbacks = [ProgressBar(), *callbacks]
    for callback in callbacks:
        if isinstance(callback, History):
            return callbacks, callback
    history = History()
    return [*callbacks, history], history
