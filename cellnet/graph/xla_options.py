"""With what options XLA compiles cellnet's programs.

On CPU, convolutions stay with Eigen's kernel: jaxlib 0.10 gives them to YNNPACK, which
takes 1.6 times as long for 64 channels (3x3, forward and weight gradient, 2 cores of an
AMD EPYC). Matrix products and sums stay with YNNPACK, which is faster at those.

On a GPU, ``set_context(deterministic="ON")`` leaves out kernels whose threads add up in
any order. Other devices always add up in the same order.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import jax

from cellnet import context

_LIBRARY = "xla_cpu_experimental_ynn_fusion_type"
_DETERMINISTIC = {"xla_gpu_deterministic_ops": True}
_ON_CPU = {_LIBRARY: "LIBRARY_FUSION_TYPE_DOT,LIBRARY_FUSION_TYPE_REDUCE"}


def jit(function: Any, **settings: Any) -> Any:
    """``jax.jit`` of a whole program, with the options for the current device."""
    return jax.jit(function, compiler_options=compiler_options(), **settings)


def compiler_options() -> dict[str, Any] | None:
    """Options for a program of its own on the current device; None without any.

    What the user says in XLA_FLAGS of the same option is left as it is.
    """
    device = jax.config.jax_default_device  # a Device, a platform's name, or None
    platform = getattr(device, "platform", device) or jax.default_backend()
    if platform in ("gpu", "cuda", "rocm"):
        wanted = context.get_context("deterministic") == "ON"
        return _DETERMINISTIC if wanted else None
    if platform != "cpu":
        return None
    return None if _LIBRARY in os.environ.get("XLA_FLAGS", "") else _on_cpu()


@functools.cache
def _on_cpu() -> dict[str, Any] | None:
    """None where this jaxlib does not know them: its releases name them anew."""
    probe = jax.jit(lambda: None, compiler_options=_ON_CPU)
    try:
        probe.lower().compile()
    except RuntimeError:
        return None
    return _ON_CPU
