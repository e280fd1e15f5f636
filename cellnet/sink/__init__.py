"""Loop sinking: many training steps in one compiled program (see README.md)."""

from cellnet.sink.executor import Executor, SinkResult, forever

__all__ = ["Executor", "SinkResult", "forever"]
