"""One training: epochs, sinks and the callbacks around them, and where it stands."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.random import key_parameter
from cellnet.sink import Executor
from cellnet.sink.executor import SinkResult
from cellnet.sink.loop import is_small
from cellnet.tensor import Tensor
from cellnet.train._interrupts import AtOnce, Interrupts, leave
from cellnet.train._resume import VERSION, SavedRun
from cellnet.train.amp._scalers import parameters_of_scalers
from cellnet.train.callback import CallbackList, ModelCheckpoint, RunContext
from cellnet.train.callback import CallbackParam as Params
from cellnet.train.callback._loss import first_output
from cellnet.train.checkpoint._run_state import pack
from cellnet.train.data import split_seeds

logger = logging.getLogger("cellnet")

# trainings of this process, so that a file can say which of them wrote it
numbers = itertools.count(1)

Validate = Callable[[int], dict[str, Any] | None]


class TrainingRun:
    """One training.

    Args:
        params: the run's fields; callbacks see them.
        callbacks: what runs beside it.
        sink: whether a sink is an epoch.
        number: which training of the process it is, from 1; 0 for a trial.
        saved: the run to go on from.
    """

    def __init__(
        self,
        params: Params,
        callbacks: CallbackList,
        *,
        sink: bool,
        number: int = 0,
        saved: SavedRun | None = None,
    ) -> None:
        self.params = params
        self.callbacks = callbacks
        self.context = RunContext(params)
        self._number = number
        self.sink = sink
        self._saved = saved
        checkpoints = [
            c for c in callbacks if isinstance(c, ModelCheckpoint) and number
        ]
        # the first one's file is the one that is named to go on from
        self._checkpoints = sorted(checkpoints, key=lambda c: not c.saves_runs)
        self._interrupts = Interrupts(active=bool(self._checkpoints))
        self._executor: Executor | None = None
        self._size = params.batch_num  # of an epoch, None if unknown
        self._done = params.cur_step_num  # steps made in all
        self._in_sink = False  # steps are being made
        self._epoch_steps = 0  # made of this epoch
        self._steps_done = False  # all of this epoch
        self._epoch_ended = False  # its end was told to the callbacks
        self._splits = split_seeds(params.get("train_dataset"))
        self._warned: set[str] = set()
        params.state_of_run = self.state_dict

    def sizes(self, epochs: range) -> Iterator[int | None]:
        """Steps of each epoch for the executor: of the first one what is left."""
        saved = self._saved
        for number in epochs:
            if saved is None or number != saved.first_epoch:
                yield self._size
            elif not saved.all_steps_made:
                size = self._size
                yield None if size is None else size - saved.epoch_steps

    def steps_of_part(self) -> int | None:
        """The most steps of a scan that some callback wants when sinking."""
        if not self.sink or self._size is None:
            return None
        return self.callbacks.steps_of_part(self._size)

    def train(self, executor: Executor, epochs: range, validate: Validate) -> None:
        """Make the epochs.

        Args:
            executor: made for :meth:`sizes`.
            epochs: their numbers.
            validate: evaluates after an epoch, if it is to be; gives the metrics.

        Raises:
            Interrupted: SIGTERM or Ctrl-C, once the step is finished and saved.
            Exception: what a callback raises, once the step before it is saved; and
                what goes wrong in a step.
        """
        self._executor = executor
        try:
            with self._interrupts:
                self._train(epochs, validate)
            self._leave_if_asked()  # it came in the very end
        except Exception as error:
            self._save_after(error)
            raise
        except AtOnce:
            self._leave_if_asked()
            raise

    def _train(self, epochs: range, validate: Validate) -> None:
        callbacks, context, params = self.callbacks, self.context, self.params
        callbacks.on_train_begin(context)
        if self._saved is not None:
            callbacks.load_state_dict(self._saved.state["callbacks"])
            if context.get_stop_requested():  # it had been stopped for good
                epochs = range(0)
        for number in epochs:
            params.cur_epoch_num = number
            params.update(metrics=None, eval_results={})
            self._begin_epoch(number)
            callbacks.on_train_epoch_begin(context)
            if not self._steps_done:
                self._steps()
            self._steps_done = True
            with self._interrupts.at_once():
                results = validate(number)
            if results is not None:
                params.eval_results = results
                params.metrics = results
            self._epoch_ended = True
            callbacks.on_train_epoch_end(context)
            self._leave_if_asked()
            if context.get_stop_requested():
                break
        callbacks.on_train_end(context)

    def _begin_epoch(self, number: int) -> None:
        self._epoch_steps, self._steps_done, self._epoch_ended = 0, False, False
        saved = self._saved
        if saved is not None and number == saved.first_epoch:
            self._epoch_steps = saved.epoch_steps
            self._steps_done = saved.all_steps_made

    def _steps(self) -> None:
        """Each sink of an epoch: one when sinking, one a step when not."""
        params, callbacks, context = self.params, self.callbacks, self.context
        executor = self._executor
        assert executor is not None

        def before(steps: int | None) -> None:
            # callbacks count a step from its beginning, as in MindSpore
            expected = (params.batch_num or 0) - self._epoch_steps
            params.cur_step_num += expected if steps is None else steps
            callbacks.on_train_step_begin(context)
            self._set_train()
            self._in_sink = True

        def part(result: SinkResult) -> None:
            params.sink_part = result
            callbacks.on_train_part_end(context)
            self._set_train()

        counted = params.batch_num is None  # the first pass tells how long it is
        with closing(executor.sinks(before, part)) as sinks:  # type: ignore[type-var]
            for sink in sinks:
                self._in_sink = False
                self._done += sink.steps
                params.cur_step_num = self._done
                self._epoch_steps += sink.steps
                self._steps_done = self.sink or self._epoch_steps == self._size
                if counted:
                    params.batch_num = self._epoch_steps
                params.net_outputs = sink.outputs
                params.sink_result = sink
                callbacks.on_train_step_end(context)
                self._leave_if_asked()
                if context.get_stop_requested():
                    self._keep_place()
                    return

    def _set_train(self) -> None:
        """Go on training the network, which a callback may have evaluated."""
        for cell in (self.params.network, self.params.train_network):
            if not cell.training:
                cell.set_train()

    def state_dict(self) -> dict[str, Any]:
        """Where the training stands, but for the Parameters of its step."""
        params = self.params
        assert self._executor is not None
        return {
            "version": VERSION,
            "training": self._number,
            "epoch": params.cur_epoch_num,
            "step": params.cur_step_num,
            "epoch_steps": self._epoch_steps,
            "steps_done": self._steps_done,
            "epoch_ended": self._epoch_ended,
            "batch_num": self._size,
            "loss": _small(first_output(params.get("net_outputs"))),
            "random_key": key_parameter()._data,
            "loss_scalers": [
                p._data for p in parameters_of_scalers(params.train_network)
            ],
            "data": self._executor.data_state(),
            "splits": self._splits,
            "callbacks": {"callbacks": self._callback_states()},
        }

    def _callback_states(self) -> list[dict[str, Any]]:
        """What callbacks remember; one that no file can hold costs no checkpoint."""
        states = []
        for each in self.callbacks.state_dict()["callbacks"]:
            try:
                pack(each["state"])
            except TypeError as error:
                if each["name"] not in self._warned:
                    self._warned.add(each["name"])
                    text = "the state of the callback %s is not saved: %s"
                    logger.warning(text, each["name"], error)
            else:
                states.append(each)
        return states

    def _save(self) -> list[str]:
        return [each.save(self.context) for each in self._checkpoints]

    def _keep_place(self) -> None:
        """Of a training that stops amid an epoch, save the step it stopped after.

        Were it saved in the end only, the epoch would be over: callbacks were told so.
        """
        if not self._steps_done:
            for each in self._checkpoints:
                if each.saves_runs:
                    each.save(self.context)

    def _leave_if_asked(self) -> None:
        """If a signal came: save, and end the process."""
        number = self._interrupts.asked
        if number is not None:
            file = self._save()[0]
            resumable = self._checkpoints[0].saves_runs
            leave(number, self._place(), file, resumable=resumable)

    def _place(self) -> str:
        params = self.params
        return f"step {self._epoch_steps} of epoch {params.cur_epoch_num}"

    def _save_after(self, error: Exception) -> None:
        """If a callback ended a training that is sound, save its last whole step."""
        guilty = self.callbacks.running
        checkpoints = [c for c in self._checkpoints if c is not guilty]
        if guilty is None or not checkpoints or self._in_sink or not self._done:
            return
        self.params.cur_step_num = self._done  # it is counted from a step's beginning
        if not _is_finite(self.params.train_network):
            error.add_note("The Parameters are not finite; nothing was saved.")
            return
        try:
            files = [each.save(self.context) for each in checkpoints]
        except Exception:
            logger.exception("saving failed while training ended")
            return
        advice = "; go on from it with resume=" if checkpoints[0].saves_runs else ""
        error.add_note(
            f"{type(guilty).__name__} raised this after {self._place()}, which is "
            f"saved: {files[0]}{advice}"
        )


def _small(loss: Any) -> Any:
    """A loss to be kept, or None where the step gives something larger."""
    array = loss._value if isinstance(loss, Tensor) else loss
    return array if isinstance(array, jax.Array) and is_small(array) else None


def _is_finite(network: Any) -> bool:
    """Whether a network's Parameters are there, and without nan and infinity."""
    return all(
        not p._data.is_deleted()
        and (
            not jnp.issubdtype(p._data.dtype, jnp.inexact)
            or bool(jnp.isfinite(p._data).all())
        )
        for p in network.get_parameters()
    )


def resumed_params(saved: SavedRun) -> dict[str, Any]:
    """Fields of a run that goes on, as the last step left them."""
    loss = saved.last_loss()
    return {
        "cur_epoch_num": saved.state["epoch"],
        "cur_step_num": saved.state["step"],
        "net_outputs": loss,
        "sink_result": SinkResult(0, loss, []),
        "resumed_from": str(saved.file),
    }
