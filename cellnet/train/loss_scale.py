"""Loss scale managers: how a Model scales the loss before differentiation.

In float16 small gradients vanish; the loss is multiplied by a scale, and the gradients
are divided by it before the update.
"""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_int, check_number, check_positive
from cellnet.nn.cell import Cell
from cellnet.nn.wrap import DynamicLossScaleUpdateCell, FixedLossScaleUpdateCell

_MAX_OVERFLOWS = 1000  # in a row; after them training is lost


class LossScaleManager:
    """Base class of managers (mindspore.amp.LossScaleManager).

    Subclasses define all three methods.
    """

    def get_loss_scale(self) -> float:
        """The scale now."""
        raise NotImplementedError(f"{type(self).__name__}.get_loss_scale")

    def update_loss_scale(self, overflow: Any) -> None:
        """Take in whether the last step overflowed, a bool."""
        raise NotImplementedError(f"{type(self).__name__}.update_loss_scale")

    def get_update_cell(self) -> Cell | None:
        """The Cell that does the same inside a training step, or None."""
        raise NotImplementedError(f"{type(self).__name__}.get_update_cell")


class FixedLossScaleManager(LossScaleManager):
    """The same scale for ever (mindspore.amp.FixedLossScaleManager).

    Args:
        loss_scale: the scale, >= 1.  An optimizer used with ``drop_overflow_update``
            False needs it as its own ``loss_scale``.
        drop_overflow_update: leave out updates whose gradients overflow.

    Raises:
        TypeError: ``loss_scale`` is no number.
        ValueError: it is below 1.

    Example:
        >>> FixedLossScaleManager(1024.0).get_loss_scale()
        1024.0
    """

    def __init__(
        self, loss_scale: float = 128.0, drop_overflow_update: bool = True
    ) -> None:
        self._loss_scale = check_number(
            "FixedLossScaleManager", "loss_scale", loss_scale, minimum=1
        )
        self._drop_overflow_update = drop_overflow_update

    def get_loss_scale(self) -> float:
        """The scale."""
        return self._loss_scale

    def get_drop_overflow_update(self) -> bool:
        """Whether updates that overflow are left out."""
        return self._drop_overflow_update

    def update_loss_scale(self, overflow: Any) -> None:
        """Change nothing."""
        del overflow

    def get_update_cell(self) -> FixedLossScaleUpdateCell | None:
        """A Cell that keeps the scale, or None if no update is left out."""
        if not self._drop_overflow_update:
            return None
        return FixedLossScaleUpdateCell(self._loss_scale)


class DynamicLossScaleManager(LossScaleManager):
    """Lower at an overflow, higher after a run without (mindspore.amp).

    scale = max(scale / scale_factor, 1) at an overflow; scale * scale_factor when
    ``scale_window`` steps went without.

    Args:
        init_loss_scale: the first scale, >= 1.
        scale_factor: > 0.
        scale_window: steps, > 0.

    Raises:
        TypeError: an argument that is no number, or a ``scale_window`` that is no int.
        ValueError: one out of range.

    Example:
        >>> manager = DynamicLossScaleManager(init_loss_scale=1024)
        >>> manager.update_loss_scale(True)
        >>> manager.get_loss_scale()
        512.0
    """

    def __init__(
        self,
        init_loss_scale: float = 2**24,
        scale_factor: float = 2,
        scale_window: int = 2000,
    ) -> None:
        owner = "DynamicLossScaleManager"
        self.loss_scale = check_number(
            owner, "init_loss_scale", init_loss_scale, minimum=1
        )
        self.scale_factor = check_positive(owner, "scale_factor", scale_factor)
        self.scale_window = check_int(owner, "scale_window", scale_window, minimum=1)
        self._clean_steps = self._overflows = 0  # since the last overflow; in a row

    def get_loss_scale(self) -> float:
        """The scale now."""
        return self.loss_scale

    def get_drop_overflow_update(self) -> bool:
        """True: updates that overflow are left out."""
        return True

    def update_loss_scale(self, overflow: Any) -> None:
        """Take in whether the last step overflowed.

        Args:
            overflow: a bool, or a Tensor of one element.

        Raises:
            RuntimeError: more than 1000 overflows in a row.
        """
        if not overflow:
            self._overflows = 0
            self._clean_steps += 1
            if self._clean_steps % self.scale_window == 0:
                self.loss_scale *= self.scale_factor
            return
        self.loss_scale = max(self.loss_scale / self.scale_factor, 1)
        self._clean_steps = 0
        self._overflows += 1
        if self._overflows > _MAX_OVERFLOWS:
            raise RuntimeError(
                f"DynamicLossScaleManager: {self._overflows} steps in a row "
                f"overflowed, the scale is {self.loss_scale}; lower the learning "
                "rate or check the data"
            )

    def get_update_cell(self) -> DynamicLossScaleUpdateCell:
        """A Cell that does the same inside a training step."""
        return DynamicLossScaleUpdateCell(
            self.loss_scale,
            self.scale_factor,  # type: ignore[arg-type]  # an int in MindSpore
            self.scale_window,
        )
