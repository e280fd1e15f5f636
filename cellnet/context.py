"""The one place of global state: mode, device and the other keys of set_context.

Every key that MindSpore takes is taken here.  ``_KEYS`` says of each what it does; keys
without effect on JAX are stored, given back by ``get_context``, and named once in the
log when a program sets them.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any, NamedTuple

import jax

from cellnet._checks import check_int

logger = logging.getLogger("cellnet")

GRAPH_MODE = 0
PYNATIVE_MODE = 1
STRICT = 0
COMPATIBLE = 1
LAX = 2

_TARGETS = ("Ascend", "GPU", "CPU", "Davinci", "TPU")
_PRECISIONS = ("float32", "tensorfloat32", "bfloat16")
_LEVELS = {"STRICT": STRICT, "COMPATIBLE": COMPATIBLE, "LAX": LAX}


class ParallelMode:
    """Names of the ways to spread training over devices (mindspore.ParallelMode)."""

    STAND_ALONE = "stand_alone"
    DATA_PARALLEL = "data_parallel"
    HYBRID_PARALLEL = "hybrid_parallel"
    SEMI_AUTO_PARALLEL = "semi_auto_parallel"
    AUTO_PARALLEL = "auto_parallel"
    MODE_LIST = (
        STAND_ALONE,
        DATA_PARALLEL,
        HYBRID_PARALLEL,
        SEMI_AUTO_PARALLEL,
        AUTO_PARALLEL,
    )


# keys that change what cellnet does, with their defaults
_HONOURED: dict[str, Any] = {
    "mode": GRAPH_MODE,
    "device_target": None,
    "device_id": 0,
    "jit_syntax_level": LAX,
    "deterministic": "OFF",
    "matmul_precision": None,
    "sink_budget": None,
}
# keys of MindSpore that steer its own compiler, memory pool or debugger
_WITHOUT_EFFECT: dict[str, Any] = {
    "aoe_config": {},
    "aoe_tune_mode": "",
    "ascend_config": {},
    "auto_tune_mode": "NO_TUNE",
    "check_bprop": False,
    "compile_cache_path": "./",
    "conv_allgather_algo": "",
    "conv_dgrad_algo": "",
    "conv_fprop_algo": "",
    "conv_wgrad_algo": "",
    "debug_level": 0,
    "disable_format_transform": False,
    "enable_auto_mixed_precision": False,
    "enable_compile_cache": False,
    "enable_dump": False,
    "enable_graph_kernel": False,
    "enable_loop_sink": True,
    "enable_mem_offload": False,
    "enable_profiling": False,
    "enable_reduce_precision": True,
    "enable_sparse": False,
    "enable_task_sink": True,
    "env_config_path": "",
    "exec_order": "bfs",
    "gpu_config": {},
    "grad_for_scalar": False,
    "graph_kernel_flags": "",
    "graph_memory_max_size": "0",
    "inter_op_parallel_num": 0,
    "jit_config": {},
    "jit_enable_inplace_ops": False,
    "load_compile_cache": False,
    "max_call_depth": 1000,
    "max_device_memory": "1024GB",
    "mempool_block_size": "1GB",
    "memory_offload": "OFF",
    "memory_optimize_level": 0,
    "op_timeout": 900,
    "precompile_only": False,
    "print_file_path": "",
    "profiling_options": "",
    "pynative_synchronize": False,
    "reserve_class_name_in_scope": True,
    "runtime_num_threads": 30,
    "save_compile_cache": False,
    "save_dump_path": ".",
    "save_graphs": 0,
    "save_graphs_path": ".",
    "support_binary": False,
    "variable_memory_max_size": "0",
}
_DEFAULTS = {**_HONOURED, **_WITHOUT_EFFECT}


class _Context:
    """Values of set_context, and what has been said about them."""

    def __init__(self) -> None:
        self.values = dict(_DEFAULTS)
        self.said: set[str] = set()
        self.lock = threading.Lock()

    def say_once(self, key: str, text: str) -> None:
        with self.lock:
            if key in self.said:
                return
            self.said.add(key)
        logger.info(text)


_context = _Context()


def set_context(**kwargs: Any) -> None:
    """Set keys of the context (mindspore.set_context).

    Args:
        mode: GRAPH_MODE (0, compiled; the default) or PYNATIVE_MODE (1, as it comes).
        device_target: "CPU", "GPU", "TPU", or "Ascend"; "Ascend" means the best
            device that JAX has here.  ``get_context`` gives back the name asked for.
        device_id: index of the device among JAX's local devices, >= 0.
        jit_syntax_level: LAX (untraceable code runs eagerly, with a warning) or STRICT.
        deterministic: "ON": a program gives the same bits each time it runs on the same
            device and input, as on a CPU or TPU it always does; counts for what is
            compiled from then on. For the same draws use ``set_seed``. Or "OFF".
        matmul_precision: in what float32 products and convolutions are computed where
            the device has a choice: "float32", "tensorfloat32" (GPU: 10 bits of
            mantissa), "bfloat16" (TPU: 7 bits), or None for what XLA takes for that
            device, which is tensorfloat32 on recent GPUs and bfloat16 on TPUs. A CPU
            always computes in float32.
        sink_budget: bytes of device memory that a sunk data set may take, or None for
            a share of what the device has.
        **kwargs: MindSpore's other keys are stored and have no effect.

    Raises:
        ValueError: unknown key, or a value outside the key's choices.
        TypeError: a value of the wrong type.

    Example:
        >>> set_context(mode=GRAPH_MODE)
        >>> get_context("mode")
        0
    """
    for key, value in kwargs.items():
        if key not in _DEFAULTS:
            raise ValueError(
                f"set_context: got the key {key!r}, expected one of "
                f"{', '.join(sorted(_DEFAULTS))}"
            )
        check = _CHECKS.get(key)
        _context.values[key] = check(value) if check else value
        if key in _WITHOUT_EFFECT:
            _context.say_once(key, f"set_context: {key} has no effect in cellnet")
    if "device_target" in kwargs or "device_id" in kwargs:
        _place()
    if "matmul_precision" in kwargs:
        jax.config.update(
            "jax_default_matmul_precision", _context.values["matmul_precision"]
        )


def get_context(attr_key: str) -> Any:
    """The value of one key of the context (mindspore.get_context).

    Raises:
        ValueError: unknown key.
    """
    if attr_key not in _DEFAULTS:
        raise ValueError(
            f"get_context: got the key {attr_key!r}, expected one of "
            f"{', '.join(sorted(_DEFAULTS))}"
        )
    if attr_key == "device_target" and _context.values[attr_key] is None:
        return default_target()
    return _context.values[attr_key]


def reset_context() -> None:
    """Put every key back to its default; for tests."""
    _context.values = dict(_DEFAULTS)
    jax.config.update("jax_default_device", None)
    jax.config.update("jax_default_matmul_precision", None)


def default_target() -> str:
    """MindSpore's name for the kind of device that JAX would use."""
    return {"cpu": "CPU", "gpu": "GPU", "tpu": "TPU"}.get(
        jax.default_backend(), "Ascend"
    )


