"""Model: trains, evaluates and runs a network (mindspore.train.Model).

The only place that joins data, sink, step and callbacks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, nullcontext
from typing import Any

import numpy as np

from cellnet._checks import check_int_tuple
from cellnet.nn.cell import Cell
from cellnet.sink import Executor
from cellnet.sink.executor import Watch
from cellnet.train import build
from cellnet.train._checks import (
    check_flag,
    check_frequency,
    check_sink_size,
    check_whole,
    described,
)
from cellnet.train._resume import saved_run
from cellnet.train._run import TrainingRun, numbers, resumed_params
from cellnet.train._trial import trial
from cellnet.train.amp._build import manager_of
from cellnet.train.amp._mixed import LEVELS
from cellnet.train.callback import (
    Callback,
    CallbackList,
    History,
    ModelCheckpoint,
    RunContext,
)
from cellnet.train.callback import CallbackParam as Params
from cellnet.train.callback._comforts import with_comforts
from cellnet.train.data import as_source, check_columns, check_repeatable
from cellnet.train.evaluation import Evaluation
from cellnet.train.metrics import get_metrics
from cellnet.train.training_metrics import TrainingMetrics


class Model:
    """A network with its loss, optimizer and metrics.

    Args:
        network: a Cell, a flax ``nnx.Module``, or a linen module with its variables
            (bound, or a tuple of both).
        loss_fn: a loss Cell or any function of (output, label); None if the network
            returns the loss itself.
        optimizer: a cellnet optimizer or any optax GradientTransformation; None if the
            network updates its Parameters itself.
        metrics: names such as ``{"acc", "loss"}`` or a dict of name -> Metric.
        eval_network: Cell for evaluation; by default the network with its loss.
        eval_indexes: positions of (loss, outputs, label) in what eval_network gives.
        amp_level: "O0", full precision; "O1", "O2", "O3" or "auto", mixed precision
            in float16, see ``amp.auto_mixed_precision``; "O2" scales the loss
            dynamically.
        boost_level: "O0"; MindSpore's training accelerator has no counterpart.
        **kwargs: ``loss_scale_manager``, a manager or None, and
            ``keep_batchnorm_fp32``, in the place of what ``amp_level`` says;
            ``gradient_accumulation_steps``, steps whose mean gradient makes one
            update, see ``nn.GradientAccumulation``.

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: an unknown keyword or level; a level without an optimizer; metrics
            without a loss or eval_network.

    Example:
        >>> from cellnet import nn
        >>> net = nn.Dense(2, 1)
        >>> opt = nn.Momentum(net.trainable_params(), 0.1, 0.9)
        >>> model = Model(net, nn.MSELoss(), opt)
        >>> x = np.ones((8, 2), np.float32)
        >>> model.train(1, (x, x[:, :1]), batch_size=4)
    """

    def __init__(
        self,
        network: Any,
        loss_fn: Any = None,
        optimizer: Any = None,
        metrics: Any = None,
        eval_network: Cell | None = None,
        eval_indexes: list[int] | None = None,
        amp_level: str = "O0",
        boost_level: str = "O0",
        **kwargs: Any,
    ) -> None:
        _check_options(amp_level, boost_level, kwargs)
        if eval_indexes is not None:
            check_int_tuple("Model", "eval_indexes", eval_indexes, 3)
        self._network = build.build_network(network)
        self._loss_fn = build.build_loss(loss_fn, network)
        self._optimizer = build.build_optimizer(optimizer, self._network)
        if self._optimizer is None and amp_level != "O0":
            raise ValueError(
                f"Model: amp_level {amp_level!r} needs an optimizer; give one, or "
                "prepare the network with amp.auto_mixed_precision"
            )
        self._loss_scale_manager = manager_of(amp_level, kwargs)
        self._metrics = get_metrics(metrics)
        settings = {**kwargs, "loss_scale_manager": self._loss_scale_manager}
        self._train_network = build.build_train_network(
            self._network, self._loss_fn, self._optimizer, amp_level, **settings
        )
        self._eval_network = eval_network
        if eval_network is None and metrics is not None:
            if self._loss_fn is None:
                raise ValueError(
                    "Model: metrics need a loss_fn or an eval_network; got neither"
                )
            self._eval_network = build.build_eval_network(
                self._network, self._loss_fn, amp_level
            )
        self._predict_network = self._network
        self._evaluation = None
        if self._metrics and self._eval_network is not None:
            self._evaluation = Evaluation(
                self._eval_network, self._metrics, eval_indexes
            )

    # -- what it is made of -------------------------------------------------------
    @property
    def train_network(self) -> Cell:
        """The Cell that makes one training step."""
        return self._train_network

    @property
    def eval_network(self) -> Cell | None:
        """The Cell that evaluates one batch."""
        return self._eval_network

    @property
    def predict_network(self) -> Cell:
        """The network."""
        return self._predict_network

    # -- training -----------------------------------------------------------------
    def train(
        self,
        epoch: int,
        train_dataset: Any,
        callbacks: Any = None,
        dataset_sink_mode: bool = False,
        sink_size: int = -1,
        initial_epoch: int = 0,
        *,
        batch_size: int | None = None,
        resume: str | os.PathLike[str] | None = None,
        fast_dev_run: bool = False,
    ) -> None:
        """Train.

        Args:
            epoch: epochs in all, >= 1.
            train_dataset: a cellnet dataset, arrays, or any iterable of batches.
            callbacks: a Callback or a list of them.
            dataset_sink_mode: run an epoch's steps as one compiled loop on the device.
            sink_size: with sinking, steps in an epoch: -1 is one pass over the data;
                n > 0 goes on where the last epoch stopped, pass after pass.
            initial_epoch: epochs that were made before.
            batch_size: for arrays, rows in a batch (32), shuffled in each epoch.
            resume: a file that ModelCheckpoint wrote, or a folder, whose newest one
                counts: go on where it was written, in the middle of an epoch too, as
                if there had been no end.  Network, optimizer, data and callbacks are to
                be those of that run; ``epoch`` counts its epochs too.
            fast_dev_run: try everything with one batch (a step, an evaluation, the
                callbacks, a checkpoint written and read), and leave no trace.

        Raises:
            TypeError, ValueError: an argument of the wrong kind or range; no data; no
                file, a damaged one, or one of another training.
            RuntimeError: Parameters in the file do not fit.
        """
        self._fit(
            "Model.train",
            epoch,
            train_dataset,
            callbacks,
            sink=dataset_sink_mode,
            sink_size=sink_size,
            initial_epoch=initial_epoch,
            batch_size=batch_size,
            resume=resume,
            fast_dev_run=fast_dev_run,
            validate=lambda number, callback_list: None,
        )

    def fit(
        self,
        epoch: int,
        train_dataset: Any,
        valid_dataset: Any = None,
        valid_frequency: int | list[int] = 1,
        callbacks: Any = None,
        dataset_sink_mode: bool = False,
        valid_dataset_sink_mode: bool = False,
        sink_size: int = -1,
        initial_epoch: int = 0,
        *,
        batch_size: int | None = None,
        resume: str | os.PathLike[str] | None = None,
        fast_dev_run: bool = False,
        train_metrics: bool = False,
        progress_bar: bool = True,
    ) -> History:
        """Train, evaluating between epochs.

        Args:
            valid_dataset: data for evaluation.
            valid_frequency: evaluate every so many epochs, or after those listed.
            valid_dataset_sink_mode: evaluate in one compiled loop, as in :meth:`eval`.
            train_metrics: gather the metrics over the training batches too, on the
                device; they are ``train_<name>`` among an epoch's results.
            progress_bar: on a terminal, or in a notebook, show a ProgressBar.
            epoch, train_dataset, callbacks, dataset_sink_mode, sink_size,
                initial_epoch, batch_size, resume, fast_dev_run: as in :meth:`train`.

        Returns:
            The History among ``callbacks``, or a new one: loss and metrics by epoch.

        Raises:
            ValueError: ``valid_dataset`` without metrics, ``train_metrics`` without a
                loss_fn or with one that the device cannot gather, and as :meth:`train`.
            TypeError: as :meth:`train`.
        """
        owner = "Model.fit"
        check_flag(owner, "valid_dataset_sink_mode", valid_dataset_sink_mode)
        check_frequency(owner, "valid_frequency", valid_frequency)
        if valid_dataset is not None and not self._metrics:
            raise ValueError(
                "Model.fit: a valid_dataset needs metrics; none were given"
            )

        check_whole(owner, "epoch", epoch, 1)
        check_whole(owner, "initial_epoch", initial_epoch, 0)

        def due(number: int) -> bool:
            if fast_dev_run:
                return True
            if isinstance(valid_frequency, list | tuple):
                return number in valid_frequency
            return number % valid_frequency == 0

        epochs = range(initial_epoch + 1, epoch + 1)
        evaluations = 1 if fast_dev_run else sum(map(due, epochs))
        check_repeatable(owner, "valid_dataset", valid_dataset, evaluations)
        check_flag(owner, "train_metrics", train_metrics)
        gathered = None
        if train_metrics:
            gathered = TrainingMetrics(self._loss_fn, self._metrics or {})

        def validate(number: int, callback_list: CallbackList) -> dict | None:
            found: dict[str, Any] = {}
            if gathered is not None:
                found.update(gathered.results())
                gathered.clear()
            if valid_dataset is not None and due(number):
                found.update(evaluate(number, callback_list))
            return found or None

        def evaluate(number: int, callback_list: CallbackList) -> dict[str, Any]:
            found = self._evaluate(
                valid_dataset,
                callback_list,
                valid_dataset_sink_mode,
                batch_size,
                only_one=fast_dev_run,
                cur_epoch_num=number,
            )
            self._network_mode(True)
            return found

        check_flag(owner, "progress_bar", progress_bar)
        given = _as_callbacks(owner, callbacks)
        with_history, history = with_comforts(given, progress_bar)
        with gathered or nullcontext():
            self._fit(
                owner,
                epoch,
                train_dataset,
                with_history,
                sink=dataset_sink_mode,
                sink_size=sink_size,
                initial_epoch=initial_epoch,
                batch_size=batch_size,
                resume=resume,
                fast_dev_run=fast_dev_run,
                validate=validate,
            )
        return history

    def _fit(
        self,
        owner: str,
        epoch: int,
        dataset: Any,
        callbacks: Any,
        *,
        sink: bool,
        sink_size: int,
        initial_epoch: int,
        batch_size: int | None,
        resume: Any,
        fast_dev_run: bool,
        validate: Callable[[int, CallbackList], dict | None],
    ) -> None:
        check_whole(owner, "epoch", epoch, 1)
        check_flag(owner, "dataset_sink_mode", sink)
        check_sink_size(owner, sink_size)
        check_whole(owner, "initial_epoch", initial_epoch, 0)
        check_flag(owner, "fast_dev_run", fast_dev_run)
        if initial_epoch >= epoch:
            raise ValueError(
                f"{owner}: initial_epoch ({initial_epoch}) must be less than epoch "
                f"({epoch}), which counts all epochs"
            )
        callback_list = CallbackList(_as_callbacks(owner, callbacks))
        source = as_source(dataset, batch_size=batch_size, shuffle=True, owner=owner)
        if self._loss_fn is not None:
            check_columns(owner, source)
        size = sink_size if sink and sink_size > 0 else source.size
        params = self._params("train", dataset, callback_list, sink)
        params.update(
            train_network=self._train_network,
            train_dataset=dataset,
            epoch_num=epoch,
            batch_num=size,
            cur_epoch_num=initial_epoch,
            loss_fn=self._loss_fn,
            optimizer=self._optimizer,
            initial_step=0,
        )
        first = initial_epoch + 1
        if fast_dev_run:
            params.update(epoch_num=1, batch_num=1, cur_epoch_num=0)
            run = TrainingRun(params, callback_list, sink=sink)
            try:
                with trial(owner, self._train_network, callback_list, source):
                    self._run(run, source, range(1, 2), validate)
            finally:
                self._sync_guests()
            return
        if not (sink and sink_size > 0) and resume is None:
            check_repeatable(owner, "train_dataset", dataset, epoch - initial_epoch)
        number = next(numbers)
        saved = saved_run(owner, resume, number)
        if resume is not None and initial_epoch:
            raise ValueError(f"{owner}: resume knows the epoch; drop initial_epoch")
        if saved is not None:
            saved.check(epoch, size, self._train_network)
            saved.restore(self._train_network, source)
            params.update(resumed_params(saved))
            first = saved.first_epoch
        run = TrainingRun(params, callback_list, sink=sink, number=number, saved=saved)
        self._run(run, source, range(first, epoch + 1), validate)

    def _run(
        self,
        run: TrainingRun,
        source: Any,
        epochs: range,
        validate: Callable[[int, CallbackList], dict | None],
    ) -> None:
        self._network_mode(True)
        callbacks = run.callbacks
        executor = Executor(
            self._train_network.compile_cache,
            source,
            run.sizes(epochs),
            sink=run.sink,
            watch=next((c for c in callbacks if isinstance(c, Watch)), None),
            most_steps=run.steps_of_part(),
        )
        try:
            with callbacks, closing(executor):
                run.train(executor, epochs, lambda n: validate(n, callbacks))
        finally:
            self._sync_guests()

    # -- evaluation and prediction ------------------------------------------------
    def eval(
        self,
        valid_dataset: Any,
        callbacks: Any = None,
        dataset_sink_mode: bool = False,
        *,
        batch_size: int | None = None,
    ) -> dict[str, Any]:
        """Evaluate the metrics.

        Args:
            valid_dataset: as in :meth:`train`.
            callbacks: a Callback or a list of them.
            dataset_sink_mode: accumulate the metrics on the device, in one loop; where
                one of them has no form for that (``Metric.gathers_on_device``), it is
                batch by batch all the same, which the log says once.
            batch_size: for arrays, rows in a batch (32).

        Returns:
            Metric name -> value.

        Raises:
            ValueError: the Model has no metrics; no data.
            TypeError: an argument of the wrong kind.
        """
        check_flag("Model.eval", "dataset_sink_mode", dataset_sink_mode)
        if not self._metrics:
            raise ValueError(
                "Model.eval: the Model was made without metrics; pass metrics={'acc'}"
            )
        callback_list = CallbackList(_as_callbacks("Model.eval", callbacks))
        with callback_list:
            return self._evaluate(
                valid_dataset, callback_list, dataset_sink_mode, batch_size
            )

    def _evaluate(
        self,
        dataset: Any,
        callback_list: CallbackList,
        sink: bool,
        batch_size: int | None,
        only_one: bool = False,
        **facts: Any,
    ) -> dict[str, Any]:
        source = as_source(dataset, batch_size=batch_size, owner="Model.eval")
        place = source.iteration_state()
        if only_one:
            source.size = 1
        params = self._params("eval", dataset, callback_list, sink)
        params.update(
            eval_network=self._eval_network,
            valid_dataset=dataset,
            batch_num=source.size,
            **facts,
        )
        self._network_mode(False)
        assert self._evaluation is not None
        values = self._evaluation.run(
            source, RunContext(params), callback_list, sink=sink
        )
        if only_one:
            source.restore(place)
        return values

    def predict(
        self, *predict_data: Any, backend: Any = None, config: Any = None
    ) -> Any:
        """The network's output.

        Args:
            *predict_data: Tensors, as the network takes them.
            backend: accepted, no effect.
            config: accepted, no effect.

        Raises:
            TypeError: an input that is no Tensor.
        """
        del backend, config
        for value in predict_data:
            if isinstance(value, np.ndarray):
                raise TypeError(
                    "Model.predict: expected Tensors, got a numpy.ndarray; pass "
                    "Tensor(array)"
                )
        self._network_mode(False)
        return self._predict_network(*predict_data)

    def build(self, *args: Any, **kwargs: Any) -> None:
        """Accepted; the first step traces and compiles."""
        del args, kwargs

    # -- helpers ------------------------------------------------------------------
    def _network_mode(self, training: bool) -> None:
        for cell in (self._network, self._train_network, self._eval_network):
            if cell is not None:
                cell.set_train(training)

    def _sync_guests(self) -> None:
        """Let foreign modules among the Cells have their trained values."""
        for _, cell in self._train_network.cells_and_names():
            sync = getattr(cell, "sync_guest", None)
            if sync is not None:
                sync()

    def _params(
        self, mode: str, dataset: Any, callback_list: CallbackList, sink: bool
    ) -> Params:
        del dataset
        return Params(
            mode=mode,
            network=self._network,
            list_callback=callback_list,
            parallel_mode="stand_alone",
            device_number=1,
            dataset_sink_mode=sink,
            cur_step_num=0,
            train_dataset_element=None,
            last_save_ckpt_step=None,
            latest_ckpt_file=None,
            loss_scale_mananger=self._loss_scale_manager,
            metrics=None,
        )


def _as_callbacks(owner: str, callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    items = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    for item in items:
        if not isinstance(item, Callback):
            raise TypeError(
                f"{owner}: callbacks must be Callbacks, got {described(item)}"
            )
    # what is saved of a step is what all others left of it
    return sorted(items, key=lambda item: isinstance(item, ModelCheckpoint))


def _check_options(amp_level: Any, boost_level: Any, kwargs: dict[str, Any]) -> None:
    if amp_level not in LEVELS:
        raise ValueError(f"Model: amp_level must be one of {LEVELS}, got {amp_level!r}")
    if boost_level not in ("O0", "O1", "O2"):
        raise ValueError(
            f"Model: boost_level must be O0, O1 or O2, got {boost_level!r}"
        )
    allowed = {
        *("loss_scale_manager", "keep_batchnorm_fp32", "boost_config_dict"),
        *("acc_level", "eval_indexes", "gradient_accumulation_steps"),
    }
    unknown = sorted(set(kwargs) - allowed)
    if unknown:
        raise ValueError(
            f"Model: got unknown arguments {unknown}, expected some of "
            f"{sorted(allowed)}"
        )
