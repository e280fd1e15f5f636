"""Transforms of texts, alone and in a pipeline."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.dataset import text

SENTENCES = ["the cat sat", "the dog sat down", "a cat"]


def words():
    lines = ds.NumpySlicesDataset({"line": SENTENCES}, shuffle=False)
    return lines.map(text.WhitespaceTokenizer(), "line")


def rows(data, name="line"):
    return [r[name].tolist() for r in data.create_dict_iterator(1, output_numpy=True)]


def test_words_become_numbers_and_batches():
    vocab = text.Vocab.from_dataset(words(), "line", special_tokens=["<pad>"])
    # by frequency, then by the alphabet: 2 x cat, sat, the; 1 x a, dog, down
    assert vocab.tokens_to_ids(["cat", "sat", "the", "a", "dog", "down"]) == [
        *(1, 2, 3, 4, 5, 6)
    ]
    numbers = words().map(text.Lookup(vocab), "line")
    padded = numbers.padded_batch(3, pad_info={"line": ([None], 0)})
    assert rows(padded) == [[[3, 1, 2, 0], [3, 5, 2, 6], [4, 1, 0, 0]]]


def test_a_dataset_builds_vocabularies_too(tmp_path):
    found = words().build_vocab("line", (1, None), 3, ["<pad>"], True)
    assert found.vocab() == {"<pad>": 0, "cat": 1, "sat": 2, "the": 3}
    pytest.importorskip("sentencepiece")
    lines = ds.NumpySlicesDataset({"line": SENTENCES * 9}, shuffle=False)
    settings = (12, 0.9995, text.SentencePieceModel.CHAR, {})
    one = lines.build_sentencepiece_vocab(["line"], *settings)
    other = text.SentencePieceVocab.from_dataset(lines, ["line"], *settings)
    for number, vocab in enumerate((one, other)):
        text.SentencePieceVocab.save_model(vocab, str(tmp_path), f"{number}.model")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_places_are_columns_of_their_own():
    data = ds.NumpySlicesDataset({"line": ["é bc"]}, shuffle=False).map(
        text.WhitespaceTokenizer(True), "line", ["token", "start", "limit"]
    )
    (row,) = data.create_dict_iterator(1, output_numpy=True)
    utf8 = "é bc".encode()
    assert [
        utf8[a:b].decode() for a, b in zip(row["start"], row["limit"], strict=True)
    ] == row["token"].tolist()


def test_a_pair_is_cut_to_a_common_length():
    data = ds.NumpySlicesDataset({"a": [[1, 2, 3]], "b": [[4, 5]]}, shuffle=False)
    cut = data.map(text.TruncateSequencePair(3), ["a", "b"])
    assert rows(cut, "a") == [[1, 2]]
    assert rows(cut, "b") == [[4]]


def test_an_unknown_token_is_named_with_its_sample():
    vocab = text.Vocab.from_list(["the", "cat", "sat"])
    data = words().map(text.Lookup(vocab), "line")
    with pytest.raises(RuntimeError, match=r"Lookup.*sample 1.*lacks 'dog'"):
        rows(data)


def test_bert_keeps_its_marks_whole_in_lower_case():
    tokenizer = text.BasicTokenizer(lower_case=True)
    assert tokenizer("[CLS] Ünder [MASK]!").tolist() == [
        *("[CLS]", "under", "[MASK]", "!")
    ]


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda: text.ToNumber("int8"), "300"),
        (lambda: text.ToNumber("int32"), "3x"),
        (lambda: text.ToNumber("float32"), "1e50"),
        (lambda: text.TruncateSequencePair(-1), None),
        (lambda: text.Lookup(text.Vocab(), "none"), None),
        (lambda: text.RegexReplace("(", ""), None),
        (lambda: text.Vocab.from_list(["a", "a"]), None),
        (lambda: text.WhitespaceTokenizer(), ["a", "b"]),
        (lambda: text.SlidingWindow(2), [[1, 2]]),
    ],
)
def test_bad_values_are_refused(make, value):
    with pytest.raises(ValueError):  # noqa: PT011
        make()(value)


def test_numbers_are_no_text():
    with pytest.raises(TypeError, match="expected text"):
        text.WhitespaceTokenizer()(3)


def test_groups_of_a_replacement():
    swap = text.RegexReplace(r"(\w+)-(\w+)", r"$2\$$1")
    assert swap(["a-b", "c-d e-f"]).tolist() == ["b$a", "d$c f$e"]
    once = text.RegexReplace("[ce]", "_", replace_all=False)
    assert str(once("c-d e-f")) == "_-d e-f"


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "regex", None)
    with pytest.raises(ImportError, match=r'pip install "cellnet\[text\]"'):
        text.BasicTokenizer()


class TestSentencePiece:
    def vocab(self, folder):
        path = folder / "corpus.txt"
        path.write_text("\n".join(f"{a} {b}" for a in SENTENCES for b in SENTENCES))
        kind = text.SentencePieceModel.CHAR
        return text.SentencePieceVocab.from_file([str(path)], 14, 1.0, kind, {})

    def test_a_saved_model_gives_the_same_pieces(self, tmp_path):
        pytest.importorskip("sentencepiece")
        vocab = self.vocab(tmp_path)
        text.SentencePieceVocab.save_model(vocab, tmp_path, "m.model")
        kind = text.SPieceTokenizerOutType.STRING
        for mode in (vocab, str(tmp_path / "m.model")):
            pieces = text.SentencePieceTokenizer(mode, kind)("the cat")
            assert pieces.tolist() == list("▁the▁cat")

    def test_a_file_without_a_model_is_refused(self, tmp_path):
        pytest.importorskip("sentencepiece")
        (tmp_path / "m.model").write_text("no model")
        kind = text.SPieceTokenizerOutType.INT
        with pytest.raises(RuntimeError, match=r"m\.model holds no model"):
            text.SentencePieceTokenizer(str(tmp_path / "m.model"), kind)


class TestJieba:
    def tokenizer(self, folder):
        pytest.importorskip("jieba")
        (folder / "hmm").write_text("")
        (folder / "words").write_text("北京 10 ns\n欢迎 10 v\n大学 10 n\n")
        mode = text.JiebaMode.MP
        return text.JiebaTokenizer(folder / "hmm", folder / "words", mode)

    def test_words_of_the_dictionary_stay_whole(self, tmp_path):
        tokenizer = self.tokenizer(tmp_path)
        assert tokenizer("北京大学欢迎您").tolist() == ["北京", "大学", "欢迎", "您"]
        tokenizer.add_word("北京大学", 10**6)
        assert tokenizer("北京大学欢迎您").tolist() == ["北京大学", "欢迎", "您"]

    def test_words_of_a_file_are_added(self, tmp_path):
        tokenizer = self.tokenizer(tmp_path)
        (tmp_path / "more").write_text("北京大学 1000000\nno frequency\n")
        tokenizer.add_dict(tmp_path / "more")
        assert tokenizer("北京大学").tolist() == ["北京大学"]

    def test_nothing_is_left_in_a_folder_for_all_users(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "shared"))
        (tmp_path / "shared").mkdir()
        self.tokenizer(tmp_path)("北京")
        assert list(Path(tempfile.gettempdir()).iterdir()) == []

    def test_a_missing_dictionary_is_named(self, tmp_path):
        pytest.importorskip("jieba")
        with pytest.raises(ValueError, match="there is no file"):
            text.JiebaTokenizer(tmp_path / "hmm", tmp_path / "words")


def test_texts_are_given_beside_tensors():
    data = ds.NumpySlicesDataset({"t": ["a", "bc"], "n": [1, 2]}, shuffle=False)
    first = next(data.create_dict_iterator(1))
    assert str(first["t"]) == "a"
    assert type(first["t"].asnumpy()) is np.ndarray
    assert first["n"].asnumpy() == 1
    (texts, _), *_ = data.batch(2)
    assert texts.asnumpy().tolist() == ["a", "bc"]


def test_bytes_and_back():
    array = np.array([["a"], ["床"]])
    assert (text.to_str(text.to_bytes(array)) == array).all()
    with pytest.raises(TypeError, match="array of bytes"):
        text.to_str(array)
