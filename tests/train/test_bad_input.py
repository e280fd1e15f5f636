"""What is wrong is refused: by a clear error, of MindSpore's type, before any harm."""

import gzip
import re

import numpy as np
import optax
import pytest

import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, context, nn
from cellnet.nn import SGD, MSELoss
from cellnet.train.callback import Callback, History, LossMonitor
from cellnet.train.metrics import Accuracy
from tests.train._training import (
    LABELS,
    Net,
    Plain,
    image_data,
    make_model,
    parts,
    staging_threads,
    train,
    weights_of,
)

SINK = pytest.mark.parametrize("sink", [True, False])
PLACES = pytest.mark.parametrize("budget", [None, 100], ids=["resident", "staged"])


class Untouched(Callback):
    """Fails the test if training begins."""

    def on_train_begin(self, run_context):
        raise AssertionError("training began")


def refuse(error, message, model=None, **arguments):
    """Train wrongly: the error must come, and nothing may have changed."""
    model = model or make_model()
    before = weights_of(model.train_network)
    callbacks = arguments.pop("callbacks", Untouched())
    arguments = {"epoch": 2, "train_dataset": image_data(), **arguments}
    with pytest.raises(error, match=message) as caught:
        model.train(callbacks=callbacks, **arguments)
    for name, value in weights_of(model.train_network).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)
    assert not staging_threads()
    return str(caught.value)


@SINK
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sink_size": 0}, ValueError, "sink_size must be -1 .* or positive, got 0"),
        ({"sink_size": -2}, ValueError, "sink_size must be -1 .* or positive, got -2"),
        ({"sink_size": "a"}, TypeError, "sink_size must be an int, got str ..a"),
        ({"sink_size": 1.5}, TypeError, "sink_size must be an int, got float"),
        ({"sink_size": True}, TypeError, "sink_size must be an int, got bool"),
        ({"epoch": 0}, ValueError, "epoch must be at least 1, got 0"),
        ({"epoch": -1}, ValueError, "epoch must be at least 1, got -1"),
        ({"epoch": "1"}, TypeError, "epoch must be an int, got str"),
        ({"epoch": True}, TypeError, "epoch must be an int, got bool"),
        ({"initial_epoch": 2}, ValueError, "initial_epoch .2. must be less than epoch"),
        ({"initial_epoch": -1}, ValueError, "initial_epoch must be at least 0"),
        ({"initial_epoch": "0"}, TypeError, "initial_epoch must be an int"),
        ({"callbacks": 3}, TypeError, "callbacks must be Callbacks, got int"),
        ({"callbacks": [LossMonitor(), 3]}, TypeError, "callbacks must be .* got int"),
        (
            {"callbacks": Untouched},
            TypeError,
            "callbacks must be Callbacks, got the class Untouched",
        ),
        ({"train_dataset": 3}, TypeError, "expected a dataset, arrays or .*got int"),
        ({"train_dataset": None}, TypeError, "expected a dataset, .* got NoneType"),
        ({"train_dataset": "data"}, TypeError, "expected a dataset, .* got str"),
        ({"train_dataset": []}, ValueError, "the data set gives no batch"),
    ],
)
def test_arguments_of_train(arguments, error, message, sink):
    refuse(error, f"Model.train: {message}", dataset_sink_mode=sink, **arguments)


@pytest.mark.parametrize("mode", [1, "True", None])
def test_the_sink_mode_is_a_bool(mode):
    refuse(TypeError, "dataset_sink_mode must be a bool, got", dataset_sink_mode=mode)


def test_arrays_cannot_be_cut_into_batches_of_nothing():
    with pytest.raises(ValueError, match="batch_size must lie in .* got 0"):
        make_model().train(1, (LABELS, LABELS), batch_size=0)


@SINK
def test_what_can_be_read_once_is_refused_for_more(sink):
    batches = [*image_data().create_tuple_iterator(num_epochs=1, output_numpy=True)]
    model = make_model(metrics={"acc"})
    for once in ((batch for batch in batches), iter(batches), zip(*zip(*batches))):
        with pytest.raises(ValueError, match="train_dataset is a .* is to be read 2 t"):
            model.train(2, once, Untouched(), dataset_sink_mode=sink)
        with pytest.raises(ValueError, match="valid_dataset is a .* is to be read 3 t"):
            model.fit(3, batches, once, callbacks=Untouched(), dataset_sink_mode=sink)
        history = model.fit(2, batches, once, [2], dataset_sink_mode=sink)
        assert len(history.history["acc"]) == 1
        model.train(1, iter(batches), dataset_sink_mode=sink)


@SINK
def test_a_batch_larger_than_the_data(sink):
    data = ds.NumpySlicesDataset((np.ones((3, 16), np.float32), LABELS[:3]), ["x", "y"])
    refuse(
        ValueError,
        "the data set gives no batch: it is empty, or smaller than one batch while "
        "drop_remainder is True",
        train_dataset=data.batch(4, drop_remainder=True),
        dataset_sink_mode=sink,
    )
    # without it the short batch is trained
    make_model().train(1, data.batch(4), dataset_sink_mode=sink)


