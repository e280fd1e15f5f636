"""Padding: constants, mirror images or repeated edges around the last axes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_choice, check_int, check_number, check_type
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class _PadLast(Cell):
    """Pads the last ``ndim`` axes in ``mode``; both are properties of the class.

    Args:
        padding: an int for all sides, or (left, right, top, bottom, front, back), as
            many pairs as there are axes, the last axis first.
    """

    ndim = 1
    mode = "constant"
    minimum: int | None = 0  # None where negative padding cuts off

    def __init__(self, padding: int | tuple[int, ...]) -> None:
        super().__init__()
        owner, count = self.cls_name, 2 * self.ndim
        check_type(owner, "padding", padding, int, tuple)
        if isinstance(padding, int):
            padding = (padding,) * count
        if len(padding) != count:
            raise ValueError(
                f"{owner}: padding must be an int or {count} ints, got {padding}"
            )
        self.padding = tuple(
            check_int(owner, "padding", side, minimum=self.minimum) for side in padding
        )

    def construct(self, x: Tensor) -> Tensor:
        """Pad."""
        self._check_input(x)
        return ops.pad(x, self.padding, self.mode)

    def _check_input(self, x: Tensor) -> None:
        check_tensors(self.cls_name, x=x)
        if x.ndim not in (self.ndim + 1, self.ndim + 2):
            raise ValueError(
                f"{self.cls_name}: got input {x.shape}, expected {self.ndim + 1} or "
                f"{self.ndim + 2} axes"
            )


class ReflectionPad1d(_PadLast):
    """The mirror image of x beyond both ends, without the edge itself.

    (mindspore.nn.ReflectionPad1d)

    Args:
        padding: an int for all sides, or an int for each: (left, right), and in more
            dimensions (left, right, top, bottom, front, back); >= 0 and less than the
            length of the axis.

    Inputs: x, one or two axes more than are padded, any dtype.
    Outputs: the padded x, the same dtype.

    Raises:
        TypeError: padding is neither an int nor a tuple of ints.
        ValueError: padding out of range or of another length, or x of another rank.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ReflectionPad1d((2, 0))(Tensor([[1.0, 2.0, 3.0]])).asnumpy().tolist()
        [[3.0, 2.0, 1.0, 2.0, 3.0]]
    """

    mode = "reflect"

    def _check_input(self, x: Tensor) -> None:
        super()._check_input(x)
        for axis in range(self.ndim):
            sides = self.padding[2 * axis : 2 * axis + 2]
            if max(sides) >= x.shape[-1 - axis]:
                raise ValueError(
                    f"{self.cls_name}: padding {sides} must be less than the length "
                    f"{x.shape[-1 - axis]} of axis {-1 - axis} of {x.shape}"
                )


class ReflectionPad2d(ReflectionPad1d):
    """As ReflectionPad1d, over the last two axes (mindspore.nn.ReflectionPad2d)."""

    ndim = 2


class ReflectionPad3d(ReflectionPad1d):
    """As ReflectionPad1d, over the last three axes (mindspore.nn.ReflectionPad3d)."""

    ndim = 3


class ReplicationPad1d(_PadLast):
    """The edge of x over and over beyond both ends (mindspore.nn.ReplicationPad1d).

    Args, Inputs, Outputs, Raises: as ReflectionPad1d, padding of any length.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ReplicationPad1d((2, 0))(Tensor([[1.0, 2.0]])).asnumpy().tolist()
        [[1.0, 1.0, 1.0, 2.0]]
    """

    mode = "replicate"


class ReplicationPad2d(ReplicationPad1d):
    """As ReplicationPad1d, over the last two axes (mindspore.nn.ReplicationPad2d)."""

    ndim = 2


class ReplicationPad3d(ReplicationPad1d):
    """As ReplicationPad1d, over the last three axes (mindspore.nn.ReplicationPad3d)."""

    ndim = 3


class ConstantPad1d(_PadLast):
    """A constant beyond both ends of x (mindspore.nn.ConstantPad1d).

    Args:
        padding: an int for all sides, or an int for each: (left, right), and in more
            dimensions (left, right, top, bottom, front, back); negative ones cut off.
        value: the constant.

    Inputs: x, with the axes that are padded, any dtype.
    Outputs: the padded x, the same dtype.

    Raises:
        TypeError: padding is neither an int nor a tuple of ints, or value no number.
        ValueError: padding of another length, or nothing left of x.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ConstantPad1d((1, -1), 9)(Tensor([[1.0, 2.0]])).asnumpy().tolist()
        [[9.0, 1.0]]
    """

    minimum = None

    def __init__(self, padding: int | tuple[int, ...], value: float) -> None:
        super().__init__(padding)
        self.value = check_number(self.cls_name, "value", value)

    def construct(self, x: Tensor) -> Tensor:
        """Pad."""
        self._check_input(x)
        return ops.pad(x, self.padding, "constant", self.value)

    def _check_input(self, x: Tensor) -> None:
        check_tensors(self.cls_name, x=x)
        sizes = [
            x.shape[-1 - axis] + sum(self.padding[2 * axis : 2 * axis + 2])
            for axis in range(min(self.ndim, x.ndim))
        ]
        if x.ndim < self.ndim or min(sizes) <= 0:
            raise ValueError(
                f"{self.cls_name}: padding {self.padding} leaves nothing of an input "
                f"of shape {x.shape}"
            )


class ConstantPad2d(ConstantPad1d):
    """As ConstantPad1d, over the last two axes (mindspore.nn.ConstantPad2d)."""

    ndim = 2


class ConstantPad3d(ConstantPad1d):
    """As ConstantPad1d, over the last three axes (mindspore.nn.ConstantPad3d)."""

    ndim = 3


class ZeroPad2d(ConstantPad2d):
    """As ConstantPad2d with the constant 0 (mindspore.nn.ZeroPad2d)."""

    def __init__(self, padding: int | tuple[int, ...]) -> None:
        super().__init__(padding, 0)


class Pad(Cell):
    """x with zeros or its mirror image around it, axis by axis (mindspore.nn.Pad).

    Args:
        paddings: a pair (before, after) >= 0 for each axis, a tuple of tuples.
        mode: "CONSTANT" for zeros, "REFLECT" for a mirror image without the edge,
            "SYMMETRIC" for one with it.

    Inputs: x, as many axes as there are pairs, any dtype.
    Outputs: the padded x, the same dtype.

    Raises:
        TypeError: paddings is no tuple.
        ValueError: another mode, an entry that is no pair, more than four pairs, or
            another number of axes.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.Pad(((1, 0),), "SYMMETRIC")(Tensor([1.0, 2.0])).asnumpy().tolist()
        [1.0, 1.0, 2.0]
    """

    def __init__(
        self, paddings: tuple[tuple[int, int], ...], mode: str = "CONSTANT"
    ) -> None:
        super().__init__()
        check_type("Pad", "paddings", paddings, tuple)
        check_choice("Pad", "mode", mode, ("CONSTANT", "REFLECT", "SYMMETRIC"))
        if len(paddings) > 4 or any(len(pair) != 2 for pair in paddings):
            raise ValueError(
                f"Pad: paddings must hold a pair for each of at most 4 axes, got "
                f"{paddings}"
            )
        self.paddings = tuple(
            tuple(check_int("Pad", "paddings", side, minimum=0) for side in pair)
            for pair in paddings
        )
        self.mode = mode

    def construct(self, x: Tensor) -> Tensor:
        """Pad."""
        check_tensors("Pad", x=x)
        if x.ndim != len(self.paddings):
            raise ValueError(
                f"Pad: got input {x.shape}, but paddings for {len(self.paddings)} axes"
            )
        return _pad(x, self.paddings, self.mode.lower())


@op
def _pad(x: Any, pairs: Any, mode: str) -> Any:
    return jnp.pad(x, pairs, mode=mode)  # type: ignore[call-overload]
