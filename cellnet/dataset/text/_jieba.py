"""JiebaTokenizer: Chinese words, by the package jieba."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ..._optional import optional
from .._checks import check_int
from ._choices import JiebaMode
from ._text import Span, Tokenizer, check_text

NAME = "JiebaTokenizer"
CHINESE = re.compile("[\u3400-\u9fff]")
OTHER = re.compile(r"[a-zA-Z][a-zA-Z0-9]*|[0-9][0-9.]*|.", re.DOTALL)


class JiebaTokenizer(Tokenizer):
    """Chinese words.

    Args: hmm_path: file of a model of characters, for words that the dictionary lacks.
            It must exist; the model used is the one that jieba brings.
        mp_path: file of the dictionary: word, frequency and kind in each line.
        mode: a JiebaMode. with_offsets: as in WhitespaceTokenizer.
    Inputs: a text ().  Outputs: texts (N,), one empty text if there is none.
    Raises: TypeError, ValueError: a setting or the input is not as said, there is no
        such file. ImportError: the package jieba is missing.
    References: mindspore.dataset.text.JiebaTokenizer.
    """

    def __init__(
        self,
        hmm_path: str | Path,
        mp_path: str | Path,
        mode: JiebaMode = JiebaMode.MIX,
        with_offsets: bool = False,
    ) -> None:
        super().__init__(with_offsets)
        if not isinstance(mode, JiebaMode):
            raise TypeError(f"{NAME}: mode must be a JiebaMode, got {mode!r}.")
        for path in (hmm_path, mp_path):
            if not isinstance(path, str | Path):
                raise TypeError(f"{NAME}: expected the path of a file, got {path!r}.")
            if not Path(path).is_file():
                raise ValueError(f"{NAME}: there is no file {path}.")
        self.mode = mode
        self._jieba = optional(NAME, "jieba", "jieba", "text").Tokenizer()
        # Read here: jieba itself would keep what it read in a file for all users.
        with open(mp_path, "rb") as file:
            self._jieba.FREQ, self._jieba.total = self._jieba.gen_pfdict(file)
        self._jieba.initialized = True
        self._model = optional(NAME, "jieba.finalseg", "jieba", "text")

    def add_word(self, word: str, freq: int | None = None) -> None:
        """Add a word.

        Args: freq: how often it is met; default often enough to be kept whole.
        Raises: TypeError, ValueError: word is no text or empty, freq is negative.
        """
        if not check_text(NAME, "word", word):
            raise ValueError(f"{NAME}: word must not be empty.")
        if freq is not None:
            check_int(NAME, "freq", freq, 0)
        self._jieba.add_word(word, freq)

    def add_dict(self, user_dict: str | Path | dict[str, int]) -> None:
        """Add words: {word: frequency}, or a file with both in each line.

        Raises: TypeError, ValueError: no such file, or a word or frequency is none.
        """
        if isinstance(user_dict, str | Path):
            user_dict = _read(Path(user_dict))
        if not isinstance(user_dict, dict):
            raise TypeError(f"{NAME}: expected a dict or a path, got {user_dict!r}.")
        for word, freq in user_dict.items():
            self.add_word(word, freq)

    def _spans(self, text: str) -> Iterable[Span]:
        place = 0
        for word in self._cut(text):
            yield word, place, place + len(word)
            place += len(word)

    def _cut(self, text: str) -> Iterable[str]:
        if self.mode is JiebaMode.HMM:
            words = self._model.cut(text)
        else:
            words = self._jieba.cut(text, HMM=self.mode is JiebaMode.MIX)
        for word in words:
            if CHINESE.search(word) or self._jieba.FREQ.get(word):
                yield word
            else:  # jieba's rules for what is not Chinese are other ones
                yield from word if self.mode is JiebaMode.MP else OTHER.findall(word)


def _read(path: Path) -> dict[str, int]:
    if not path.is_file():
        raise ValueError(f"{NAME}: there is no file {path}.")
    words: dict[str, int] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match line.split(" "):
            case [word, freq] if word and freq.isdecimal():
                words[word] = int(freq)
    return words
