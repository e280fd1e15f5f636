"""Rows of unlike length in buckets: one program a bucket, padding in no loss."""

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import nn, ops
from cellnet.train import Model

IGNORED = -100
RNG = np.random.default_rng(0)
LENGTHS = RNG.permutation([2, 3, 3, 2, 6, 5, 4, 7, 3, 2, 6, 4])
ROWS = [
    (RNG.integers(1, 9, n).astype(np.int32), RNG.integers(0, 5, n).astype(np.int32))
    for n in LENGTHS
]


class Tagger(nn.Cell):
    """A label for each token of a sentence."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 6)
        self.head = nn.Dense(6, 5)

    def construct(self, tokens):
        logits = self.head(self.embedding(tokens))  # (B, T, 5)
        return logits.swapaxes(1, 2)  # (B, 5, T)


def sentences():
    data = ds.GeneratorDataset(ROWS, ["tokens", "tags"], shuffle=False)
    return data.bucket_batch_by_length(
        ["tokens"],
        [4, 8],
        [3, 3, 1],
        pad_info={"tokens": (None, 0), "tags": (None, IGNORED)},
        pad_to_bucket_boundary=True,
    )


def batches():
    """The same batches without padding: rows by bucket, in order."""
    waiting, found = ([], []), []
    for row in ROWS:
        bucket = waiting[len(row[0]) >= 4]
        bucket.append(row)
        if len(bucket) == 3:
            found.append(list(bucket))
            bucket.clear()
    return found + [rest for rest in waiting if rest]


def by_hand(network, rows):
    """Mean over the tokens that there are, in NumPy."""
    table = network.embedding.embedding_table.asnumpy()
    weight, bias = network.head.weight.asnumpy(), network.head.bias.asnumpy()
    losses = []
    for tokens, tags in rows:
        logits = table[tokens] @ weight.T + bias  # (T, 5)
        norm = np.log(np.exp(logits).sum(1))
        losses.extend(norm - logits[np.arange(len(tags)), tags])
    return np.mean(losses)


def test_padding_is_in_no_loss_and_each_bucket_is_one_program():
    ms.set_seed(0)
    network = Tagger()
    loss = nn.CrossEntropyLoss(ignore_index=IGNORED)
    frozen = nn.SGD(network.trainable_params(), 1e-30)
    model = Model(network, loss, frozen)
    results = []

    class Keep(ms.train.Callback):
        def on_train_step_end(self, run_context):
            results.append(run_context.original_args().sink_result)

    for sink in (True, False):
        results.clear()
        model.train(1, sentences(), Keep(), dataset_sink_mode=sink)
        losses = np.concatenate([result.losses() for result in results])
        expected = [by_hand(network, rows) for rows in batches()]
        np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert model.train_network.compile_cache.num_traces == 2


def test_a_mask_weighs_rows_in_a_metric():
    """Perplexity of padded sentences: that of their tokens."""
    ms.set_seed(0)
    network = Tagger()
    metric = ms.train.Perplexity(ignore_label=IGNORED)
    for tokens, tags in sentences().batches():
        logits = network(ms.Tensor(tokens)).swapaxes(1, 2)
        metric.update(ops.softmax(logits, -1), ms.Tensor(tags))
    mean = by_hand(network, ROWS)
    np.testing.assert_allclose(metric.eval(), np.exp(mean), rtol=1e-5)
