"""TensorBoard: its files, read by TensorBoard's own reader."""

import io
import re

import numpy as np
import pytest

from cellnet import Tensor, nn
from cellnet.train import CheckpointConfig, ModelCheckpoint
from cellnet.train.callback import Callback, TensorBoard
from tests.train._training import (
    CLASSES,
    Losses,
    Net,
    image_data,
    make_model,
    weights_of,
)

pytest.importorskip("tensorboardX")
Image = pytest.importorskip("PIL.Image")
accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator"
)


def read(folder):
    everything = {"scalars": 0, "histograms": 0}
    return accumulator.EventAccumulator(str(folder), everything).Reload()


def scalars(events, tag):
    found = events.Scalars(tag)
    return [e.step for e in found], [e.value for e in found]


@pytest.mark.parametrize("sink", [True, False])
def test_scalars(tmp_path, sink):
    losses = Losses()
    model = make_model(metrics={"acc"})
    history = model.fit(
        *(3, image_data(), image_data()),
        callbacks=[losses, TensorBoard(tmp_path, every_steps=2)],
        dataset_sink_mode=sink,
    )
    events = read(tmp_path)
    # 3 steps an epoch: windows end at multiples of 2 and with the epochs
    steps, means = scalars(events, "loss/train")
    assert steps == [2, 3, 4, 6, 8, 9]
    begins = [0, *steps[:-1]]
    expected = [np.mean(losses.values[a:b]) for a, b in zip(begins, steps, strict=True)]
    np.testing.assert_allclose(means, expected, rtol=1e-6)
    steps, values = scalars(events, "acc/valid")
    assert steps == [3, 6, 9]
    np.testing.assert_allclose(values, history.history["acc"], rtol=1e-6)
    np.testing.assert_allclose(scalars(events, "learning_rate")[1], [0.05] * 3)


def test_histograms_are_of_the_weights_then(tmp_path):
    seen = []

    class Weights(Callback):
        def on_train_epoch_end(self, run_context):
            seen.append(weights_of(run_context.original_args().network)["head.weight"])

    board = TensorBoard(tmp_path, histogram_epochs=2)
    make_model().train(4, image_data(), callbacks=[board, Weights()])
    found = read(tmp_path).Histograms("head/weight")
    assert [e.step for e in found] == [6, 12]
    for event, weight in zip(found, seen[1::2], strict=True):
        histogram = event.histogram_value
        assert histogram.num == weight.size
        np.testing.assert_allclose(
            [histogram.min, histogram.max, histogram.sum],
            [weight.min(), weight.max(), weight.sum()],
            rtol=1e-5,
        )
        # each bucket reaches from the limit before to its own
        inside = [(weight <= limit).sum() for limit in histogram.bucket_limit[:-1]]
        np.testing.assert_allclose(np.cumsum(histogram.bucket)[:-1], inside, atol=1)


def test_the_graph(tmp_path):
    make_model(Net).train(1, image_data(), callbacks=TensorBoard(tmp_path))
    nodes = {node.name: node for node in read(tmp_path).Graph().node}
    assert {"conv", "norm", "relu", "flatten", "head"} <= set(nodes)
    assert nodes["norm"].op == "BatchNorm2d"
    assert list(nodes["norm"].input) == ["conv"]
    (shape,) = nodes["head"].attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim][1:] == [CLASSES]


def test_settings(tmp_path):
    board = TensorBoard(tmp_path, settings={"seed": 3, "augment": False})
    make_model().train(1, image_data(), callbacks=board)
    plugin = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")
    events = read(tmp_path)
    found = plugin.HParamsPluginData()
    found.ParseFromString(
        events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    )
    settings = found.session_start_info.hparams
    assert settings["seed"].number_value == 3
    assert settings["augment"].bool_value is False
    assert settings["optimizer"].string_value == "Momentum"
    assert settings["learning_rate"].number_value == 0.05
    assert events.SummaryMetadata("_hparams_/session_end_info")


def charts_of(folder):
    """Title -> tags of the charts in the tab Custom Scalars."""
    layouts = pytest.importorskip("tensorboard.plugins.custom_scalar.layout_pb2")
    events = read(folder)
    if "custom_scalars__config__" not in events.Tags()["tensors"]:
        return {}
    found = layouts.Layout()
    last = events.Tensors("custom_scalars__config__")[-1]
    found.ParseFromString(last.tensor_proto.string_val[0])
    metadata = events.SummaryMetadata("custom_scalars__config__")
    assert metadata.plugin_data.plugin_name == "custom_scalars"
    (category,) = found.category
    tags = events.Tags()["scalars"]
    return {  # TensorBoard's own rule: re.match
        chart.title: [t for p in chart.multiline.tag for t in tags if re.match(p, t)]
        for chart in category.chart
    }