def is_graph_mode() -> bool:
    """True while Cells are to be compiled."""
    return _context.values["mode"] == GRAPH_MODE


def set_device(device_target: str, device_id: int | None = None) -> None:
    """Choose the device (mindspore.set_device)."""
    set_context(device_target=device_target)
    if device_id is not None:
        set_context(device_id=device_id)


class CurrentDevice(NamedTuple):
    """A device by MindSpore's name."""

    device_target: str
    device_id: int


def get_current_device() -> CurrentDevice:
    """Target and number of the device (mindspore.get_current_device).

    Example:
        >>> set_device("CPU", 0)
        >>> get_current_device().device_target
        'CPU'
    """
    return CurrentDevice(get_context("device_target"), get_context("device_id"))


def set_recursion_limit(recursion_limit: int = 1000) -> None:
    """Let Python call this deep (mindspore.set_recursion_limit).

    Programs are traced by running them, so their depth is that of Python's calls. The
    limit is never lowered: the tracer needs some of it itself.

    Args:
        recursion_limit: calls, > 0.

    Raises:
        TypeError: no int.
        ValueError: not above 0.
    """
    limit = check_int(
        "set_recursion_limit", "recursion_limit", recursion_limit, minimum=1
    )
    sys.setrecursionlimit(max(limit, sys.getrecursionlimit()))


def set_deterministic(deterministic: bool) -> None:
    """Same input, same bits, on a GPU too (mindspore.set_deterministic).

    Args:
        deterministic: as ``set_context(deterministic="ON")``, or "OFF".

    Raises:
        TypeError: no bool.
    """
    if not isinstance(deterministic, bool):
        raise TypeError(
            "set_deterministic: deterministic must be a bool, got "
            f"{type(deterministic).__name__}"
        )
    set_context(deterministic="ON" if deterministic else "OFF")


def _place() -> None:
    """Make JAX put new arrays on the device that was asked for."""
    target, index = _context.values["device_target"], _context.values["device_id"]
    platform = {"CPU": "cpu", "GPU": "gpu", "TPU": "tpu"}.get(target)
    if platform is None:
        devices = jax.local_devices()
        if target is not None:
            _context.say_once(
                "target",
                f'device_target="{target}": using {devices[0].platform.upper()}, '
                "the best device that JAX has here",
            )
    else:
        try:
            devices = jax.local_devices(backend=platform)
        except RuntimeError:
            devices = jax.local_devices()
            logger.warning(
                'device_target="%s" is not here; using %s instead',
                target,
                devices[0].platform.upper(),
            )
    if index < len(devices):
        device = devices[index]
    else:
        device = devices[0]
        logger.warning(
            "device_id=%d: there are only %d devices; using device 0",
            index,
            len(devices),
        )
    if device != jax.local_devices()[0]:
        jax.config.update("jax_default_device", device)
    elif jax.config.jax_default_device is not None:
        jax.config.update("jax_default_device", None)


