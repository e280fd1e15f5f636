"""What text transforms share: their inputs, and tokens with their places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..._optional import optional
from .._checks import check_bool
from ..transforms._base import Transform

Span = tuple[str, int, int]  # a token, its first character, the one behind its last
Tokens = np.ndarray | tuple[np.ndarray, np.ndarray, np.ndarray]


def regex(owner: str) -> Any:
    """The package regex: unlike `re` it knows the classes of Unicode."""
    return optional(owner, "regex", "regex", "text")


def texts(owner: str, value: Any) -> np.ndarray:
    """The value as an array of texts, of any shape."""
    array = np.asarray(value)
    if array.dtype.kind != "U":
        raise TypeError(f"{owner}: expected text, got {value!r} of {array.dtype}.")
    return array


def one_text(owner: str, value: Any) -> str:
    array = texts(owner, value)
    if array.ndim:
        raise ValueError(f"{owner}: expected one text (), got shape {array.shape}.")
    return str(array)


def text_row(owner: str, value: Any) -> np.ndarray:
    """Texts in a row (N,)."""
    array = texts(owner, value)
    if array.ndim != 1:
        raise ValueError(f"{owner}: expected texts (N,), got shape {array.shape}.")
    return array


def check_text(owner: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{owner}: {name} must be a str, got {value!r}.")
    return value


def with_places(text: str, spans: Iterable[Span], with_offsets: bool) -> Tokens:
    """The tokens, and if wanted where each begins and ends in `text`, in UTF-8 bytes.

    No token at all is one empty token, so that a row never becomes empty.
    """
    listed = list(spans) or [("", 0, 0)]
    tokens = np.array([token for token, _, _ in listed])
    if not with_offsets:
        return tokens
    bytes_until = np.zeros(len(text) + 1, np.uint32)
    np.cumsum([len(char.encode()) for char in text], out=bytes_until[1:])
    starts, limits = np.array([span[1:] for span in listed]).T
    return tokens, bytes_until[starts], bytes_until[limits]


class Tokenizer(Transform):
    """One text in; its tokens out, with their places in UTF-8 bytes if asked for."""

    def __init__(self, with_offsets: bool) -> None:
        owner = type(self).__name__
        self.with_offsets = check_bool(owner, "with_offsets", with_offsets)

    def __call__(self, value: Any) -> Tokens:
        text = self._prepared(one_text(type(self).__name__, value))
        return with_places(text, self._spans(text), self.with_offsets)

    def _prepared(self, text: str) -> str:
        """The text that is cut, and in which places are counted."""
        return text

    def _spans(self, text: str) -> Iterable[Span]:
        raise NotImplementedError
