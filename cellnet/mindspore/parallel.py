"""``mindspore.parallel`` and its private helpers, as one process sees them.

The settings are kept and given back; they steer MindSpore's search for a way to spread
one program over many devices, and there is one device.
"""

from __future__ import annotations

import logging
from typing import Any

from cellnet import context

logger = logging.getLogger("cellnet")

_ALGO_KEYS = (
    *("fully_use_devices", "elementwise_op_strategy_follow"),
    *("enable_algo_approxi", "algo_approxi_epsilon"),
    *("tensor_slice_align_enable", "tensor_slice_align_size"),
)
_algo: dict[str, Any] = {}
_parameter_server: dict[str, Any] = {}


class _AutoParallelContext:
    """The object behind ``mindspore.parallel._auto_parallel_context``."""

    def __getattr__(self, name: str) -> Any:
        action, _, key = name.partition("_")
        if action == "get" and key:
            return lambda: context.get_auto_parallel_context(key)
        if action == "set" and key:
            return lambda value, *more: context.set_auto_parallel_context(
                **{key: value}
            )
        raise AttributeError(f"auto_parallel_context() has no {name!r}")

    def set_all_reduce_fusion_split_indices(
        self, indices: list[int], group: str = ""
    ) -> None:
        """Accepted: there is no all-reduce to cut up."""
        del indices, group


_auto_parallel = _AutoParallelContext()


def auto_parallel_context() -> _AutoParallelContext:
    """The parallel context as an object: ``get_<key>()``, ``set_<key>(value)``."""
    return _auto_parallel


def set_algo_parameters(**kwargs: Any) -> None:
    """Keep settings of the strategy search (mindspore.parallel.set_algo_parameters).

    Raises:
        ValueError: unknown key.
    """
    for key in kwargs:
        _check_algo_key("set_algo_parameters", key)
    _algo.update(kwargs)


def get_algo_parameters(attr_key: str) -> Any:
    """What ``set_algo_parameters`` set, or None.

    Raises:
        ValueError: unknown key.
    """
    _check_algo_key("get_algo_parameters", attr_key)
    return _algo.get(attr_key)


def reset_algo_parameters() -> None:
    """Forget what ``set_algo_parameters`` set."""
    _algo.clear()


def set_ps_context(**kwargs: Any) -> None:
    """Keep settings of the parameter server (mindspore.set_ps_context)."""
    if kwargs.get("enable_ps"):
        logger.warning("set_ps_context: there is no parameter server; training here")
    _parameter_server.update(kwargs)


def get_ps_context(attr_key: str) -> Any:
    """What ``set_ps_context`` set; False where it set nothing."""
    return _parameter_server.get(attr_key, False)


def reset_ps_context() -> None:
    """Forget what ``set_ps_context`` set."""
    _parameter_server.clear()


def _check_algo_key(owner: str, key: str) -> None:
    if key not in _ALGO_KEYS:
        raise ValueError(
            f"{owner}: got the key {key!r}, expected one of {', '.join(_ALGO_KEYS)}"
        )


# Private in MindSpore too; programs import them from mindspore.parallel._utils.
def _get_device_num() -> int:
    return context.get_auto_parallel_context("device_num")


def _get_global_rank() -> int:
    return context.get_auto_parallel_context("global_rank")


def _get_gradients_mean() -> bool:
    return context.get_auto_parallel_context("gradients_mean")


def _get_parallel_mode() -> str:
    return context.get_auto_parallel_context("parallel_mode")


def _get_enable_parallel_optimizer() -> bool:
    return context.get_auto_parallel_context("enable_parallel_optimizer")
