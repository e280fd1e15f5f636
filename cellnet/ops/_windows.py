"""Settings that convolution and pooling share: padding and the fit of windows."""

from __future__ import annotations

from typing import Any, NamedTuple

from cellnet._checks import check_choice, check_int_tuple
from cellnet.ops._arrays import plain

Pairs = tuple[tuple[int, int], ...]


class Windows(NamedTuple):
    """Checked settings of windows, an entry for each axis."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Pairs
    dilation: tuple[int, ...]
    mode: str

    @property
    def reach(self) -> tuple[int, ...]:
        """How many elements a window covers along each axis."""
        return tuple(
            (k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True)
        )


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


def windows_of(
    owner: str,
    x: Any,
    kernel_size: Any,
    stride: Any,
    pad_mode: str,
    padding: Any,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Windows:
    """Settings of windows over all axes of ``x`` (N, C, ...) but two, checked.

    Raises:
        TypeError: settings that are no ints.
        ValueError: settings out of range, or windows that do not fit.
    """
    sizes = x.shape[2:]
    count = len(sizes)
    size = check_int_tuple(owner, "kernel_size", kernel_size, count, minimum=1)
    stride = size if stride is None else stride
    stride = check_int_tuple(owner, "stride", stride, count, minimum=1)
    dilation = check_int_tuple(owner, "dilation", dilation, count, minimum=1)
    pairs = padding_pairs(owner, pad_mode, padding, sizes, size, stride, dilation)
    windows = Windows(size, stride, pairs, dilation, str(pad_mode).lower())
    fitted = pairs
    if ceil_mode:
        more = overhang(sizes, windows)
        fitted = tuple((a, b + c) for (a, b), (_, c) in zip(pairs, more, strict=True))
    check_windows(owner, sizes, size, stride, dilation, fitted)
    return windows


def overhang(sizes: tuple[int, ...], windows: Windows) -> Pairs:
    """Further padding behind, so that a last window that starts inside is taken too."""
    more = []
    for n, k, s, (low, high) in zip(
        sizes, windows.reach, windows.stride, windows.padding, strict=True
    ):
        count = -(-(n + low + high - k) // s) + 1
        if (count - 1) * s >= n + low:
            count -= 1
        more.append((0, max((count - 1) * s + k - n - low - high, 0)))
    return tuple(more)


def check_data_format(owner: str, data_format: str, expected: str = "NCHW") -> None:
    if data_format != expected:
        raise ValueError(
            f"{owner}: data_format must be {expected!r}, got {data_format!r}; move "
            "channels to axis 1 with ops.transpose, such as "
            "ops.transpose(x, (0, 3, 1, 2))"
        )
