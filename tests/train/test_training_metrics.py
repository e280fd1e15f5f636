"""Model.fit(train_metrics=True): the metrics of the training batches."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Model, nn
from cellnet.train import EarlyStopping
from cellnet.train.metrics import ROC, Accuracy, Loss, Recall
from tests.train._training import (
    BATCH,
    CLASSES,
    IMAGES,
    LABELS,
    Net,
    image_data,
    make_model,
    parts,
    weights_of,
)


def outputs_and_losses(epochs):
    """(outputs, losses) of each epoch, the network asked before each step."""
    net, loss, optimizer = parts()
    step = nn.TrainOneStepCell(nn.WithLossCell(net, loss), optimizer).set_train()
    for _ in range(epochs):
        outputs, losses = [], []
        for image, label in image_data().create_tuple_iterator(num_epochs=1):
            outputs.append(net(image).asnumpy())
            losses.append(float(step(image, label).asnumpy()))
        yield np.concatenate(outputs), losses


def by_hand(epochs):
    """(accuracy, mean loss) of each epoch."""
    return [
        ((outputs.argmax(1) == LABELS).mean(), np.mean(losses))
        for outputs, losses in outputs_and_losses(epochs)
    ]


@pytest.mark.parametrize("sink", [True, False])
def test_they_are_those_of_a_loop_by_hand(sink):
    model = make_model(metrics={"acc", "loss"})
    history = model.fit(
        *(3, image_data(), image_data()),
        dataset_sink_mode=sink,
        train_metrics=True,
    )
    found = history.history
    expected = by_hand(3)
    np.testing.assert_allclose(found["train_acc"], [acc for acc, _ in expected])
    np.testing.assert_allclose(
        found["train_loss"], [loss for _, loss in expected], rtol=1e-5
    )
    assert len(found["acc"]) == 3
    assert found["acc"] != found["train_acc"]


@pytest.mark.parametrize("sink", [True, False])
def test_scores_by_class(sink):
    """The number of classes is known from the first batch on, not before."""
    model = make_model(metrics={"F1", "recall"})
    history = model.fit(2, image_data(), dataset_sink_mode=sink, train_metrics=True)
    found = history.history
    for epoch, (outputs, _) in enumerate(outputs_and_losses(2)):
        said, true = np.eye(CLASSES)[outputs.argmax(1)], np.eye(CLASSES)[LABELS]
        hits = (said * true).sum(0)
        np.testing.assert_allclose(found["train_recall"][epoch], hits / true.sum(0))
        np.testing.assert_allclose(
            found["train_F1"][epoch], 2 * hits / (said + true).sum(0)
        )


def test_metrics_choose_among_loss_outputs_and_label():
    metrics = {"acc": Accuracy().set_indexes([1, 2]), "loss": Loss().set_indexes([0])}
    history = make_model(metrics=metrics).fit(2, image_data(), train_metrics=True)
    expected = by_hand(2)
    np.testing.assert_allclose(
        history.history["train_acc"], [acc for acc, _ in expected]
    )
    np.testing.assert_allclose(
        history.history["train_loss"], [loss for _, loss in expected], rtol=1e-5
    )


@pytest.mark.parametrize("sink", [True, False])
def test_they_change_no_weight(sink):
    plain, watched = make_model(Net), make_model(Net, metrics={"acc"})
    ms.set_seed(3)
    plain.fit(2, image_data(), dataset_sink_mode=sink)
    ms.set_seed(3)
    watched.fit(2, image_data(), dataset_sink_mode=sink, train_metrics=True)
    expected = weights_of(plain.train_network)
    found = weights_of(watched.train_network)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-6)
    assert not any(cell._hooks for _, cell in watched.train_network.cells_and_names())


@pytest.mark.parametrize("sink", [True, False])
def test_later_epochs_compile_nothing(sink):
    model = make_model(metrics={"acc", "loss", "F1"})
    data = image_data(drop_remainder=True)

    def fit():
        model.fit(3, data, data, dataset_sink_mode=sink, train_metrics=True)
        step, evaluation = model.train_network, model.eval_network
        return step.compile_cache.num_traces, evaluation.compile_cache.num_traces

    assert fit() == (1, 1)


def test_operation_by_operation_and_watched():
    ms.set_context(mode=ms.PYNATIVE_MODE)
    stopping = EarlyStopping("train_loss", patience=2)  # less is better
    model = make_model(metrics={"acc", "loss"})
    history = model.fit(3, image_data(), callbacks=stopping, train_metrics=True)
    expected = by_hand(3)
    np.testing.assert_allclose(
        history.history["train_loss"], [loss for _, loss in expected], rtol=1e-5
    )
    assert stopping.best_epoch == np.argmin([loss for _, loss in expected]) + 1 == 3


def test_with_scaled_losses():
    net, loss, optimizer = parts()
    model = Model(net, loss, optimizer, metrics={"acc", "loss"}, amp_level="O2")
    history = model.fit(1, image_data(), train_metrics=True, dataset_sink_mode=True)
    (value,) = history.history["train_loss"]
    assert value == pytest.approx(by_hand(1)[0][1], rel=2e-2)


def test_what_cannot_be_gathered_is_refused():
    assert len(IMAGES) > BATCH
    with pytest.raises(ValueError, match="needs a Model with a loss_fn and metrics"):
        make_model().fit(1, image_data(), train_metrics=True)
    for metric in (ROC(), Recall("multilabel")):
        with pytest.raises(ValueError, match="'mine' .* cannot be gathered"):
            make_model(metrics={"mine": metric}).fit(
                1, image_data(), train_metrics=True
            )
