"""EarlyStopping, ReduceLROnPlateau and LearningRateScheduler: what they do and when.

Epochs and rates for the series below are those of MindSpore 2.10.
"""

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import Model, Tensor, nn
from cellnet.train.callback import (
    Callback,
    CallbackParam,
    EarlyStopping,
    LearningRateScheduler,
    LossMonitor,
    ReduceLROnPlateau,
    RunContext,
)
from tests.train._training import (
    LeastSquares,
    X,
    Y,
    descend,
    least_squares_data,
    weights_of,
)

SERIES = [1.0, 0.9, 0.95, 0.94, 0.93, 0.92, 0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56]


def play(callback, name="loss", as_output=False):
    """(rate, stop asked for) after each epoch with the values of SERIES."""
    net = nn.Dense(1, 1)
    optimizer = nn.SGD(net.trainable_params(), 0.1)
    params = CallbackParam(
        optimizer=optimizer, network=net, train_network=net, net_outputs=Tensor(9.0)
    )
    context = RunContext(params)
    callback.on_train_begin(context)
    rates, stops = [], []
    for number, value in enumerate(SERIES, 1):
        params.update(cur_epoch_num=number, eval_results={})
        if as_output:
            params.net_outputs = Tensor(value)
        else:
            params.eval_results = {name: value}
        callback.on_train_epoch_end(context)
        rates.append(float(optimizer.learning_rate.asnumpy()))
        stops.append(context.get_stop_requested())
    callback.on_train_end(context)
    return rates, stops


@pytest.mark.parametrize(
    ("settings", "name", "epoch"),
    [
        (dict(patience=0), "loss", 1),
        (dict(patience=2), "loss", 4),
        (dict(patience=5), "loss", 12),
        (dict(patience=2, min_delta=0.2), "loss", 3),
        (dict(patience=2, min_delta=-0.1), "loss", 3),
        (dict(monitor="acc", patience=2), "acc", 3),
        (dict(patience=2, mode="max"), "loss", 3),
        (dict(patience=8, baseline=0.6), "loss", None),  # reached in epoch 7
        (dict(patience=6, baseline=0.6), "loss", 6),
        (dict(patience=2, baseline=0.95), "loss", 4),
        (dict(monitor="other", patience=2), "loss", None),
    ],
)
def test_early_stopping(settings, name, epoch):
    _, stops = play(EarlyStopping(**settings), name)
    assert (stops.index(True) + 1 if True in stops else None) == epoch


def test_early_stopping_looks_at_no_value_before_its_first_epoch():
    # of 0.92, 0.5, 0.51, 0.52 the last two are no better
    _, stops = play(EarlyStopping(patience=2, start_from_epoch=5))
    assert stops.index(True) + 1 == 9
    with pytest.raises(ValueError, match="start_from_epoch"):
        EarlyStopping(start_from_epoch=-1)


def test_early_stopping_says_when(capsys):
    play(EarlyStopping(patience=2, verbose=True))
    assert capsys.readouterr().out == "Epoch 00013: early stopping\n"


@pytest.mark.parametrize("sink", [True, False])
def test_early_stopping_restores_the_best_weights(sink):
    net = LeastSquares()
    # too large a step: the loss grows from epoch to epoch
    optimizer = nn.SGD(net.trainable_params(), 3.0)
    model = Model(net, optimizer=optimizer)
    callback = EarlyStopping("loss", patience=2, restore_best_weights=True)
    kept = []
    keeper = LossMonitor(0)
    keeper.on_train_epoch_end = lambda run_context: kept.append(weights_of(net)["w"])
    model.train(9, least_squares_data(), [keeper, callback], dataset_sink_mode=sink)
    assert len(kept) == callback.stopped_epoch < 9
    np.testing.assert_array_equal(weights_of(net)["w"], kept[callback.best_epoch - 1])
    assert callback.best_epoch == callback.stopped_epoch - 2


HALVED = [0.1 * 0.5**i for i in range(11)]


