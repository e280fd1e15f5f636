"""Models and training steps at the levels of mixed precision."""

import numpy as np
import pytest

from cellnet import Model, Tensor, nn
from cellnet.train import DynamicLossScaleManager, FixedLossScaleManager, amp
from tests.train._training import (
    Losses,
    Net,
    Plain,
    assert_same_training,
    image_data,
    make_model,
    parts,
    train,
    weights_of,
)

LEVELS = ("O1", "O2", "O3", "auto")


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_trains_near_full_precision(level):
    exact = train(make_model(), 2, image_data())
    model = make_model(amp_level=level, loss_scale_manager=None)
    losses, weights = train(model, 2, image_data())
    np.testing.assert_allclose(losses, exact[0], rtol=5e-3)
    assert not np.array_equal(losses, exact[0])  # something did run in 16 bits
    for name, value in exact[1].items():
        np.testing.assert_allclose(weights[name], value, atol=5e-3)


@pytest.mark.parametrize("level", ["O3", "auto"])
def test_sunk_equals_unsunk(level):
    kept = [
        train(make_model(amp_level=level), 2, image_data(), dataset_sink_mode=sink)
        for sink in (True, False)
    ]
    np.testing.assert_allclose(kept[0][0], kept[1][0], rtol=2e-3)
    for name, value in kept[1][1].items():
        np.testing.assert_allclose(kept[0][1][name], value, rtol=5e-3, atol=5e-3)


def overflowing(sink):
    """O2 with a first scale that float16 cannot hold: the first steps overflow."""
    net, loss, optimizer = parts()
    manager = DynamicLossScaleManager(2.0**24, 2, 4)
    model = Model(net, loss, optimizer, amp_level="O2", loss_scale_manager=manager)
    flags = Losses()
    flags.on_train_step_end = lambda run_context: flags.values.extend(
        np.concatenate(
            [
                np.ravel(part[1])
                for part in run_context.original_args().sink_result.history
            ]
        ).tolist()
    )
    model.train(5, image_data(), callbacks=flags, dataset_sink_mode=sink)
    return flags.values, weights_of(model.train_network)


def test_overflow_steps_are_skipped_inside_the_sunk_loop():
    flags, weights = overflowing(True)
    unsunk = overflowing(False)
    assert any(flags)
    assert not all(flags)
    assert flags == unsunk[0]
    assert weights["global_step"].tolist() == [flags.count(False)]
    assert weights["scale_sense"] < 2.0**24
    assert_same_training((np.zeros(1), weights), (np.zeros(1), unsunk[1]))


def test_what_each_level_brings():
    assert type(make_model(amp_level="O2").train_network).__name__ == (
        "TrainOneStepWithLossScaleCell"
    )
    for level in ("O1", "O3", "auto"):
        step = make_model(amp_level=level).train_network
        assert type(step) is nn.TrainOneStepCell
    plain = make_model(amp_level="O2", loss_scale_manager=None).train_network
    assert type(plain) is nn.TrainOneStepCell
    fixed = FixedLossScaleManager(64.0, drop_overflow_update=False)
    assert make_model(amp_level="O2", loss_scale_manager=fixed).train_network.sens == 64


@pytest.mark.parametrize(
    ("level", "predicted"),
    [("O1", "Float32"), ("O2", "Float16"), ("O3", "Float16"), ("auto", "Float32")],
)
def test_evaluation_is_in_float32(level, predicted):
    net, loss, optimizer = parts(Plain)
    model = Model(net, loss, optimizer, metrics={"loss", "acc"}, amp_level=level)
    expected = Model(*parts(Plain), metrics={"loss", "acc"}).eval(image_data())
    found = model.eval(image_data(), dataset_sink_mode=True)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=5e-3)
    x = Tensor(np.ones((2, 1, 4, 4), np.float32))
    assert str(model.predict(x).dtype) == predicted


def test_keep_batchnorm_fp32():
    for keep, expected in ((True, "Float32"), (False, "Float16")):
        net, loss, optimizer = parts(Net)
        Model(net, loss, optimizer, amp_level="O3", keep_batchnorm_fp32=keep)
        assert str(net.norm._to_float) == expected


def test_build_train_network():
    net, loss, optimizer = parts()
    step = amp.build_train_network(net, optimizer, loss, level="O2")
    images = np.zeros((2, 1, 4, 4), np.float32)
    value, overflow, scale = step(Tensor(images), Tensor(np.array([0, 1], np.int32)))
    assert str(value.dtype) == "Float32"
    assert (bool(overflow), float(scale)) == (True, 2.0**24)
    step = amp.build_train_network(*parts()[::2], parts()[1], cast_model_type=None)
    assert type(step) is nn.TrainOneStepCell


@pytest.mark.parametrize(
    ("kind", "text", "call"),
    [
        (ValueError, "optimizer", lambda: Model(Plain(), amp_level="O2")),
        (ValueError, "amp_level", lambda: make_model(amp_level="O5")),
        (TypeError, "manager", lambda: make_model(loss_scale_manager=3)),
        (TypeError, "Cell", lambda: amp.build_train_network(3, parts()[2])),
        (
            ValueError,
            "unknown",
            lambda: amp.build_train_network(*parts()[::2], colour=1),
        ),
        (
            ValueError,
            "boost",
            lambda: amp.build_train_network(*parts()[::2], boost_level="O9"),
        ),
    ],
)
def test_errors(kind, text, call):
    with pytest.raises(kind, match=text):
        call()
