"""Dropout of elements, and of whole channels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_number, check_probability
from cellnet.graph import where
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class Dropout(Cell):
    """In training, zeros with probability p and x / (1 - p) otherwise.

    In evaluation the input itself (mindspore.nn.Dropout).

    Args:
        keep_prob: 1 - p, a float in (0, 1]; the first positional argument, as in
            MindSpore's older releases.
        p: the probability of a zero, in [0, 1); given, it decides.
        dtype: kept; the result has the dtype of x.

    Inputs: x, any shape, a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: keep_prob is no float, p no number, or x no float Tensor.
        ValueError: keep_prob or p outside its range.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.Dropout(p=0.5)(Tensor([1.0, 2.0])).asnumpy().tolist()
        [1.0, 2.0]

    References: Srivastava et al., JMLR 15, 2014.
    """

    def __init__(
        self,
        keep_prob: float = 0.5,
        p: float | None = None,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        self.keep_prob = _check_keep(keep_prob)
        self.p = _check_drop(p)
        self.dtype = dtype
        if p is not None and keep_prob != 0.5:
            warnings.warn(
                f"Dropout: got both keep_prob={keep_prob} and p={p}; p is used",
                stacklevel=where.stack_level(),
            )

    @property
    def _keep(self) -> float:
        return self.keep_prob if self.p is None else 1.0 - self.p

    def construct(self, x: Tensor) -> Tensor:
        """Draw a mask from the program's random key."""
        keep = self._keep
        if not self.training or keep == 1.0:
            return x
        check_float("Dropout", input=x)
        return ops.dropout(x, 1.0 - keep)

    def extend_repr(self) -> str:
        """The probability that was given."""
        return f"keep_prob={self.keep_prob}" if self.p is None else f"p={self.p}"


class _ChannelDropout(Cell):
    """In training, whole channels are zero with probability p, else x / (1 - p)."""

    function: Callable[..., Tensor]

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = check_probability(self.cls_name, "p", p)

    def construct(self, x: Tensor) -> Tensor:
        """Draw a mask for the channels from the program's random key."""
        check_float(self.cls_name, input=x)
        return type(self).function(x, self.p, self.training)

    def extend_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"


class Dropout1d(_ChannelDropout):
    """Dropout of whole channels of sequences (mindspore.nn.Dropout1d).

    In training a channel is zero with probability p and x / (1 - p) otherwise; in
    evaluation the input itself.

    Args:
        p: the probability of a zero, in [0, 1].

    Inputs: x (N, C, L) or (C, L), a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: p is no number, or x no float Tensor.
        ValueError: p out of range, or x of another rank.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.Dropout1d(1.0).set_train()(Tensor([[1.0, 2.0]])).asnumpy().tolist()
        [[0.0, 0.0]]

    References: Tompson et al., CVPR 2015.
    """

    function = staticmethod(ops.dropout1d)


class Dropout2d(_ChannelDropout):
    """Dropout of whole channels of images (mindspore.nn.Dropout2d).

    As Dropout1d, for x (N, C, H, W).
    """

    function = staticmethod(ops.dropout2d)


class Dropout3d(_ChannelDropout):
    """Dropout of whole channels of volumes (mindspore.nn.Dropout3d).

    As Dropout1d, for x (N, C, D, H, W).
    """

    function = staticmethod(ops.dropout3d)


def _check_keep(keep_prob: Any) -> float:
    if not isinstance(keep_prob, float):
        raise TypeError(
            f"Dropout: keep_prob must be a float, got {type(keep_prob).__name__} "
            f"({keep_prob!r}); for the probability of a zero pass p=..."
        )
    if not 0.0 < keep_prob <= 1.0:
        raise ValueError(f"Dropout: keep_prob must be in (0, 1], got {keep_prob}")
    return keep_prob


def _check_drop(p: Any) -> float | None:
    if p is None:
        return None
    check_number("Dropout", "p", p)
    if not 0 <= p < 1:
        raise ValueError(f"Dropout: p must be in [0, 1), got {p}")
    return p
