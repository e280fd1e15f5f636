"""Optimizer steps as operations: Parameters and their moments changed in place.

Formulas are those of the optimizers of the same names in ``cellnet.nn``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_number
from cellnet.ops._op import raw
from cellnet.ops.primitive import Primitive, primitive
from cellnet.ops.state import assign
from cellnet.tensor import Tensor

# a step on arrays: (state, other inputs) -> new state
Step = Callable[..., tuple[Any, ...]]


def _written(owner: str, state: tuple[Any, ...], new: tuple[Any, ...]) -> tuple:
    """Each new value put into its Parameter, in that one's dtype."""
    results = []
    for variable, value in zip(state, new, strict=True):
        if not isinstance(variable, Tensor):
            raise TypeError(
                f"{owner}: expected a Parameter, got {type(variable).__name__}"
            )
        results.append(assign(variable, Tensor._wrap(value)))
    return tuple(results)


def _values(state: tuple[Any, ...]) -> list[Any]:
    return [raw(s) for s in state]


def _adam(
    var: Any,
    m: Any,
    v: Any,
    beta1_power: Any,
    beta2_power: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
    gradient: Any,
    use_locking: bool,
    use_nesterov: bool,
) -> tuple[Tensor, ...]:
    """var - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps) (mindspore.ops.Adam).

    Inputs: var, m, v, Parameters; beta1_power and beta2_power, the betas to the power
        of the step's number; lr, beta1, beta2, epsilon, numbers; gradient.

    Outputs: the new (var, m, v).

    References: Kingma and Ba, ICLR 2015.
    """
    del use_locking
    x, m0, v0 = _values((var, m, v))
    g, b1, b2 = raw(gradient), raw(beta1), raw(beta2)
    m1 = b1 * m0 + (1 - b1) * g
    v1 = b2 * v0 + (1 - b2) * g * g
    rate = raw(lr) * jnp.sqrt(1 - raw(beta2_power)) / (1 - raw(beta1_power))
    ahead = b1 * m1 + (1 - b1) * g if use_nesterov else m1
    x = x - rate * ahead / (jnp.sqrt(v1) + raw(epsilon))
    return _written("Adam", (var, m, v), (x, m1, v1))


def _adam_weight_decay(
    var: Any,
    m: Any,
    v: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
    decay: Any,
    gradient: Any,
    use_locking: bool,
) -> tuple[Tensor, ...]:
    """var - lr (m / (sqrt(v) + eps) + decay var) (mindspore.ops.AdamWeightDecay).

    Outputs: the new (var, m, v).

    References: Loshchilov and Hutter, ICLR 2019.
    """
    del use_locking
    x, m0, v0 = _values((var, m, v))
    g, b1, b2 = raw(gradient), raw(beta1), raw(beta2)
    m1 = b1 * m0 + (1 - b1) * g
    v1 = b2 * v0 + (1 - b2) * g * g
    x = x - raw(lr) * (m1 / (jnp.sqrt(v1) + raw(epsilon)) + raw(decay) * x)
    return _written("AdamWeightDecay", (var, m, v), (x, m1, v1))


def _fused_cast_adam(
    var: Any,
    m: Any,
    v: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
    decay: Any,
    gradient: Any,
    global_norm: Any,
    use_locking: bool,
) -> tuple[Tensor, ...]:
    """AdamWeightDecay of gradient / global_norm (mindspore.ops)."""
    gradient = Tensor._wrap(raw(gradient).astype(np.float32) / raw(global_norm))
    rest = (lr, beta1, beta2, epsilon, decay, gradient, use_locking)
    return _adam_weight_decay(var, m, v, *rest)


def _momentum(
    variable: Any,
    accumulation: Any,
    learning_rate: Any,
    gradient: Any,
    momentum: Any,
    use_nesterov: bool,
    use_locking: bool,
    gradient_scale: float,
) -> Tensor:
    """a = momentum a + g, then var - lr a (mindspore.ops.ApplyMomentum).

    With ``use_nesterov`` var - lr (g + momentum a).

    Outputs: the new variable.

    References: Sutskever et al., ICML 2013.
    """
    del use_locking, gradient_scale  # without effect, as on MindSpore's CPU
    x, a = _values((variable, accumulation))
    g, mu, lr = raw(gradient), raw(momentum), raw(learning_rate)
    a = mu * a + g
    x = x - lr * (g + mu * a if use_nesterov else a)
    return _written("ApplyMomentum", (variable, accumulation), (x, a))[0]


