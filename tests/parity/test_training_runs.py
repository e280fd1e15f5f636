"""Model.train, fit and eval: the same lines, hooks, metrics and errors."""

import json
import re

import numpy as np
import pytest

NUMBER = re.compile(r"\d+\.\d+(e[-+]\d+)?")

RUNS = [
    "model.train(2, data, [LossMonitor(), recorder])",
    "model.train(3, data, [LossMonitor(4), recorder])",
    "model.train(1, data, LossMonitor(0))",
    "model.train(2, data, [TimeMonitor(), TimeMonitor(data_size=2)])",
    "model.train(3, data, [recorder, LossMonitor(2)], initial_epoch=1)",
    "model.train(2, data, [LossMonitor(), Recorder(stop_at=2), recorder])",
    "model.fit(2, data, valid, callbacks=[LossMonitor(3), recorder])",
    "model.fit(3, data, valid, valid_frequency=2, callbacks=[recorder])",
    "model.fit(3, data, valid, valid_frequency=[1, 3], callbacks=[recorder])",
    "model.fit(5, data, valid, callbacks=[EarlyStopping('acc'), recorder])",
    "model.fit(4, data, valid, callbacks=[LossMonitor(),"
    " EarlyStopping(patience=1, min_delta=5.0, verbose=True), recorder])",
    "model.fit(4, data, valid, callbacks=[LossMonitor(), recorder,"
    " ReduceLROnPlateau('acc', factor=0.5, patience=1, verbose=True)])",
    "model.train(3, data, [LossMonitor(), recorder,"
    " ReduceLROnPlateau('loss', patience=1, min_delta=5.0, verbose=True)])",
    "model.train(2, data, [LossMonitor(), recorder,"
    " LearningRateScheduler(lambda rate, step: rate * 0.9**step)])",
    "model.eval(data)",
    "model.eval(data, [recorder])",
]
METRICS = [
    ("Accuracy()", ["scores", "classes"]),
    ("Accuracy('classification')", ["scores", "one_hot"]),
    ("Accuracy('multilabel')", ["bits", "other_bits"]),
    ("Loss()", ["losses"]),
    ("MAE()", ["scores", "other"]),
    ("MSE()", ["scores", "other"]),
    ("Precision('classification')", ["scores", "classes"]),
    ("Recall('classification')", ["scores", "classes"]),
    ("Precision('multilabel')", ["bits", "other_bits"]),
    ("Recall('multilabel')", ["bits", "other_bits"]),
    ("Fbeta(2.0)", ["scores", "classes"]),
    ("F1()", ["scores", "classes"]),
    ("Top1CategoricalAccuracy()", ["scores", "classes"]),
    ("TopKCategoricalAccuracy(2)", ["scores", "classes"]),
    ("Perplexity()", ["scores", "classes"]),
    ("Perplexity(1)", ["scores", "classes"]),
    ("ConfusionMatrix(4)", ["scores", "classes"]),
    ("ConfusionMatrix(4, 'target')", ["scores", "classes"]),
    ("ConfusionMatrix(4, 'prediction')", ["scores", "classes"]),
    ("ConfusionMatrix(4, 'all')", ["scores", "classes"]),
    *(
        (f"ConfusionMatrixMetric(metric_name={name!r})", ["bits", "other_bits"])
        for name in (
            *("sensitivity", "specificity", "precision", "npv", "miss rate", "fpr"),
            *("fdr", "false omission rate", "pt", "threat score", "accuracy", "ba"),
            *("f1 score", "mcc", "fm", "informedness", "markedness"),
        )
    ),
    # none of these can be measured
    ("Perplexity('1')", ["scores", "classes"]),
    ("Perplexity()", ["scores"]),
    ("ConfusionMatrix('4')", ["scores", "classes"]),
    ("ConfusionMatrix(4, 'other')", ["scores", "classes"]),
    ("ConfusionMatrix(4, threshold=1)", ["scores", "classes"]),
    ("ConfusionMatrixMetric(metric_name='other')", ["bits", "other_bits"]),
    ("ConfusionMatrixMetric(1)", ["bits", "other_bits"]),
    ("ROC(class_num='4')", ["scores", "classes"]),
    ("Accuracy('other')", []),
    ("Accuracy()", ["scores"]),
    ("Accuracy()", ["scores", "other"]),
    ("Loss()", ["losses", "losses"]),
    ("Precision('multilabel')", ["scores"]),
    ("Fbeta(0.0)", ["scores", "classes"]),
    ("TopKCategoricalAccuracy(0)", ["scores", "classes"]),
    ("TopKCategoricalAccuracy('2')", ["scores", "classes"]),
]
REFUSED = [
    "model.train(0, data)",
    "model.train('1', data)",
    "model.train(True, data)",
    "model.train(1, data, dataset_sink_mode=1)",
    "model.train(1, data, sink_size=0)",
    "model.train(1, data, sink_size=-2)",
    "model.train(1, data, sink_size='1')",
    "model.train(1, data, callbacks=3)",
    "model.train(1, data, callbacks=[LossMonitor(), 3])",
    "model.train(2, data, initial_epoch=2)",
    "model.train(2, data, initial_epoch=-1)",
    "model.train(2, data, initial_epoch='0')",
    "model.train(1, data.project(['x']))",
    "model.fit(1, data, data, valid_frequency='1')",
    "ms.Model(net).eval(data)",
    "model.predict(3, [[1]])",
    "LossMonitor(-1)",
    "LossMonitor(1.5)",
    "LossMonitor(True)",
    "ms.Model(3)",
    "ms.Model(net, optimizer=3)",
    "ms.Model(net, metrics='acc')",
    "ms.Model(net, metrics=['acc'])",
    "ms.Model(net, nn.MSELoss(), metrics={'acc': 3})",
    "ms.Model(net, amp_level='O7')",
    "ms.Model(net, something=3)",
    "ms.Model(net, metrics={'acc'})",
    "EarlyStopping(mode='other')",
    "EarlyStopping(patience=-1)",
    "EarlyStopping(patience=1.5)",
    "EarlyStopping(min_delta='1')",
    "EarlyStopping(3)",
    "ReduceLROnPlateau(factor=1.0)",
    "ReduceLROnPlateau(factor='1')",
    "ReduceLROnPlateau(cooldown=-1)",
    "ReduceLROnPlateau(verbose=1)",
    "ms.Model(model.predict_network, amp_level='O2')",
    "ms.amp.auto_mixed_precision(3, 'O1')",
    "ms.amp.auto_mixed_precision(model.predict_network, 'O4')",
    "ms.amp.auto_mixed_precision(model.predict_network, 'O1', ms.float32)",
    "ms.amp.custom_mixed_precision(model.predict_network)",
    "ms.amp.custom_mixed_precision(model.predict_network, white_list=[3])",
    "ms.amp.DynamicLossScaler('a', 2, 2)",
    "ms.amp.DynamicLossScaler(0, 2, 2)",
    "ms.amp.DynamicLossScaler(4, 0.5, 2)",
    "ms.amp.DynamicLossScaler(4, 2, 0)",
    "ms.amp.StaticLossScaler(True)",
]


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((14, 4)).astype(np.float32)
    weight = rng.standard_normal((3, 4)).astype(np.float32)
    return {"x": x, "y": rng.integers(0, 3, 14).astype(np.int32), "weight": weight}


