"""LossMonitor, TimeMonitor and History on runs driven by hand."""

import re
import time

import jax.numpy as jnp
import numpy as np
import pytest

from cellnet.tensor import Tensor
from cellnet.train.callback import (
    CallbackParam,
    History,
    LossMonitor,
    RunContext,
    TimeMonitor,
)


class Run:
    """What Model.train does, as far as callbacks see it."""

    def __init__(self, callback, batch_num=6, sink=1):
        self.params = CallbackParam(
            mode="train", batch_num=batch_num, cur_step_num=0, dataset_sink_mode=False
        )
        self.context, self.callback, self.sink = RunContext(self.params), callback, sink

    def train(self, epochs, loss=lambda step: float(step), after_epoch=None):
        callback, context, params = self.callback, self.context, self.params
        callback.on_train_begin(context)
        for params.cur_epoch_num in range(1, epochs + 1):
            callback.on_train_epoch_begin(context)
            for _ in range(params.batch_num // self.sink):
                params.cur_step_num += self.sink
                params.net_outputs = loss(params.cur_step_num)
                callback.on_train_step_end(context)
            if after_epoch:
                after_epoch()
            callback.on_train_epoch_end(context)
        callback.on_train_end(context)


def evaluate(callback, losses, **fields):
    params = CallbackParam(mode="eval", batch_num=len(losses), **fields)
    context = RunContext(params)
    callback.on_eval_begin(context)
    callback.on_eval_epoch_begin(context)
    for params.cur_step_num, loss in enumerate(losses, 1):
        params.net_outputs = (loss, "outputs", "labels")
        callback.on_eval_step_end(context)
    callback.on_eval_epoch_end(context)
    callback.on_eval_end(context)


@pytest.mark.parametrize(
    ("every", "sink", "lines"),
    [
        # every 4 steps of 6 an epoch, as measured on MindSpore
        (4, 1, ["epoch: 1 step: 4, loss is 4.0", "epoch: 2 step: 2, loss is 8.0"]),
        (0, 1, []),
        (4, 3, ["epoch: 1 step: 6, loss is 6.0", "epoch: 2 step: 6, loss is 12.0"]),
        (1, 6, ["epoch: 1 step: 6, loss is 6.0", "epoch: 2 step: 6, loss is 12.0"]),
    ],
)
def test_loss_monitor_prints_every_so_many_steps(capsys, every, sink, lines):
    Run(LossMonitor(every), sink=sink).train(2)
    printed = capsys.readouterr().out.splitlines()
    assert printed[: len(lines)] == lines
    assert len(printed) == {(4, 1): 3}.get((every, sink), len(lines))


def test_loss_monitor_starts_anew_with_each_training(capsys):
    monitor = LossMonitor(4)
    Run(monitor).train(1)
    Run(monitor).train(1)
    line = "epoch: 1 step: 4, loss is 4.0"
    assert capsys.readouterr().out.splitlines() == [line, line]


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        (Tensor(np.float32(0.1)), "0.10000000149011612"),
        (Tensor([2.0, 4.0]), "3.0"),
        ((Tensor(2.0), Tensor(5.0)), "2.0"),
        ([Tensor(2.0)], "2.0"),
        (jnp.asarray(0.5, jnp.bfloat16), "0.5"),
        (np.float32(2), "2.0"),
        (2.5, "2.5"),
        (Tensor(np.int32(2)), "2.0"),
    ],
)
def test_loss_monitor_prints_the_first_output_as_a_python_float(capsys, outputs, text):
    context = RunContext(
        CallbackParam(cur_step_num=9, batch_num=6, net_outputs=outputs, cur_epoch_num=2)
    )
    LossMonitor().step_end(context)
    assert capsys.readouterr().out == f"epoch: 2 step: 3, loss is {text}\n"


def test_loss_monitor_reads_no_loss_that_it_does_not_print(monkeypatch, capsys):
    read = []
    monkeypatch.setattr(
        Tensor, "__array__", lambda self, *a, **k: read.append(1) or np.ones(())
    )
    run = Run(LossMonitor(5), batch_num=12)
    run.train(1, loss=lambda step: Tensor(1.0))
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert len(read) == 2 + 1  # and the last one, at the end


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_not_finite_stops_training_where_it_is_printed(bad):
    with pytest.raises(ValueError, match=r"epoch: 2 step: 2, loss is .*learning rate"):
        Run(LossMonitor(4)).train(3, loss=lambda step: bad if step > 6 else 1.0)


