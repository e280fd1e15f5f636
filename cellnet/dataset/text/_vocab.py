"""Vocab: the numbers of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_bool, check_int, check_known, check_names
from ._text import check_text

NAME = "Vocab"


class Vocab:
    """Tokens and their numbers; made by from_list, from_dict, from_file, from_dataset.

    Example: >>> Vocab.from_list(["a", "b"], ["<pad>"]).tokens_to_ids(["b", "z"])
        [2, -1]
    References: mindspore.dataset.text.Vocab.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._tokens: dict[int, str] = {}

    @classmethod
    def from_dict(cls, word_dict: dict[str, int]) -> Vocab:
        """A vocabulary of {token: number}.

        Raises: TypeError, ValueError: word_dict is not as said, a number is negative.
        """
        if not isinstance(word_dict, dict):
            raise TypeError(f"{NAME}: word_dict must be a dict, got {word_dict!r}.")
        vocab = cls()
        for token, number in word_dict.items():
            check_text(NAME, "a token", token)
            vocab._ids[token] = check_int(NAME, f"number of '{token}'", number, 0)
        vocab._tokens = {number: token for token, number in vocab._ids.items()}
        return vocab

    @classmethod
    def from_list(
        cls,
        word_list: list[str],
        special_tokens: list[str] | None = None,
        special_first: bool = True,
    ) -> Vocab:
        """A vocabulary of tokens numbered as they stand.

        Args: special_tokens: more of them, before the others or behind.
        Raises: TypeError, ValueError: no list of texts, or a token twice.
        """
        words = _tokens("word_list", word_list)
        special = _tokens("special_tokens", special_tokens or [])
        check_bool(NAME, "special_first", special_first)
        both = sorted(set(words) & set(special))
        if both:
            raise ValueError(f"{NAME}: {both} are in special_tokens and among words.")
        order = [*special, *words] if special_first else [*words, *special]
        return cls.from_dict({token: number for number, token in enumerate(order)})

    @classmethod
    def from_file(
        cls,
        file_path: str | Path,
        delimiter: str = "",
        vocab_size: int | None = None,
        special_tokens: list[str] | None = None,
        special_first: bool = True,
    ) -> Vocab:
        """A vocabulary of a file's lines.

        Args: file_path: of UTF-8 text. delimiter: what ends the token in a line;
                default the whole line. vocab_size: lines to read at most.
            special_tokens, special_first: as in from_list.
        Raises: TypeError, ValueError: a setting is not as said, or a token twice.
            RuntimeError: the file cannot be read.
        """
        check_text(NAME, "delimiter", delimiter)
        if vocab_size is not None:
            check_int(NAME, "vocab_size", vocab_size, 1)
        path = Path(file_path).expanduser()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise RuntimeError(f"{NAME}: {path}: {error}.") from error
        words = [line.split(delimiter)[0] if delimiter else line for line in lines]
        return cls.from_list(words[:vocab_size], special_tokens, special_first)

    @classmethod
    def from_dataset(
        cls,
        dataset: Any,
        columns: Sequence[str] | str | None = None,
        freq_range: tuple[int | None, int | None] | None = None,
        top_k: int | None = None,
        special_tokens: list[str] | None = None,
        special_first: bool = True,
    ) -> Vocab:
        """A vocabulary of one pass over a dataset, the most frequent token first.

        Args: columns: of texts; default all. freq_range: (least, most) occurrences.
            top_k: tokens at most. special_tokens, special_first: as in from_list.
        Raises: TypeError, ValueError: a setting is not as said. RuntimeError: a column
            does not exist.
        """
        least, most = _range(freq_range)
        if top_k is not None:
            check_int(NAME, "top_k", top_k, 1)
        names = dataset.column_names
        if columns:
            names = check_names(NAME, "columns", columns)
            check_known(NAME, "columns", names, dataset.column_names)
        counts: Counter[str] = Counter()
        for row in dataset.create_dict_iterator(num_epochs=1, output_numpy=True):
            for name in names:
                if row[name].dtype.kind != "U":
                    raise TypeError(
                        f"{NAME}: column '{name}' is {row[name].dtype}, expected text."
                    )
                counts.update(row[name].ravel().tolist())
        kept = [t for t, count in counts.items() if least <= count <= most]
        kept.sort(key=lambda token: (-counts[token], token))
        return cls.from_list(kept[:top_k], special_tokens, special_first)

    def vocab(self) -> dict[str, int]:
        """{token: number}."""
        return dict(self._ids)

    def tokens_to_ids(self, tokens: str | list[str] | np.ndarray) -> int | list[int]:
        """The number of a token or of each; -1 for one that is not known.

        Raises: TypeError: no text, list of texts or array of them.
        """
        if isinstance(tokens, str):
            return self._ids.get(tokens, -1)
        return [self._ids.get(check_text(NAME, "a token", t), -1) for t in _row(tokens)]

    def ids_to_tokens(self, ids: int | list[int] | np.ndarray) -> str | list[str]:
        """The token of a number or of each; "" for one that is not known.

        Raises: TypeError: no int, list of ints or array of them. ValueError: a
            negative one.
        """
        if isinstance(ids, int):
            return self._tokens.get(check_int(NAME, "ids", ids, 0), "")
        numbers = [check_int(NAME, "ids", each, 0) for each in _row(ids)]
        return [self._tokens.get(number, "") for number in numbers]


def _row(values: Any) -> Iterable[Any]:
    if not isinstance(values, list | tuple | np.ndarray):
        raise TypeError(f"{NAME}: expected one, a list or an array, got {values!r}.")
    return np.asarray(values).ravel().tolist()


def _tokens(name: str, tokens: Any) -> list[str]:
    if not isinstance(tokens, list | tuple):
        raise TypeError(f"{NAME}: {name} must be a list, got {tokens!r}.")
    for token in tokens:
        check_text(NAME, name, token)
    twice = [token for token, count in Counter(tokens).items() if count > 1]
    if twice:
        raise ValueError(f"{NAME}: {name} has {twice} more than once.")
    return list(tokens)


def _range(freq_range: Any) -> tuple[int, int]:
    if freq_range is None:
        return 0, INT32_MAX
    if not isinstance(freq_range, tuple) or len(freq_range) != 2:
        raise TypeError(f"{NAME}: freq_range must be (least, most): {freq_range!r}.")
    low, high = freq_range
    least = 0 if low is None else check_int(NAME, "freq_range", low, 0)
    return least, (
        INT32_MAX if high is None else check_int(NAME, "freq_range", high, least)
    )
