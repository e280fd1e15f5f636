"""auto_mixed_precision and custom_mixed_precision: 16 bits where they do no harm.

A Cell that computes in 16 bits has ``to_float``; what goes on around it (its result
cast back, rules for the operations inside) is a hook, so that the Cells keep their
places, names and Parameters.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.nn.cell import Cell
from cellnet.ops._precision import Rules, cast, in_force
from cellnet.ops.primitive import Primitive
from cellnet.tensor import Tensor
from cellnet.train.amp import _lists

LEVELS = ("O0", "O1", "O2", "O3", "auto")
_LOW = (mstype.float16, mstype.bfloat16)


def auto_mixed_precision(
    network: Any, amp_level: str = "O0", dtype: Any = mstype.float16
) -> Any:
    """A network that computes partly in 16 bits (mindspore.amp.auto_mixed_precision).

    Parameters stay float32; they are cast where they are used, and so are their
    gradients.

    Args:
        network: a Cell, which is changed in place; for "auto" a function too.
        amp_level: "O0" changes nothing; "O1" runs the Cells and Primitives of the
            white list in ``dtype`` and casts their results back; "O2" runs all but the
            Cells of the black list in ``dtype``; "O3" all; "auto" decides by
            operation.
        dtype: float16 or bfloat16.

    Returns:
        The network; with "O2" and "O3" a Cell around it that gives float32.

    Raises:
        TypeError: the network is no Cell, and for "auto" no function either.
        ValueError: another level or dtype.

    Example:
        >>> from cellnet import Tensor, nn
        >>> net = auto_mixed_precision(nn.Dense(2, 1), "O3", mstype.bfloat16)
        >>> str(net(Tensor([[1.0, 2.0]])).dtype)
        'Float32'
    """
    if amp_level not in LEVELS:
        raise ValueError(
            f"auto_mixed_precision: amp_level must be one of {LEVELS}, got "
            f"{amp_level!r}"
        )
    _check_dtype("auto_mixed_precision", dtype)
    is_function = amp_level == "auto" and callable(network)
    if not isinstance(network, Cell) and not is_function:
        raise TypeError(
            "auto_mixed_precision: network must be a Cell"
            f"{' or a function' if amp_level == 'auto' else ''}, got "
            f"{type(network).__name__}"
        )
    if amp_level == "O0":
        return network
    if amp_level == "auto":
        return by_operation(network, dtype)
    assert isinstance(network, Cell)
    if amp_level == "O1":
        return by_white_list(network, _lists.get_white_list(), dtype)
    black = _lists.get_black_list() if amp_level == "O2" else []
    return OutputTo32(by_black_list(network, black, dtype))


def custom_mixed_precision(
    network: Cell,
    *,
    white_list: list[Any] | None = None,
    black_list: list[Any] | None = None,
    dtype: Any = mstype.float16,
) -> Cell:
    """Mixed precision by lists of one's own (mindspore.amp.custom_mixed_precision).

    Args:
        network: a Cell, which is changed in place.
        white_list: classes of Cells and Primitives to run in ``dtype``.
        black_list: classes of Cells to keep in float32 while all others run in
            ``dtype``.
        dtype: float16 or bfloat16.

    Returns:
        The network; with a black list a Cell around it that gives float32.

    Raises:
        TypeError: no Cell; an element that is no class of the named kind.
        ValueError: both lists, or none; another dtype.
    """
    owner = "custom_mixed_precision"
    if not isinstance(network, Cell):
        raise TypeError(f"{owner}: network must be a Cell, got {network!r}")
    if (white_list is None) == (black_list is None):
        given = "both" if white_list is not None else "none"
        raise ValueError(f"{owner}: give white_list or black_list, got {given}")
    _check_dtype(owner, dtype)
    if white_list is not None:
        _check_classes(owner, "white_list", white_list, (Cell, Primitive))
        return by_white_list(network, white_list, dtype)
    assert black_list is not None
    _check_classes(owner, "black_list", black_list, (Cell,))
    return OutputTo32(by_black_list(network, black_list, dtype))


class OutputTo32(Cell):
    """A network whose float results are given in float32.

    Args:
        backbone: the network; its Parameters keep their names.
    """

    def __init__(self, backbone: Cell) -> None:
        super().__init__(auto_prefix=False)
        self._backbone = backbone

    def construct(self, *inputs: Any, **named: Any) -> Any:
        return cast_floats(self._backbone(*inputs, **named), jnp.float32)


def by_white_list(network: Cell, listed: Iterable[type], dtype: Any) -> Cell:
    """Run the Cells and Primitives of these classes in ``dtype``."""
    classes = tuple(listed)
    chosen = tuple(c for c in classes if issubclass(c, Cell))
    for cell in _outermost(network, chosen):
        if cell._to_float is not None:
            continue  # it was told what to compute in
        cell.to_float(dtype)
        cell._add_hook("after", CastOutput(jnp.float32))
    primitives = [c for c in classes if not issubclass(c, Cell)]
    lower = _lists.functions(primitives)
    if lower:
        rules = Rules(mstype.to_numpy(dtype), lower, restore=True)
        network._add_hook("around", InForce(rules))
    return network


def by_black_list(network: Cell, listed: Iterable[type], dtype: Any) -> Cell:
    """Run all but the Cells of these classes in ``dtype``."""
    network.to_float(dtype)
    low = mstype.to_numpy(dtype)
    for cell in _outermost(network, tuple(listed)):
        cell.to_float(mstype.float32)
        if cell is not network:
            cell._add_hook("after", CastOutput(low))
    return network


def by_operation(network: Any, dtype: Any) -> Any:
    """Let each operation decide, as level "auto" says."""
    rules = Rules(
        mstype.to_numpy(dtype),
        lower=_lists.functions(_lists.AUTO_LOWER),
        full=_lists.functions(_lists.AUTO_FULL),
        widest=_lists.functions(_lists.AUTO_WIDEST),
        biased=_lists.functions(_lists.BIASED),
    )
    if not isinstance(network, Cell):

        @functools.wraps(network)
        def with_rules(*args: Any, **kwargs: Any) -> Any:
            with in_force(rules):
                return network(*args, **kwargs)

        return with_rules
    network._add_hook("around", InForce(rules))
    for names, wanted in (
        (_lists.AUTO_LOWER_CELLS, dtype),
        (_lists.AUTO_FULL_CELLS, mstype.float32),
    ):
        for cell in _outermost(network, tuple(_lists.cells(names))):
            if cell._to_float is None:
                cell.to_float(wanted)
    return network


class CastOutput:
    """A hook: the Cell's float results in another type."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype

    def __call__(self, cell: Cell, inputs: Any, outputs: Any) -> Any:
        del cell, inputs
        return cast_floats(outputs, self.dtype)