def test_a_loss_that_is_not_finite_is_told_at_the_end_at_least():
    with pytest.raises(ValueError, match=r"epoch: 1 step: 6, loss is nan"):
        Run(LossMonitor(0)).train(1, loss=lambda step: Tensor(np.nan))


def test_loss_monitor_prints_evaluations_alone_but_not_inside_training(capsys):
    monitor = LossMonitor(2)
    evaluate(monitor, [1.0, 2.0, 3.0, 4.0, 5.0])
    lines = ["epoch: 1 step: 2, loss is 2.0", "epoch: 1 step: 4, loss is 4.0"]
    assert capsys.readouterr().out.splitlines() == lines

    run = Run(monitor, batch_num=2)

    def after_epoch():
        evaluate(monitor, [7.0, 8.0])
        run.params.metrics = {"acc": 0.5}

    run.train(1, after_epoch=after_epoch)
    assert capsys.readouterr().out.splitlines() == [
        "epoch: 1 step: 2, loss is 2.0",
        "Eval result: epoch 1, metrics: {'acc': 0.5}",
    ]


@pytest.mark.parametrize("value", [1.0, True, "1"])
def test_per_print_times_is_an_int(value):
    with pytest.raises(TypeError, match="per_print_times must be int"):
        LossMonitor(value)


def test_per_print_times_is_not_negative():
    with pytest.raises(ValueError, match="per_print_times must be >= 0, got -1"):
        LossMonitor(-1)


TIMES = re.compile(r"(\w+) epoch time: (\d+\.\d{3}) ms, per step time: (\d+\.\d{3}) ms")


def times(text):
    found = [TIMES.fullmatch(line) for line in text.splitlines()]
    return [(m[1], float(m[2]), float(m[3])) for m in found]


def test_time_monitor_prints_epochs_without_their_evaluation(capsys):
    monitor = TimeMonitor()
    run = Run(monitor, batch_num=2)

    def after_epoch():
        monitor.on_eval_epoch_begin(RunContext(CallbackParam(mode="eval")))
        time.sleep(0.05)
        context = RunContext(CallbackParam(mode="eval", batch_num=5))
        monitor.on_eval_epoch_end(context)

    run.train(1, after_epoch=after_epoch)
    (first, eval_ms, eval_step_ms), (second, train_ms, _) = times(
        capsys.readouterr().out
    )
    assert (first, second) == ("Eval", "Train")
    assert eval_ms >= 50
    assert eval_step_ms == pytest.approx(eval_ms / 5, abs=1e-3)
    assert train_ms < 50


def test_time_monitor_counts_steps_by_the_run_or_by_data_size(capsys):
    monitor = TimeMonitor(data_size=4)
    context = RunContext(CallbackParam(mode="train"))
    monitor.epoch_begin(context)
    time.sleep(0.02)
    monitor.epoch_end(context)
    ((_, epoch_ms, step_ms),) = times(capsys.readouterr().out)
    assert step_ms == pytest.approx(epoch_ms / 4, abs=1e-3)
    with pytest.raises(ValueError, match="data_size"):
        TimeMonitor().epoch_end(context)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"data_size": 0}, ValueError),
        ({"data_size": "6"}, TypeError),
        ({"data_time": 1}, TypeError),
        ({"data_time": True}, ValueError),
    ],
)
def test_time_monitor_checks_its_arguments(arguments, error):
    with pytest.raises(error, match=next(iter(arguments))):
        TimeMonitor(**arguments)


def test_history_keeps_the_last_loss_of_epochs_and_metrics_as_they_are():
    history = History()
    run = Run(history, batch_num=3)
    rates = np.array([0.5, 1.0])

    def after_epoch():
        evaluate(history, [9.0], metrics={"precision": rates})
        run.params.metrics = {"precision": rates}

    run.train(
        2, loss=lambda step: (Tensor([step, step + 1.0]), "x"), after_epoch=after_epoch
    )
    assert history.epoch == {"epoch": [1, 2]}
    assert history.history["net_output"] == [3.5, 6.5]
    assert history.history["precision"] == [rates, rates]


def test_history_of_an_evaluation_alone():
    history = History()
    evaluate(history, [1.0, 2.0], metrics={"acc": 0.5})
    assert history.epoch == {"epoch": [1]}
    assert history.history == {"net_output": [2.0], "acc": [0.5]}
