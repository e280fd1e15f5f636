"""LossBase: weighting and reduction; and the checks that losses share."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet._checks import check_choice
from cellnet.graph.guards import require_range
from cellnet.nn._inputs import check_tensors, is_traced
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.tensor import Tensor

_REDUCTIONS = ("mean", "sum", "none")


class LossBase(Cell):
    """Base class of losses (mindspore.nn.LossBase).

    A subclass computes one value per element in ``construct`` and gives it to
    ``get_loss``.

    Args:
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: another reduction.

    Example:
        >>> from cellnet import Tensor, nn
        >>> class Distance(nn.LossBase):
        ...     def construct(self, a, b):
        ...         return self.get_loss((a - b) * (a - b))
        >>> float(Distance("sum")(Tensor([1.0, 2.0]), Tensor([0.0, 4.0])))
        5.0
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        check_choice(self.cls_name, "reduction", reduction, _REDUCTIONS)
        self.reduction = reduction
        self.average = reduction == "mean"
        self.reduce = reduction != "none"

    def get_axis(self, x: Tensor) -> tuple[int, ...]:
        """All axes of x."""
        return tuple(range(x.ndim))

    def get_loss(self, x: Tensor, weights: float | Tensor = 1.0) -> Tensor:
        """``x * weights``, reduced.

        Args:
            x: one loss per element.
            weights: a number, or a Tensor that broadcasts with x.

        Returns:
            A Tensor of x's dtype, of shape () unless the reduction is "none".

        Raises:
            TypeError: weights is neither.
        """
        if isinstance(weights, bool) or not isinstance(weights, int | float | Tensor):
            raise TypeError(
                f"{self.cls_name}: weights must be a number or a Tensor, got "
                f"{type(weights).__name__}"
            )
        return _reduce(x, weights, self.reduction)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss; subclasses define it."""
        raise NotImplementedError(f"{self.cls_name}: define construct(logits, labels)")


def check_optional_tensor(owner: str, name: str, value: Any) -> Tensor | None:
    """``value`` if it is None or a Tensor.

    Raises:
        TypeError: something else.
    """
    if value is not None:
        check_tensors(owner, **{name: value})
    return value


def check_classes(
    owner: str, labels: Tensor, num_classes: int, ignored: int | None = None
) -> None:
    """Refuse labels that are no class, as far as their values are known.

    Inside a compiled program there are none: whoever feeds it is told to check them,
    and the loss marks such labels by NaN.

    Raises:
        TypeError: labels of no integer type.
        ValueError: a label outside [0, num_classes).
    """
    if labels.dtype not in (*mstype.int_type, *mstype.uint_type):
        raise TypeError(
            f"{owner}: labels are {labels.dtype}, expected class numbers of an integer "
            "type; cast them with labels.astype(int32)"
        )
    if is_traced(labels):
        require_range(labels, 0, num_classes, f"{owner}: labels", ignored)
        return
    values = labels.asnumpy()
    wrong = (values < 0) | (values >= num_classes)
    if ignored is not None:
        wrong &= values != ignored
    places = np.argwhere(wrong)
    if len(places):
        place = tuple(int(i) for i in places[0])
        raise ValueError(
            f"{owner}: labels{list(place)} is {values[place]}, but there are "
            f"{num_classes} classes, 0 to {num_classes - 1}; correct the labels or "
            "widen the network's output"
        )


def wide(x: Any) -> Any:
    """x in the type that losses are computed in: float32, or float64 as it is."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def float_of(*arrays: Any) -> Any:
    """The dtype of a loss of these arrays: their common float type, or float32."""
    dtype = jnp.result_type(*arrays)
    return dtype if jnp.issubdtype(dtype, jnp.floating) else jnp.dtype(jnp.float32)


@op
def _reduce(x: Any, weights: Any, reduction: str) -> Any:
    values = wide(x) * weights
    if reduction == "mean":
        values = values.mean()
    elif reduction == "sum":
        values = values.sum()
    return values.astype(float_of(x))
