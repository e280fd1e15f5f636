"""TimeMonitor: prints how long epochs take."""

from __future__ import annotations

import time

import jax

from cellnet._checks import check_bool, check_int
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._run_context import RunContext


class TimeMonitor(Callback):
    """Prints ``Train epoch time: 219.352 ms, per step time: 36.559 ms``.

    The time of evaluations inside an epoch is printed apart and does not count as
    training.

    Args:
        data_size: steps in an epoch, where the run does not say it.
        data_time: only False; steps are not fetched and run one after the other here,
            so that there is no time of fetching to tell.

    Raises:
        TypeError: ``data_size`` is no int, ``data_time`` no bool.
        ValueError: ``data_size`` below 1, or ``data_time`` True.

    Source: mindspore.train.TimeMonitor.
    """

    def __init__(self, data_size: int | None = None, data_time: bool = False) -> None:
        super().__init__()
        if data_size is not None:
            check_int("TimeMonitor", "data_size", data_size, minimum=1)
        if check_bool("TimeMonitor", "data_time", data_time):
            raise ValueError(
                "TimeMonitor: data_time=True is not available, as data is fetched "
                "while steps run; leave it out"
            )
        self.data_size = data_size
        self._begun: dict[str, float] = {}

    def epoch_begin(self, run_context: RunContext) -> None:
        """Note the time."""
        mode = run_context.original_args().get("mode", "train")
        self._begun[mode] = time.perf_counter()

    def epoch_end(self, run_context: RunContext) -> None:
        """Print the time since ``epoch_begin``; waits for the device."""
        params = run_context.original_args()
        # the steps may still be running: without waiting this would time their start
        jax.block_until_ready(params.get("net_outputs"))
        mode = params.get("mode", "train")
        now = time.perf_counter()
        seconds = now - self._begun.pop(mode, now)
        if mode == "eval" and "train" in self._begun:
            self._begun["train"] += seconds
        steps = params.get("batch_num") or self.data_size
        if not steps:
            raise ValueError(
                "TimeMonitor: the run does not say how many steps an epoch has; pass "
                "TimeMonitor(data_size=...)"
            )
        print(
            f"{mode.title()} epoch time: {seconds * 1e3:5.3f} ms, "
            f"per step time: {seconds * 1e3 / steps:5.3f} ms",
            flush=True,
        )
