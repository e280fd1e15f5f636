"""Settings of MindSpore's profiler; jax.profiler records all that it can."""

from __future__ import annotations

from enum import Enum
from typing import Any


class ProfilerLevel(Enum):
    """How much MindSpore records (mindspore.profiler.ProfilerLevel); no effect."""

    LevelNone = "LevelNone"
    Level0 = "Level0"
    Level1 = "Level1"
    Level2 = "Level2"


class ProfilerActivity(Enum):
    """What MindSpore records (mindspore.profiler.ProfilerActivity); no effect."""

    CPU = "CPU"
    NPU = "NPU"
    GPU = "GPU"


class AicoreMetrics(Enum):
    """Counters of Ascend's cores (mindspore.profiler.AicoreMetrics); no effect."""

    AiCoreNone = -1
    PipeUtilization = 0
    ArithmeticUtilization = 1
    Memory = 2
    MemoryL0 = 3
    MemoryUB = 4
    ResourceConflictRatio = 5
    L2Cache = 6
    MemoryAccess = 7


class ExportType(Enum):
    """Formats of MindSpore's results (mindspore.profiler.ExportType); no effect."""

    Text = "text"
    Db = "db"


class _ExperimentalConfig:
    """Keeps settings of Ascend's profiler; they have no effect."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
