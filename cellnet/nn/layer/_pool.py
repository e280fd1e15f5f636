"""What the pooling Cells share, for any number of spatial axes."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_bool, check_choice, check_int
from cellnet.dtype import int64
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.nn.layer import _geometry as geometry
from cellnet.ops._op import op
from cellnet.ops._places import max_at, regular_places
from cellnet.ops._windows import same_padding
from cellnet.ops.lowering import avg_pool, max_pool
from cellnet.tensor import Tensor

_PAD_MODES = ("VALID", "SAME", "PAD")
_LAYOUTS = {1: "N, C, L", 2: "N, C, H, W", 3: "N, C, D, H, W"}


class _Pool(Cell):
    """What the pooling Cells share: a window over the last ``ndim`` axes.

    ``ndim`` is a property of the class, not a setting.
    """

    ndim = 2

    def __init__(
        self,
        kernel_size: Any,
        stride: Any,
        pad_mode: str,
        padding: Any,
        ceil_mode: bool,
        data_format: str,
    ) -> None:
        super().__init__()
        check_choice(self.cls_name, "data_format", data_format, ("NCHW",))
        owner = self.cls_name
        stride = kernel_size if stride is None else stride
        self._window = self._sizes("kernel_size", kernel_size)
        self._steps = self._sizes("stride", stride)
        self.kernel_size = kernel_size
        self.stride = stride
        if not isinstance(pad_mode, str):
            raise TypeError(
                f"{owner}: pad_mode must be a str, got {type(pad_mode).__name__}"
            )
        self.pad_mode = check_choice(owner, "pad_mode", pad_mode.upper(), _PAD_MODES)
        self.padding = self._sizes("padding", padding, minimum=0)
        self.ceil_mode = check_bool(owner, "ceil_mode", ceil_mode)
        if self.pad_mode != "PAD" and any(self.padding):
            raise ValueError(
                f"{owner}: padding must be 0 unless pad_mode is 'pad', got "
                f"padding={padding} with pad_mode={pad_mode!r}"
            )
        if any(2 * p > k for p, k in zip(self.padding, self._window, strict=True)):
            raise ValueError(
                f"{owner}: padding must be at most half the kernel, got "
                f"padding={padding} with kernel_size={kernel_size}"
            )

    def _sizes(self, name: str, value: Any, minimum: int = 1) -> tuple[int, ...]:
        if isinstance(value, list):
            value = tuple(value)
        if self.ndim == 3 and isinstance(value, tuple) and len(value) == 1:
            value = value[0]  # MindSpore takes it for all axes, in three dimensions
        return geometry.per_axis(self.cls_name, name, value, self.ndim, minimum=minimum)

    def _pads(self, x: Tensor) -> tuple[geometry.Pads, geometry.Pads]:
        """Padding that was asked for, and what ``ceil_mode`` needs on top of it."""
        check_float(self.cls_name, input=x)
        rank = self.ndim + 1
        if x.ndim not in (rank, rank + 1):
            layout = _LAYOUTS[self.ndim]
            raise ValueError(
                f"{self.cls_name}: got input {x.shape}, expected ({layout}), or the "
                "same without N"
            )
        sizes = x.shape[-self.ndim :]
        pads = tuple((p, p) for p in self.padding)
        if self.pad_mode == "SAME":
            ones = (1,) * self.ndim
            pads = same_padding(sizes, self._reach, self._steps, ones)
        geometry.check_fits(self.cls_name, x.shape, sizes, self._reach, pads)
        more = tuple((0, 0) for _ in sizes)
        if self.ceil_mode:
            more = geometry.overhang(sizes, self._reach, self._steps, pads)
        return pads, more

    @property
    def _reach(self) -> tuple[int, ...]:
        """How far a window reaches along each axis."""
        return self._window

    def extend_repr(self) -> str:
        """Window, stride and pad mode."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, "
            f"pad_mode={self.pad_mode}"
        )


