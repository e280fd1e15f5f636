"""Choices of the text transforms (mindspore.dataset.text)."""

from __future__ import annotations

from enum import IntEnum


class NormalizeForm(IntEnum):
    """Unicode's normal forms."""

    NONE = 0
    NFC = 1
    NFKC = 2
    NFD = 3
    NFKD = 4


class JiebaMode(IntEnum):
    """How Chinese is cut: by the dictionary and a model, or by either alone."""

    MIX = 0
    MP = 1
    HMM = 2


class SentencePieceModel(IntEnum):
    """What SentencePiece trains."""

    UNIGRAM = 0
    BPE = 1
    CHAR = 2
    WORD = 3


class SPieceTokenizerOutType(IntEnum):
    """What SentencePieceTokenizer gives."""

    STRING = 0
    INT = 1


class SPieceTokenizerLoadType(IntEnum):
    """Where SentencePieceTokenizer's model comes from."""

    FILE = 0
    MODEL = 1
