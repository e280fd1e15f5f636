"""Define a primitive from two functions: what XLA runs, and what the CPU runs.

A primitive rather than ``jax.custom_vjp``, because that has no forward mode, and
because a primitive is lowered per platform: one exported program runs XLA's own
operation on GPU and TPU, and what ``_conv_cpu`` or ``_pool_cpu`` say on CPU.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
from jax.extend.core import Primitive
from jax.interpreters import mlir

from cellnet.graph import xla_options


def define(name: str, on_xla: Callable, on_cpu: Callable) -> Primitive:
    """A primitive of arrays; its keyword parameters are static and hashable.

    ``on_xla`` also says the result's shape, dtype and sharding, on every platform.
    """
    primitive = Primitive(name)

    @functools.lru_cache(maxsize=4096)
    def abstract_eval(*avals, **params):
        traced = jax.make_jaxpr(functools.partial(on_xla, **params))
        return traced(*avals).out_avals[0]

    @functools.lru_cache(maxsize=4096)
    def compiled(**params):
        return xla_options.jit(functools.partial(primitive.bind, **params))

    def eager(*arrays, **params):
        return compiled(**params)(*arrays)

    primitive.def_impl(eager)
    primitive.def_abstract_eval(abstract_eval)
    for function, platform in ((on_xla, None), (on_cpu, "cpu")):
        rule = mlir.lower_fun(function, multiple_results=False)
        mlir.register_lowering(primitive, rule, platform=platform)
    return primitive
