"""From the same weights, on the same batches, both train to the same numbers."""

import numpy as np
import pytest

from tests.parity.training_data import OPTIMIZERS, STEPS, batches, draw_weights


@pytest.fixture(scope="module")
def lenet5_weights(run_both):
    return draw_weights(run_both, "lenet5")


@pytest.fixture(scope="module")
def norm_weights(run_both):
    return draw_weights(run_both, "norm")


def check_same_training(ours, theirs):
    np.testing.assert_allclose(ours["losses"], theirs["losses"], rtol=1e-4)
    assert theirs["losses"][-5:].mean() < 0.9 * theirs["losses"][:5].mean()
    assert [*ours] == [*theirs]
    for name, expected in theirs.items():
        value = ours[name]
        assert (value.shape, value.dtype) == (expected.shape, expected.dtype), name
        scale = max(abs(expected).max(), 1e-3) if expected.size else 1.0
        np.testing.assert_allclose(
            value, expected, rtol=1e-4, atol=1e-4 * scale, err_msg=name
        )


@pytest.mark.parametrize("name", ["momentum", "sgd-momentum", "adam"])
def test_lenet5_trains_to_the_same_state(run_both, lenet5_weights, name):
    inputs = {"network": "lenet5", "optimizer": OPTIMIZERS[name]}
    check_same_training(
        *run_both("training:train", inputs | lenet5_weights | batches(STEPS))
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_trains_to_the_same_state(run_both, lenet5_weights, optimizer):
    inputs = {"network": "smooth", "optimizer": optimizer}
    check_same_training(
        *run_both("training:train", inputs | lenet5_weights | batches(STEPS))
    )


@pytest.mark.parametrize("step", ["built-in", "custom"])
def test_moving_averages_move_once_a_step(run_both, norm_weights, step):
    inputs = {"network": "norm", "step": step, "optimizer": OPTIMIZERS["momentum"]}
    ours, theirs = run_both("training:train", inputs | norm_weights | batches(20))
    check_same_training(ours, theirs)
    moving = [name for name in theirs if "moving_" in name]
    assert len(moving) == 4
    for name in moving:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-6)
