"""Sequences of tokens or numbers: cut, windowed, joined, given an end."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_bool, check_int
from ..transforms._base import Transform
from ._text import check_text, text_row, texts


class Truncate(Transform):
    """The first max_seq_len elements of the last axis.

    Args: max_seq_len: 1 or more.
    Inputs: (N,) or (M, N), any dtype.  Outputs: the same rank and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Truncate(2)(np.array([1, 2, 3])).tolist()
        [1, 2]
    References: mindspore.dataset.text.Truncate.
    """

    def __init__(self, max_seq_len: int) -> None:
        self.max_seq_len = check_int("Truncate", "max_seq_len", max_seq_len, 1)

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.ndim not in (1, 2):
            raise ValueError(f"Truncate: expected (N,) or (M, N), got {array.shape}.")
        return _narrow(array[..., : self.max_seq_len])


class TruncateSequencePair(Transform):
    """Two sequences cut at the end, the longer one first, to max_length in all.

    Args: max_length: 0 or more.
    Inputs: (N,) and (M,), any dtypes.  Outputs: the same ranks and dtypes.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> [x.tolist() for x in TruncateSequencePair(3)([1, 2, 3], [4, 5])]
        [[1, 2], [4]]
    References: mindspore.dataset.text.TruncateSequencePair.
    """

    num_columns = 2

    def __init__(self, max_length: int) -> None:
        self.max_length = check_int("TruncateSequencePair", "max_length", max_length, 0)

    def __call__(  # type: ignore[override]
        self, first: Any, second: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        pair = np.asarray(first), np.asarray(second)
        if any(array.ndim != 1 for array in pair):
            raise ValueError(
                f"TruncateSequencePair: expected (N,) and (M,), got {pair[0].shape} "
                f"and {pair[1].shape}."
            )
        lengths = [len(array) for array in pair]
        while sum(lengths) > self.max_length:
            lengths[lengths[0] <= lengths[1]] -= 1
        return _narrow(pair[0][: lengths[0]]), _narrow(pair[1][: lengths[1]])


class SlidingWindow(Transform):
    """Every run of `width` elements; none if there are fewer.

    Args: width: 1 or more. axis: 0 or -1.
    Inputs: (N,), any dtype.  Outputs: (N - width + 1, width), or (0,); the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> SlidingWindow(2)(np.array([1, 2, 3])).tolist()
        [[1, 2], [2, 3]]
    References: mindspore.dataset.text.SlidingWindow.
    """

    def __init__(self, width: int, axis: int = 0) -> None:
        self.width = check_int("SlidingWindow", "width", width, 1)
        self.axis = check_int("SlidingWindow", "axis", axis, -1, 0)

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.ndim != 1:
            raise ValueError(f"SlidingWindow: expected (N,), got {array.shape}.")
        if len(array) < self.width:
            return array[:0]
        return np.lib.stride_tricks.sliding_window_view(array, self.width).copy()


class AddToken(Transform):
    """A token before the others, or behind them.

    Args: token: text. begin: before them.
    Inputs: texts (N,) or (M, N).  Outputs: (N + 1,) or (M, N + 1).
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> AddToken("<s>")(["a", "b"]).tolist()
        ['<s>', 'a', 'b']
    References: mindspore.dataset.text.AddToken.
    """

    def __init__(self, token: str, begin: bool = True) -> None:
        self.token = check_text("AddToken", "token", token)
        self.begin = check_bool("AddToken", "begin", begin)

    def __call__(self, value: Any) -> np.ndarray:
        array = texts("AddToken", value)
        if array.ndim not in (1, 2):
            raise ValueError(f"AddToken: expected (N,) or (M, N), got {array.shape}.")
        token = np.full((*array.shape[:-1], 1), self.token)
        parts = (token, array) if self.begin else (array, token)
        return np.concatenate(parts, axis=-1)


class Ngram(Transform):
    """Every run of n tokens as one text.

    Args: n: 1 or more, or a list of them, one after the other.
        left_pad, right_pad: (token, count): added before and behind, at most n - 1.
        separator: between the tokens of a run.
    Inputs: texts (N,).  Outputs: texts (K,), one empty text if there is no run.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Ngram(2)(["a", "b", "c"]).tolist()
        ['a b', 'b c']
    References: mindspore.dataset.text.Ngram.
    """

    def __init__(
        self,
        n: int | list[int],
        left_pad: tuple[str, int] = ("", 0),
        right_pad: tuple[str, int] = ("", 0),
        separator: str = " ",
    ) -> None:
        listed = n if isinstance(n, list | tuple) else [n]
        self.n = [check_int("Ngram", "n", each, 1) for each in listed]
        if not self.n:
            raise ValueError("Ngram: n must not be empty.")
        self.left_pad = _pad("left_pad", left_pad)
        self.right_pad = _pad("right_pad", right_pad)
        self.separator = check_text("Ngram", "separator", separator)

    def __call__(self, value: Any) -> np.ndarray:
        tokens = text_row("Ngram", value).tolist()
        runs = []
        for n in self.n:
            left = [self.left_pad[0]] * min(self.left_pad[1], n - 1)
            right = [self.right_pad[0]] * min(self.right_pad[1], n - 1)
            padded = [*left, *tokens, *right]
            runs += [
                self.separator.join(padded[start : start + n])
                for start in range(len(padded) - n + 1)
            ]
        return np.array(runs or [""])


def _pad(name: str, value: Any) -> tuple[str, int]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(f"Ngram: {name} must be (token, count), got {value!r}.")
    return check_text("Ngram", name, value[0]), check_int("Ngram", name, value[1], 0)


def _narrow(array: np.ndarray) -> np.ndarray:
    """A copy; texts no wider than their longest."""
    return (
        np.array(array.tolist())
        if array.dtype.kind == "U" and array.size
        else (array.copy())
    )
