"""BestCheckpoint, ProfileSteps and StepReport."""

import gzip
import json
import time

import numpy as np
import pytest

from cellnet import Tensor
from cellnet.train import load_checkpoint
from cellnet.train.callback import (
    BestCheckpoint,
    Callback,
    ProfileSteps,
    RunContext,
    StepReport,
)
from tests.train._training import image_data, make_model, weights_of

SERIES = [0.5, 0.7, 0.6, 0.9, 0.8]


class Results(Callback):
    """Plays evaluation: puts SERIES where the metrics are."""

    def on_train_epoch_end(self, run_context):
        params = run_context.original_args()
        params.metrics = {"acc": SERIES[params.cur_epoch_num - 1]}


@pytest.mark.parametrize(("mode", "epoch"), [("auto", 4), ("max", 4), ("min", 1)])
def test_the_best_weights_are_kept(tmp_path, mode, epoch):
    seen = {}

    class Weights(Callback):
        def on_train_epoch_end(self, run_context):
            params = run_context.original_args()
            seen[params.cur_epoch_num] = weights_of(params.network)

    path = tmp_path / "deep" / "best.ckpt"
    best = BestCheckpoint("acc", path, mode)
    model = make_model()
    model.train(5, image_data(), callbacks=[Results(), best, Weights()])
    assert (best.best_epoch, best.best) == (epoch, SERIES[epoch - 1])
    found = load_checkpoint(str(path))
    assert int(found.pop("epoch_num").asnumpy()) == epoch
    assert float(found.pop("best").asnumpy()) == pytest.approx(SERIES[epoch - 1])
    assert set(found) == {"head.weight", "head.bias"}
    for name, value in seen[epoch].items():
        np.testing.assert_array_equal(found[name].asnumpy(), value)
    assert not np.array_equal(seen[epoch]["head.bias"], seen[5]["head.bias"])


def test_the_best_weights_come_back(tmp_path, capsys):
    path = tmp_path / "best.ckpt"
    best = BestCheckpoint("acc", path, restore_best_weights=True, verbose=True)
    model = make_model()
    model.train(5, image_data(), callbacks=[Results(), best], dataset_sink_mode=True)
    found = load_checkpoint(str(path))
    for name, value in weights_of(model.predict_network).items():
        np.testing.assert_array_equal(found[name].asnumpy(), value)
    assert capsys.readouterr().out.count("best acc so far") == 3


def test_no_value_no_file(tmp_path):
    best = BestCheckpoint("acc", tmp_path / "best.ckpt", restore_best_weights=True)
    make_model().train(1, image_data(), callbacks=best)
    assert best.best_epoch == 0
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="BestCheckpoint: mode"):
        BestCheckpoint("acc", mode="best")


@pytest.mark.parametrize(("sink", "steps"), [(False, [4, 5]), (True, [6])])
def test_a_trace_of_some_steps(tmp_path, sink, steps):
    callback = ProfileSteps(4, 5, tmp_path)
    make_model().train(3, image_data(), callbacks=callback, dataset_sink_mode=sink)
    (file,) = tmp_path.glob("plugins/profile/*/*.trace.json.gz")
    with gzip.open(file) as content:
        events = json.load(content)["traceEvents"]
    numbers = [e["args"]["step_num"] for e in events if e.get("name") == "train"]
    assert sorted(map(int, numbers)) == steps


def test_a_trace_ends_with_the_training(tmp_path):
    make_model().train(1, image_data(), callbacks=ProfileSteps(2, 99, tmp_path))
    assert list(tmp_path.glob("plugins/profile/*/*.trace.json.gz"))
    with pytest.raises(ValueError, match="last must not be less than first"):
        ProfileSteps(5, 4)


class Slow(Callback):
    def on_train_epoch_end(self, run_context):
        time.sleep(0.2)


@pytest.mark.parametrize("sink", [True, False])
def test_a_page_of_times(capsys, sink):
    report = StepReport()

    def batches():
        for _ in range(3):
            time.sleep(0.1)
            yield np.zeros((4, 1, 4, 4), np.float32), np.zeros(4, np.int32)

    begun = time.perf_counter()
    make_model().train(
        1, list_like(batches), callbacks=[report, Slow()], dataset_sink_mode=sink
    )
    whole = time.perf_counter() - begun
    seconds = report.seconds
    assert report.steps == 3
    assert sum(seconds.values()) <= whole
    # lower bounds only: a busy machine takes longer
    assert seconds["other"] >= 0.2
    assert seconds["data"] >= (0.25 if sink else 0.05)
    assert seconds["compile"] > 0
    printed = capsys.readouterr().out
    assert "where the time went: 3 steps" in printed
    assert all(f"  {name} " in printed for name in seconds)
    assert "peak of the process" in printed


def list_like(batches):
    """An iterable of so many batches that begins anew each time."""

    class Batches:
        def __len__(self):
            return 3

        def __iter__(self):
            return batches()

    return Batches()


def test_the_report_of_an_unfinished_step_is_empty():
    report = StepReport()
    report.on_train_begin(RunContext({"net_outputs": Tensor(0.0)}))
    assert "0 steps in 0.00 s" in str(report)
