"""Looking at a network: its table (``summary``) and its picture (``draw``)."""

from cellnet.view._draw import draw
from cellnet.view._network import Node, graph_of
from cellnet.view._summary import Row, Summary, summary

__all__ = ["Node", "Row", "Summary", "draw", "graph_of", "summary"]