@pytest.mark.parametrize(
    ("settings", "as_output", "rates"),
    [
        (
            dict(patience=2),
            False,
            [*[1e-1] * 3, *[1e-2] * 2, *[1e-3] * 3, *[1e-4] * 2, *[1e-5] * 2, 1e-6],
        ),
        (
            dict(patience=0, factor=0.5),
            False,
            [*HALVED[:1] * 2, *HALVED[1:5], HALVED[4], *HALVED[5:]],
        ),
        (
            dict(patience=1, factor=0.5, cooldown=2),
            False,
            [HALVED[i] for i in (0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5)],
        ),
        (
            dict(patience=1, factor=0.5, min_lr=0.03),
            False,
            [0.1, 0.1, 0.05, *[0.03] * 10],
        ),
        (
            dict(monitor="loss", patience=1, factor=0.5),
            True,
            [*HALVED[:1] * 2, *HALVED[1:5], HALVED[4], *HALVED[5:]],
        ),
    ],
)
def test_reduce_lr_on_plateau(settings, as_output, rates):
    found, _ = play(ReduceLROnPlateau(**settings), as_output=as_output)
    np.testing.assert_allclose(found, rates, rtol=1e-6)


def test_reduce_lr_on_plateau_prints_as_mindspore(capsys):
    play(ReduceLROnPlateau(patience=2, verbose=True))
    assert capsys.readouterr().out.splitlines()[0] == (
        "Epoch 00004: ReduceLROnPlateau reducing learning rate to 0.010000001."
    )


@pytest.mark.parametrize("sink", [True, False])
def test_the_rate_changes_without_a_compilation(sink):
    net = LeastSquares()
    optimizer = nn.SGD(net.trainable_params(), 0.1)
    model = Model(net, optimizer=optimizer)
    asked = []

    def halve(rate, step):
        asked.append((rate, step))
        return rate / 2

    model.train(
        2, least_squares_data(), LearningRateScheduler(halve), dataset_sink_mode=sink
    )
    factors = (1, 1, 0.5, 0.5) if sink else (1, 0.5, 0.25, 0.125)
    np.testing.assert_allclose(weights_of(net)["w"], descend(factors), rtol=1e-4)
    steps = [2, 4] if sink else [1, 2, 3, 4]
    assert asked == [(0.1 / 2**i, step) for i, step in enumerate(steps)]
    assert model.train_network.compile_cache.num_traces == 1


def test_in_fit():
    net = nn.Dense(2, 1)
    optimizer = nn.SGD(net.trainable_params(), 0.0)  # never gets better
    model = Model(net, nn.MSELoss(), optimizer, metrics={"loss", "mae"})
    data = ds.NumpySlicesDataset((X, Y[:, None]), ["x", "y"], shuffle=False).batch(4)
    stop = EarlyStopping("mae", patience=2)
    model.fit(9, data, data, callbacks=stop)
    assert stop.stopped_epoch == 3
    stop = EarlyStopping(patience=3)
    model.fit(9, data, data, callbacks=stop, dataset_sink_mode=True)
    assert stop.stopped_epoch == 4


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (ValueError, lambda: EarlyStopping(mode="x")),
        (ValueError, lambda: EarlyStopping(patience=-1)),
        (TypeError, lambda: EarlyStopping(patience=1.5)),
        (TypeError, lambda: EarlyStopping(min_delta="a")),
        (TypeError, lambda: EarlyStopping(monitor=2)),
        (TypeError, lambda: EarlyStopping(restore_best_weights=1)),
        (ValueError, lambda: ReduceLROnPlateau(factor=1.0)),
        (TypeError, lambda: ReduceLROnPlateau(factor="a")),
        (ValueError, lambda: ReduceLROnPlateau(factor=-0.5)),
        (ValueError, lambda: ReduceLROnPlateau(cooldown=-1)),
        (TypeError, lambda: ReduceLROnPlateau(verbose=1)),
        (TypeError, lambda: LearningRateScheduler(3)),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()


class Untrained(Callback):
    """Fails should a step be made."""

    def on_train_step_begin(self, run_context):
        pytest.fail("a step was made before the rate was looked at")


@pytest.mark.parametrize(
    "callback", [LearningRateScheduler(lambda r, s: r), ReduceLROnPlateau("loss")]
)
@pytest.mark.parametrize("rate", [[0.1] * 20, nn.ExponentialDecayLR(0.1, 0.9, 4)])
def test_a_rate_that_is_no_parameter_is_refused_before_a_step(rate, callback):
    net = LeastSquares()
    model = Model(net, optimizer=nn.SGD(net.trainable_params(), rate))
    with pytest.raises(ValueError, match="learning rate must be one number"):
        model.train(1, least_squares_data(), [Untrained(), callback])
