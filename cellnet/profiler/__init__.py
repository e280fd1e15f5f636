"""Where the time goes: traces by jax.profiler, for TensorBoard and Perfetto."""

from cellnet.profiler._profiler import Profiler, profile, tensorboard_trace_handler
from cellnet.profiler._schedule import ProfilerAction, schedule
from cellnet.profiler._settings import (
    AicoreMetrics,
    ExportType,
    ProfilerActivity,
    ProfilerLevel,
    _ExperimentalConfig,
)

__all__ = [
    "AicoreMetrics",
    "ExportType",
    "Profiler",
    "ProfilerAction",
    "ProfilerActivity",
    "ProfilerLevel",
    "_ExperimentalConfig",
    "profile",
    "schedule",
    "tensorboard_trace_handler",
]
