"""BERT's tokenizers: words and signs, their pieces, and both in a row."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np

from .._checks import check_bool, check_int
from ..transforms._base import Transform
from ._choices import NormalizeForm
from ._normalize import case_fold, check_form, compiled, normalize
from ._split import spans_between
from ._text import Span, Tokenizer, Tokens, check_text, texts, with_places
from ._vocab import Vocab

UNUSED = r"\[CLS\]|\[SEP\]|\[UNK\]|\[PAD\]|\[MASK\]|\[unused\d+\]"
HAN = (
    r"[\u4E00-\u9FFF\u3400-\u4DBF\U00020000-\U0002A6DF\U0002A700-\U0002CEAF"
    r"\uF900-\uFAFF\U0002F800-\U0002FA1F]"
)
SIGN = rf"[!-/:-@\[-`{{-~]|\p{{P}}|{HAN}"
CONTROL = r"[\p{Cc}\p{Cf}]"
MAX_BYTES = 100


class BasicTokenizer(Tokenizer):
    """Words between white space, and each sign and Chinese character by itself.

    Args: lower_case: fold the case and take off accents.
        keep_whitespace: white space is tokens too.
        normalization_form: a NormalizeForm, without lower_case.
        preserve_unused_token: leave [CLS], [SEP], [UNK], [PAD], [MASK] and [unused1]
            whole.
        with_offsets: as in WhitespaceTokenizer; places in the text as changed.
    Inputs: a text ().  Outputs: texts (N,), one empty text if there is none.
    Raises: TypeError, ValueError: a setting or the input is not as said. ImportError:
        the package regex is missing.
    Example: >>> BasicTokenizer(True)("It's").tolist()
        ['it', "'", 's']
    References: mindspore.dataset.text.BasicTokenizer; Devlin et al., NAACL 2019.
    """

    def __init__(
        self,
        lower_case: bool = False,
        keep_whitespace: bool = False,
        normalization_form: NormalizeForm = NormalizeForm.NONE,
        preserve_unused_token: bool = True,
        with_offsets: bool = False,
    ) -> None:
        super().__init__(with_offsets)
        name = type(self).__name__
        self.lower_case = check_bool(name, "lower_case", lower_case)
        self.keep_whitespace = check_bool(name, "keep_whitespace", keep_whitespace)
        self.normalization_form = check_form(name, normalization_form)
        self.preserve_unused_token = check_bool(
            name, "preserve_unused_token", preserve_unused_token
        )
        unused = f"{UNUSED}|" if preserve_unused_token else ""
        space = r"|\s+" if keep_whitespace else ""
        self._delimiter = compiled(name, rf"{unused}{SIGN}|\s+")
        self._kept = compiled(name, rf"{unused}{SIGN}{space}")
        self._unused = compiled(name, UNUSED)
        self._control = compiled(name, CONTROL)
        self._accents = compiled(name, r"\p{Mn}")

    def _prepared(self, text: str) -> str:
        if not self.lower_case:
            changed = normalize(text, self.normalization_form)
        elif self.preserve_unused_token:
            parts = self._unused.splititer(text)
            kept = [*self._unused.findall(text), ""]
            pairs = zip(map(self._lower, parts), kept, strict=True)
            changed = "".join(part + token for part, token in pairs)
        else:
            changed = self._lower(text)
        return self._control.sub(" ", changed)

    def _lower(self, text: str) -> str:
        folded = case_fold(type(self).__name__, text)
        return self._accents.sub("", unicodedata.normalize("NFD", folded))

    def _spans(self, text: str) -> Iterable[Span]:
        return spans_between(text, self._delimiter, self._kept)


class WordpieceTokenizer(Transform):
    """Words as the longest pieces that a vocabulary has, from the left.

    Args: vocab: a Vocab. suffix_indicator: what a piece inside a word begins with.
        max_bytes_per_token: a longer word is unknown.
        unknown_token: instead of a word that has no pieces; "" to leave it whole.
        with_offsets: give (tokens, starts, limits): places in the word, UTF-8 bytes,
            uint32.
    Inputs: texts () or (N,).  Outputs: texts (K,).
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> vocab = Vocab.from_list(["un", "##do", "[UNK]"])
        >>> WordpieceTokenizer(vocab)(["undo", "redo"]).tolist()
        ['un', '##do', '[UNK]']
    References: mindspore.dataset.text.WordpieceTokenizer; Wu et al., arXiv:1609.08144.
    """

    def __init__(
        self,
        vocab: Vocab,
        suffix_indicator: str = "##",
        max_bytes_per_token: int = MAX_BYTES,
        unknown_token: str = "[UNK]",
        with_offsets: bool = False,
    ) -> None:
        name = type(self).__name__
        if not isinstance(vocab, Vocab):
            raise TypeError(f"{name}: vocab must be a Vocab, got {vocab!r}.")
        self.suffix_indicator = check_text(name, "suffix_indicator", suffix_indicator)
        self.max_bytes_per_token = check_int(
            name, "max_bytes_per_token", max_bytes_per_token, 0
        )
        self.unknown_token = check_text(name, "unknown_token", unknown_token)
        self.with_offsets = check_bool(name, "with_offsets", with_offsets)
        self._vocab = vocab.vocab()

    def __call__(self, value: Any) -> Tokens:
        words = np.atleast_1d(texts(type(self).__name__, value)).ravel().tolist()
        found = [with_places(w, self.pieces(w), True) for w in words if w]
        found = found or [with_places("", (), True)]
        tokens, starts, limits = map(np.concatenate, zip(*found, strict=True))
        return (tokens, starts, limits) if self.with_offsets else tokens

    def pieces(self, word: str) -> list[Span]:
        """The pieces of one word, in places of its characters."""
        whole = [(self.unknown_token or word, 0, len(word))]
        if len(word.encode()) > self.max_bytes_per_token:
            return whole
        found: list[Span] = []
        start = 0
        while start < len(word):
            mark = self.suffix_indicator if start else ""
            for limit in range(len(word), start, -1):
                piece = mark + word[start:limit]
                if piece in self._vocab:
                    found.append((piece, start, limit))
                    start = limit
                    break
            else:
                return whole
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}(Vocab of {len(self._vocab)})"


class BertTokenizer(Tokenizer):
    """BasicTokenizer, then WordpieceTokenizer on each token.

    Args: vocab, suffix_indicator, max_bytes_per_token, unknown_token: as in
            WordpieceTokenizer. lower_case, keep_whitespace, normalization_form,
            preserve_unused_token, with_offsets: as in BasicTokenizer.
    Inputs: a text ().  Outputs: texts (N,), one empty text if there is none.
    Raises: TypeError, ValueError: a setting or the input is not as said. ImportError:
        the package regex is missing.
    Example: >>> vocab = Vocab.from_list(["un", "##do", "!", "[UNK]"])
        >>> BertTokenizer(vocab, lower_case=True)("Undo it!").tolist()
        ['un', '##do', '[UNK]', '!']
    References: mindspore.dataset.text.BertTokenizer; Devlin et al., NAACL 2019.
    """

    def __init__(
        self,
        vocab: Vocab,
        suffix_indicator: str = "##",
        max_bytes_per_token: int = MAX_BYTES,
        unknown_token: str = "[UNK]",
        lower_case: bool = False,
        keep_whitespace: bool = False,
        normalization_form: NormalizeForm = NormalizeForm.NONE,
        preserve_unused_token: bool = True,
        with_offsets: bool = False,
    ) -> None:
        super().__init__(with_offsets)
        self._words = BasicTokenizer(
            lower_case, keep_whitespace, normalization_form, preserve_unused_token
        )
        self._pieces = WordpieceTokenizer(
            vocab, suffix_indicator, max_bytes_per_token, unknown_token
        )

    def _prepared(self, text: str) -> str:
        return self._words._prepared(text)

    def _spans(self, text: str) -> Iterable[Span]:
        for word, start, _ in self._words._spans(text):
            for piece, first, limit in self._pieces.pieces(word):
                yield piece, start + first, start + limit
