"""Settings that convolution and pooling share: padding and the fit of windows."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_choice, check_int_tuple
from cellnet.ops._arrays import plain

Pairs = tuple[tuple[int, int], ...]


def same_padding(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pairs:
    """Padding with which ceil(size / stride) windows fit; the odd one goes behind."""
    pairs = []
    for n, k, s, d in zip(sizes, window, stride, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def padding_pairs(
    owner: str,
    pad_mode: str,
    padding: Any,
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pairs:
    """MindSpore's pad_mode and padding as (before, after) of each axis."""
    mode = check_choice(
        owner, "pad_mode", str(pad_mode).lower(), ("same", "valid", "pad")
    )
    count = len(sizes)
    flat = check_int_tuple(owner, "padding", plain(padding), minimum=0)
    if mode != "pad":
        if any(flat):
            raise ValueError(
                f"{owner}: padding must be 0 when pad_mode is {pad_mode!r}, got "
                f"{padding!r}; use pad_mode='pad'"
            )
        if mode == "valid":
            return ((0, 0),) * count
        return same_padding(sizes, window, stride, dilation)
    if len(flat) == 1:
        return ((flat[0], flat[0]),) * count
    if len(flat) == count:
        return tuple((p, p) for p in flat)
    if len(flat) == 2 * count:
        return tuple(zip(flat[::2], flat[1::2], strict=True))
    raise ValueError(
        f"{owner}: padding must be an int or a tuple of {count} or {2 * count} ints, "
        f"got {padding!r}"
    )


def check_windows(
    owner: str, sizes: Any, window: Any, stride: Any, dilation: Any, padding: Pairs
) -> None:
    for n, k, s, d, (low, high) in zip(
        sizes, window, stride, dilation, padding, strict=True
    ):
        del s
        if n + low + high < (k - 1) * d + 1:
            raise ValueError(
                f"{owner}: a window of {window} with dilation {dilation} does not fit "
                f"into {tuple(sizes)} with padding {padding}"
            )


def check_data_format(owner: str, data_format: str) -> None:
    if data_format != "NCHW":
        raise ValueError(
            f"{owner}: data_format must be 'NCHW', got {data_format!r}; transpose "
            "(N, H, W, C) with ops.transpose(x, (0, 3, 1, 2))"
        )
