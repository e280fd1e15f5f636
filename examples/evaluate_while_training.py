"""Evaluation every few epochs: by Model.fit, and by a callback of one's own; and with
a metric of one's own besides."""

import numpy as np

import cellnet as ms
from cellnet import Model, nn
from cellnet.train import Accuracy, Callback, Metric

ms.set_seed(1)
generator = np.random.default_rng(1)
x = generator.normal(size=(4096, 8)).astype(np.float32)
y = (np.sin(x.sum(axis=1)) > 0).astype(np.int32)
train_data, test_data = (x[:3072], y[:3072]), (x[3072:], y[3072:])


class Margin(Metric):
    """How far the score of the label is above the other one, on average."""

    def clear(self):
        self.margins = []

    def update(self, scores, labels):
        scores, labels = self._convert_data(scores), self._convert_data(labels)
        rows = np.arange(len(labels))
        self.margins.append(scores[rows, labels] - scores[rows, 1 - labels])

    def eval(self):
        return float(np.concatenate(self.margins).mean())


def create_model(metrics):
    network = nn.SequentialCell(nn.Dense(8, 128), nn.ReLU(), nn.Dense(128, 2))
    optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)
    return Model(network, nn.CrossEntropyLoss(), optimizer, metrics=metrics)


class Evaluate(Callback):
    """Evaluates every so many epochs and keeps what comes out."""

    def __init__(self, model, data, epochs):
        super().__init__()
        self.model, self.data, self.epochs = model, data, epochs
        self.accuracies = {}

    def on_train_epoch_end(self, run_context):
        epoch = run_context.original_args().cur_epoch_num
        if epoch % self.epochs == 0:
            found = self.model.eval(self.data, dataset_sink_mode=True)
            self.accuracies[epoch] = found["acc"]
            print(f"epoch {epoch}: {found}")


class Report(Callback):
    """Keeps and prints what fit found."""

    margins = ()

    def on_train_epoch_end(self, run_context):
        params = run_context.original_args()
        if params.metrics:
            print(f"epoch {params.cur_epoch_num}: {params.metrics}")
            self.margins = (*self.margins, params.metrics["margin"])


print("Model.fit, every 5 epochs")
report = Report()
create_model({"acc": Accuracy(), "margin": Margin()}).fit(
    20,
    train_data,
    test_data,
    valid_frequency=5,
    callbacks=report,
    dataset_sink_mode=True,
    valid_dataset_sink_mode=True,
)

assert len(report.margins) == 4
assert report.margins[-1] > report.margins[0] > 0

print("a callback, every 4 epochs")
model = create_model({"acc"})
evaluate = Evaluate(model, test_data, 4)
model.train(20, train_data, callbacks=evaluate, dataset_sink_mode=True)
assert list(evaluate.accuracies) == [4, 8, 12, 16, 20]
assert evaluate.accuracies[20] > 0.8