def _scaled_momentum(
    weight_decay: Any,
    loss_scale: Any,
    variable: Any,
    accumulation: Any,
    learning_rate: Any,
    gradient: Any,
    momentum: Any,
) -> Tensor:
    """ApplyMomentum of weight_decay * var + loss_scale * g (mindspore.ops).

    ``loss_scale`` is the number that the gradient is multiplied by.
    """
    g = raw(weight_decay) * raw(variable) + raw(loss_scale) * raw(gradient)
    rest = (learning_rate, Tensor._wrap(g), momentum)
    return _momentum(variable, accumulation, *rest, False, False, 1.0)


def _sgd(
    parameters: Any,
    gradient: Any,
    learning_rate: Any,
    accum: Any,
    momentum: Any,
    stat: Any,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
) -> Tensor:
    """a = momentum a + (1 - dampening) g, then var - lr a (mindspore.ops.SGD).

    Inputs: stat is 1 where no step was made yet; there a = g.

    Outputs: the new parameters.
    """
    x, a, first = _values((parameters, accum, stat))
    g, mu = raw(gradient), raw(momentum)
    g = g + weight_decay * x
    a = jnp.where(first > 0, g, mu * a + (1 - dampening) * g)
    x = x - raw(learning_rate) * (g + mu * a if nesterov else a)
    state = (parameters, accum, stat)
    return _written("SGD", state, (x, a, jnp.minimum(first, 0)))[0]


def _rms_prop(
    var: Any,
    mean_square: Any,
    moment: Any,
    learning_rate: Any,
    grad: Any,
    decay: Any,
    momentum: Any,
    epsilon: Any,
    use_locking: bool,
) -> Tensor:
    """s = decay s + (1 - decay) g^2, m = momentum m + lr g / sqrt(s + eps), var - m.

    (mindspore.ops.ApplyRMSProp)
    """
    del use_locking
    x, s, m = _values((var, mean_square, moment))
    g = raw(grad)
    s = raw(decay) * s + (1 - raw(decay)) * g * g
    m = raw(momentum) * m + raw(learning_rate) * g / jnp.sqrt(s + raw(epsilon))
    return _written("ApplyRMSProp", (var, mean_square, moment), (x - m, s, m))[0]


def _adagrad(var: Any, accum: Any, lr: Any, grad: Any, update_slots: bool) -> tuple:
    """a = a + g^2, then var - lr g / sqrt(a) (mindspore.ops.ApplyAdagrad)."""
    x, a = _values((var, accum))
    g = raw(grad)
    a = a + g * g if update_slots else a
    return _written("ApplyAdagrad", (var, accum), (x - raw(lr) * g / jnp.sqrt(a), a))


def _gradient_descent(var: Any, alpha: Any, delta: Any) -> Tensor:
    """var - alpha delta (mindspore.ops.ApplyGradientDescent)."""
    new = raw(var) - raw(alpha) * raw(delta)
    return _written("ApplyGradientDescent", (var,), (new,))[0]


def _bools(owner: str) -> Callable[..., None]:
    def check(**settings: Any) -> None:
        for name, value in settings.items():
            if isinstance(value, float):
                check_number(owner, name, value)
            else:
                check_bool(owner, name, value)

    return check


def _form(name: str, fn: Callable[..., Any], **settings: Any) -> type[Primitive]:
    return primitive(name, fn, check=_bools(name), **settings)


def _check_sgd(dampening: Any, weight_decay: Any, nesterov: Any) -> None:
    check_number("SGD", "dampening", dampening, minimum=0)
    check_number("SGD", "weight_decay", weight_decay, minimum=0)
    check_bool("SGD", "nesterov", nesterov)


Adam = _form("Adam", _adam, use_locking=False, use_nesterov=False)
AdamWeightDecay = _form("AdamWeightDecay", _adam_weight_decay, use_locking=False)
FusedCastAdamWeightDecay = _form(
    "FusedCastAdamWeightDecay", _fused_cast_adam, use_locking=False
)
ApplyMomentum = _form(
    "ApplyMomentum",
    _momentum,
    use_nesterov=False,
    use_locking=False,
    gradient_scale=1.0,
)
FusedWeightScaleApplyMomentum = _form("FusedWeightScaleApplyMomentum", _scaled_momentum)
ApplyRMSProp = _form("ApplyRMSProp", _rms_prop, use_locking=False)
ApplyAdagrad = _form("ApplyAdagrad", _adagrad, update_slots=True)
ApplyGradientDescent = _form("ApplyGradientDescent", _gradient_descent)
SGD = primitive(
    "SGD", _sgd, check=_check_sgd, dampening=0.0, weight_decay=0.0, nesterov=False
)
