"""Profiler and profile: start, stop, and steps in between."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from cellnet._checks import check_bool, check_type
from cellnet.profiler._schedule import ProfilerAction, schedule

logger = logging.getLogger("cellnet")

_RECORDING = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
_FOLDER = "./data"


class profile:  # noqa: N801
    """Records what runs between ``start`` and ``stop`` (mindspore.profiler.profile).

    ``<folder>/plugins/profile/<time>/`` then has what TensorBoard's profile plugin
    opens, and a ``.trace.json.gz`` for https://ui.perfetto.dev.

    Args:
        activities, with_stack, profile_memory, data_process, parallel_strategy,
            hbm_ddr, pcie, record_shapes, experimental_config: accepted; everything
            that jax.profiler knows is recorded.
        start_profile: start now.
        schedule: which steps to record, counted by ``step``; None for all.
        on_trace_ready: called with this object when a recording ends;
            ``tensorboard_trace_handler`` says where it goes.

    Raises:
        TypeError: an argument of another type.
        RuntimeError: started twice, or while another one records.

    Example:
        with profile(on_trace_ready=tensorboard_trace_handler("./trace")) as prof:
            for batch in data:
                train_step(*batch)
                prof.step()
    """

    def __init__(
        self,
        activities: Any = None,
        with_stack: bool = False,
        profile_memory: bool = False,
        data_process: bool = False,
        parallel_strategy: bool = False,
        start_profile: bool = True,
        hbm_ddr: bool = False,
        pcie: bool = False,
        record_shapes: bool = False,
        schedule: schedule | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        experimental_config: Any = None,
    ) -> None:
        del activities, with_stack, profile_memory, data_process, parallel_strategy
        del hbm_ddr, pcie, record_shapes, experimental_config
        owner = type(self).__name__
        check_bool(owner, "start_profile", start_profile)
        if schedule is not None and not callable(schedule):
            raise TypeError(f"{owner}: schedule must be a schedule, got {schedule!r}")
        if on_trace_ready is not None and not callable(on_trace_ready):
            raise TypeError(
                f"{owner}: on_trace_ready must be a function, got {on_trace_ready!r}"
            )
        self._plan = schedule
        self._ready = on_trace_ready
        self.folder = Path(getattr(on_trace_ready, "folder", _FOLDER))
        self._metadata: dict[str, Any] = {}
        self._step = 0
        self._started = self._recording = False
        if start_profile:
            self.start()

    def __enter__(self) -> Any:
        if not self._started:
            self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        if self._started:
            self.stop()

    def start(self) -> None:
        """Begin; step number 0."""
        if self._started:
            raise RuntimeError(f"{type(self).__name__}.start: it has been started")
        self._started = True
        self._step = 0
        self._turn(self._action() in _RECORDING)

    def stop(self) -> None:
        """End; what was recorded is written."""
        if not self._started:
            raise RuntimeError(f"{type(self).__name__}.stop: it was not started")
        self._turn(False)
        self._started = False

    def step(self) -> None:
        """The next step begins."""
        if not self._started:
            raise RuntimeError(f"{type(self).__name__}.step: it was not started")
        if self._action() is ProfilerAction.RECORD_AND_SAVE:
            self._turn(False)
        self._step += 1
        self._turn(self._action() in _RECORDING)

    def add_metadata(self, key: str, value: str) -> None:
        """Keep a text; it is written beside the recording."""
        check_type("add_metadata", "key", key, str)
        self._metadata[key] = check_type("add_metadata", "value", value, str)

    def add_metadata_json(self, key: str, value: str) -> None:
        """Keep a JSON text; it is written beside the recording."""
        check_type("add_metadata_json", "key", key, str)
        self._metadata[key] = json.loads(value)

    def _action(self) -> ProfilerAction:
        if self._plan is None:
            return ProfilerAction.RECORD
        return self._plan(self._step)

    def _turn(self, on: bool) -> None:
        """Start or end recording, if that is a change."""
        if on == self._recording:
            return
        if on:
            jax.profiler.start_trace(str(self.folder))
            self._recording = True
            return
        jax.effects_barrier()
        jax.profiler.stop_trace()
        self._recording = False
        if self._metadata:
            text = json.dumps(self._metadata, indent=1)
            (self.folder / "profiler_metadata.json").write_text(text)
        logger.info("profile in %s: tensorboard --logdir %s", self.folder, self.folder)
        if self._ready is not None:
            self._ready(self)


class Profiler(profile):
    """Records a run (mindspore.profiler.Profiler).

    Args:
        output_path: folder of the recording.
        start_profile: start now.
        schedule, on_trace_ready: as in :class:`profile`.
        **settings: MindSpore's others are accepted and have no effect.

    Raises:
        TypeError, RuntimeError: as :class:`profile`.

    Example:
        profiler = Profiler(output_path="./profile")
        model.train(1, data)
        profiler.analyse()
    """

    def __init__(
        self,
        output_path: str = _FOLDER,
        start_profile: bool = True,
        schedule: schedule | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        **settings: Any,
    ) -> None:
        del settings
        check_type("Profiler", "output_path", output_path, str)
        super().__init__(
            start_profile=False, schedule=schedule, on_trace_ready=on_trace_ready
        )
        if not hasattr(on_trace_ready, "folder"):
            self.folder = Path(output_path)
        if check_bool("Profiler", "start_profile", start_profile):
            self.start()

    def analyse(self, *args: Any, **kwargs: Any) -> None:
        """End; what was recorded is written."""
        del args, kwargs
        if self._started:
            self.stop()

    @classmethod
    def offline_analyse(cls, path: str, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: recordings are complete when they are written."""
        del path, args, kwargs


def tensorboard_trace_handler(
    dir_name: str | None = None,
    worker_name: str | None = None,
    analyse_flag: bool = True,
    async_mode: bool = False,
) -> Callable[[Any], None]:
    """Where a recording goes, for ``on_trace_ready``.

    Args:
        dir_name: the folder; None for ``./data``.
        worker_name, analyse_flag, async_mode: accepted, no effect.

    Raises:
        TypeError: ``dir_name`` is no str.
    """
    del worker_name, analyse_flag, async_mode
    check_type("tensorboard_trace_handler", "dir_name", dir_name, str, type(None))

    def handler(prof: Any) -> None:
        del prof  # it has written already

    handler.folder = dir_name or _FOLDER  # type: ignore[attr-defined]
    return handler
