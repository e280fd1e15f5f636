"""Sinking in training loops written by hand: the same numbers as by the Model."""

import gc

import numpy as np
import pytest

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Tensor, context, nn
from cellnet.train import DatasetHelper, connect_network_with_dataset, data_sink
from tests.train._training import (
    LeastSquares,
    Plain,
    assert_same_training,
    descend,
    image_data,
    least_squares_data,
    make_model,
    parts,
    staging_threads,
    train,
    train_by_hand,
    weights_of,
)


def make_step():
    net, loss, optimizer = parts()
    return nn.TrainOneStepCell(nn.WithLossCell(net, loss), optimizer).set_train()


def train_connected(step, helper, epochs):
    """The loop of MindSpore's guide: the loss at the end of each sink."""
    network = connect_network_with_dataset(step, helper)
    losses = []
    for _ in range(epochs):
        for inputs in helper:
            losses.append(float(network(*inputs)))
    return losses


@pytest.mark.parametrize("sink_size", [-1, 7])
def test_connected_network_equals_the_model(sink_size):
    step = make_step()
    helper = DatasetHelper(image_data(shuffle=True), True, sink_size, epoch_num=3)
    assert helper.sink_size() == (3 if sink_size == -1 else 7)
    losses = train_connected(step, helper, 3)
    expected, weights = train(
        make_model(),
        3,
        image_data(shuffle=True),
        dataset_sink_mode=True,
        sink_size=sink_size,
    )
    size = helper.sink_size()
    assert_same_training(
        (losses, weights_of(step)), (expected[size - 1 :: size], weights)
    )


def test_sens_set_between_sinks_counts_from_the_next_on():
    net = LeastSquares()
    step = nn.TrainOneStepCell(net, nn.SGD(net.trainable_params(), 0.1))
    helper = DatasetHelper(least_squares_data(), sink_size=3)
    network = connect_network_with_dataset(step, helper)
    network()
    step.set_sens(2.0)
    network()
    np.testing.assert_allclose(net.w.asnumpy(), descend([1, 1, 1, 2, 2, 2]), rtol=1e-5)


def test_not_sunk_it_gives_the_batches():
    helper = DatasetHelper(image_data(), dataset_sink_mode=False, sink_size=2)
    expected = list(image_data().create_tuple_iterator(output_numpy=True))
    for _ in range(2):
        for (image, label), (x, y) in zip(helper, expected, strict=True):
            assert isinstance(image, Tensor)
            np.testing.assert_array_equal(image.asnumpy(), x)
            np.testing.assert_array_equal(label.asnumpy(), y)


def test_types_and_shapes_of_the_columns():
    helper = DatasetHelper(image_data())
    types, shapes = helper.types_shapes()
    assert types == [ms.float32, ms.int32]
    assert shapes == [(4, 1, 4, 4), (4,)]
    assert helper.get_data_info() == (types, shapes)


@pytest.mark.parametrize("size", [1, -1])
def test_data_sink_of_a_function_with_closures(size):
    """The functional style of MindSpore 2."""
    net, loss_fn, optimizer = parts()
    net.set_train()

    def forward(image, label):
        logits = net(image)
        return loss_fn(logits, label), logits

    grad_fn = ms.value_and_grad(forward, None, optimizer.parameters, has_aux=True)

    def step(image, label):
        (loss, _), grads = grad_fn(image, label)
        optimizer(grads)
        return loss

    sink = data_sink(step, image_data(), sink_size=size)
    losses = [float(sink()) for _ in range(6 // (3 if size == -1 else size))]
    expected, weights = train_by_hand(image_data(), 6)
    stride = 3 if size == -1 else size
    np.testing.assert_allclose(losses, expected[stride - 1 :: stride], rtol=1e-5)
    for name, value in weights_of(net).items():
        np.testing.assert_allclose(value, weights[name], rtol=1e-5, atol=1e-6)


def test_data_sink_of_a_cell():
    step = make_step()
    data_sink(step, image_data(), sink_size=6)()
    expected = train_by_hand(image_data(), 6)[1]["head.weight"]
    np.testing.assert_allclose(weights_of(step)["head.weight"], expected, rtol=1e-5)


def test_staging_ends_with_the_network():
    context.set_context(sink_budget=100)
    helper = DatasetHelper(image_data(), sink_size=2)
    network = connect_network_with_dataset(make_step(), helper)
    network()
    assert staging_threads()
    del network, helper
    gc.collect()
    assert not staging_threads()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"dataset_sink_mode": 1}, TypeError, "dataset_sink_mode must be a bool"),
        ({"sink_size": 0}, ValueError, "sink_size must be -1 .* or positive, got 0"),
        ({"sink_size": -2}, ValueError, "sink_size must be -1 .* or positive, got -2"),
        ({"sink_size": "4"}, TypeError, "sink_size must be an int, got str"),
        ({"epoch_num": 0}, ValueError, "epoch_num must be at least 1, got 0"),
        ({"dataset": 3}, TypeError, "expected a dataset, arrays or an iterable"),
        ({"dataset": []}, ValueError, "the data set gives no batch"),
    ],
)
def test_what_a_helper_refuses(settings, error, message):
    with pytest.raises(error, match=f"DatasetHelper: {message}"):
        DatasetHelper(**{"dataset": image_data(), **settings})


def test_what_connecting_refuses():
    helper = DatasetHelper(image_data())
    with pytest.raises(TypeError, match="network must be a Cell, got function"):
        connect_network_with_dataset(lambda x: x, helper)
    with pytest.raises(TypeError, match="expected a DatasetHelper, got NumpySlices"):
        connect_network_with_dataset(
            Plain(), ds.NumpySlicesDataset((np.ones(2),), ["x"])
        )
    with pytest.raises(RuntimeError, match="dataset_sink_mode=True"):
        connect_network_with_dataset(Plain(), DatasetHelper(image_data(), False))
    network = connect_network_with_dataset(make_step(), helper)
    with pytest.raises(TypeError, match="takes no inputs, got 1"):
        network(Tensor(1.0))


def test_what_data_sink_refuses():
    with pytest.raises(ValueError, match="data_sink: sink_size must be -1"):
        data_sink(lambda x: x, image_data(), sink_size=0)
    with pytest.raises(TypeError, match="expected a function, got int"):
        data_sink(3, image_data())
