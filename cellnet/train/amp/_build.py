"""From a network, its loss and a level of mixed precision to a training step."""

from __future__ import annotations

import logging
from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_bool
from cellnet.nn.cell import Cell
from cellnet.nn.wrap import (
    TrainOneStepCell,
    TrainOneStepWithLossScaleCell,
    WithLossCell,
)
from cellnet.train.amp import _lists
from cellnet.train.amp._mixed import (
    LEVELS,
    by_black_list,
    by_operation,
    by_white_list,
    cast_floats,
)
from cellnet.train.loss_scale import DynamicLossScaleManager, LossScaleManager

logger = logging.getLogger("cellnet")

# settings that each level gives, as MindSpore's
_FLOAT16 = ("O2", "O3")
_SETTINGS = {"cast_model_type", "keep_batchnorm_fp32", "loss_scale_manager"}


def build_train_network(
    network: Cell,
    optimizer: Any,
    loss_fn: Any = None,
    level: str = "O0",
    boost_level: str = "O0",
    **kwargs: Any,
) -> Cell:
    """A training step in mixed precision (mindspore.amp.build_train_network).

    Args:
        network: the network, changed in place by the levels above "O0".
        optimizer: updates the Parameters.
        loss_fn: a loss Cell or function of (output, label); None if the network
            returns the loss.
        level: "O0", "O1", "O2", "O3" or "auto", see :func:`auto_mixed_precision`.
            "O2" brings a DynamicLossScaleManager along.
        boost_level: "O0"; MindSpore's training accelerator has no counterpart.
        **kwargs: ``cast_model_type`` (float16 or float32), ``keep_batchnorm_fp32`` and
            ``loss_scale_manager`` (a manager or None) override the level's own.

    Raises:
        TypeError: a network, optimizer or manager of another kind.
        ValueError: an unknown level or keyword.

    Example:
        net = build_train_network(net, optimizer, nn.MSELoss(), level="O2")
    """
    owner = "build_train_network"
    if not isinstance(network, Cell):
        raise TypeError(f"{owner}: network must be a Cell, got {network!r}")
    if not isinstance(optimizer, Cell):
        raise TypeError(f"{owner}: optimizer must be an Optimizer, got {optimizer!r}")
    if boost_level not in ("O0", "O1", "O2"):
        raise ValueError(
            f"{owner}: boost_level must be O0, O1 or O2, got {boost_level!r}"
        )
    unknown = sorted(set(kwargs) - _SETTINGS)
    if unknown:
        raise ValueError(
            f"{owner}: got unknown arguments {unknown}, expected some of "
            f"{sorted(_SETTINGS)}"
        )
    network = lower(network, level, **_without_manager(kwargs))
    if loss_fn is not None:
        network = with_loss(network, loss_fn, level, kwargs.get("cast_model_type"))
    return with_update(network, optimizer, manager_of(level, kwargs))


def lower(
    network: Cell,
    level: str,
    keep_batchnorm_fp32: bool | None = None,
    cast_model_type: Any = None,
) -> Cell:
    """``network`` at a level, its results in 16 bits with "O2" and "O3".

    Raises:
        TypeError: ``keep_batchnorm_fp32`` is no bool.
        ValueError: an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"amp_level must be one of {LEVELS}, got {level!r}")
    if keep_batchnorm_fp32 is not None:
        check_bool("mixed precision", "keep_batchnorm_fp32", keep_batchnorm_fp32)
    if level == "O1":
        return by_white_list(network, _lists.get_white_list(), mstype.float16)
    if level == "auto":
        return by_operation(network, mstype.float16)
    if not _casts(level, cast_model_type):
        return network
    keep = level == "O2" if keep_batchnorm_fp32 is None else keep_batchnorm_fp32
    return by_black_list(
        network, _lists.get_black_list() if keep else [], mstype.float16
    )


def with_loss(
    network: Cell, loss: Any, level: str, cast_model_type: Any = None
) -> Cell:
    """The network and its loss, which is computed in float32."""
    if level == "auto" or _casts(level, cast_model_type):
        return Loss32Cell(network, loss)
    return WithLossCell(network, loss)


def with_update(network: Cell, optimizer: Any, manager: Any) -> Cell:
    """One training step of a Cell that returns the loss.

    Args:
        network: returns the loss.
        optimizer: updates the Parameters.
        manager: FixedLossScaleManager, DynamicLossScaleManager or None.

    Raises:
        TypeError: a manager of another kind.
    """
    if manager is None:
        return TrainOneStepCell(network, optimizer)
    if not isinstance(manager, LossScaleManager):
        raise TypeError(
            f"loss_scale_manager must be a LossScaleManager or None, got "
            f"{type(manager).__name__}"
        )
    update_cell = manager.get_update_cell()
    if update_cell is None:
        sens = manager.get_loss_scale()
        _warn_of_scale(optimizer, expected=sens)
        return TrainOneStepCell(network, optimizer, sens)
    _warn_of_scale(optimizer, expected=1.0)
    return TrainOneStepWithLossScaleCell(network, optimizer, update_cell)


def _warn_of_scale(optimizer: Any, expected: float) -> None:
    """Say so if the optimizer does not undo what is left of the scale."""
    found = getattr(optimizer, "loss_scale", 1.0)
    if found != expected:
        logger.warning(
            "%s divides gradients by its loss_scale %g, the training step leaves them "
            "scaled by %g: it updates with %g times the gradients. Give the optimizer "
            "loss_scale=%g",
            *(type(optimizer).__name__, found, expected, expected / found, expected),
        )


def manager_of(level: str, settings: dict[str, Any]) -> Any:
    """The manager that was asked for, or the level's own."""
    if "loss_scale_manager" in settings:
        return settings["loss_scale_manager"]
    return DynamicLossScaleManager() if level == "O2" else None


def casts_for_evaluation(level: str) -> bool:
    """Whether evaluation computes the loss of a level in float32."""
    return level in (*_FLOAT16, "auto")


def _casts(level: str, cast_model_type: Any) -> bool:
    if cast_model_type is None:
        return level in _FLOAT16
    if cast_model_type not in (mstype.float16, mstype.float32):
        raise ValueError(
            f"cast_model_type must be float16 or float32, got {cast_model_type}"
        )
    return cast_model_type is mstype.float16


def _without_manager(settings: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in settings.items() if k != "loss_scale_manager"}


class Loss32Cell(WithLossCell):
    """A network and its loss, the network's results cast to float32 before."""

    def construct(self, data: Any, label: Any) -> Any:
        outputs = cast_floats(self._backbone(data), jnp.float32)
        return self._loss_fn(outputs, cast_floats(label, jnp.float32))


# printed as in MindSpore
Loss32Cell.__name__ = "WithLossCell"
