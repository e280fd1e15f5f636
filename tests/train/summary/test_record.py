"""SummaryRecord and SummaryCollector, read back by tensorboard's own reader."""

import importlib
import io

import numpy as np
import pytest

from cellnet import Model, Parameter, Tensor, nn, ops
from cellnet.train import SummaryCollector, SummaryRecord
from tests.train._training import Losses, least_squares_data

pytest.importorskip("tensorboardX")
Image = pytest.importorskip("PIL.Image")
accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator"
)


def read(folder):
    events = accumulator.EventAccumulator(
        str(folder), size_guidance={"tensors": 0, "scalars": 0, "histograms": 0}
    )
    return events.Reload()


def scalars(events, tag):
    return [(e.step, pytest.approx(e.value, rel=1e-6)) for e in events.Scalars(tag)]


def test_values_come_back(tmp_path):
    numbers = np.arange(10.0, dtype=np.float32)
    images = np.zeros((2, 3, 4, 5), np.float32)
    images[0, 0] = 1.0
    with SummaryRecord(str(tmp_path)) as record:
        assert record.log_dir.endswith("_MS")
        for step in (1, 5):
            record.add_value("scalar", "loss", Tensor([0.5 * step]))
            record.add_value("histogram", "weights", Tensor(numbers * step))
            record.add_value("tensor", "values", Tensor(numbers.reshape(2, 5)))
            record.add_value("image", "picture", Tensor(images))
            record.add_value("custom_lineage_data", "note", "batch 4")
            assert record.record(step) is True
        assert record.record(6) is True  # nothing new
    events = read(tmp_path)
    assert scalars(events, "loss") == [(1, 0.5), (5, 2.5)]
    histogram = events.Histograms("weights")[1].histogram_value
    assert (histogram.min, histogram.max, histogram.num) == (0.0, 45.0, 10.0)
    assert histogram.sum == numbers.sum() * 5
    tensor = events.Tensors("values")[0].tensor_proto
    assert list(tensor.float_val) == numbers.tolist()
    picture = events.Images("picture")[0]
    assert (picture.height, picture.width) == (4, 5)
    pixels = np.asarray(Image.open(io.BytesIO(picture.encoded_image_string)))
    np.testing.assert_array_equal(pixels, images[0].transpose(1, 2, 0) * 255)
    text = events.Tensors("note/text_summary")[0].tensor_proto.string_val[0]
    assert b"batch 4" in text


def test_a_filter_the_network_and_npy(tmp_path):
    options = {"tensor_format": "npy"}
    with SummaryRecord(str(tmp_path), export_options=options) as record:
        for name in ("kept", "lost"):
            plugin = "tensor" if name == "kept" else "scalar"
            record.add_value(plugin, name, Tensor([1.0]))
        record.record(2, nn.Dense(2, 3), plugin_filter=lambda p: p != "scalar")
    events = read(tmp_path)
    assert events.Tags()["scalars"] == []
    assert (
        b"input_channels=2"
        in (events.Tensors("graph/text_summary")[0].tensor_proto.string_val[0])
    )
    np.testing.assert_array_equal(np.load(tmp_path / "export/tensor/kept_2.npy"), [1])


def test_a_parameter_is_written_as_it_was(tmp_path):
    weight = Parameter(Tensor([1.0]), name="w")
    with SummaryRecord(str(tmp_path)) as record:
        record.add_value("scalar", "w", weight)
        weight.set_data(Tensor([7.0]))
        record.record(1)
    assert scalars(read(tmp_path), "w") == [(1, 1.0)]


def test_a_full_file_takes_no_more(tmp_path):
    with SummaryRecord(str(tmp_path), max_file_size=200) as record:
        written = []
        for step in range(9):
            record.add_value("scalar", "loss", Tensor(1.0))
            written.append(record.record(step))
    assert written[0] is True
    assert written[-1] is False
    assert len(read(tmp_path).Scalars("loss")) == written.count(True)


