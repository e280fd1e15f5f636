"""A group of Parameters with its settings, a dict as in PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.ops._op import raw
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class ParamGroup(dict):
    """Settings by name, ``params`` among them; ``lr`` stays the Parameter that it is.

    Setting ``lr`` to a number or Tensor gives that Parameter a new value, so that a
    compiled step goes on with it.

    Args:
        settings: the settings; ``lr`` a number or Tensor.
        index: the place of the group, for the Parameter's name.
    """

    def __init__(self, settings: Mapping[str, Any], index: int) -> None:
        super().__init__(settings)
        rate = settings["lr"]
        value = rate.asnumpy() if isinstance(rate, Tensor) else rate
        parameter = Parameter(
            np.asarray(value, np.float32), name=f"learning_rate_group_{index}"
        )
        super().__setitem__("lr", parameter)

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "lr" and value is not self["lr"]:
            # a copy: a Parameter is the only holder of its buffer
            fresh = jnp.array(raw(value), jnp.float32, copy=True)
            self["lr"]._value = fresh.reshape(())
        else:
            super().__setitem__(name, value)


def listed(owner: str, params: Any) -> list[dict[str, Any]]:
    """``params`` as a list of groups, each with a list of Parameters.

    Raises:
        TypeError: no list of Parameters or of dicts.
        ValueError: nothing in it.
        KeyError: a dict without "params".
    """
    if isinstance(params, Tensor | str | Mapping) or not isinstance(params, Iterable):
        raise TypeError(
            f"{owner}: params must be a list of Parameters or of dicts, got "
            f"{type(params).__name__}; pass net.trainable_params()"
        )
    params = list(params)
    if not params:
        raise ValueError(f"{owner}: params must not be empty")
    if not isinstance(params[0], Mapping):
        params = [{"params": params}]
    return [_checked(owner, group) for group in params]


def _checked(owner: str, group: Any) -> dict[str, Any]:
    if not isinstance(group, Mapping):
        raise TypeError(
            f"{owner}: params must be all Parameters or all dicts, got "
            f"{type(group).__name__}"
        )
    if "params" not in group:
        raise KeyError(f"{owner}: a group has no 'params', only {', '.join(group)}")
    own = group["params"]
    own = [own] if isinstance(own, Parameter) else list(own)
    for index, parameter in enumerate(own):
        if not isinstance(parameter, Parameter):
            raise TypeError(
                f"{owner}: params must be Parameters, got {type(parameter).__name__} "
                f"at index {index}"
            )
    return {**group, "params": own}
