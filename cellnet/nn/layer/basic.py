"""Dense, Dropout, Flatten and other basic Cells, under MindSpore's module name."""

from cellnet.nn.layer._bilinear import BiDense
from cellnet.nn.layer._dense import Dense, Linear
from cellnet.nn.layer._dropout import Dropout, Dropout1d, Dropout2d, Dropout3d
from cellnet.nn.layer._helpers import ClipByNorm, L1Regularizer, TimeDistributed
from cellnet.nn.layer._rearranging import Roll, Unflatten, Unfold
from cellnet.nn.layer._shapes import Flatten, Identity, OneHot
from cellnet.nn.layer.math import Norm, Range, Tril, Triu
from cellnet.nn.layer.padding import Pad


def check_dense_input_shape(
    x_shape: tuple[int, ...], prim_name: str | None = None
) -> None:
    """Refuse an input of a Dense with less than two axes, as MindSpore 1.x did.

    Args:
        x_shape: the shape.
        prim_name: who asks, for the message.

    Raises:
        ValueError: fewer axes.
    """
    if len(x_shape) < 2:
        who = f"{prim_name}: " if prim_name else ""
        raise ValueError(f"{who}got input {x_shape}, expected two axes or more")


__all__ = [
    "BiDense",
    "ClipByNorm",
    "Dense",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "Flatten",
    "Identity",
    "L1Regularizer",
    "Linear",
    "Norm",
    "OneHot",
    "Pad",
    "Range",
    "Roll",
    "TimeDistributed",
    "Tril",
    "Triu",
    "Unflatten",
    "Unfold",
    "check_dense_input_shape",
]
