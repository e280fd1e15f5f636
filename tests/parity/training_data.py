"""Optimizers, batches and initial weights for the training tests."""

import numpy as np

STEPS = 50
BATCH = 16

RATES = [round(0.03 / (1 + step / 25), 5) for step in range(STEPS)]

# Momentum's nesterov is not here: MindSpore's CPU kernel ignores it.
OPTIMIZERS = {
    "momentum": "nn.Momentum(params, 0.01, 0.9)",
    "momentum-decay": "nn.Momentum(params, 0.01, 0.9, weight_decay=0.05)",
    "momentum-scaled": "nn.Momentum(params, 0.04, 0.9, 0.01, loss_scale=4.0)",
    "momentum-rates": f"nn.Momentum(params, {RATES}, 0.9)",
    "momentum-schedule": "nn.Momentum(params,"
    " nn.ExponentialDecayLR(0.02, 0.5, 10), 0.9)",
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


def draw_weights(both, network: str) -> dict[str, np.ndarray]:
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
