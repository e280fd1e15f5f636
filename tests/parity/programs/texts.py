"""What transforms of texts give, in cellnet and in MindSpore."""

import json

import mindspore as ms
import mindspore.dataset as ds
import mindspore.dataset.text as T
import numpy as np
from mindspore.dataset.text import JiebaMode, NormalizeForm, SentencePieceModel
from mindspore.dataset.text import SPieceTokenizerOutType as Out

WORDS = "? ## with the test un ##want ##ed [UNK] runn ##ing low ##er 床 前 , ." + (
    " ##' it ' s wel ##come to beijing"
)


def outputs_of(inputs):
    """{number: outputs} of each expression; its error's text if it fails."""
    folder = str(inputs["folder"])
    scope = {
        **globals(),
        "vocab": T.Vocab.from_list(WORDS.split()),
        "texts": [str(text) for text in inputs["texts"]],
        "folder": folder,
        "corpus": lambda: ds.TextFileDataset(f"{folder}/corpus.txt", shuffle=False),
        "table": lambda: ds.NumpySlicesDataset(
            {"a": list("xyxbbz"), "c": list("qqqqrx")}, shuffle=False
        ),
        "jieba": jieba,
        "trained": lambda size, kind: T.SentencePieceVocab.from_dataset(
            scope["corpus"](), ["text"], size, 1.0, kind, {}
        ),
    }
    found = {}
    for number, text in enumerate(json.loads(str(inputs["expressions"]))):
        try:
            output = eval(text, scope)
        except Exception as error:
            found[f"{number}:error"] = type(error).__name__
            continue
        if isinstance(output, dict):
            output = json.dumps(dict(sorted(output.items())))
        parts = output if isinstance(output, tuple | list) else (output,)
        for place, part in enumerate(parts):
            found[f"{number}:{place}"] = np.asarray(part)
    return found


def jieba(folder, mode, with_offsets=False):
    files = f"{folder}/hmm.utf8", f"{folder}/dict.utf8"
    return T.JiebaTokenizer(*files, mode, with_offsets)


__all__ = ["JiebaMode", "NormalizeForm", "Out", "SentencePieceModel", "ms"]
