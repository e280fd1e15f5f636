"""Transforms of texts give MindSpore's tokens, numbers and places."""

import json

import numpy as np
import pytest

TEXTS = [
    "Welcome to   Beijing, 北京欢迎您!",
    " a\tb\nc ",
    "",
    "   ",
    "Ünïcödé [CLS] [UNK] [x] x's 12.5-3 ¿qué? ½ ﬁ １２ \u200b\x01 ÅΩ",
    "unwanted running, lower it's 12.5% 床前",
    "床前明月光，北京欢迎您 abc12",
    "İstanbul straße ǅ ﷺ ☃ e\u0301 한국어 カタカナ",
]
TOKENIZERS = [
    "T.WhitespaceTokenizer()",
    "T.WhitespaceTokenizer(True)",
    "T.UnicodeCharTokenizer()",
    "T.UnicodeCharTokenizer(True)",
    "T.BasicTokenizer()",
    "T.BasicTokenizer(True, preserve_unused_token=False)",
    "T.BasicTokenizer(False, True)",
    "T.BasicTokenizer(True, True, NormalizeForm.NFKC, False, True)",
    "T.BasicTokenizer(False, False, NormalizeForm.NFKD)",
    "T.BasicTokenizer(False, False, NormalizeForm.NFC, False)",
    "T.CaseFold()",
    "T.NormalizeUTF8()",
    *(f"T.NormalizeUTF8(NormalizeForm.{f})" for f in ("NONE", "NFC", "NFD", "NFKD")),
    r"T.RegexTokenizer('\\s+')",
    r"T.RegexTokenizer('[\\p{P}|\\s]', '\\p{P}', True)",
    "T.RegexReplace('[a-c]', '<$0>')",
    r"T.RegexReplace('(b|c)(.)', '$2\\$$1', False)",
]
# MindSpore fails for words that begin with a known piece and go on unknown.
BERT = [
    "T.BertTokenizer(vocab)",
    "T.BertTokenizer(vocab, with_offsets=True)",
    "T.BertTokenizer(vocab, unknown_token='')",
    "T.BertTokenizer(vocab, lower_case=True, preserve_unused_token=False)",
    "T.BertTokenizer(vocab, keep_whitespace=True)",
]
EXPRESSIONS = [
    *(f"{each}(texts[{n}])" for each in TOKENIZERS for n in range(len(TEXTS))),
    *(f"{each}(texts[{n}])" for each in BERT for n in (0, 1, 2, 3, 5)),
    "T.WordpieceTokenizer(vocab)(['unwanted', 'running', 'with', 'zzz', ''])",
    "T.WordpieceTokenizer(vocab, with_offsets=True)(['unwanted', 'with', '床'])",
    "T.WordpieceTokenizer(vocab, max_bytes_per_token=3)(['with', 'un'])",
    "T.WordpieceTokenizer(vocab, unknown_token='')(['with', 'zzz'])",
    "T.WordpieceTokenizer(vocab)('unwanted')",
    "T.Lookup(vocab)('with')",
    "T.Lookup(vocab)(['with', 'the'])",
    "T.Lookup(vocab, 'test')('zz')",
    "T.Lookup(vocab, 'test', ms.float32)([['with', 'zz']])",
    "T.Truncate(2)(['a', 'b', 'cc'])",
    "T.Truncate(2)([1, 2, 3])",
    "T.Truncate(2)([[1], [2], [3]])",
    "T.Truncate(2)([[1, 2, 3]])",
    "T.TruncateSequencePair(4)([1, 2, 3], [4, 5, 6])",
    "T.TruncateSequencePair(3)([1, 2, 3], [4, 5, 6])",
    "T.TruncateSequencePair(3)([1, 2, 3, 4], [4])",
    "T.TruncateSequencePair(1)([1, 2], [3])",
    "T.TruncateSequencePair(5)([1, 2], ['a'])",
    "T.SlidingWindow(2)([1, 2, 3])",
    "T.SlidingWindow(5)([1, 2, 3])",
    "T.SlidingWindow(2, -1)(['a', 'bc', 'd'])",
    "T.ToNumber(ms.int32)(['1', '-2'])",
    "T.ToNumber(ms.int32)('1.5')",
    "T.ToNumber(ms.float32)(['1.5', '1e3'])",
    "T.ToNumber(ms.float16)('3.14')",
    "T.ToNumber(ms.uint64)('18446744073709551615')",
    "T.AddToken('x')(['a', 'b'])",
    "T.AddToken('x', False)([['a'], ['b']])",
    "T.Ngram(2)(['a', 'b', 'c'])",
    "T.Ngram([1, 2, 3], ('_', 2), ('_', 2), '-')(['a', 'b', 'c'])",
    "T.Ngram(4)(['a'])",
    "T.Ngram(3, ('<', 1), ('>', 2))(['a'])",
    r"T.to_str(np.array([b'a', b'\xe5\xba\x8a']))",
    "T.to_bytes(np.array(['a', '床']))",
    "T.PythonTokenizer(lambda text: text.split())(np.array('a b'))",
    "T.PythonTokenizer(lambda text: text.split())(np.array(['a b', 'c d']))",
    "vocab.vocab()",
    "vocab.tokens_to_ids('with')",
    "vocab.tokens_to_ids(['with', 'zz'])",
    "vocab.ids_to_tokens(2)",
    "vocab.ids_to_tokens([2, 99])",
    "T.Vocab.from_list(['a'], ['<p>'], False).vocab()",
    "T.Vocab.from_dict({'a': 3, 'b': 3}).vocab()",
    "T.Vocab.from_file(folder + '/words.txt', ',').vocab()",
    "T.Vocab.from_file(folder + '/words.txt').vocab()",
    "T.Vocab.from_file(folder + '/words.txt', ',', 2, ['<pad>']).vocab()",
    "T.Vocab.from_file(folder + '/words.txt', ',', 2, ['<pad>'], False).vocab()",
    "T.Vocab.from_dataset(table(), 'a').vocab()",
    "T.Vocab.from_dataset(table()).vocab()",
    "T.Vocab.from_dataset(table(), ['a', 'c'], (2, None)).vocab()",
    "T.Vocab.from_dataset(table(), ['a', 'c'], (None, 2), None, ['<p>']).vocab()",
    "T.Vocab.from_dataset(table(), 'a', None, 2, ['<p>'], False).vocab()",
    *(
        f"jieba(folder, JiebaMode.{mode})(texts[{n}])"
        for mode in ("MIX", "MP", "HMM")
        for n in (0, 2, 5, 6)
    ),
    "jieba(folder, JiebaMode.MP, True)(texts[6])",
    *(
        f"T.SentencePieceTokenizer(trained({size}, SentencePieceModel.{model}), "
        f"Out.{out})('the quick test')"
        for model, size in (("UNIGRAM", 40), ("BPE", 60), ("CHAR", 20))
        for out in ("STRING", "INT")
        # releases of SentencePiece number equally likely pieces differently
        if (model, out) != ("UNIGRAM", "INT")
    ),
]
REFUSED = [
    "T.Vocab.from_list(['a', 'a'])",
    "T.Vocab.from_list(['a'], ['a'])",
    "T.Vocab.from_list('a')",
    "T.Vocab.from_list([1])",
    "T.Vocab.from_dict({'a': -1})",
    "T.Vocab.from_dict({'a': True})",
    "T.Vocab.from_file(folder + '/nothing')",
    "T.Vocab.from_file(folder + '/words.txt', ',', 0)",
    "T.Vocab.from_dataset(table(), 'a', None, 0)",
    "T.Vocab.from_dataset(table(), 'nope').vocab()",
    "T.Vocab.from_dataset(table(), 'a', (3, 2))",
    "T.Vocab.from_dataset(table(), 'a', [1, 2])",
    "vocab.tokens_to_ids(1)",
    "vocab.tokens_to_ids([1])",
    "vocab.ids_to_tokens('a')",
    "vocab.ids_to_tokens(-1)",
    "T.Lookup('a')",
    "T.Truncate(0)",
    "T.Truncate('2')",
    "T.SlidingWindow(0)",
    "T.ToNumber(ms.bool_)",
    "T.ToNumber(3)",
    "T.AddToken(1)",
    "T.Ngram(0)",
    "T.to_str('a')",
    "T.PythonTokenizer(3)",
    "T.WhitespaceTokenizer(1)",
    "T.NormalizeUTF8(3)",
    "T.RegexTokenizer(3)",
    "T.BasicTokenizer('a')",
]
CORPUS = "the quick brown fox jumps over a lazy dog while testing how words are cut"


