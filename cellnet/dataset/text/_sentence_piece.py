"""SentencePieceVocab and SentencePieceTokenizer, by the package sentencepiece."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..._optional import optional
from .._checks import check_between, check_int, check_known, check_names
from ..transforms._base import Transform
from ._choices import SentencePieceModel, SPieceTokenizerOutType
from ._text import texts

NAME = "SentencePieceVocab"


def _package(owner: str) -> Any:
    return optional(owner, "sentencepiece", "sentencepiece", "text")


class SentencePieceVocab:
    """A model that SentencePiece trained; made by from_dataset or from_file.

    References: mindspore.dataset.text.SentencePieceVocab; Kudo and Richardson, 2018.
    """

    def __init__(self, model: bytes = b"") -> None:
        self.model = model

    @classmethod
    def from_dataset(
        cls,
        dataset: Any,
        col_names: list[str],
        vocab_size: int,
        character_coverage: float,
        model_type: SentencePieceModel,
        params: dict[str, Any],
    ) -> SentencePieceVocab:
        """Train a model with the texts of a dataset's columns.

        Args: col_names: [] for all columns. vocab_size: pieces. character_coverage:
                share of the characters that the model has, in [0, 1].
            model_type: a SentencePieceModel. params: more of SentencePiece's own.
        Raises: TypeError, ValueError: a setting is not as said. RuntimeError: a column
            does not exist, or SentencePiece fails (it says why). ImportError: the
            package sentencepiece is missing.
        """
        names = dataset.column_names
        if col_names:
            names = check_names(NAME, "col_names", col_names)
            check_known(NAME, "col_names", names, dataset.column_names)

        def sentences() -> Iterator[str]:
            for row in dataset.create_dict_iterator(num_epochs=1, output_numpy=True):
                for name in names:
                    yield from texts(NAME, row[name]).ravel().tolist()

        return cls._trained(
            sentences(), vocab_size, character_coverage, model_type, params
        )

    @classmethod
    def from_file(
        cls,
        file_path: list[str],
        vocab_size: int,
        character_coverage: float,
        model_type: SentencePieceModel,
        params: dict[str, Any],
    ) -> SentencePieceVocab:
        """Train a model with the lines of text files; the rest as in from_dataset."""
        if not isinstance(file_path, list | tuple) or not file_path:
            raise TypeError(f"{NAME}: file_path must be a list, got {file_path!r}.")
        for path in file_path:
            if not Path(path).is_file():
                raise ValueError(f"{NAME}: there is no file {path}.")

        def lines() -> Iterator[str]:
            for path in file_path:
                yield from Path(path).read_text(encoding="utf-8").splitlines()

        return cls._trained(lines(), vocab_size, character_coverage, model_type, params)

    @classmethod
    def _trained(
        cls,
        sentences: Iterable[str],
        vocab_size: int,
        character_coverage: float,
        model_type: SentencePieceModel,
        params: dict[str, Any],
    ) -> SentencePieceVocab:
        check_int(NAME, "vocab_size", vocab_size, 0)
        check_between(NAME, "character_coverage", character_coverage, 0, 1)
        if not isinstance(model_type, SentencePieceModel):
            raise TypeError(f"{NAME}: expected a SentencePieceModel: {model_type!r}.")
        if not isinstance(params, dict):
            raise TypeError(f"{NAME}: params must be a dict, got {params!r}.")
        model = io.BytesIO()
        _package(NAME).SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            vocab_size=vocab_size,
            character_coverage=character_coverage,
            model_type=model_type.name.lower(),
            **{"minloglevel": 1, **params},
        )
        return cls(model.getvalue())

    @classmethod
    def save_model(
        cls, vocab: SentencePieceVocab, path: str | Path, filename: str
    ) -> None:
        """Write the model to path/filename, for SentencePieceTokenizer(that file).

        Raises: TypeError: vocab is none. ValueError: path is no folder.
        """
        _check_vocab(vocab)
        if not Path(path).is_dir():
            raise ValueError(f"{NAME}: {path} is not a folder.")
        (Path(path) / filename).write_bytes(vocab.model)


class SentencePieceTokenizer(Transform):
    """The pieces of texts, or their numbers.

    Args: mode: a SentencePieceVocab, or the path of a model's file.
        out_type: a SPieceTokenizerOutType.
    Inputs: texts () or (N,), one after the other.
    Outputs: texts (K,), or int32 (K,).
    Raises: TypeError, ValueError: a setting or the input is not as said. RuntimeError:
        the file holds no model. ImportError: the package sentencepiece is missing.
    References: mindspore.dataset.text.SentencePieceTokenizer.
    """

    def __init__(
        self, mode: str | Path | SentencePieceVocab, out_type: SPieceTokenizerOutType
    ) -> None:
        name = "SentencePieceTokenizer"
        if not isinstance(out_type, SPieceTokenizerOutType):
            raise TypeError(f"{name}: expected a SPieceTokenizerOutType: {out_type!r}.")
        self.out_type = out_type
        if isinstance(mode, str | Path):
            if not Path(mode).is_file():
                raise ValueError(f"{name}: there is no file {mode}.")
            model = Path(mode).read_bytes()
        else:
            model = _check_vocab(mode).model
        try:
            self._processor = _package(name).SentencePieceProcessor(model_proto=model)
        except (RuntimeError, ValueError) as error:
            raise RuntimeError(f"{name}: {mode} holds no model: {error}.") from error

    def __call__(self, value: Any) -> np.ndarray:
        found = texts("SentencePieceTokenizer", value).ravel().tolist()
        whole = self.out_type is SPieceTokenizerOutType.INT
        kind, dtype = (int, np.int32) if whole else (str, np.str_)
        encode = self._processor.encode
        return np.array(
            [p for text in found for p in encode(text, out_type=kind)], dtype
        )


def _check_vocab(vocab: Any) -> SentencePieceVocab:
    if not isinstance(vocab, SentencePieceVocab):
        raise TypeError(f"{NAME}: expected a SentencePieceVocab, got {vocab!r}.")
    return vocab
