"""MindSpore's decorators and wrappers that have nothing to do here.

Programs import them (``mindspore._extends``, ``nn.optim.optimizer``) to tell
MindSpore's own compiler or optimizers something that cellnet needs no telling, so each
gives back what it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Thing = TypeVar("Thing")


def cell_attr_register(
    fn: Callable | None = None, attrs: Any = None
) -> Callable[..., Any]:
    """Decorate ``__init__`` of a Cell, bare or with ``attrs``; changes nothing."""
    del attrs
    return fn if fn is not None else _unchanged


def opt_init_args_register(fn: Callable) -> Callable:
    """Decorate ``__init__`` of an Optimizer; changes nothing."""
    return fn


def lazy_inline(
    fn: Callable | None = None, attrs: Any = None, policy: Any = None
) -> Callable[..., Any]:
    """Decorate ``__init__`` of a Cell, bare or called; XLA inlines as it likes."""
    del attrs, policy
    return fn if fn is not None else _unchanged


def virtual_dataset_cell(backbone: Thing) -> Thing:
    """The network itself: there is no data set to cut up on one device."""
    return backbone


class ConvertModelUtils:
    """Prepares a Model for the optimizer THOR (mindspore.train.ConvertModelUtils)."""

    @staticmethod
    def convert_to_thor_model(model: Thing, network: Any, **settings: Any) -> Thing:
        """The Model itself, as in MindSpore for every other optimizer.

        THOR is not here, and its name raises where a program makes one.

        Args:
            model: the Model.
            network: its network.
            **settings: what the Model was made with.
        """
        del network, settings
        return model


def _unchanged(thing: Thing) -> Thing:
    return thing
