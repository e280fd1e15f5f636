"""Floating point operations of equations, by XLA's own cost analysis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
from jax.extend.core import Literal

# Its form of an operation is the plain one; a CPU's convolution as products with zeros
# between them would count those too.
_PLATFORM = "tpu"


def count_flops(jaxpr: Any, equations: Sequence[Any]) -> float:
    """Operations of some equations of a jaxpr; a loop counts for all its rounds.

    A while loop, whose rounds only a run can tell, counts for one.

    Args:
        jaxpr: a Jaxpr.
        equations: of its equations, in order.
    """
    opened = {id(e): found for e in equations if (found := _rounds(e)) is not None}
    total = sum(
        rounds * count_flops(body, body.eqns) for rounds, body in opened.values()
    )
    rest = [e for e in equations if id(e) not in opened]
    if not rest:
        return float(total)
    made = {v for e in rest for v in e.outvars}
    needed = list(
        dict.fromkeys(
            v
            for e in rest
            for v in e.invars
            if not isinstance(v, Literal) and v not in made
        )
    )

    outputs = [v for e in rest for v in e.outvars]
    part = jaxpr.replace(
        constvars=(),
        invars=needed,
        outvars=outputs,
        eqns=rest,
        debug_info=jaxpr.debug_info._replace(arg_names=None, result_paths=None),
    )
    run = partial(jax.core.eval_jaxpr, part, ())
    avals = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in needed]
    lowered = jax.jit(run).trace(*avals).lower(lowering_platforms=(_PLATFORM,))
    costs = lowered.cost_analysis() or {}
    return total + max(0.0, float(costs.get("flops", 0.0)))


def _rounds(equation: Any) -> tuple[int, Any] | None:
    """How often which Jaxpr runs; None where XLA's analysis sees all there is.

    It counts one round of a loop, so loops and what has some inside are taken apart.
    """
    body = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    body = getattr(body, "jaxpr", body)  # a closed one
    if equation.primitive.name == "scan":
        return equation.params["length"], body
    is_call = hasattr(body, "eqns")
    if is_call and any(_rounds(inner) is not None for inner in body.eqns):
        return 1, body
    return None
