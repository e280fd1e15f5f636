"""Layers without Parameters: a function of ``functional`` and its settings.

``_layer`` makes the class from the two; the settings are its constructor's arguments,
in order, and plain attributes of its objects.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cellnet.mint.nn import functional as F
from cellnet.nn.cell import Cell
from cellnet.ops.primitive import REQUIRED
from cellnet.tensor import Tensor


def _layer(name: str, fn: Callable[..., Any], **settings: Any) -> type[Cell]:
    """A Cell class whose objects call ``fn`` with their settings as keywords.

    Args:
        name: the class name.
        fn: takes Tensors, and the settings by keyword.
        **settings: constructor arguments in order, with defaults or ``REQUIRED``.
    """
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature(
        [
            inspect.Parameter(key, kind, default=default)
            for key, default in settings.items()
        ]
    )

    def __init__(self: Cell, *args: Any, **kwargs: Any) -> None:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}{signature}: {error}") from None
        bound.apply_defaults()
        Cell.__init__(self)
        for key, value in bound.arguments.items():
            setattr(self, key, tuple(value) if isinstance(value, list) else value)

    def construct(self: Any, *inputs: Tensor) -> Any:
        return fn(*inputs, **{key: getattr(self, key) for key in settings})

    def extend_repr(self: Any) -> str:
        return ", ".join(f"{key}={getattr(self, key)!r}" for key in settings)

    summary = (inspect.getdoc(fn) or name).splitlines()[0]
    members = {
        "__init__": __init__,
        "construct": construct,
        "extend_repr": extend_repr,
        "__doc__": f"{summary}\n\nThe layer of this function: ``{name}{signature}`` "
        f"(mindspore.mint.nn.{name}).",
        "__signature__": signature,
        "__module__": "cellnet.mint.nn",
    }
    return type(name, (Cell,), members)


def _in_training(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The class form of a dropout, which only drops in training."""

    def construct(self: Any, input: Tensor) -> Tensor:
        return fn(input, self.p, self.training, self.inplace)

    return construct


def _bilinear(input: Tensor, *, size: Any, scale_factor: Any) -> Tensor:
    """Bilinear mixtures of pixels, the corners of both images aligned."""
    if size is None:
        lengths = zip(input.shape[2:], _two(scale_factor), strict=True)
        size = tuple(int(length * factor) for length, factor in lengths)
    return F.interpolate(input, size, None, "bilinear", True)


def _two(factor: Any) -> tuple[Any, ...]:
    return factor if isinstance(factor, tuple) else (factor, factor)


# activations
ReLU = _layer("ReLU", F.relu)
ReLU6 = _layer("ReLU6", F.relu6, inplace=False)
SiLU = _layer("SiLU", F.silu, inplace=False)
SELU = _layer("SELU", F.selu, inplace=False)
ELU = _layer("ELU", F.elu, alpha=1.0, inplace=False)
GELU = _layer("GELU", F.gelu, approximate="none")
GLU = _layer("GLU", F.glu, dim=-1)
Hardshrink = _layer("Hardshrink", F.hardshrink, lambd=0.5)
Hardsigmoid = _layer("Hardsigmoid", F.hardsigmoid)
Hardswish = _layer("Hardswish", F.hardswish)
Hardtanh = _layer("Hardtanh", F.hardtanh, min_val=-1.0, max_val=1.0, inplace=False)
LogSigmoid = _layer("LogSigmoid", F.logsigmoid)
LogSoftmax = _layer("LogSoftmax", F.log_softmax, dim=None)
Mish = _layer("Mish", F.mish)
Sigmoid = _layer("Sigmoid", F.sigmoid)
Softmax = _layer("Softmax", F.softmax, dim=None)
Softshrink = _layer("Softshrink", F.softshrink, lambd=0.5)
Tanh = _layer("Tanh", F.tanh)
Threshold = _layer(
    "Threshold", F.threshold, threshold=REQUIRED, value=REQUIRED, inplace=False
)

