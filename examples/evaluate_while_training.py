"""Evaluation every few epochs: by Model.fit, and by a callback of one's own."""

import numpy as np

import cellnet as ms
from cellnet import Model, nn
from cellnet.train import Callback

ms.set_seed(1)
generator = np.random.default_rng(1)
x = generator.normal(size=(4096, 8)).astype(np.float32)
y = (np.sin(x.sum(axis=1)) > 0).astype(np.int32)
train_data, test_data = (x[:3072], y[:3072]), (x[3072:], y[3072:])


def create_model():
    network = nn.SequentialCell(nn.Dense(8, 128), nn.ReLU(), nn.Dense(128, 2))
    optimizer = nn.Adam(network.trainable_params(), learning_rate=0.01)
    return Model(network, nn.CrossEntropyLoss(), optimizer, metrics={"acc"})


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
    """Prints what fit found."""

    def on_train_epoch_end(self, run_context):
        params = run_context.original_args()
        if params.metrics:
            print(f"epoch {params.cur_epoch_num}: {params.metrics}")


print("Model.fit, every 5 epochs")
create_model().fit(
    20,
    train_data,
    test_data,
    valid_frequency=5,
    callbacks=Report(),
    dataset_sink_mode=True,
    valid_dataset_sink_mode=True,
)

print("a callback, every 4 epochs")
model = create_model()
evaluate = Evaluate(model, test_data, 4)
model.train(20, train_data, callbacks=evaluate, dataset_sink_mode=True)
assert list(evaluate.accuracies) == [4, 8, 12, 16, 20]
assert evaluate.accuracies[20] > 0.8
