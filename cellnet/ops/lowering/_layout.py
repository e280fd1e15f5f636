"""In which order the CPU holds the axes of image data: the batch or the channels last.

Elementwise loops, copies and pooling run along the innermost axes; short ones there
cost several times as much.  A convolution of few channels puts the batch last, one of
many the channels; pooling, which may stand behind either, asks the same function.  The
transposes at the borders are mostly views: XLA gives the elementwise operations between
two of these the order of their neighbours.
"""

from __future__ import annotations

from cellnet.ops.lowering._geometry import Size

Axes = tuple[int, ...]

# Up to here products are too narrow, and rows of channels too short.
FEW_CHANNELS = 16


def batch_last(rank: int) -> Axes:
    """``(N, C, *S)`` as ``(C, W, *R, N)``: W the last spatial axis, R the others."""
    return (1, rank + 1, *range(2, rank + 1), 0)


def channels_last(rank: int) -> Axes:
    """``(N, C, *S)`` as ``(N, *S, C)``."""
    return (0, *range(2, rank + 2), 1)


def restore(axes: Axes) -> Axes:
    """The transpose that undoes ``axes``."""
    return tuple(axes.index(axis) for axis in range(len(axes)))


def pooling_axes(shape: Size) -> Axes:
    """The order in which data ``(N, C, *S)`` is pooled."""
    few = shape[1] <= FEW_CHANNELS
    return (batch_last if few else channels_last)(len(shape) - 2)
