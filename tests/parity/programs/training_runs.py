"""Model.train, fit and eval: what callbacks see, what is printed, what is measured.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import contextlib
import io
import json

import mindspore as ms
import mindspore.dataset as ds
import mindspore.nn as nn
import numpy as np
from mindspore.train import metrics
from mindspore.train.callback import (  # noqa: F401  # the tests' texts name them
    Callback,
    EarlyStopping,
    LearningRateScheduler,
    LossMonitor,
    ReduceLROnPlateau,
    TimeMonitor,
)

HOOKS = "begin epoch_begin step_begin step_end epoch_end end"


class Recorder(Callback):
    """Every hook that is called, with the numbers that it sees."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.seen = []
        self.stop_at = stop_at

    def note(self, hook, run_context):
        params = run_context.original_args()
        epoch, step = params.get("cur_epoch_num"), params.get("cur_step_num")
        if hook == "on_train_begin":
            epoch = None  # not there yet in MindSpore
        outputs = params.get("net_outputs") if hook.endswith("_end") else None
        if isinstance(outputs, tuple | list):
            outputs = outputs[0]
        loss = None if outputs is None else float(outputs.asnumpy())
        self.seen.append([hook, params["mode"], epoch, step, params["batch_num"], loss])
        if hook == "on_train_step_end" and step == self.stop_at:
            run_context.request_stop()


def _hook(name):
    return lambda self, run_context: self.note(name, run_context)


for _part in ("train", "eval"):
    for _name in HOOKS.split():
        _full = f"on_{_part}_{_name}"
        setattr(Recorder, _full, _hook(_full))


def run(inputs):
    """Lines printed, hooks called and metrics of one text, a call of a Model."""
    ms.set_context(mode=ms.GRAPH_MODE)
    recorder = Recorder()
    model = build(inputs)
    data = dataset(inputs)
    scope = {**globals(), "model": model, "data": data, "recorder": recorder}
    scope["valid"] = dataset(inputs).take(2)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = eval(str(inputs["text"]), scope)
    # what fit gives differs: docs/differences.md
    results = result if isinstance(result, dict) else {}
    measured = {key: float(value) for key, value in results.items()}
    return {
        "lines": json.dumps(printed.getvalue().splitlines()),
        "seen": json.dumps(recorder.seen),
        "result": json.dumps(measured),
        "weight": model.train_network.parameters_dict()["weight"].asnumpy(),
    }


def build(inputs):
    net = nn.Dense(4, 3)
    net.weight.set_data(ms.Tensor(inputs["weight"]))
    net.bias.set_data(ms.Tensor(np.zeros(3, np.float32)))
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(net.trainable_params(), 0.1, 0.9)
    measures = {"acc": metrics.Accuracy(), "loss": metrics.Loss()}
    return ms.Model(net, loss, optimizer, metrics=measures)


def dataset(inputs):
    arrays = (inputs["x"], inputs["y"])
    return ds.NumpySlicesDataset(arrays, ["x", "y"], shuffle=False).batch(4)


def measure(inputs):
    """Each metric after the updates of its case, or the type of its error."""
    results = {}
    for number, (text, names) in enumerate(json.loads(str(inputs["cases"]))):
        try:
            metric = eval(text, vars(metrics).copy())
            metric.clear()
            for rows in zip(*(inputs[name] for name in names), strict=True):
                metric.update(*map(ms.Tensor, rows))
            results[str(number)] = np.asarray(metric.eval())
        except Exception as error:
            results[str(number)] = type(error).__name__
    return results


def error_types(inputs):
    """The type of the error that each text raises; "none" where it raises none."""
    ms.set_context(mode=ms.GRAPH_MODE)
    found = []
    for text in json.loads(str(inputs["texts"])):
        model, data = build(inputs), dataset(inputs)
        try:
            eval(
                text, {**globals(), "model": model, "data": data, "net": nn.Dense(4, 3)}
            )
            found.append("none")
        except Exception as error:
            found.append(type(error).__name__)
    return {"types": found}


__all__ = ["LossMonitor", "TimeMonitor"]  # used by the texts
