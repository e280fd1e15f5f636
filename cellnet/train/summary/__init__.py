"""Summaries of a run, in files that TensorBoard opens."""

# where r1.x keeps it
from cellnet.train.summary import _record as summary_record
from cellnet.train.summary._record import SummaryRecord

__all__ = ["SummaryRecord", "summary_record"]
