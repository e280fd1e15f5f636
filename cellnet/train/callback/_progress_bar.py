"""ProgressBar: how far a training is, on a line of the terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from cellnet._checks import check_number
from cellnet._interactive import in_notebook
from cellnet.tensor import Tensor
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._loss import first_output
from cellnet.train.callback._notebook_line import NotebookLine
from cellnet.train.callback._progress_line import Line, is_terminal
from cellnet.train.callback._run_context import RunContext

# a sink is told of in so many parts, none of fewer steps: a scan more costs the host
# about as long as half a step of a small network
_PARTS, _LEAST_STEPS = 20, 10
# weight of the newest measurement of the speed
_NEW = 0.3


class ProgressBar(Callback):
    """Shows loss, metrics, steps a second and the time left while a network is trained.

    ``Epoch 2/5:  45%|####5     | 450/1000 [00:01<00:01, 812.31step/s, loss=0.312]``

    A thread draws it on stderr.  It looks which steps the device has done and reads the
    loss of the last one, so that training never waits; with sinking, a sink is run in
    about 20 parts.  What others print appears above the bar.  In a notebook it is an
    output of the cell.  Where stderr is no terminal otherwise, nothing is shown and
    nothing is cut.  ``Model.fit`` shows one by itself.

    Args:
        refresh_seconds: how often it is drawn, > 0.

    Raises:
        TypeError: ``refresh_seconds`` is no number.
        ValueError: it is not above 0.

    Example:
        model.train(10, data, callbacks=ProgressBar(), dataset_sink_mode=True)
    """

    def __init__(self, refresh_seconds: float = 0.1) -> None:
        super().__init__()
        check_number("ProgressBar", "refresh_seconds", refresh_seconds)
        if not refresh_seconds > 0:
            raise ValueError(
                f"ProgressBar: refresh_seconds must be > 0, got {refresh_seconds!r}"
            )
        self._refresh_seconds = refresh_seconds
        self._painter: _Painter | None = None
        self._told = 0  # steps of this sink, by its parts

    def __exit__(self, *error: Any) -> None:
        if self._painter is not None:
            self._painter.stop(wait=error[0] is None)
            self._painter = None

    def steps_of_part(self, steps: int) -> int | None:
        """About a twentieth of a sink; all of it where nothing is shown."""
        if not can_be_shown():
            return None
        wanted = max(-(-steps // _PARTS), _LEAST_STEPS)
        # parts of one length, if they can be: each length is a program to compile
        lengths = range(max(wanted // 3, _LEAST_STEPS), 2 * wanted + 1)
        whole = [length for length in lengths if steps % length == 0]
        return min(whole, key=lambda length: abs(length - wanted), default=wanted)

    def on_train_begin(self, run_context: RunContext) -> None:
        """Start to draw, where there is a place for it."""
        params = run_context.original_args()
        if can_be_shown():
            last = params.get("epoch_num", 1)
            self._painter = _Painter(self._refresh_seconds, last)
            self._told = 0

    def on_train_epoch_begin(self, run_context: RunContext) -> None:
        """A new line."""
        params = run_context.original_args()
        number, steps = params["cur_epoch_num"], params.get("batch_num")
        # a training that goes on from a file may begin in the middle of an epoch
        done = params.get("cur_step_num", 0) - (number - 1) * (steps or 0)
        self._tell(_Epoch(number, steps, done if 0 < done < (steps or 0) else 0))

    def on_train_part_end(self, run_context: RunContext) -> None:
        """With sinking: some steps more."""
        part = run_context.original_args().sink_part
        self._told += part.steps
        self._tell(_Steps(part.steps, first_output(part.outputs)))

    def on_train_step_end(self, run_context: RunContext) -> None:
        """A step more; with sinking, a sink whose length nobody knew before."""
        params = run_context.original_args()
        steps = params.sink_result.steps - self._told
        self._told = 0
        if steps:
            self._tell(_Steps(steps, first_output(params["net_outputs"])))

    def on_eval_begin(self, run_context: RunContext) -> None:
        """Say that the network is evaluated."""
        self._tell(_Evaluation())

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """The line is complete."""
        params = run_context.original_args()
        self._tell(_EpochEnd(dict(params.get("metrics") or {})))

    def on_train_end(self, run_context: RunContext) -> None:
        """Wait until all is shown."""
        self.__exit__(None)

    def _tell(self, event: Any) -> None:
        if self._painter is not None:
            self._painter.events.append(event)


def can_be_shown() -> bool:
    """Whether stderr is a terminal, or the program runs in a notebook."""
    return in_notebook() or is_terminal(sys.stderr)


@dataclass
class _Event:
    # when the host came by; with sinking the device is behind it
    at: float = field(default_factory=time.perf_counter, init=False)

    @property
    def happened(self) -> bool:
        return True


@dataclass
class _Epoch(_Event):
    number: int
    steps: int | None
    done: int  # made before


@dataclass
class _Steps(_Event):
    count: int
    loss: Any

    @property
    def happened(self) -> bool:
        is_ready = getattr(self._array, "is_ready", None)  # of a jax.Array
        return is_ready is None or is_ready()

    @property
    def _array(self) -> Any:
        return self.loss._value if isinstance(self.loss, Tensor) else self.loss

    def read(self) -> float | None:
        """The loss, None where there is none; waits for the device."""
        if not isinstance(self._array, jax.Array | np.ndarray | float):
            return None
        return float(np.mean(np.asarray(self._array)))


@dataclass
class _Evaluation(_Event):
    pass


@dataclass
class _EpochEnd(_Event):
    metrics: dict[str, Any]


class _Speed:
    """Steps a second, smoothed; compiling and evaluating do not count."""

    def __init__(self) -> None:
        self.steps_per_sec: float | None = None
        self._since: float | None = None
        self._count = 0

    def add(self, steps: _Steps) -> None:
        """Count steps that were done."""
        if self._since is None:  # when the host came by, it had compiled them
            self._since = steps.at
        self._count += steps.count

    def pause(self) -> None:
        """Leave out the time until the next steps."""
        self._since, self._count = None, 0

    def update(self, now: float) -> None:
        """Take in what was counted since the last time."""
        if self._since is None or not self._count or now <= self._since:
            return
        newest, old = self._count / (now - self._since), self.steps_per_sec
        self.steps_per_sec = newest if old is None else old + _NEW * (newest - old)
        self._since, self._count = now, 0


class _Painter:
    """Draws what the events say, when the device has come to them.

    Args:
        refresh_seconds: between two drawings.
        last: epochs in all.
    """

    def __init__(self, refresh_seconds: float, last: int) -> None:
        self.events: deque[Any] = deque()
        self._refresh_seconds = refresh_seconds
        self._last = last
        self._line: Line | NotebookLine = (
            NotebookLine() if in_notebook() else Line(sys.stderr, threading.RLock())
        )
        self._speed = _Speed()
        self._epoch: _Epoch | None = None
        self._came = 0.0  # when the device came to the epoch
        self._begun: float | None = None  # when its first steps began
        self._done = 0
        self._steps: _Steps | None = None  # the last that were done
        self._metrics: dict[str, Any] = {}
        self._doing = ""
        self._ended = threading.Event()
        self._wait = True
        self._line.open()
        self._thread = threading.Thread(
            target=self._work, name="cellnet-progress", daemon=True
        )
        self._thread.start()

    def stop(self, *, wait: bool) -> None:
        """End; with ``wait`` all that was begun is shown first."""
        self._wait = wait
        self._ended.set()
        self._thread.join()
        self._line.close()

    def _work(self) -> None:
        try:
            while not self._ended.wait(self._refresh_seconds):
                self._draw()
            while self._wait and self.events:
                steps = [e for e in list(self.events) if isinstance(e, _Steps)]
                if steps:
                    steps[0].read()
                self._draw()
        except RuntimeError:  # the device failed: that is the training's to report
            pass

    def _draw(self) -> None:
        """Take in the events that happened, and show how things are."""
        now = time.perf_counter()
        while self.events and self.events[0].happened:
            self._take(self.events.popleft(), now)
        self._speed.update(now)
        self._show(now)

    def _take(self, event: Any, now: float) -> None:
        if isinstance(event, _Epoch):
            self._epoch, self._came, self._begun = event, now, None
            self._done, self._steps, self._doing = event.done, None, "starting"
        elif isinstance(event, _Steps):
            if self._begun is None:
                self._begun = max(event.at, self._came)
            self._speed.add(event)
            self._done += event.count
            self._steps, self._doing = event, ""
        elif isinstance(event, _Evaluation):
            self._doing = "evaluating"
            self._speed.update(now)
            self._speed.pause()
        elif isinstance(event, _EpochEnd):
            self._metrics, self._doing = event.metrics, ""
            self._speed.update(now)
            self._show(now)
            self._line.keep()
            self._epoch = None

    def _show(self, now: float) -> None:
        if self._epoch is None:
            return
        begun = self._came if self._begun is None else self._begun
        self._line.show(
            n=self._done,
            total=self._epoch.steps,
            elapsed=max(now - begun, 0.0),
            prefix=f"Epoch {self._epoch.number}/{self._last}",
            unit="step",
            rate=self._speed.steps_per_sec,
            facts=self._facts(self._epoch),
        )

    def _facts(self, epoch: _Epoch) -> list[str]:
        facts = []
        loss = None if self._steps is None else self._steps.read()
        if loss is not None:
            facts.append(f"loss={loss:.4g}")
        facts += [f"{_shown(n)}={_short(value)}" for n, value in self._metrics.items()]
        rate = self._speed.steps_per_sec
        if self._doing:
            facts.append(self._doing)
        elif rate and epoch.steps and epoch.number < self._last:
            steps = (self._last - epoch.number + 1) * epoch.steps - self._done
            facts.append(f"all in {tqdm.format_interval(steps / rate)}")
        return facts


def _shown(name: str) -> str:
    return name if name.startswith("train_") else f"val_{name}"


def _short(value: Any) -> str:
    array = np.asarray(value)
    if array.size == 1 and array.dtype.kind in "fiu":
        return f"{array.reshape(()).item():.4g}"
    return f"{type(value).__name__}"
