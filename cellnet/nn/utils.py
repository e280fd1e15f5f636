"""Helpers for making networks (mindspore.nn.utils)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_init_parameters() -> Iterator[None]:
    """Make a network whose values will come from a checkpoint.

    MindSpore leaves the Parameters without values meanwhile, to save the time; here
    they get their initial values, which is what a network without checkpoint has in
    either.  (mindspore.nn.no_init_parameters)

    Example:
        >>> from cellnet import nn
        >>> with nn.no_init_parameters():
        ...     net = nn.Dense(2, 3)
    """
    yield
