"""Activations with torch's arguments: ``dim``, ``inplace``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_axis, check_choice
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import array, floating, plain, unary
from cellnet.ops._op import op
from cellnet.tensor import Tensor

hardsigmoid = ops.hardsigmoid
hardswish = ops.hardswish
logsigmoid = ops.logsigmoid
mish = ops.mish
prelu = ops.prelu
sigmoid = ops.sigmoid
softplus = ops.softplus
tanh = ops.tanh


def _written(input: Tensor, result: Tensor) -> Tensor:
    """The input, now holding the result."""
    input._value = result._value
    return input


def _either(name: str, fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``fn`` with an argument ``inplace``, that writes to the input."""

    def compute(input: Tensor, *args: Any, inplace: bool = False, **kw: Any) -> Tensor:
        if args and isinstance(args[-1], bool):  # inplace, given by position
            args, inplace = args[:-1], args[-1]
        result = fn(input, *args, **kw)
        return _written(input, result) if inplace else result

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{(fn.__doc__ or name).splitlines()[0]}"
    return compute


def _always(name: str, fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def compute(input: Tensor, *args: Any, **kw: Any) -> Tensor:
        return _written(input, fn(input, *args, **kw))

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"As {name[:-1]}, written to the input."
    return compute


_selu = unary("selu", jax.nn.selu, "Scaled exponential linear unit")


@op
def _elu(input: Any, alpha: float = 1.0) -> Any:
    """x for x > 0, else alpha * (e ** x - 1) (mindspore.mint.nn.functional.elu)."""
    return jax.nn.elu(array("elu", input), alpha)


@op
def _hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """x cut to [min_val, max_val] (mindspore.mint.nn.functional.hardtanh)."""
    return jnp.clip(array("hardtanh", input), min_val, max_val)


@op
def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    """x for x > 0, else negative_slope * x (mindspore.mint.nn.functional)."""
    return ops.leaky_relu.on_arrays(input, negative_slope)


@op
def _threshold(input: Any, threshold: float, value: float) -> Any:
    """x where it is above the threshold, else value (mindspore.mint.nn.functional)."""
    x = array("threshold", input)
    return jnp.where(x > threshold, x, jnp.asarray(value, x.dtype))


relu = _either("relu", ops.relu)
relu6 = _either("relu6", ops.relu6)
silu = _either("silu", ops.silu)
selu = _either("selu", _selu)
elu = _either("elu", _elu)
hardtanh = _either("hardtanh", _hardtanh)
threshold = _either("threshold", _threshold)
relu_ = _always("relu_", ops.relu)
elu_ = _always("elu_", _elu)
hardtanh_ = _always("hardtanh_", _hardtanh)
sigmoid_ = _always("sigmoid_", ops.sigmoid)
threshold_ = _always("threshold_", _threshold)


@op
def gelu(input: Any, *, approximate: str = "none") -> Any:
    """x times the normal distribution's share below x (mindspore.mint.nn.functional).

    ``approximate="tanh"`` takes a formula with tanh instead.
    """
    check_choice("gelu", "approximate", approximate, ("none", "tanh"))
    return ops.gelu.on_arrays(input, approximate)


@op
def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where \\|x\\| > lambd, else 0 (mindspore.mint.nn.functional.hardshrink)."""
    x = array("hardshrink", input)
    return jnp.where(jnp.abs(x) > lambd, x, 0).astype(x.dtype)


@op
def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x moved towards 0 by lambd, 0 if it would pass it (mindspore.mint)."""
    x = array("softshrink", input)
    return (x - jnp.clip(x, -lambd, lambd)).astype(x.dtype)


@op
def glu(input: Any, dim: int = -1) -> Any:
    """First half times the sigmoid of the second (mindspore.mint.nn.functional.glu).

    Raises:
        ValueError: the dimension has an odd length.
    """
    x = array("glu", input)
    axis = check_axis("glu", plain(dim), x.ndim)
    if x.ndim == 0 or x.shape[axis] % 2:
        raise ValueError(f"glu: dimension {dim} of {x.shape} must have an even length")
    first, second = jnp.split(x, 2, axis)
    return first * jax.nn.sigmoid(second)


def _implied(ndim: int) -> int:
    return 0 if ndim in (0, 1, 3) else 1


def _shared_out(name: str, fn: Any, summary: str) -> Any:
    def compute(input: Any, dim: int | None = None, *, dtype: Any = None) -> Any:
        x = array(name, input)
        x = floating(x) if dtype is None else x.astype(to_numpy(dtype))
        dim = _implied(x.ndim) if dim is None else plain(dim)
        return fn(x, check_axis(name, dim, x.ndim)) if x.ndim else fn(x[None], 0)[0]

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} over a dimension (mindspore.mint.{name})"
    return op(compute)


softmax = _shared_out("softmax", jax.nn.softmax, "e ** x, made to add up to 1")
log_softmax = _shared_out("log_softmax", jax.nn.log_softmax, "Logarithm of softmax")