class Noting(nn.Cell):
    """Least squares that notes its loss and its weights."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.zeros(2, np.float32)), name="w")
        self.scalar = ops.ScalarSummary()
        self.tensor = ops.TensorSummary()

    def construct(self, x, y):
        loss = (((x * self.w).sum(-1) - y) ** 2).mean()
        self.scalar("noted", loss)
        self.tensor("weights", self.w)
        return loss


def collect(folder, sink, epochs=3, **settings):
    net = Noting()
    model = Model(net, optimizer=nn.SGD(net.trainable_params(), 0.1))
    collector = SummaryCollector(str(folder), **settings)
    losses = Losses()
    data = least_squares_data()
    model.train(epochs, data, [losses, collector], dataset_sink_mode=sink)
    return read(folder), losses.values


def test_collector_unsunk(tmp_path):
    events, losses = collect(tmp_path, False, collect_freq=2)
    expected = [(step, losses[step - 1]) for step in (1, 2, 4, 6)]
    assert scalars(events, "loss/auto") == expected
    assert scalars(events, "noted") == expected
    assert [e.value for e in events.Scalars("learning_rate/auto")] == (
        pytest.approx([0.1] * 4)
    )
    assert [e.step for e in events.Histograms("w/auto")] == [1, 2, 4, 6]
    assert (
        b"Noting"
        in (events.Tensors("network/text_summary")[0].tensor_proto.string_val[0])
    )


def test_collector_sunk_counts_epochs(tmp_path):
    events, losses = collect(tmp_path, True, collect_freq=2, epochs=4)
    expected = [(step, losses[step - 1]) for step in (2, 4, 8)]
    assert scalars(events, "loss/auto") == expected
    assert scalars(events, "noted") == expected


def test_collector_choices(tmp_path):
    chosen = {"collect_metric": False, "histogram_regular": "^nothing"}
    events, _ = collect(
        tmp_path, False, collect_freq=1, collect_specified_data=chosen, epochs=1
    )
    tags = events.Tags()
    assert (tags["scalars"], tags["histograms"]) == (["noted"], [])
    assert "train/text_summary" in tags["tensors"]


def test_collector_in_fit_writes_metrics(tmp_path):
    net = nn.Dense(2, 1)
    model = Model(
        net,
        nn.MSELoss(),
        nn.SGD(net.trainable_params(), 0.1),
        metrics={"mae"},
    )
    data = [(np.ones((2, 2), np.float32), np.ones((2, 1), np.float32))] * 3
    collector = SummaryCollector(str(tmp_path), custom_lineage_data={"who": "me"})
    model.fit(2, data, data, callbacks=collector)
    events = read(tmp_path)
    found = events.Scalars("eval_mae")
    assert [e.step for e in found] == [1, 2]
    assert found[-1].value == pytest.approx(model.eval(data)["mae"], rel=1e-5)
    assert "who/text_summary" in events.Tags()["tensors"]


def test_missing_library_says_how_to_install(tmp_path, monkeypatch):
    def without(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ImportError, match=r"cellnet\[tensorboard\]"):
        SummaryRecord(str(tmp_path))


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda r: r.add_value("scalar", "x", 0.1)),
        (ValueError, lambda r: r.add_value("scalar", "", Tensor(1.0))),
        (ValueError, lambda r: r.add_value("other", "x", Tensor(1.0))),
        (ValueError, lambda r: r.add_value("image", "x", Tensor(np.ones((4, 4))))),
        (ValueError, lambda r: r.add_value("scalar", "x", Tensor([1.0, 2.0]))),
        (TypeError, lambda r: r.record("a")),
        (TypeError, lambda r: r.record(2, 3)),
        (ValueError, lambda r: r.set_mode("x")),
        (RuntimeError, lambda r: SummaryRecord("elsewhere")),
    ],
)
def test_errors(kind, call, tmp_path):
    with SummaryRecord(str(tmp_path)) as record, pytest.raises(kind):
        call(record)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (ValueError, dict(collect_freq=0)),
        (TypeError, dict(collect_freq="a")),
        (ValueError, dict(collect_specified_data={"x": 1})),
        (TypeError, dict(collect_specified_data={"collect_metric": 1})),
        (TypeError, dict(collect_specified_data=3)),
        (TypeError, dict(custom_lineage_data={"a": [1]})),
        (TypeError, dict(keep_default_action=1)),
        (ValueError, dict(collect_tensor_freq=-1)),
    ],
)
def test_collector_errors(kind, settings):
    with pytest.raises(kind):
        SummaryCollector("somewhere", **settings)


def test_a_closed_record_writes_nothing(tmp_path):
    record = SummaryRecord(str(tmp_path))
    record.close()
    record.close()
    assert record.record(1) is False