class InForce:
    """A hook: rules that hold while the Cell runs."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __call__(self) -> Any:
        return in_force(self.rules)


def cast_floats(value: Any, dtype: Any) -> Any:
    """Tensors of a float type in ``dtype``, in tuples, lists and dicts too."""
    return jax.tree.map(
        lambda x: Tensor._wrap(cast(x._value, dtype)) if isinstance(x, Tensor) else x,
        value,
        is_leaf=lambda x: isinstance(x, Tensor),
    )


def _outermost(network: Cell, classes: tuple[type, ...]) -> list[Cell]:
    """Cells of ``classes``, without those inside of another one; each once."""
    found: dict[int, Cell] = {}

    def visit(cell: Cell) -> None:
        if isinstance(cell, classes):
            found[id(cell)] = cell
            return
        for child in cell.cells():
            visit(child)

    visit(network)
    return list(found.values())


def _check_dtype(owner: str, dtype: Any) -> None:
    if dtype not in _LOW:
        raise ValueError(f"{owner}: dtype must be float16 or bfloat16, got {dtype}")


def _check_classes(owner: str, name: str, listed: Any, bases: tuple[type, ...]) -> None:
    if not isinstance(listed, list | tuple):
        raise TypeError(f"{owner}: {name} must be a list, got {type(listed).__name__}")
    for item in listed:
        if not (isinstance(item, type) and issubclass(item, bases)):
            wanted = " or ".join(base.__name__ for base in bases)
            raise TypeError(
                f"{owner}: an element of {name} must be a class of {wanted}, got "
                f"{item!r}"
            )
