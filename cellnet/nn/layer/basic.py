"""Dense, Dropout, Flatten and other basic Cells, under MindSpore's module name."""

from cellnet.nn.layer._dense import Dense
from cellnet.nn.layer._dropout import Dropout
from cellnet.nn.layer._shapes import Flatten, Identity, OneHot

__all__ = ["Dense", "Dropout", "Flatten", "Identity", "OneHot"]
