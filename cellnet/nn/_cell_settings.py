"""Settings of a Cell that MindSpore's compiler reads: kept, or told XLA otherwise."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any

from cellnet import dtype as mstype
from cellnet._checks import check_choice, check_type
from cellnet.graph.guards import Watched
from cellnet.tensor import Tensor


class MixedPrecisionType(enum.Enum):
    """In what float type a Cell computes (mindspore.nn.cell.MixedPrecisionType)."""

    NOTSET = 0
    FP16 = 1
    FP32 = 2
    BF16 = 3


_FLOATS = {
    MixedPrecisionType.NOTSET: None,
    MixedPrecisionType.FP16: mstype.float16,
    MixedPrecisionType.FP32: mstype.float32,
    MixedPrecisionType.BF16: mstype.bfloat16,
}


class CellSettings:
    """Methods of Cell that note what a program says of it."""

    add_flags_recursive: Callable[..., Any]
    cells_and_names: Callable[..., Iterator[tuple[str, Any]]]
    _inputs: tuple[Any, ...] | None
    _to_float: mstype.Type | None

    # -- the compiler -----------------------------------------------------------------
    def set_jit_config(self, jit_config: Any) -> None:
        """Kept for ``jit_config_dict``; MindSpore's compiler options have no effect."""
        _keep(self, "_jit_config", jit_config)

    @property
    def jit_config_dict(self) -> dict[str, Any]:
        """What ``set_jit_config`` was given."""
        config = self.__dict__.get("_jit_config")
        return {} if config is None else dict(config.jit_config_dict)

    def set_inputs(self, *inputs: Any, **kwargs: Any) -> None:
        """Kept for ``get_inputs``; every input shape has its own compiled program."""
        _keep(self, "_inputs", inputs or tuple(kwargs.values()))

    def get_inputs(self) -> tuple[Any, ...] | None:
        """What ``set_inputs`` was given, or None."""
        return self._inputs

    # -- several devices --------------------------------------------------------------
    def set_comm_fusion(self, fusion_type: int, recurse: bool = True) -> CellSettings:
        """Accepted; XLA fuses communication itself."""
        del fusion_type, recurse
        return self

    def set_broadcast_flag(self, mode: bool = True) -> CellSettings:
        """Set the flag ``broadcast_flag`` here and below; it has no effect."""
        return self.add_flags_recursive(broadcast_flag=mode)

    def shard(
        self,
        in_strategy: Any,
        out_strategy: Any = None,
        parameter_plan: dict[str, Any] | None = None,
    ) -> None:
        """Accepted; a program sees all data on its one device."""
        del in_strategy, out_strategy, parameter_plan

    @property
    def parameter_layout_dict(self) -> dict[str, Any]:
        """How Parameters are spread over devices: they are not, so an empty dict."""
        return {}

    # -- precision --------------------------------------------------------------------
    def to_float(self, dst_type: Any) -> CellSettings:
        """Compute in another float type: inputs and Parameters are cast to it.

        Args:
            dst_type: float16, bfloat16 or float32.

        Raises:
            ValueError: another type.
        """
        allowed = (mstype.float16, mstype.bfloat16, mstype.float32)
        if dst_type not in allowed:
            raise ValueError(f"to_float: expected one of {allowed}, got {dst_type!r}")
        for _, cell in self.cells_and_names():
            cell._to_float = dst_type
        return self

    def set_mixed_precision_type(self, mixed_type: MixedPrecisionType) -> None:
        """``to_float`` of this Cell alone; NOTSET takes it back.

        Raises:
            TypeError: no MixedPrecisionType.
        """
        check_type(
            "set_mixed_precision_type", "mixed_type", mixed_type, MixedPrecisionType
        )
        self._to_float = _FLOATS[mixed_type]

    def get_mixed_precision_type(self) -> MixedPrecisionType:
        """In what the Cell was told to compute."""
        return next(k for k, v in _FLOATS.items() if v is self._to_float)

    def cast_inputs(self, inputs: tuple[Any, ...], dst_type: Any) -> tuple[Any, ...]:
        """The inputs, Tensors of float types cast to another."""
        wanted = mstype.to_numpy(dst_type)
        return tuple(
            Tensor._wrap(value._value.astype(wanted))
            if isinstance(value, Tensor) and value.dtype in mstype.float_type
            else value
            for value in inputs
        )

    # -- others -----------------------------------------------------------------------
    def set_boost(self, boost_type: str) -> CellSettings:
        """Accepted: "less_bn" has no effect.

        Raises:
            ValueError: another type.
        """
        check_choice("set_boost", "boost_type", boost_type, ("less_bn",))
        return self.add_flags_recursive(less_bn=True)


def _keep(cell: Any, name: str, value: Any) -> None:
    # Not by the Cell's own rules of attributes: a Tensor here is no buffer.
    Watched.__setattr__(cell, name, value)
