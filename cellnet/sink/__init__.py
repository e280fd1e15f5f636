"""Loop sinking: many training steps in one compiled program (see README.md)."""

from cellnet.sink.executor import Executor, SinkResult, forever
from cellnet.sink.explain import device_part

__all__ = ["Executor", "SinkResult", "device_part", "forever"]
