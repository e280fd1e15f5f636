"""``mindspore.parallel.auto_parallel``: AutoParallel on one device."""

from __future__ import annotations

from typing import Any

from cellnet import context
from cellnet.nn.cell import Cell

_MODES = ("semi_auto", "sharding_propagation", "recursive_programming")
# each is kept in ``settings`` and has no effect on one device
_SETTINGS = (
    *("no_init_parameters_in_compile", "load_param_strategy_file"),
    *("save_param_strategy_file", "disable_strategy_file_only_for_trainable_params"),
    *("save_operator_strategy_file", "load_operator_strategy_file", "hsdp"),
    *("dataset_strategy", "comm_fusion", "enable_fp32_communication"),
    *("set_group_ckpt_save_file", "print_local_norm", "dump_local_norm"),
    *("enable_device_local_norm", "enable_gradients_mean", "transformer_opt"),
    *("disable_gradient_fp32_sync", "disable_loss_repeated_mean"),
)


class AutoParallel(Cell):
    """A network that MindSpore would spread over devices; here it runs on one.

    Args:
        network: a Cell or function.
        parallel_mode: "semi_auto", "sharding_propagation" or "recursive_programming".

    Inputs, Outputs: those of the network.

    Raises:
        TypeError: the network cannot be called.
        ValueError: another mode; several pipeline stages.

    Source: mindspore.parallel.auto_parallel.AutoParallel.
    """

    def __init__(self, network: Any, parallel_mode: str = "semi_auto") -> None:
        super().__init__(auto_prefix=False)
        if not callable(network):
            raise TypeError(
                f"AutoParallel: network must be a Cell or function, got {network!r}"
            )
        if parallel_mode not in _MODES:
            raise ValueError(
                f"AutoParallel: parallel_mode must be one of {_MODES}, got "
                f"{parallel_mode!r}"
            )
        self.network = network
        self._parallel_mode = parallel_mode
        # a tuple, so that a traced program may depend on it
        self.settings: tuple[tuple[str, Any, Any], ...] = ()

    def construct(self, *inputs: Any, **named: Any) -> Any:
        """Call the network."""
        return self.network(*inputs, **named)

    def pipeline(
        self,
        stages: int = 1,
        output_broadcast: bool = False,
        interleave: bool = False,
        scheduler: str = "1f1b",
    ) -> None:
        """One stage only.

        Raises:
            ValueError: more than one.
        """
        del output_broadcast, interleave, scheduler
        if stages != 1:
            raise ValueError(
                f"AutoParallel.pipeline: {stages} stages need as many devices; there "
                "is one"
            )

    def get_pipeline_stages(self) -> int:
        """1."""
        return 1


def _setting(name: str) -> Any:
    def keep(self: AutoParallel, *args: Any, **kwargs: Any) -> None:
        self.settings = (*self.settings, (name, args, tuple(kwargs.items())))
        context._context.say_once(
            f"AutoParallel.{name}", f"AutoParallel.{name} has no effect on one device"
        )

    keep.__name__ = name
    keep.__doc__ = "Kept; no effect on one device."
    return keep


for _name in _SETTINGS:
    setattr(AutoParallel, _name, _setting(_name))