# windows
AdaptiveAvgPool1d = _layer(
    "AdaptiveAvgPool1d", F.adaptive_avg_pool1d, output_size=REQUIRED
)
AdaptiveAvgPool2d = _layer(
    "AdaptiveAvgPool2d", F.adaptive_avg_pool2d, output_size=REQUIRED
)
AdaptiveAvgPool3d = _layer(
    "AdaptiveAvgPool3d", F.adaptive_avg_pool3d, output_size=REQUIRED
)
AdaptiveMaxPool1d = _layer(
    "AdaptiveMaxPool1d",
    F.adaptive_max_pool1d,
    output_size=REQUIRED,
    return_indices=False,
)
AdaptiveMaxPool2d = _layer(
    "AdaptiveMaxPool2d",
    F.adaptive_max_pool2d,
    output_size=REQUIRED,
    return_indices=False,
)
_AVERAGE = {
    "kernel_size": REQUIRED,
    "stride": None,
    "padding": 0,
    "ceil_mode": False,
    "count_include_pad": True,
}
AvgPool1d = _layer("AvgPool1d", F.avg_pool1d, **_AVERAGE)
AvgPool2d = _layer("AvgPool2d", F.avg_pool2d, **_AVERAGE, divisor_override=None)
AvgPool3d = _layer("AvgPool3d", F.avg_pool3d, **_AVERAGE, divisor_override=None)
MaxPool2d = _layer(
    "MaxPool2d",
    F.max_pool2d,
    kernel_size=REQUIRED,
    stride=None,
    padding=0,
    dilation=1,
    return_indices=False,
    ceil_mode=False,
)
_PATCHES = {"kernel_size": REQUIRED, "dilation": 1, "padding": 0, "stride": 1}
Fold = _layer("Fold", F.fold, output_size=REQUIRED, **_PATCHES)
Unfold = _layer("Unfold", F.unfold, **_PATCHES)
PixelShuffle = _layer("PixelShuffle", F.pixel_shuffle, upscale_factor=REQUIRED)
Upsample = _layer(
    "Upsample",
    F.interpolate,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
)
UpsamplingBilinear2d = _layer(
    "UpsamplingBilinear2d", _bilinear, size=None, scale_factor=None
)
UpsamplingNearest2d = _layer(
    "UpsamplingNearest2d", F.interpolate, size=None, scale_factor=None
)
Flatten = _layer("Flatten", F.flatten, start_dim=1, end_dim=-1)

# losses
BCELoss = _layer("BCELoss", F.binary_cross_entropy, weight=None, reduction="mean")
BCEWithLogitsLoss = _layer(
    "BCEWithLogitsLoss",
    F.binary_cross_entropy_with_logits,
    weight=None,
    reduction="mean",
    pos_weight=None,
)
CosineEmbeddingLoss = _layer(
    "CosineEmbeddingLoss", F.cosine_embedding_loss, margin=0.0, reduction="mean"
)
CrossEntropyLoss = _layer(
    "CrossEntropyLoss",
    F.cross_entropy,
    weight=None,
    ignore_index=-100,
    reduction="mean",
    label_smoothing=0.0,
)
KLDivLoss = _layer("KLDivLoss", F.kl_div, reduction="mean", log_target=False)
L1Loss = _layer("L1Loss", F.l1_loss, reduction="mean")
MSELoss = _layer("MSELoss", F.mse_loss, reduction="mean")
NLLLoss = _layer(
    "NLLLoss", F.nll_loss, weight=None, ignore_index=-100, reduction="mean"
)
SmoothL1Loss = _layer("SmoothL1Loss", F.smooth_l1_loss, reduction="mean", beta=1.0)
SoftMarginLoss = _layer("SoftMarginLoss", F.soft_margin_loss, reduction="mean")

# dropout
Dropout = _layer("Dropout", F.dropout, p=0.5, inplace=False)
Dropout.construct = _in_training(F.dropout)  # type: ignore[method-assign]
Dropout2d = _layer("Dropout2d", F.dropout2d, p=0.5, inplace=False)
Dropout2d.construct = _in_training(F.dropout2d)  # type: ignore[method-assign]


# padding
def _padding(name: str, mode: str, axes: int) -> type[Cell]:
    def fill(input: Tensor, *, padding: Any, value: Any = None) -> Tensor:
        pairs = (padding,) * (2 * axes) if isinstance(padding, int) else padding
        return F.pad(input, pairs, mode, value)

    fill.__doc__ = f"Elements put around, mode {mode!r}, over {axes} dimensions."
    more = {"value": REQUIRED} if name.startswith("Constant") else {}
    return _layer(f"{name}{axes}d", fill, padding=REQUIRED, **more)


ConstantPad1d, ConstantPad2d, ConstantPad3d = (
    _padding("ConstantPad", "constant", axes) for axes in (1, 2, 3)
)
ZeroPad1d, ZeroPad2d, ZeroPad3d = (
    _padding("ZeroPad", "constant", axes) for axes in (1, 2, 3)
)
ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = (
    _padding("ReflectionPad", "reflect", axes) for axes in (1, 2, 3)
)
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = (
    _padding("ReplicationPad", "replicate", axes) for axes in (1, 2, 3)
)


class Identity(Cell):
    """The input itself; any arguments are taken (mindspore.mint.nn.Identity)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        super().__init__()

    def construct(self, input: Tensor) -> Tensor:
        """Nothing is done."""
        return input
