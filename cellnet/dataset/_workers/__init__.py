"""Threads and processes that make the rows of a pipeline.

`Crew` maps a function over items in their order. What the items are, and which part of
a pipeline the function is, `nodes/_segment.py` decides.
"""

from ._crew import Crew
from ._process import start_server

__all__ = ["Crew", "start_server"]
