"""Convolutions as loops over every number, for any number of axes."""

import itertools

import numpy as np


def convolve(x, w, stride, pads, dilation, groups=1):
    """The sum over windows of x, written out."""
    x = np.pad(x, ((0, 0), (0, 0), *pads))
    counts = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(x.shape[2:], w.shape[2:], stride, dilation, strict=True)
    ]
    y = np.zeros((x.shape[0], w.shape[0], *counts))
    for place, out, inner, tap in pairs(counts, w, groups):
        at = tuple(
            p * s + t * d
            for p, s, t, d in zip(place, stride, tap, dilation, strict=True)
        )
        channel = out // (w.shape[0] // groups) * w.shape[1] + inner
        y[(slice(None), out, *place)] += (
            w[(out, inner, *tap)] * x[(slice(None), channel, *at)]
        )
    return y


def spread(x, w, stride, pads, dilation, size, groups=1):
    """The transposed convolution: each element of x puts a window of w down."""
    y = np.zeros((x.shape[0], w.shape[1] * groups, *size))
    for place, channel, inner, tap in pairs(x.shape[2:], w, groups):
        at = tuple(
            p * s + t * d - low
            for p, s, t, d, (low, _) in zip(
                place, stride, tap, dilation, pads, strict=True
            )
        )
        if all(0 <= a < n for a, n in zip(at, size, strict=True)):
            out = channel // (w.shape[0] // groups) * w.shape[1] + inner
            y[(slice(None), out, *at)] += (
                w[(channel, inner, *tap)] * x[(slice(None), channel, *place)]
            )
    return y


def pairs(counts, w, groups):
    del groups
    return itertools.product(
        np.ndindex(*counts),
        range(w.shape[0]),
        range(w.shape[1]),
        np.ndindex(w.shape[2:]),
    )
