"""Model: evaluation, prediction, the order of hooks, and leaving early."""

import _thread
import itertools
import threading

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, context, nn
from cellnet.train.callback import Callback, History, LossMonitor
from cellnet.train.metrics import Accuracy, Loss, Metric
from tests.train._training import (
    BATCH,
    LABELS,
    Compilations,
    Net,
    Plain,
    assert_same_training,
    image_data,
    make_model,
    parts,
    staging_threads,
    train,
    train_by_hand,
    weights_of,
)


def rows():
    """All images as the network sees them."""
    batches = image_data().create_tuple_iterator(num_epochs=1, output_numpy=True)
    return np.concatenate([image for image, _ in batches])


def numpy_evaluation(net):
    """(accuracy, mean of the batches' losses), by their formulas."""
    w, b = net.head.weight.asnumpy(), net.head.bias.asnumpy()
    logits = rows().reshape(-1, 16) @ w.T + b
    shifted = logits - logits.max(1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    losses = -log_probs[np.arange(len(LABELS)), LABELS]
    batches = [losses[i : i + BATCH].mean() for i in range(0, len(LABELS), BATCH)]
    return (logits.argmax(1) == LABELS).mean(), np.mean(batches)


# -- evaluation -----------------------------------------------------------------------


@pytest.mark.parametrize("sink", [True, False])
@pytest.mark.parametrize("budget", [None, 100], ids=["resident", "staged"])
def test_evaluation_equals_numpy(sink, budget):
    """A short last batch counts its rows for accuracy, and as one batch for loss."""
    context.set_context(sink_budget=budget)
    model = make_model(metrics={"acc", "loss"})
    model.train(2, image_data())
    accuracy, loss = numpy_evaluation(model.predict_network)
    for _ in range(2):  # the second begins anew
        found = model.eval(image_data(), dataset_sink_mode=sink)
        assert list(found) == ["acc", "loss"]
        assert found["acc"] == pytest.approx(accuracy, rel=1e-6)
        assert found["loss"] == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("sink", [True, False])
def test_evaluation_uses_moving_averages_and_no_dropout_and_changes_nothing(sink):
    model = make_model(Net, metrics={"loss"})
    model.train(2, image_data(), dataset_sink_mode=True)
    before = weights_of(model.train_network)
    found = model.eval(image_data(), dataset_sink_mode=sink)
    after = weights_of(model.train_network)
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    net = model.predict_network
    assert net.training is False
    logits = net(Tensor(rows())).asnumpy().astype(np.float64)
    log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    losses = -log_probs[np.arange(len(LABELS)), LABELS]
    means = [losses[i : i + BATCH].mean() for i in range(0, len(LABELS), BATCH)]
    assert found["loss"] == pytest.approx(np.mean(means), rel=1e-5)


class Mistakes(Metric):
    """A metric of one's own, which has no form for the device."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.count = 0

    def update(self, *inputs):
        outputs, labels = (x.asnumpy() for x in inputs)
        self.count += int((outputs.argmax(1) != labels).sum())

    def eval(self):
        return self.count


@pytest.mark.parametrize("sink", [True, False])
def test_a_metric_of_ones_own_is_served_sunk_too(sink):
    model = make_model(metrics={"mistakes": Mistakes()})
    found = model.eval(image_data(), dataset_sink_mode=sink)
    accuracy, _ = numpy_evaluation(model.predict_network)
    assert found == {"mistakes": round(10 * (1 - accuracy))}


class Reversed(nn.Cell):
    """(label, outputs, loss): the order that eval_indexes undoes."""

    def __init__(self, net, loss):
        super().__init__(auto_prefix=False)
        self.net, self.loss = net, loss

    def construct(self, image, label):
        outputs = self.net(image)
        return label, outputs, self.loss(outputs, label)


@pytest.mark.parametrize("sink", [True, False])
def test_an_evaluation_network_of_ones_own(sink):
    net, loss, _ = parts()
    model = Model(
        net,
        metrics={"acc", "loss"},
        eval_network=Reversed(net, loss),
        eval_indexes=[2, 1, 0],
    )
    found = model.eval(image_data(), dataset_sink_mode=sink)
    accuracy, mean_loss = numpy_evaluation(net)
    assert found["acc"] == pytest.approx(accuracy, rel=1e-6)
    assert found["loss"] == pytest.approx(mean_loss, rel=1e-5)


@pytest.mark.parametrize("sink", [True, False])
def test_metrics_choose_among_the_outputs_of_an_evaluation_network(sink):
    net, loss, _ = parts()
    metrics = {"acc": Accuracy().set_indexes([1, 0]), "loss": Loss().set_indexes([-1])}
    model = Model(net, metrics=metrics, eval_network=Reversed(net, loss))
    found = model.eval(image_data(), dataset_sink_mode=sink)
    accuracy, mean_loss = numpy_evaluation(net)
    assert found["acc"] == pytest.approx(accuracy, rel=1e-6)
    assert found["loss"] == pytest.approx(mean_loss, rel=1e-5)
    absent = {"loss": Loss().set_indexes([3])}
    model = Model(net, metrics=absent, eval_network=Reversed(net, loss))
    with pytest.raises(IndexError, match="3 inputs"):
        model.eval(image_data(), dataset_sink_mode=sink)


def test_a_second_evaluation_compiles_nothing():
    model, data = make_model(metrics={"acc", "loss"}), image_data()
    for sink in (True, False):
        model.eval(data, dataset_sink_mode=sink)
        with Compilations() as compilations:
            model.eval(data, dataset_sink_mode=sink)
        assert compilations.count == 0, sink


def test_prediction_is_the_networks_output_in_eval_mode():
    model = make_model()
    net = model.predict_network.set_train()
    found = model.predict(Tensor(rows()[:2]))
    expected = rows()[:2].reshape(2, 16) @ net.head.weight.asnumpy().T
    np.testing.assert_allclose(
        found.asnumpy(), expected + net.head.bias.asnumpy(), 1e-5
    )
    assert net.training is False
    with pytest.raises(TypeError, match=r"expected Tensors, got a numpy\.ndarray"):
        model.predict(rows())


class Evaluating(Callback):
    """Looks at the network in one hook, as evaluation while training does."""

    def __init__(self, hook, look):
        setattr(self, hook, lambda run_context: look())


    def steps_of_part(self, steps):
        return 1


@pytest.mark.parametrize(
    ("hook", "sink"),
    [
        *(("on_train_begin", sink) for sink in (True, False)),
        ("on_train_part_end", True),
        *(("on_train_step_end", sink) for sink in (True, False)),
        *(("on_train_epoch_end", sink) for sink in (True, False)),
    ],
)
def test_a_network_that_a_callback_evaluates_trains_on_as_before(hook, sink):
    _, expected = train(make_model(Net), 3, image_data(), dataset_sink_mode=sink)
    model = make_model(Net, metrics={"acc"})
    other = Model(model.predict_network, nn.CrossEntropyLoss(), metrics={"loss"})
    image, looks = Tensor(rows()[:2]), []

    def look():
        looks.append(model.eval(image_data()))
        model.predict(image)
        other.eval(image_data())
        assert not model.predict_network.training

    model.train(3, image_data(), Evaluating(hook, look), dataset_sink_mode=sink)
    assert looks
    for name, value in weights_of(model.train_network).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


# -- hooks ----------------------------------------------------------------------------


class Hooks(Callback):
    """The names of all hooks in the order they came."""

    def __init__(self):
        self.names = []

    def __getattribute__(self, name):
        if name.startswith("on_"):
            self.names.append(name)
        return super().__getattribute__(name)


STEP = ["on_train_step_begin", "on_train_step_end"]
EVALUATION = [
    *("on_eval_begin", "on_eval_epoch_begin", "on_eval_step_begin"),
    *("on_eval_step_end", "on_eval_epoch_end", "on_eval_end"),
]


def test_hooks_of_fit_evaluate_before_the_epoch_ends():
    hooks = Hooks()
    make_model(metrics={"acc"}).fit(
        2,
        image_data(),
        image_data(),
        callbacks=hooks,
        dataset_sink_mode=True,
        valid_dataset_sink_mode=True,
    )
    epoch = ["on_train_epoch_begin", *STEP, *EVALUATION, "on_train_epoch_end"]
    assert hooks.names == ["on_train_begin", *epoch, *epoch, "on_train_end"]


def test_hooks_of_an_evaluation_step_by_step():
    hooks = Hooks()
    make_model(metrics={"acc"}).eval(image_data(), hooks)
    step = EVALUATION[2:4]
    assert hooks.names == [*EVALUATION[:2], *step, *step, *step, *EVALUATION[4:]]


@pytest.mark.parametrize(
    ("frequency", "epochs"), [(1, [1, 2, 3, 4]), (2, [2, 4]), ([1, 4], [1, 4])]
)
def test_fit_evaluates_when_it_is_due(frequency, epochs):
    evaluated = []

    class Watch(Callback):
        def on_eval_end(self, run_context):
            evaluated.append(len(losses))

        def on_train_epoch_end(self, run_context):
            losses.append(run_context.original_args().net_outputs)

    losses = []
    make_model(metrics={"acc"}).fit(
        4,
        image_data(),
        image_data(),
        frequency,
        Watch(),
        dataset_sink_mode=True,
        valid_dataset_sink_mode=True,
    )
    assert [done + 1 for done in evaluated] == epochs


def test_fit_trains_as_train_does_and_tells_the_results(capsys):
    model = make_model(Net, metrics={"acc"})
    history = History()
    model.fit(2, image_data(), image_data(), callbacks=[history, LossMonitor(6)])
    found = model.eval(image_data())
    assert history.history["acc"][-1] == pytest.approx(found["acc"])
    assert len(history.history["acc"]) == 2
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in printed] == [
        "Eval result: epoch 1",
        "epoch: 2 step: 3",
        "Eval result: epoch 2",
    ]
    assert str(history.history["acc"][-1]) in printed[-1]
    _, expected = train_by_hand(image_data(), 6, Net)
    for name, value in weights_of(model.train_network).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6)


def test_what_a_callback_is_told():
    told = []

    class Ask(Callback):
        def on_train_step_end(self, run_context):
            told.append(dict(run_context.original_args()))

    net, loss, optimizer = parts()
    model, data, ask = Model(net, loss, optimizer), image_data(), Ask()
    model.train(2, data, ask)
    params = told[-1]
    assert (params["epoch_num"], params["batch_num"]) == (2, 3)
    assert (params["cur_epoch_num"], params["cur_step_num"]) == (2, 6)
    assert params["mode"] == "train"
    assert params["dataset_sink_mode"] is False
    assert params["train_dataset"] is data
    assert params["network"] is net
    assert params["train_network"] is model.train_network
    assert params["optimizer"] is optimizer
    assert params["loss_fn"] is loss
    assert list(params["list_callback"]) == [ask]
    assert params["parallel_mode"] == "stand_alone"
    assert isinstance(params["net_outputs"], Tensor)
    assert params["net_outputs"].shape == ()


@pytest.mark.parametrize("sink", [True, False])
def test_steps_are_counted_where_the_length_is_unknown(sink, capsys):
    class Unknown:
        def __iter__(self):
            return iter(image_data(drop_remainder=True).batches())

    make_model().train(2, Unknown(), LossMonitor(), dataset_sink_mode=sink)
    places = [line.split(",")[0] for line in capsys.readouterr().out.splitlines()]
    steps = [2] if sink else [1, 2]
    assert places == [f"epoch: {e} step: {s}" for e in (1, 2) for s in steps]


@pytest.mark.parametrize("sink", [True, False])
def test_training_goes_on_at_initial_epoch(sink):
    hooks, seen = Hooks(), []

    class Epochs(Callback):
        def on_train_epoch_begin(self, run_context):
            seen.append(run_context.original_args().cur_epoch_num)

    model = make_model()
    model.train(
        4, image_data(), [Epochs(), hooks], dataset_sink_mode=sink, initial_epoch=2
    )
    assert seen == [3, 4]
    assert hooks.names.count("on_train_epoch_begin") == 2
    _, expected = train_by_hand(image_data(), 6)
    for name, value in weights_of(model.train_network).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6)


def test_training_again_goes_on_from_the_weights():
    model = make_model()
    first, _ = train(model, 1, image_data(), dataset_sink_mode=True)
    second, weights = train(model, 1, image_data())
    assert_same_training(
        (np.concatenate([first, second]), weights), train_by_hand(image_data(), 6)
    )


# -- leaving early --------------------------------------------------------------------


class At(Callback):
    """Does something in the hook of a name, at a step."""

    def __init__(self, hook, act, step=0):
        def run(run_context):
            if run_context.original_args().cur_step_num >= step:
                act(run_context)

        setattr(self, hook, run)


@pytest.mark.parametrize(
    ("sink", "hook", "steps"),
    [
        (False, "on_train_step_end", 2),
        (True, "on_train_step_end", 3),
        (False, "on_train_epoch_end", 3),
        (True, "on_train_epoch_end", 3),
    ],
)
@pytest.mark.parametrize("budget", [None, 100], ids=["resident", "staged"])
def test_a_callback_can_stop_the_training(sink, hook, steps, budget):
    context.set_context(sink_budget=budget)
    hooks, model = Hooks(), make_model()
    stop = At(hook, lambda run_context: run_context.request_stop(), step=2)
    model.train(5, image_data(), [stop, hooks], dataset_sink_mode=sink)
    assert hooks.names[-2:] == ["on_train_epoch_end", "on_train_end"]
    assert hooks.names.count("on_train_epoch_end") == 1
    _, expected = train_by_hand(image_data(), steps)
    np.testing.assert_allclose(
        weights_of(model.train_network)["head.weight"],
        expected["head.weight"],
        rtol=1e-5,
        atol=1e-6,
    )
    assert not staging_threads()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize(
    "hook",
    [
        "on_train_begin",
        "on_train_step_begin",
        "on_train_step_end",
        "on_train_epoch_end",
    ],
)
@pytest.mark.parametrize("sink", [True, False])
def test_an_error_in_a_callback_comes_out_and_leaves_no_thread(hook, error, sink):
    context.set_context(sink_budget=100)  # staged: by a thread
    model, left = make_model(), []

    class Leave(Callback):
        def __exit__(self, kind, *rest):
            left.append(kind)

    def fail(run_context):
        raise error("on purpose")

    data, before = image_data(drop_remainder=True), threading.active_count()
    with pytest.raises(error, match="on purpose"):
        model.train(9, data, [Leave(), At(hook, fail)], dataset_sink_mode=sink)
    assert left == [error]
    assert not staging_threads()
    assert threading.active_count() <= before
    # and the model still trains
    model.train(1, data, dataset_sink_mode=sink)


@pytest.mark.parametrize("sink", [True, False])
def test_an_error_in_an_evaluation_leaves_no_thread(sink):
    context.set_context(sink_budget=100)

    def fail(run_context):
        raise ZeroDivisionError("on purpose")

    model = make_model(metrics={"acc"})
    with pytest.raises(ZeroDivisionError, match="on purpose") as caught:
        model.eval(image_data(), At("on_eval_step_end", fail), dataset_sink_mode=sink)
    assert not staging_threads()
    del caught


@pytest.mark.parametrize("sink", [True, False])
def test_ctrl_c_ends_an_endless_epoch(sink):
    def batches():
        (batch, *_) = image_data().batches()
        for index in itertools.count():
            if index == 5:
                _thread.interrupt_main()
            yield batch

    with pytest.raises(KeyboardInterrupt):
        make_model().train(1, batches(), dataset_sink_mode=sink)
    assert not staging_threads()


def test_a_network_that_updates_itself_needs_no_loss_and_no_optimizer():
    class Mean(nn.Cell):
        def __init__(self):
            super().__init__()
            self.total = Parameter(0.0, name="total")

        def construct(self, x):
            self.total += x.mean()
            return self.total.value()

    net = Mean()
    x = np.arange(12, dtype=np.float32)
    Model(net).train(2, ds.NumpySlicesDataset((x,), ["x"]).batch(4))
    assert float(net.total) == 2 * (1.5 + 5.5 + 9.5)


def test_a_loss_without_an_optimizer_runs_the_network_only():
    net, loss, _ = parts()
    before = weights_of(net)
    train(Model(net, loss), 1, image_data(), dataset_sink_mode=True)
    for name, value in weights_of(net).items():
        np.testing.assert_array_equal(value, before[name])


def test_the_plain_network_is_as_good_as_its_parts():
    """The tests above train something: the loss goes down."""
    losses, _ = train(make_model(Plain), 20, image_data(), dataset_sink_mode=True)
    assert losses[-3:].mean() < 0.7 * losses[:3].mean()