@SINK
def test_an_iterable_that_gives_nothing(sink):
    refuse(
        RuntimeError,
        "gave no batch in a pass",
        epoch=1,
        train_dataset=(batch for batch in ()),
        callbacks=None,
        dataset_sink_mode=sink,
    )


@SINK
@pytest.mark.parametrize("names", [["x"], ["x", "y", "z"]])
def test_a_loss_needs_two_columns(names, sink):
    columns = (np.ones((4, 16), np.float32), LABELS[:4], LABELS[:4])
    data = ds.NumpySlicesDataset(columns[: len(names)], names).batch(2)
    refuse(
        ValueError,
        f"2 columns.* gives {len(names)}: {', '.join(names)}",
        train_dataset=data,
        dataset_sink_mode=sink,
    )


def test_a_loss_needs_two_things_in_a_batch():
    x = np.ones((4, 16), np.float32)
    refuse(
        TypeError,
        "takes 3 positional arguments but 4 were given",
        train_dataset=[(x, LABELS[:4], LABELS[:4])],
        callbacks=None,
    )


# -- values ---------------------------------------------------------------------------


@SINK
@PLACES
@pytest.mark.parametrize("wrong", [3, -1])
@pytest.mark.parametrize(
    "loss",
    [nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"), nn.NLLLoss()],
    ids=["softmax", "nll"],
)
def test_a_label_that_is_no_class(loss, wrong, sink, budget):
    context.set_context(sink_budget=budget)
    net, _, optimizer = parts()
    labels = LABELS.copy()
    row = 1 if budget else 9  # of a resident data set all rows are known beforehand
    labels[row] = wrong
    place = f"staged batch 0, row {row}" if budget else f"row {row}"
    message = refuse(
        ValueError,
        rf"{type(loss).__name__}: labels: got {wrong} at {place}, expected .*\[0, 3\)",
        Model(net, loss, optimizer),
        train_dataset=image_data(labels=labels),
        callbacks=None,
        dataset_sink_mode=sink,
    )
    assert "\n" not in message


@SINK
def test_a_wrong_label_in_evaluation(sink):
    model = make_model(metrics={"loss"})
    labels = LABELS.copy()
    labels[2] = 7
    with pytest.raises(ValueError, match="got 7 at .*row 2, expected"):
        model.eval(image_data(labels=labels), dataset_sink_mode=sink)


@SINK
@PLACES
def test_a_wrong_shape_names_the_cell_and_the_line(sink, budget):
    context.set_context(sink_budget=budget)
    x = np.ones((8, 3, 4, 4), np.float32)
    message = refuse(
        ValueError,
        "Conv2d.* 3 channels|3, 4, 4",
        make_model(Net),
        train_dataset=ds.NumpySlicesDataset((x, LABELS[:8]), ["x", "y"]).batch(4),
        callbacks=None,
        dataset_sink_mode=sink,
    )
    assert re.search(r"in cell \S+\._backbone\.conv\n", message)
    assert re.search(r"_training\.py:\d+: x = self\.relu\(self\.norm", message)


def test_a_wrong_shape_in_a_call_of_the_network():
    with pytest.raises(ValueError, match=r"in cell Net\.conv\n  at .*_training.py:\d"):
        Net()(Tensor(np.ones((1, 3, 4, 4), np.float32)))


@SINK
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_stops_a_monitored_training(value, sink, capsys):
    x = np.full((8, 1, 4, 4), 1.0, np.float32)
    x[5] = value
    data = ds.NumpySlicesDataset((x, LABELS[:8]), ["x", "y"], shuffle=False).batch(4)
    with pytest.raises(ValueError, match="epoch: 1 step: 2, loss is nan"):
        make_model().train(3, data, LossMonitor(), dataset_sink_mode=sink)
    assert capsys.readouterr().out.count("epoch") == (0 if sink else 1)


class Mean(nn.Cell):
    def __init__(self):
        super().__init__()
        self.steps = Parameter(0, name="steps")

    def construct(self, x):
        self.steps += 1
        return x.mean()


@SINK
def test_batches_may_change_their_shape(sink):
    shapes = [(4, 3), (4, 3), (4, 5), (4, 3), (4, 5)]
    batches = [(np.full(shape, i, np.float32),) for i, shape in enumerate(shapes)]
    model = Model(Mean())
    losses, _ = train(model, 2, batches, dataset_sink_mode=sink)
    np.testing.assert_array_equal(losses, [0, 1, 2, 3, 4] * 2)
    assert model.train_network.compile_cache.num_traces == 2


# -- files ----------------------------------------------------------------------------


def idx(magic, shape, data):
    return np.array([magic, *shape], ">u4").tobytes() + bytes(data)


IMAGES = idx(0x803, (2, 28, 28), 2 * 28 * 28)
CLASSES = idx(0x801, (2,), 2)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (None, CLASSES, "lacks train-images-idx3-ubyte"),
        (IMAGES, None, "lacks train-labels-idx1-ubyte"),
        (IMAGES[:500], CLASSES, "images.*promises 1568 bytes.*holds 484"),
        (IMAGES[:7], CLASSES, "images.* 7 bytes, too short"),
        (b"", CLASSES, "images.* 0 bytes, too short"),
        (IMAGES, IMAGES, "labels.*magic number 2051, expected 2049"),
        (gzip.compress(IMAGES)[:-9], CLASSES, "images.*not a whole gzip file"),
    ],
    ids=["no images", "no labels", "cut", "a few bytes", "empty", "magic", "gzip"],
)
def test_damaged_files(images, labels, message, tmp_path):
    for kind, data in (("images-idx3", images), ("labels-idx1", labels)):
        if data is not None:
            end = ".gz" if data[:2] == b"\x1f\x8b" else ""
            (tmp_path / f"train-{kind}-ubyte{end}").write_bytes(data)
    with pytest.raises(RuntimeError, match=message):
        make_model().train(1, ds.MnistDataset(tmp_path, "train").batch(2))


