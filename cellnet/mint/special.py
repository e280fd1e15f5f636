"""Special functions (mindspore.mint.special)."""

from cellnet.mint._elementwise import exp2, round, sinc
from cellnet.mint.nn.functional import log_softmax
from cellnet.ops import erfc, expm1, log1p

__all__ = ["erfc", "exp2", "expm1", "log1p", "log_softmax", "round", "sinc"]