def test_training_and_validation_share_a_chart(tmp_path):
    data = (image_data(), image_data())
    model = make_model(metrics={"acc", "loss"})
    model.fit(1, *data, callbacks=TensorBoard(tmp_path / "a"))
    assert charts_of(tmp_path / "a") == {"loss": ["loss/train", "loss/valid"]}
    board = TensorBoard(tmp_path / "b")
    model.fit(2, *data, valid_frequency=2, callbacks=board, train_metrics=True)
    assert charts_of(tmp_path / "b") == {
        "acc": ["acc/train", "acc/valid"],
        "loss": ["loss/train", "loss/valid"],
    }
    model.train(1, data[0], callbacks=TensorBoard(tmp_path / "c"))
    assert charts_of(tmp_path / "c") == {}


class Crash(Callback):
    """An error after some steps."""

    def on_train_step_end(self, run_context):
        if run_context.original_args().cur_step_num == 5:
            raise ZeroDivisionError


def test_a_run_that_goes_on_in_its_folder_has_each_step_once(tmp_path):
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(3))
    board = TensorBoard(tmp_path, every_steps=1, graph=False)
    with pytest.raises(ZeroDivisionError):
        make_model().train(3, image_data(), [board, Crash(), saver])
    (tmp_path / "net-2_2.ckpt").unlink()  # as after a kill -9
    board = TensorBoard(tmp_path, every_steps=1, graph=False)
    make_model().train(3, image_data(), board, resume=tmp_path)
    assert scalars(read(tmp_path), "loss/train")[0] == list(range(1, 10))


def test_what_led_to_an_error_is_in_the_file(tmp_path):
    losses = Losses()
    board = TensorBoard(tmp_path, every_steps=2)
    with pytest.raises(ZeroDivisionError):
        make_model().train(3, image_data(), [losses, board, Crash()])
    steps, means = scalars(read(tmp_path), "loss/train")
    assert steps == [2, 3, 4, 5]
    assert means[-1] == pytest.approx(losses.values[4])


class Pictures(Callback):
    """Adds something of its own."""

    def __init__(self, board, images):
        self.board, self.images = board, images

    def on_train_epoch_end(self, run_context):
        self.board.add("image", "batch", Tensor(self.images))
        self.board.add("scalar", "own/number", 7)
        self.board.add("text", "note", "a word")


def test_things_of_ones_own(tmp_path):
    images = np.random.default_rng(0).random((3, 3, 4, 5), np.float32)
    board = TensorBoard(tmp_path)
    make_model().train(1, image_data(), callbacks=[board, Pictures(board, images)])
    events = read(tmp_path)
    assert scalars(events, "own/number") == ([3], [7.0])
    (picture,) = events.Images("batch")
    pixels = np.asarray(Image.open(io.BytesIO(picture.encoded_image_string)))
    expected = np.concatenate(list(images.transpose(0, 2, 3, 1)), axis=1) * 255
    assert pixels.shape == (4, 15, 3)
    assert np.abs(pixels - expected).max() <= 1
    text = events.Tensors("note/text_summary")[0].tensor_proto.string_val[0]
    assert b"a word" in text
    with pytest.raises(RuntimeError, match="no training runs"):
        board.add("scalar", "late", 1.0)


class Fails(Callback):
    def __init__(self, board):
        self.board = board

    def on_train_epoch_end(self, run_context):
        self.board.add("image", "bad", np.zeros(3))


def test_what_cannot_be_written_is_reported(tmp_path):
    board = TensorBoard(tmp_path)
    with pytest.raises(RuntimeError, match="TensorBoard: writing .* failed"):
        make_model().train(2, image_data(), callbacks=[board, Fails(board)])


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (dict(log_dir=3), TypeError),
        (dict(every_steps=0), ValueError),
        (dict(histogram_epochs=-1), ValueError),
        (dict(graph=1), TypeError),
        (dict(settings={"net": nn.ReLU()}), TypeError),
    ],
)
def test_bad_arguments(settings, error):
    with pytest.raises(error, match=r"TensorBoard"):
        TensorBoard(**settings)