# -- the Model itself -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"network": 3}, TypeError, "network must be a Cell, .* got int"),
        ({"network": Plain}, TypeError, "network .* got the class Plain; make an obj"),
        ({"loss_fn": 3}, TypeError, "loss_fn must be callable, got 3"),
        (
            {"eval_indexes": [0, 1]},
            ValueError,
            "eval_indexes must be .* tuple of 3 ints",
        ),
        ({"eval_indexes": [0, 1, "2"]}, TypeError, "eval_indexes must be int, got str"),
        ({"loss_fn": MSELoss}, TypeError, "loss_fn .* got the class MSELoss; make an"),
        ({"optimizer": SGD}, TypeError, "optimizer .* got the class SGD; make an obj"),
        ({"keep_batchnorm_fp32": 1}, TypeError, "keep_batchnorm_fp32 must be bool"),
        ({"optimizer": 3}, TypeError, "optimizer must be an Optimizer or .* got int"),
        ({"optimizer": optax.sgd}, TypeError, "optimizer must be an Optimizer"),
        ({"metrics": ["acc"]}, TypeError, "expected a set of names"),
        ({"metrics": "acc"}, TypeError, "expected a set of names"),
        ({"metrics": {"acc": "acc"}}, TypeError, "a dict must have str -> Metric"),
        ({"metrics": {"acc": Accuracy}}, TypeError, "a dict must have str -> Metric"),
        ({"metrics": {"accurate"}}, KeyError, "no metric is named 'accurate'"),
        ({"metrics": {"acc"}, "loss_fn": None}, ValueError, "metrics need a loss_fn"),
        ({"amp_level": "O9"}, ValueError, "amp_level must be one of"),
        ({"boost_level": "x"}, ValueError, "boost_level must be O0"),
        ({"momentum": 0.9}, ValueError, r"unknown arguments \['momentum'\], expected"),
    ],
)
def test_arguments_of_a_model(arguments, error, message):
    net, loss, optimizer = parts()
    given = {"network": net, "loss_fn": loss, "optimizer": optimizer, **arguments}
    with pytest.raises(error, match=message):
        Model(**given)


@SINK
@pytest.mark.parametrize(
    ("loss", "found"),
    [
        (lambda output, label: (output.sum(), label), "tuple"),
        (lambda output, label: None, "NoneType"),
        (lambda output, label: 3.0, "float"),
    ],
)
def test_a_loss_function_that_gives_no_tensor(loss, found, sink):
    net, _, optimizer = parts()
    message = f"loss_fn must give a Tensor or a jax array .* got {found}"
    refuse(
        *(TypeError, message, Model(net, loss, optimizer)),
        callbacks=None,
        dataset_sink_mode=sink,
    )


def test_evaluation_needs_metrics_and_data():
    with pytest.raises(ValueError, match="Model.eval: the Model was made without met"):
        make_model().eval(image_data())
    with pytest.raises(ValueError, match="Model.fit: a valid_dataset needs metrics"):
        make_model().fit(1, image_data(), image_data())
    model = make_model(metrics={"acc"})
    with pytest.raises(TypeError, match="dataset_sink_mode must be a bool, got int"):
        model.eval(image_data(), dataset_sink_mode=1)
    with pytest.raises(ValueError, match="Model.eval: the data set gives no batch"):
        model.eval([])
    with pytest.raises(TypeError, match="valid_frequency must be an int, got str"):
        model.fit(1, image_data(), image_data(), "1")
    with pytest.raises(TypeError, match="each epoch in valid_frequency must be an int"):
        model.fit(1, image_data(), image_data(), [1, 2.5])
    with pytest.raises(
        TypeError, match="Callbacks, got the class History; make an obj"
    ):
        model.eval(image_data(), History)
    with pytest.raises(TypeError, match="callbacks must be Callbacks, got str"):
        model.eval(image_data(), "monitor")
