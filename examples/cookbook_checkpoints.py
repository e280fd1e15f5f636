"""Save and resume: by hand, with best accuracy and epoch in the file, and by resume=,
which goes on exactly where a run stopped, in the middle of an epoch too."""

import numpy as np

import cellnet as ms
from cellnet import Model, nn
from cellnet.train import (
    Callback,
    CheckpointConfig,
    ModelCheckpoint,
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)

generator = np.random.default_rng(1)
X = generator.normal(size=(1024, 8)).astype(np.float32)
Y = (np.sin(X.sum(axis=1)) > 0).astype(np.int32)


class SaveBest(Callback):
    """Writes a checkpoint after each epoch, and another one of the best so far."""

    def __init__(self, step, best_acc=0.0):
        super().__init__()
        self.step, self.best_acc = step, best_acc

    def on_train_epoch_end(self, run_context):
        params = run_context.original_args()
        current = params.eval_results["acc"]
        is_best = current > self.best_acc
        self.best_acc = max(self.best_acc, current)
        facts = {"epoch": params.cur_epoch_num, "best_acc": self.best_acc}
        # the step holds the network and the optimizer's state
        save_checkpoint(self.step, "last.ckpt", append_dict=facts)
        if is_best:
            save_checkpoint(self.step, "best.ckpt", append_dict=facts)


def create_model():
    ms.set_seed(1)
    net = nn.SequentialCell(nn.Dense(8, 64), nn.ReLU(), nn.Dense(64, 2))
    optimizer = nn.Adam(net.trainable_params(), learning_rate=0.01)
    return Model(net, nn.CrossEntropyLoss(), optimizer, metrics={"acc"})


def train(epochs, resume=None):
    """Train up to an epoch, from the start or from a checkpoint; the weights."""
    model = create_model()
    start_epoch, best_acc = 0, 0.0
    if resume:
        checkpoint = load_checkpoint(resume)
        start_epoch = int(checkpoint["epoch"].asnumpy())
        best_acc = float(checkpoint["best_acc"].asnumpy())
        load_param_into_net(model.train_network, checkpoint)
        print(f"Load checkpoint at epoch {start_epoch}, best accuracy {best_acc:.1%}.")
    data = ms.dataset.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(32)
    model.fit(
        epochs,
        data,
        data,
        callbacks=SaveBest(model.train_network, best_acc),
        dataset_sink_mode=True,
        valid_dataset_sink_mode=True,
        initial_epoch=start_epoch,
    )
    return [p.asnumpy() for p in model.predict_network.get_parameters()]


class StopAt(Callback):
    """Ends a training after so many steps, as if it had been killed."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_step_end(self, run_context):
        if run_context.original_args().cur_step_num >= self.step:
            run_context.request_stop()


def train_resumable(folder, *callbacks, resume=None):
    """4 epochs of shuffled data with a checkpoint each 10 steps; the weights."""
    model = create_model()
    config = CheckpointConfig(save_checkpoint_steps=10)
    callbacks = [ModelCheckpoint("run", folder, config), *callbacks]
    model.train(4, (X, Y), callbacks=callbacks, resume=resume)
    return [p.asnumpy() for p in model.predict_network.get_parameters()]


def main():
    """6 epochs at once, and 4 and then 2: the same weights. So with resume=."""
    straight = train(6)
    train(4)
    resumed = train(6, resume="last.ckpt")
    assert all((a == b).all() for a, b in zip(straight, resumed, strict=True))
    straight = train_resumable("straight")
    train_resumable("stopped", StopAt(50))  # in the second epoch of 32 steps
    resumed = train_resumable("stopped", resume="stopped")
    assert all((a == b).all() for a, b in zip(straight, resumed, strict=True))
    print("stopped after 50 of 128 steps and resumed: the same weights")

    best = load_checkpoint("best.ckpt")
    print(f"best accuracy {float(best['best_acc'].asnumpy()):.1%}")
    assert float(best["best_acc"].asnumpy()) > 0.8


if __name__ == "__main__":
    main()