@pytest.fixture(scope="module")
def measured(run_both):
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 4, (3, 6)).astype(np.int32)
    inputs = {
        "cases": json.dumps(METRICS),
        "scores": rng.dirichlet(np.ones(4), (3, 6)).astype(np.float32),
        "other": rng.standard_normal((3, 6, 4)).astype(np.float32),
        "classes": classes,
        "one_hot": np.eye(4, dtype=np.float32)[classes],
        "bits": rng.integers(0, 2, (3, 6, 3)).astype(np.float32),
        "other_bits": rng.integers(0, 2, (3, 6, 3)).astype(np.float32),
        "losses": rng.uniform(0, 2, 3).astype(np.float32),
    }
    return run_both("training_runs:measure", inputs)


@pytest.fixture(scope="module")
def errors(run_both, arrays):
    inputs = arrays | {"texts": json.dumps(REFUSED)}
    return [each["types"] for each in run_both("training_runs:error_types", inputs)]


@pytest.mark.parametrize("text", RUNS)
def test_runs_print_and_call_the_same(run_both, arrays, text):
    ours, theirs = run_both("training_runs:run", arrays | {"text": text})
    np.testing.assert_allclose(ours["weight"], theirs["weight"], rtol=1e-5, atol=1e-6)

    (our_lines, our_seen, our_result), (lines, seen, result) = (
        [json.loads(str(found[key])) for key in ("lines", "seen", "result")]
        for found in (ours, theirs)
    )
    assert our_result == pytest.approx(result, rel=1e-5)
    assert [NUMBER.sub("#", line) for line in our_lines] == [
        NUMBER.sub("#", line) for line in lines
    ]
    for mine, line in zip(our_lines, lines, strict=True):
        if "time" not in line:
            assert floats(mine) == pytest.approx(floats(line), rel=1e-5)
    assert [hook[:-1] for hook in our_seen] == [hook[:-1] for hook in seen]
    # None, where there is no output yet, becomes nan
    losses, their_losses = (
        np.array([hook[-1] for hook in each], float) for each in (our_seen, seen)
    )
    np.testing.assert_allclose(losses, their_losses, rtol=1e-5)


def floats(line):
    return [float(match.group()) for match in NUMBER.finditer(line)]


@pytest.mark.parametrize("number", range(len(METRICS)), ids=map(str, METRICS))
def test_metrics_have_the_same_values(measured, number):
    ours, theirs = (each[str(number)] for each in measured)
    if theirs.dtype.kind == "U":
        assert ours == theirs
    else:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_errors_have_the_same_type(errors, number):
    ours, theirs = (str(types[number]) for types in errors)
    assert theirs != "none"
    assert ours == theirs
