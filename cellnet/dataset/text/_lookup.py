"""Lookup and ToNumber: texts to numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..transforms._base import Transform
from ..transforms._type_cast import numpy_dtype
from ._text import check_text, texts
from ._vocab import Vocab


class Lookup(Transform):
    """The numbers of tokens.

    Args: vocab: a Vocab. unknown_token: the token whose number one that vocab lacks
            gets; None to refuse those. data_type: of the output.
    Inputs: texts, any shape.  Outputs: the same shape; data_type.
    Raises: TypeError, ValueError: a setting is not as said. ValueError: when called: a
        token is unknown (it is named).
    Example: >>> Lookup(Vocab.from_list(["a", "b"]), "a")(["b", "c"]).tolist()
        [1, 0]
    References: mindspore.dataset.text.Lookup.
    """

    def __init__(
        self, vocab: Vocab, unknown_token: str | None = None, data_type: Any = np.int32
    ) -> None:
        if not isinstance(vocab, Vocab):
            raise TypeError(f"Lookup: vocab must be a Vocab, got {vocab!r}.")
        self.vocab = vocab
        self.unknown_token = unknown_token
        self.dtype = numpy_dtype("Lookup", data_type)
        self._ids = vocab.vocab()
        self._unknown: int | None = None
        if unknown_token is not None:
            self._unknown = self._ids.get(
                check_text("Lookup", "unknown_token", unknown_token)
            )
            if self._unknown is None:
                raise ValueError(
                    f"Lookup: vocab lacks unknown_token {unknown_token!r}."
                )

    def __call__(self, value: Any) -> np.ndarray:
        tokens = texts("Lookup", value)
        numbers = [self._number(token) for token in tokens.ravel().tolist()]
        return np.array(numbers, self.dtype).reshape(tokens.shape)

    def _number(self, token: str) -> int:
        number = self._ids.get(token, self._unknown)
        if number is None:
            raise ValueError(
                f"Lookup: vocab of {len(self._ids)} lacks {token!r}. Name an "
                f"unknown_token."
            )
        return number

    def __repr__(self) -> str:
        return f"Lookup(Vocab of {len(self._ids)}, {self.unknown_token!r})"


class ToNumber(Transform):
    """Texts read as numbers.

    Args: data_type: a type of numbers.
    Inputs: texts, any shape.  Outputs: the same shape; data_type.
    Raises: TypeError: data_type is none of numbers. ValueError: when called: a text is
        no number, or beyond data_type.
    Example: >>> ToNumber("int32")(["1", "-2"]).tolist()
        [1, -2]
    References: mindspore.dataset.text.ToNumber.
    """

    def __init__(self, data_type: Any) -> None:
        self.dtype = numpy_dtype("ToNumber", data_type)
        if self.dtype.kind not in "iuf":
            raise TypeError(f"ToNumber: expected a type of numbers, got {data_type!r}.")

    def __call__(self, value: Any) -> np.ndarray:
        found = texts("ToNumber", value)
        numbers = [self._number(text) for text in found.ravel().tolist()]
        return np.array(numbers, self.dtype).reshape(found.shape)

    def _number(self, text: str) -> int | float:
        try:
            if self.dtype.kind == "f":
                number: int | float = float(text)
                most = float(np.finfo(self.dtype).max)
                fits = not math.isfinite(number) or abs(number) <= most
            else:
                number = int(float(text)) if "." in text else int(text)
                limits = np.iinfo(self.dtype)
                fits = limits.min <= number <= limits.max
        except (ValueError, OverflowError) as error:
            raise ValueError(f"ToNumber: {text!r} is no {self.dtype}.") from error
        if not fits:
            raise ValueError(f"ToNumber: {text!r} is beyond {self.dtype}.")
        return number
