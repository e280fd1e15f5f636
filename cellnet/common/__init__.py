"""Values and their initial distributions under MindSpore's old module names."""

from cellnet.common import initializer
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.random import get_seed, set_seed
from cellnet.tensor import Tensor

__all__ = [
    "Parameter",
    "ParameterTuple",
    "Tensor",
    "get_seed",
    "initializer",
    "set_seed",
]
