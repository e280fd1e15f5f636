"""Which Cells and operations belong to the levels of mixed precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cellnet import nn, ops
from cellnet.nn.cell import Cell
from cellnet.ops.primitive import Primitive

_WHITE_CELLS = (
    *("Conv1d", "Conv2d", "Conv3d", "Conv1dTranspose", "Conv2dTranspose"),
    *("Conv3dTranspose", "Dense", "LSTMCell", "RNNCell", "GRUCell"),
)
_WHITE_PRIMITIVES = (
    *("Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose"),
    *("Conv2DBackpropInput", "MatMul", "BatchMatMul", "PReLU", "ReLU", "Ger"),
)
_BLACK_CELLS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm")

# what level "auto" says of operations, functions and Primitives alike
AUTO_LOWER = (
    *("conv1d", "conv2d", "conv3d", "conv_transpose2d", "Conv2D", "Conv3D"),
    *("Conv2DTranspose", "Conv3DTranspose", "Conv2DBackpropInput", "matmul"),
    *("MatMul", "bmm", "BatchMatMul", "prelu", "einsum", "Einsum", "dense", "addmm"),
    *("addbmm", "addmv", "baddbmm", "mv"),
)
AUTO_FULL = (
    *("pow", "acos", "asin", "cosh", "erfinv", "exp", "expm1", "log", "log10"),
    *("log1p", "log2", "reciprocal", "rsqrt", "sinh", "tan", "softplus", "layer_norm"),
    *("LayerNorm", "batch_norm", "BatchNorm", "group_norm", "kl_div", "KLDivLoss"),
    *("smooth_l1_loss", "SmoothL1Loss", "multilabel_margin_loss", "soft_margin_loss"),
    *(
        "SoftMarginLoss",
        "triplet_margin_loss",
        "multi_margin_loss",
        "BCEWithLogitsLoss",
    ),
    *("binary_cross_entropy_with_logits", "pdist", "cdist", "renorm", "prod"),
    *("ReduceProd", "softmax", "Softmax", "log_softmax", "LogSoftmax", "cumprod"),
    *("CumProd", "cumsum", "CumSum", "sum", "norm", "nll_loss", "NLLLoss", "l1_loss"),
    "cross_entropy",
)
AUTO_WIDEST = (
    *("addcdiv", "addcmul", "cross", "dot", "grid_sample", "bias_add", "BiasAdd"),
    *("addn", "AddN", "cat", "concat", "Concat"),
)
# operations with a bias, which is added in its own type
BIASED = ("conv1d", "conv2d", "conv3d", "conv_transpose2d", "dense")
# Cells that level "auto" runs in 16 bits as a whole
AUTO_LOWER_CELLS = (
    *("Conv1dTranspose", "Conv2dTranspose", "Conv3dTranspose", "RNNCell", "LSTMCell"),
    *("GRUCell", "RNN", "LSTM", "GRU"),
)
# and in float32
AUTO_FULL_CELLS = (
    *("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "LayerNorm"),
    *("GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"),
)


def get_white_list() -> list[type]:
    """Cells and Primitives that level O1 runs in 16 bits (mindspore.amp).

    Example:
        >>> nn.Conv2d in get_white_list()
        True
    """
    return [*cells(_WHITE_CELLS), *_named(ops, _WHITE_PRIMITIVES)]


def get_black_list() -> list[type]:
    """Cells that level O2 keeps in float32 (mindspore.amp.get_black_list).

    Example:
        >>> nn.BatchNorm2d in get_black_list()
        True
    """
    return cells(_BLACK_CELLS)


def cells(names: Iterable[str]) -> list[type[Cell]]:
    """The Cell classes of these names."""
    return _named(nn, names)


def functions(names: Iterable[str | type[Primitive]]) -> frozenset[Callable[..., Any]]:
    """Functions on arrays behind names of ``ops``, or behind Primitive classes."""
    found = set()
    listed = list(names)
    if getattr(ops, "BatchMatMul", None) in listed:
        listed.append("bmm")  # which is that Primitive in MindSpore; matmul is not one
    for name in listed:
        thing = getattr(ops, name, None) if isinstance(name, str) else name
        fn = getattr(getattr(thing, "function", thing), "on_arrays", None)
        if fn is not None:
            found.add(fn)
    return frozenset(found)


def _named(module: Any, names: Iterable[str]) -> list[Any]:
    return [getattr(module, name) for name in names if hasattr(module, name)]