def _write(folder):
    jieba = pytest.importorskip("jieba")
    from jieba import finalseg

    (folder / "words.txt").write_text("apple,apple2\nbanana, 333\n\ncat,00\n dog \nemu")
    words = CORPUS.split()
    lines = [" ".join(words[n % 15 :] + words[: n % 7]) for n in range(60)]
    (folder / "corpus.txt").write_text("\n".join(lines))
    with jieba.get_dict_file() as file:
        every = file.read().decode().splitlines()
    wanted = {"北京", "欢迎", "您", "床", "前", "明月", "明月光", "月光"}
    chosen = [each for each in every if each.split()[0] in wanted] + every[::400]
    (folder / "dict.utf8").write_text("\n".join(chosen))
    # the same model as jieba's, in the form that MindSpore reads
    states = "BEMS"
    trans = [
        " ".join(str(finalseg.trans_P[a].get(b, -3.14e100)) for b in states)
        for a in states
    ]
    emit = [
        ",".join(f"{char}:{p}" for char, p in finalseg.emit_P[state].items())
        for state in states
    ]
    start = " ".join(str(finalseg.start_P[state]) for state in states)
    (folder / "hmm.utf8").write_text("\n".join([start, *trans, *emit]) + "\n")


@pytest.fixture(scope="module")
def found(run_both, tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    _write(folder)
    inputs = {
        "expressions": json.dumps(EXPRESSIONS + REFUSED),
        "texts": np.array(TEXTS),
        "folder": str(folder),
    }
    return run_both("texts:outputs_of", inputs)


def _of(found, number):
    prefix = f"{number}:"
    return [{k: v for k, v in each.items() if k.startswith(prefix)} for each in found]


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=EXPRESSIONS)
def test_the_same_comes_out(found, number):
    ours, theirs = _of(found, number)
    assert theirs
    assert f"{number}:error" not in theirs
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert ours[key].dtype == expected.dtype, key
        np.testing.assert_array_equal(ours[key], expected, err_msg=key)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_errors_have_the_same_type(found, number):
    ours, theirs = _of(found, len(EXPRESSIONS) + number)
    assert [*theirs] == [f"{len(EXPRESSIONS) + number}:error"]
    assert {k: str(v) for k, v in ours.items()} == {
        k: str(v) for k, v in theirs.items()
    }