def _check_mode(value: Any) -> int:
    if value not in (GRAPH_MODE, PYNATIVE_MODE) or isinstance(value, bool):
        raise ValueError(
            f"set_context: mode must be GRAPH_MODE (0) or PYNATIVE_MODE (1), "
            f"got {value!r}"
        )
    return value


def _check_target(value: Any) -> str:
    if value not in _TARGETS:
        raise ValueError(
            f"set_context: device_target must be one of {_TARGETS}, got {value!r}"
        )
    return "Ascend" if value == "Davinci" else value


def _check_device_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"set_context: device_id must be an int, got {value!r}")
    if not 0 <= value <= 4095:
        raise ValueError(f"set_context: device_id must be in [0, 4095], got {value}")
    return value


def _check_level(value: Any) -> int:
    if value in _LEVELS.values() and not isinstance(value, bool):
        return value
    if value not in _LEVELS:
        raise ValueError(
            f"set_context: jit_syntax_level must be STRICT or LAX, got {value!r}"
        )
    return _LEVELS[value]


def _check_deterministic(value: Any) -> str:
    if value not in ("ON", "OFF"):
        raise ValueError(
            f'set_context: deterministic must be "ON" or "OFF", got {value!r}'
        )
    return value


def _check_precision(value: Any) -> str | None:
    if value not in (None, *_PRECISIONS):
        raise ValueError(
            f"set_context: matmul_precision must be None or one of {_PRECISIONS}, "
            f"got {value!r}"
        )
    return value


def _check_budget(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise TypeError(
            f"set_context: sink_budget must be a number of bytes, got {value!r}"
        )
    if value is not None and value <= 0:
        raise ValueError(f"set_context: sink_budget must be positive, got {value}")
    return value


_CHECKS = {
    "mode": _check_mode,
    "device_target": _check_target,
    "device_id": _check_device_id,
    "jit_syntax_level": _check_level,
    "deterministic": _check_deterministic,
    "matmul_precision": _check_precision,
    "sink_budget": _check_budget,
}


# Parallel settings are kept so that single-device programs run unmodified.
_PARALLEL_DEFAULTS: dict[str, Any] = {
    "all_reduce_fusion_config": [],
    "auto_parallel_search_mode": "recursive_programming",
    "communi_parallel_mode": "all_group_parallel",
    "comm_fusion": {},
    "dataset_strategy": "data_parallel",
    "device_num": 1,
    "enable_alltoall": False,
    "enable_parallel_optimizer": False,
    "full_batch": False,
    "full_batch_is_set": False,
    "global_rank": 0,
    "grad_accumulation_step": 1,
    "gradient_fp32_sync": True,
    "gradients_mean": False,
    "group_ckpt_save_file": "",
    "loss_repeated_mean": True,
    "optimizer_weight_shard_size": -1,
    "parallel_mode": ParallelMode.STAND_ALONE,
    "parallel_optimizer_config": {},
    "parameter_broadcast": False,
    "pipeline_stages": 1,
    "search_mode": "recursive_programming",
    "strategy_ckpt_load_file": "",
    "strategy_ckpt_save_file": "",
    "mirror_mean": False,
}
_parallel = dict(_PARALLEL_DEFAULTS)


def set_auto_parallel_context(**kwargs: Any) -> None:
    """Set keys of the parallel context (mindspore.set_auto_parallel_context).

    Raises:
        ValueError: unknown key or parallel mode.
    """
    for key, value in kwargs.items():
        if key not in _PARALLEL_DEFAULTS:
            raise ValueError(
                f"set_auto_parallel_context: got the key {key!r}, expected one of "
                f"{', '.join(sorted(_PARALLEL_DEFAULTS))}"
            )
        if key == "parallel_mode" and value not in ParallelMode.MODE_LIST:
            raise ValueError(
                f"set_auto_parallel_context: parallel_mode must be one of "
                f"{ParallelMode.MODE_LIST}, got {value!r}"
            )
        _parallel[key] = value


def get_auto_parallel_context(attr_key: str) -> Any:
    """The value of one key of the parallel context.

    Raises:
        ValueError: unknown key.
    """
    if attr_key not in _PARALLEL_DEFAULTS:
        raise ValueError(
            f"get_auto_parallel_context: got the key {attr_key!r}, expected one of "
            f"{', '.join(sorted(_PARALLEL_DEFAULTS))}"
        )
    return _parallel[attr_key]


def reset_auto_parallel_context() -> None:
    """Put every key of the parallel context back to its default."""
    _parallel.clear()
    _parallel.update(_PARALLEL_DEFAULTS)
