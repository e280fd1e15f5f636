"""Tokenizers that need no vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..transforms._base import Transform
from ._normalize import compiled
from ._text import Span, Tokenizer, check_text, texts

WORD = re.compile(r"\S+")


class WhitespaceTokenizer(Tokenizer):
    """Tokens between white space.

    Args: with_offsets: give (tokens, starts, limits), places in UTF-8 bytes, uint32.
    Inputs: a text ().  Outputs: texts (N,), one empty text if there is none.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> WhitespaceTokenizer()("a bc").tolist()
        ['a', 'bc']
    References: mindspore.dataset.text.WhitespaceTokenizer.
    """

    def __init__(self, with_offsets: bool = False) -> None:
        super().__init__(with_offsets)

    def _spans(self, text: str) -> Iterable[Span]:
        return ((m[0], *m.span()) for m in WORD.finditer(text))


class UnicodeCharTokenizer(Tokenizer):
    """Each character, white space too.

    Args, Inputs, Outputs, Raises: as in WhitespaceTokenizer.
    Example: >>> UnicodeCharTokenizer()("ab").tolist()
        ['a', 'b']
    References: mindspore.dataset.text.UnicodeCharTokenizer.
    """

    def __init__(self, with_offsets: bool = False) -> None:
        super().__init__(with_offsets)

    def _spans(self, text: str) -> Iterable[Span]:
        return ((char, place, place + 1) for place, char in enumerate(text))


class RegexTokenizer(Tokenizer):
    """Tokens between what matches a pattern.

    Args: delim_pattern: what stands between tokens, as in RegexReplace.
        keep_delim_pattern: delimiters that match this are tokens too; "" for none.
        with_offsets: as in WhitespaceTokenizer.
    Inputs: a text ().  Outputs: texts (N,), one empty text if there is none.
    Raises: TypeError, ValueError: a setting or the input is not as said. ImportError:
        the package regex is missing.
    Example: >>> RegexTokenizer("[ ,]", ",")("a, b").tolist()
        ['a', ',', 'b']
    References: mindspore.dataset.text.RegexTokenizer.
    """

    def __init__(
        self,
        delim_pattern: str,
        keep_delim_pattern: str = "",
        with_offsets: bool = False,
    ) -> None:
        super().__init__(with_offsets)
        name = "RegexTokenizer"
        self.delim_pattern = check_text(name, "delim_pattern", delim_pattern)
        self.keep_delim_pattern = check_text(
            name, "keep_delim_pattern", keep_delim_pattern
        )
        self._delimiter = compiled(name, delim_pattern)
        self._kept = compiled(name, keep_delim_pattern)

    def _spans(self, text: str) -> Iterable[Span]:
        return spans_between(text, self._delimiter, self._kept)


def spans_between(text: str, delimiter: Any, kept: Any) -> Iterable[Span]:
    """What stands between delimiters, and the delimiters that `kept` matches whole."""
    place = 0
    for match in delimiter.finditer(text):
        start, limit = match.span()
        if start > place:
            yield text[place:start], place, start
        if limit > start and kept.fullmatch(match[0]):
            yield match[0], start, limit
        place = limit
    if place < len(text):
        yield text[place:], place, len(text)


class PythonTokenizer(Transform):
    """A function's tokens.

    Args: tokenizer: of a str; gives a list of str.
    Inputs: texts, any shape.  Outputs: texts, one axis more.
    Raises: TypeError: tokenizer is not callable, or no text.
    Example: >>> PythonTokenizer(str.split)("a b").tolist()
        ['a', 'b']
    References: mindspore.dataset.text.PythonTokenizer.
    """

    def __init__(self, tokenizer: Callable[[str], list[str]]) -> None:
        if not callable(tokenizer):
            raise TypeError(
                f"PythonTokenizer: tokenizer must be callable, got {tokenizer!r}."
            )
        self.tokenizer = tokenizer

    @property
    def parts(self) -> Sequence[Callable[..., Any]]:
        return (self.tokenizer,)

    def __call__(self, value: Any) -> np.ndarray:
        array = texts("PythonTokenizer", value)
        tokens = np.array([self.tokenizer(text) for text in array.ravel().tolist()])
        return tokens.reshape(*array.shape, -1)
