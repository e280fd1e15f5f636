"""Model.eval: metrics gathered on the device are those gathered batch by batch."""

import logging

import jax.numpy as jnp
import numpy as np
import pytest

import cellnet as ms
from cellnet import Model, context, nn
from cellnet.train.metrics import F1, Accuracy, Fbeta, Metric, Precision, Recall
from tests.train._training import (
    LABELS,
    Compilations,
    image_data,
    make_model,
)

SCORES = np.random.default_rng(3).random((6, 4)).astype(np.float32)
NUMBERS = np.array([0, 1, 2, 3, 1, 1], np.int32)


def class_scores():
    return {"f1": F1(), "f2": Fbeta(2.0), "precision": Precision(), "recall": Recall()}


def by_numpy(logits, labels):
    """The same from counts, with 0 for 0 / 0."""
    classes = np.eye(logits.shape[1])
    said, true = classes[logits.argmax(1)], classes[labels]
    hits, said, true = (said * true).sum(0), said.sum(0), true.sum(0)
    parts_of = {
        "f1": (2 * hits, said + true),
        "f2": (5 * hits, said + 4 * true),
        "precision": (hits, said),
        "recall": (hits, true),
    }
    return {k: a / np.where(b == 0, 1, b) for k, (a, b) in parts_of.items()}


def logits_of(network):
    batches = image_data().create_tuple_iterator(num_epochs=1)
    network.set_train(False)
    return np.concatenate([network(image).asnumpy() for image, _ in batches])


class Same(nn.Cell):
    """Its outputs are its inputs: of any number of classes."""

    def construct(self, x):
        return x


def of_inputs(metrics):
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    return Model(Same(), loss, metrics=metrics)


@pytest.mark.parametrize("mode", [ms.GRAPH_MODE, ms.PYNATIVE_MODE])
@pytest.mark.parametrize("budget", [None, 100], ids=["resident", "staged"])
def test_scores_by_class_are_numpys_sunk_and_not(mode, budget):
    """The last batch is a short one; the second evaluation begins anew."""
    context.set_context(sink_budget=budget, mode=mode)
    model = make_model(metrics=class_scores())
    expected = by_numpy(logits_of(model.predict_network), LABELS)
    for sink in (True, False, True):
        found = model.eval(image_data(), dataset_sink_mode=sink)
        assert list(found) == list(expected)
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_more_evaluations_compile_nothing():
    model, data = make_model(metrics=class_scores()), image_data()
    model.eval(data, dataset_sink_mode=True)
    with Compilations() as compilations:
        for _ in range(3):
            model.eval(data, dataset_sink_mode=True)
    assert compilations.count == 0
    assert model.eval_network.compile_cache.num_traces == 0  # none by batch


@pytest.mark.parametrize("sink", [True, False])
def test_each_evaluation_may_have_its_number_of_classes(sink):
    model = of_inputs(class_scores())
    for count in (4, 3, 4):
        outputs, labels = SCORES[:, :count], np.minimum(NUMBERS, count - 1)
        found = model.eval((outputs, labels), dataset_sink_mode=sink, batch_size=4)
        for name, value in by_numpy(outputs, labels).items():
            np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.mark.parametrize("sink", [True, False])
def test_one_evaluation_has_one_number_of_classes(sink):
    batches = [(SCORES[:, :3], NUMBERS % 3), (SCORES, NUMBERS)]
    with pytest.raises(ValueError, match="classes"):
        of_inputs({"f1": F1()}).eval(batches, dataset_sink_mode=sink)


@pytest.mark.parametrize("sink", [True, False])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (NUMBERS + 1, r"F1: labels must be in \[0, 4\), as the outputs have 4"),
        (np.eye(4, dtype=np.float32)[NUMBERS] * 2, "F1: one-hot .* must all be 0 or 1"),
    ],
)
def test_labels_that_are_none_are_told_sunk_and_not(labels, message, sink):
    class First(nn.Cell):
        def construct(self, x, y):
            return x.mean(), x, y

    model = Model(Same(), metrics={"f1": F1()}, eval_network=First())
    with pytest.raises(ValueError, match=message):
        model.eval((SCORES, labels), dataset_sink_mode=sink, batch_size=4)


class OnHost(Metric):
    """The largest output: of all, or of each class."""

    _max = staticmethod(np.max)

    def clear(self):
        self.highest = -np.inf

    def update(self, *inputs):
        outputs, _ = (self._convert_data(x) for x in inputs)
        self.highest = np.maximum(self.highest, self._max(outputs))

    def eval(self):
        return self.highest


class Highest(OnHost):
    def accumulate(self, state, outputs, labels):
        del labels
        return jnp.maximum(state, self._max(outputs))

    def result(self, state):
        return np.asarray(state)


class HighestOfAll(Highest):
    def _max(self, outputs):
        return outputs.max()

    def initial(self):
        return jnp.asarray(-jnp.inf)


class HighestByClass(Highest):
    def _max(self, outputs):
        return outputs.max(axis=0)

    def initial(self, outputs, labels):
        assert labels.shape == outputs.shape[:1]
        return jnp.full(outputs.shape[1:], -jnp.inf, outputs.dtype)


@pytest.mark.parametrize("sink", [True, False])
@pytest.mark.parametrize(("kind", "axis"), [(HighestOfAll, None), (HighestByClass, 0)])
def test_the_state_of_ones_own_metric_may_depend_on_shapes(kind, axis, sink, caplog):
    model = make_model(metrics={"highest": kind()})
    expected = logits_of(model.predict_network).max(axis)
    with caplog.at_level(logging.INFO, "cellnet"):
        found = model.eval(image_data(), dataset_sink_mode=sink)
    np.testing.assert_allclose(found["highest"], expected, rtol=1e-6)
    assert "cannot be gathered" not in caplog.text


class MeanF1(F1):
    def eval(self):
        return super().eval(average=True)


class SecondClass(F1):
    """Of the second class against the others."""

    def update(self, *inputs):
        outputs, labels = (self._convert_data(x) for x in inputs)
        two = np.stack([outputs.argmax(1) != 1, outputs.argmax(1) == 1], 1)
        super().update(two, (labels == 1).astype(int))


@pytest.mark.parametrize("sink", [True, False])
def test_what_a_class_of_ones_own_overrides_counts(sink):
    f1 = F1()
    model = make_model(metrics={"f1": f1, "mean": MeanF1()})
    expected = by_numpy(logits_of(model.predict_network), LABELS)["f1"]
    found = model.eval(image_data(), dataset_sink_mode=sink)
    assert found["mean"] == f1.eval(average=True) == expected.mean()
    by_batch = model.eval_network.compile_cache.num_traces > 0
    assert by_batch is not sink
    model = make_model(metrics={"second": SecondClass()})
    found = model.eval(image_data(), dataset_sink_mode=sink)
    assert found["second"][1] == expected[1]


def test_what_cannot_be_gathered_on_the_device_is_said_once(caplog):
    model = make_model(metrics={"acc": Accuracy(), "mine": OnHost(), "f1": F1()})
    with caplog.at_level(logging.INFO, "cellnet"):
        model.eval(image_data())
        assert "on the device" not in caplog.text
        found = [model.eval(image_data(), dataset_sink_mode=True) for _ in range(2)]
    said = [m for m in caplog.messages if "cannot be gathered on the device" in m]
    assert len(said) == 1
    assert "'mine' (OnHost)" in said[0]
    assert "acc" not in said[0]
    outputs = logits_of(model.predict_network)
    for values in found:
        assert values["mine"] == outputs.max()
        np.testing.assert_array_equal(values["f1"], by_numpy(outputs, LABELS)["f1"])
