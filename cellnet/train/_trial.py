"""A trial of one batch of everything, which leaves no trace (fast_dev_run)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from cellnet.nn.cell import Cell
from cellnet.random import key_parameter
from cellnet.train._resume import SavedRun
from cellnet.train.callback import CallbackList, ModelCheckpoint


@contextmanager
def trial(
    owner: str, network: Cell, callbacks: CallbackList, source: Any
) -> Iterator[None]:
    """In here one step may be trained; then all is as it was.

    Parameters, the random key, the place in the data and what callbacks remember by
    ``state_dict`` are put back.  What callbacks write goes to a folder that is deleted,
    after checkpoints have been read again.

    Args:
        owner: the function's name, for messages.
        network: the training step.
        callbacks: of the training.
        source: its data.
    """
    source.size = 1
    parameters = [*network.get_parameters(), key_parameter()]
    values = [jnp.array(parameter._data, copy=True) for parameter in parameters]
    place, remembered = source.iteration_state(), callbacks.state_dict()
    savers = [each for each in callbacks if isinstance(each, ModelCheckpoint)]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        for number, each in enumerate(callbacks):
            stack.enter_context(each.elsewhere(Path(folder) / str(number)))
        try:
            yield
            for saver in savers:
                if saver.saves_runs:
                    SavedRun(owner, saver.latest_ckpt_file_name).check(1, 1, network)
        finally:
            for parameter, value in zip(parameters, values, strict=True):
                parameter._data = value
            source.restore(place)
            callbacks.load_state_dict(remembered)
