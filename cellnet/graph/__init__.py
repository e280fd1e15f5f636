"""Tracing: Cells and functions become pure, compiled, differentiated programs."""

from cellnet.graph.compile import Compiled, jit
from cellnet.graph.grad import GradOperation, get_grad, grad, value_and_grad
from cellnet.graph.ledger import ledger
from cellnet.graph.mapping import vmap
from cellnet.graph.state import functionalize, tracing
from cellnet.graph.transform import jacfwd, jacrev, jvp, vjp

__all__ = [
    "Compiled",
    "GradOperation",
    "functionalize",
    "get_grad",
    "grad",
    "jacfwd",
    "jacrev",
    "jit",
    "jvp",
    "ledger",
    "tracing",
    "value_and_grad",
    "vjp",
    "vmap",
]
