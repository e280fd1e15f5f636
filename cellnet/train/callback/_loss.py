"""The loss among what a step gives, as a number."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from cellnet.sink.loop import is_small
from cellnet.tensor import Tensor


def first_output(outputs: Any) -> Any:
    """The first of ``outputs``, or what there is if they are not several."""
    if isinstance(outputs, tuple | list) and outputs:
        return outputs[0]
    return outputs


def read_loss(outputs: Any) -> Any:
    """The first of ``outputs`` as a float, the mean of its elements.

    Waits for the device.  What holds no numbers is returned as it is.

    Args:
        outputs: what the training step returned.
    """
    loss = first_output(outputs)
    if isinstance(loss, bool | str) or not isinstance(
        loss, Tensor | jax.Array | np.ndarray | np.number | int | float
    ):
        return loss
    return float(np.mean(np.asarray(loss)))


def step_losses(params: Any) -> list[Any]:
    """The losses of the steps that just ran, arrays with the steps along axis 0.

    They are the device's values, not waited for.

    Args:
        params: the fields of a run at the end of a step or a sink.
    """
    loss = first_output(params.get("net_outputs"))
    array = loss._value if isinstance(loss, Tensor) else loss
    sink = params.get("sink_result")
    if sink is None or not is_small(array):  # of large results the last one is kept
        return [array[None]]
    return [part[0] for part in sink.history]
