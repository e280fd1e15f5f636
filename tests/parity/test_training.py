"""From the same weights, on the same batches, both train to the same numbers."""

import numpy as np
import pytest

STEPS = 50
BATCH = 16

# Momentum's nesterov is not here: MindSpore's CPU kernel ignores it.
OPTIMIZERS = {
    "momentum": "nn.Momentum(params, 0.01, 0.9)",
    "momentum-decay": "nn.Momentum(params, 0.01, 0.9, weight_decay=0.05)",
    "momentum-scaled": "nn.Momentum(params, 0.01, 0.9, 0.05, loss_scale=4.0)",
    "momentum-rates": f"nn.Momentum(params, {[0.02 / (1 + i) for i in range(50)]}, 0.9)",
    "momentum-schedule": "nn.Momentum(params, nn.ExponentialDecayLR(0.02, 0.5, 10), 0.9)",
    "momentum-groups": "nn.Momentum([{'params': params[:3], 'lr': 0.005,"
    " 'weight_decay': 0.05}, {'params': params[3:]}], 0.01, 0.9)",
    "sgd": "nn.SGD(params, 0.02)",
    "sgd-momentum": "nn.SGD(params, 0.01, momentum=0.9, weight_decay=0.05)",
    "sgd-dampening": "nn.SGD(params, 0.02, momentum=0.9, dampening=0.5)",
    "sgd-nesterov": "nn.SGD(params, 0.01, momentum=0.9, nesterov=True)",
    "adam": "nn.Adam(params, 0.001)",
    "adam-decay": "nn.Adam(params, 0.001, beta1=0.8, beta2=0.99, weight_decay=0.05)",
    "adam-nesterov": "nn.Adam(params, 0.001, use_nesterov=True)",
    "adam-amsgrad": "nn.Adam(params, 0.001, use_amsgrad=True)",
}


def batches(steps: int) -> dict[str, np.ndarray]:
    """Noisy pictures of ten random classes.

    The loss falls, but stays far from 0, where relative errors mean nothing.
    """
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((10, 1, 32, 32))
    y = rng.integers(0, 10, (steps, BATCH)).astype(np.int32)
    x = centres[y] + 1.0 * rng.standard_normal((steps, BATCH, 1, 32, 32))
    return {"x": (0.5 * x).astype(np.float32), "y": y}


def weights(both, network: str) -> dict[str, np.ndarray]:
    """Random values under the names and shapes that both agree on."""
    ours, theirs = both("training:initial_weights", {"network": network})
    assert [*ours] == [*theirs]
    rng = np.random.default_rng(1)
    drawn = {}
    for name, value in theirs.items():
        assert (ours[name].shape, ours[name].dtype) == (value.shape, value.dtype)
        noise = rng.standard_normal(value.shape)
        centre = 1.0 if name.endswith(("gamma", "moving_variance")) else 0.0
        spread = 0.1 if value.ndim == 1 else 1.0 / np.sqrt(np.prod(value.shape[1:]))
        drawn[name] = centre + spread * noise
    return {f"weight:{k}": v.astype(np.float32) for k, v in drawn.items()}


@pytest.fixture(scope="module")
def lenet5_weights(run_both):
    return weights(run_both, "lenet5")


@pytest.fixture(scope="module")
def norm_weights(run_both):
    return weights(run_both, "norm")


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
def test_every_optimizer_trains_to_the_same_state(
    run_both, lenet5_weights, optimizer
):
    inputs = {"network": "smooth", "optimizer": optimizer}
    check_same_training(
        *run_both("training:train", inputs | lenet5_weights | batches(STEPS))
    )


@pytest.mark.parametrize("step", ["built-in", "custom"])
def test_moving_averages_move_once_a_step(run_both, norm_weights, step):
    inputs = {"network": "norm", "step": step, "optimizer": OPTIMIZERS["momentum"]}
    ours, theirs = run_both(
        "training:train", inputs | norm_weights | batches(20)
    )
    check_same_training(ours, theirs)
    moving = [name for name in theirs if "moving_" in name]
    assert len(moving) == 4
    for name in moving:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-6)