class MaxPool(_Pool):
    def __init__(
        self,
        kernel_size: Any = 1,
        stride: Any = 1,
        pad_mode: str = "valid",
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
        data_format: str = "NCHW",
    ) -> None:
        super().__init__(kernel_size, stride, pad_mode, padding, ceil_mode, data_format)
        owner = self.cls_name
        self.dilation = self._sizes("dilation", dilation)
        self.return_indices = check_bool(owner, "return_indices", return_indices)
        for name, is_set in (
            ("ceil_mode", ceil_mode),
            ("return_indices", return_indices),
            ("dilation", set(self.dilation) != {1}),
        ):
            if is_set and self.pad_mode != "PAD":
                raise ValueError(
                    f"{owner}: {name}={getattr(self, name)} needs pad_mode='pad', got "
                    f"{pad_mode!r}"
                )

    @property
    def _reach(self) -> tuple[int, ...]:
        return tuple(
            (k - 1) * d + 1 for k, d in zip(self._window, self.dilation, strict=True)
        )

    def construct(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Slide the window."""
        pads = _sum(*self._pads(x))
        if not self.return_indices and set(self.dilation) == {1}:
            return _max(x, self._window, self._steps, pads)
        places = regular_places(
            x.shape[-self.ndim :], self._window, self._steps, self.dilation, pads
        )
        maxima, indices = max_at(x, places)
        return (maxima, ops.cast(indices, int64)) if self.return_indices else maxima


class AvgPool(_Pool):
    def __init__(
        self,
        kernel_size: Any = 1,
        stride: Any = 1,
        pad_mode: str = "valid",
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        data_format: str = "NCHW",
    ) -> None:
        super().__init__(kernel_size, stride, pad_mode, padding, ceil_mode, data_format)
        self.count_include_pad = check_bool(
            self.cls_name, "count_include_pad", count_include_pad
        )
        self.divisor_override = divisor_override
        if divisor_override is not None:
            check_int(self.cls_name, "divisor_override", divisor_override, minimum=1)

    def construct(self, x: Tensor) -> Tensor:
        """Slide the window."""
        pads, more = self._pads(x)
        window, steps = self._window, self._steps
        if self.divisor_override is not None:
            return _scaled(x, window, steps, _sum(pads, more), self.divisor_override)
        # padding of pad_mode "same" and of a partial last window never counts
        if self.count_include_pad and self.pad_mode == "PAD":
            return _avg(x, window, steps, more, pads)
        return _avg(x, window, steps, _sum(pads, more))


def _sum(a: geometry.Pads, b: geometry.Pads) -> geometry.Pads:
    return tuple((p + r, q + s) for (p, q), (r, s) in zip(a, b, strict=True))


def _on_batches(pool: Any, x: Any, window: tuple[int, ...], **settings: Any) -> Any:
    """``pool`` on x with a batch axis, which x may lack."""
    if x.ndim == len(window) + 2:
        return pool(x, window=window, **settings)
    return pool(x[None], window=window, **settings)[0]


@op
def _max(x: Any, window: Any, stride: Any, pads: Any) -> Any:
    return _on_batches(max_pool, x, window, stride=stride, padding=pads)


@op
def _avg(x: Any, window: Any, stride: Any, pads: Any, zeros: Any = None) -> Any:
    """Mean over what is inside; ``zeros`` are put around x first and are inside."""
    if zeros is not None:
        x = jnp.pad(x, (*((0, 0),) * (x.ndim - len(window)), *zeros))
    return _on_batches(
        avg_pool, x, window, stride=stride, padding=pads, count_include_pad=False
    )


@op
def _scaled(x: Any, window: Any, stride: Any, pads: Any, divisor: int) -> Any:
    """Sum over the window, divided by ``divisor``."""
    mean = _on_batches(
        avg_pool, x, window, stride=stride, padding=pads, count_include_pad=True
    )
    return mean * (math.prod(window) / divisor)
