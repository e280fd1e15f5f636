"""Tensor's methods and operators, installed from the functions of this package.

A function and its method are one definition.  Where MindSpore gives the method another
signature than the function, the difference is written out below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import context
from cellnet import dtype as mstype
from cellnet.ops import (
    _indexing,
    activation,
    array,
    clipping,
    compare,
    creation,
    joining,
    linalg,
    math,
    order,
    random_ops,
    reduce,
    rows,
)
from cellnet.ops import index as index_ops
from cellnet.ops._arrays import plain, spelled
from cellnet.ops._in_place import (
    copied,
    filled,
    in_place,
    normal,
    scaled,
    scatter_in_place,
    set_dtype,
    uniform,
)
from cellnet.ops._op import op, raw
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


# -- operators ------------------------------------------------------------------------
def _forward(fn: Callable[..., Any]) -> Callable[..., Any]:
    def operator(self: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        return fn(self, other)

    return operator


def _reflected(fn: Callable[..., Any], on_numpy: Callable[..., Any]) -> Any:
    def operator(self: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        if isinstance(other, np.ndarray):
            # NumPy's array comes first: the result is NumPy's too, as in MindSpore
            return on_numpy(other, self.asnumpy())
        return fn(other, self)

    return operator


def _augmented(fn: Callable[..., Any]) -> Callable[..., Any]:
    """``x += y``: a new Tensor; other handles on the old one keep its values."""

    def operator(self: Tensor, other: Any) -> Any:
        if isinstance(other, list | tuple | np.ndarray):
            raise TypeError(
                f"{fn.__name__}: expected a Tensor or a number beside a Tensor, got "
                f"{type(other).__name__}; wrap it: Tensor(array)"
            )
        if other is None or isinstance(other, str):
            return NotImplemented
        return fn(self, other)

    return operator


_BINARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "add": (math.add, np.add),
    "sub": (math.sub, np.subtract),
    "mul": (math.mul, np.multiply),
    "truediv": (math.true_divide, np.true_divide),
    "floordiv": (math.floor_divide, np.floor_divide),
    "mod": (math.floor_mod, np.remainder),
    "pow": (math.pow, np.power),
    "matmul": (linalg.matmul, np.matmul),
    "and": (math.bitwise_and, np.bitwise_and),
    "or": (math.bitwise_or, np.bitwise_or),
    "xor": (math.bitwise_xor, np.bitwise_xor),
}
_COMPARISONS = {
    "__lt__": compare.less,
    "__le__": compare.less_equal,
    "__gt__": compare.greater,
    "__ge__": compare.greater_equal,
}


def _comparable(other: Any) -> bool:
    return isinstance(other, Tensor | jax.Array | bool | int | float | np.generic)


def _eq(self: Tensor, other: Any) -> Any:
    return compare.equal(self, other) if _comparable(other) else False


def _ne(self: Tensor, other: Any) -> Any:
    return compare.not_equal(self, other) if _comparable(other) else True


def _contains(self: Tensor, element: Any) -> bool:
    return bool(reduce.any(compare.equal(self, element)))


# -- shapes ---------------------------------------------------------------------------
def _one_or_many(args: tuple[Any, ...]) -> Any:
    """f((2, 3)) and f(2, 3) mean the same."""
    if len(args) == 1 and isinstance(args[0], tuple | list | Tensor):
        return raw(args[0])
    return raw(args)


def _reshape(self: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape: ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
    return array.reshape(self, _one_or_many(shape))


def _view(self: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape, or their bytes as another dtype."""
    if len(shape) == 1 and isinstance(shape[0], mstype.Type):
        return Tensor._wrap(self._value.view(mstype.to_numpy(shape[0])))
    return _reshape(self, *shape)


def _expand_as(self: Tensor, other: Any = None, *, x: Any = None) -> Tensor:
    """The Tensor repeated to the shape of another."""
    return joining.expand_as(self, x if other is None else other)


def _add(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """self + alpha * other."""
    return math.add(self, other if alpha == 1 else math.mul(other, alpha))


def _remainder(self: Tensor, other: Any = None, *, divisor: Any = None) -> Tensor:
    """self - other * floor(self / other)."""
    return math.remainder(self, divisor if other is None else other)


def _with_position(fn: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tensor, axis: int | None = 0, keep_dims: bool = False) -> Any:
        # of all elements: 0-d, whatever keep_dims says
        return fn(self, axis, keep_dims and axis is not None)

    method.__doc__ = fn.__doc__
    return method


def _transpose(self: Tensor, *axes: Any) -> Tensor:
    """Axes in another order; reversed if none are given; two ints change places."""
    if len(axes) == 2 and all(isinstance(axis, int) for axis in axes):
        return array.swapaxes(self, *axes)
    return _permute(self, *axes)


def _permute(self: Tensor, *axes: Any) -> Tensor:
    """Axes in another order; reversed if none are given."""
    order = plain(_one_or_many(axes)) if axes else ()
    order = (order,) if isinstance(order, int) else order
    return array.transpose(self, order or tuple(reversed(range(self.ndim))))


def _broadcast_to(self: Tensor, *shape: Any) -> Tensor:
    """The Tensor repeated to a larger shape."""
    return joining.broadcast_to(self, _one_or_many(shape))


def _flatten(
    self: Tensor,
    order: Any = "C",
    last: int = -1,
    *,
    start_dim: int = 0,
    end_dim: int | None = None,
) -> Tensor:
    """All axes from start_dim to end_dim as one; all of them by default."""
    if not isinstance(order, str):  # the other spelling: x.flatten(start_dim, end_dim)
        start_dim, order = order, "C"
    end_dim = last if end_dim is None else end_dim
    return array.flatten(self, order, start_dim=start_dim, end_dim=end_dim)


def _squeeze(self: Tensor, *axis: Any) -> Tensor:
    """Without axes of length 1: all, or the given ones that have it."""
    return array.squeeze(self, _one_or_many(axis) if axis else None)


def _tile(self: Tensor, *dims: Any) -> Tensor:
    """The Tensor repeated along each axis."""
    return joining.tile(self, _one_or_many(dims))


@op
def _repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element so many times along an axis; of the flattened Tensor without one."""
    return joining.repeat_interleave.on_arrays(x, repeats, axis)


@op
def _take(x: Any, indices: Any, axis: int | None = None, mode: str = "clip") -> Any:
    """Slices at indices along an axis; of the flattened Tensor without one.

    ``mode`` says what an index out of range means: "clip" the nearest, "wrap" around.
    """
    return jnp.take(x, indices, axis, mode="clip" if mode == "raise" else mode)


def _gather(
    self: Tensor,
    input_indices: Any,
    axis: Any = None,
    batch_dims: int = 0,
    **named: Any,
) -> Tensor:
    """``x.gather(indices, axis)``, or ``x.gather(dim, index)`` element by element."""
    if isinstance(input_indices, int):
        return index_ops.gather_elements(self, input_indices, named.get("index", axis))
    return index_ops.gather(self, input_indices, axis, batch_dims)


def _where(self: Tensor, condition: Any, y: Any) -> Tensor:
    """The Tensor where the condition holds, else ``y``."""
    return compare.where(condition, self, y)


def _unbind(self: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis."""
    return joining.unbind(self, dim)


# -- dtypes ---------------------------------------------------------------------------
def _astype(self: Tensor, dtype: Any, copy: bool = True) -> Tensor:
    """The values in another dtype: ``cellnet.int32``, ``np.int32`` or ``"int32"``."""
    del copy
    if isinstance(dtype, str):
        dtype = {"bool_": "bool", "half": "float16"}.get(dtype.lower(), dtype.lower())
    return creation.cast(self, dtype)


def _to(
    self: Tensor, dtype: Any = None, non_blocking: bool = False, copy: bool = False
) -> Tensor:
    """The values in another dtype; the Tensor itself without one."""
    del non_blocking, copy
    if dtype is None or isinstance(dtype, str):  # a str names a device
        return self
    return creation.cast(self, dtype)


def _caster(dtype: mstype.Type) -> Callable[[Tensor], Tensor]:
    def convert(self: Tensor) -> Tensor:
        return creation.cast(self, dtype)

    convert.__doc__ = f"The values as {dtype.name}."
    return convert


def _type_as(self: Tensor, other: Tensor) -> Tensor:
    """The values in the dtype of another Tensor."""
    return creation.cast(self, other.dtype)


# -- reductions -----------------------------------------------------------------------
@spelled(dim="axis", keepdim="keepdims", keep_dims="keepdims")
def _sum(
    self: Tensor,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
) -> Tensor:
    """Sum over axes; ints and bools add up as Int64."""
    if isinstance(dtype, bool):  # x.sum(dim, keepdim)
        keepdims, dtype = dtype, None
    total = reduce.sum(self, axis, keepdims, dtype=dtype)
    return total if initial is None else total + initial


def _extreme(values: Callable[..., Any], pairs: Callable[..., Any]) -> Any:
    @spelled(dim="axis", keepdim="keepdims", keep_dims="keepdims")
    def method(
        self: Tensor,
        *dims: Any,
        axis: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
        return_indices: bool = False,
    ) -> Any:
        """The extreme element: of all, or over ``axis``.

        As in MindSpore 2.10 an axis given by position, ``x.max(1)``, asks for
        (values, positions), and one given by name, ``x.max(axis=1)``, for values;
        with ``return_indices`` for both.
        """
        if dims:
            axis, *rest = dims
            keepdims = bool(rest[0]) if rest else keepdims
            return_indices = return_indices or axis is not None
        if return_indices and not isinstance(axis, tuple | list):
            return pairs(self, axis, keepdims, initial=initial, where=where)
        return values(self, axis, keepdims, initial=initial, where=where)

    return method


@spelled(dim="axis")
def _cumsum(self: Tensor, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running sum along an axis; of the flattened Tensor without one."""
    if axis is None:
        return order.cumsum(array.ravel(self), 0, dtype)
    return order.cumsum(self, axis, dtype)


# -- elements and rows ----------------------------------------------------------------
def _itemset(self: Tensor, *args: Any) -> Tensor:
    """A new Tensor with one element changed: ``x.itemset(index, value)``.

    Raises:
        IndexError: no index, and several elements; an index out of range.
        TypeError: a value that is no number.
    """
    if not args:
        raise ValueError("itemset: got no value, expected (value) or (index, value)")
    *index, value = args
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"itemset: value must be a number, got {type(value).__name__}")
    place: Any = index[0] if len(index) == 1 else tuple(index)
    if not index and self.size != 1:
        raise ValueError(f"itemset: a Tensor of shape {self.shape} needs an index")
    flat = isinstance(place, int) or not index
    new = array.ravel(self) if flat else Tensor._wrap(self._value)
    _indexing.setitem(new, place if index else 0, value)
    return array.reshape(new, self.shape)


def _index_add(self: Tensor, *args: Any, alpha: Any = 1, **named: Any) -> Tensor:
    """Rows added along an axis: ``x.index_add(dim, index, source, alpha=1)``.

    MindSpore's older form ``x.index_add(indices, y, axis)`` works too.
    """
    if args and isinstance(args[0], Tensor):
        order, alpha = ("indices", "y", "axis"), 1
    else:
        order = ("dim", "index", "source")
    named = {**dict(zip(order, args, strict=False)), **named}
    if "y" in named:
        parts = (named["axis"], named["indices"], named["y"])
    else:
        parts = (named["dim"], named["index"], named["source"])
    return rows.added_rows(self, *parts, alpha)


def _select(self: Tensor, condition: Any, y: Any) -> Tensor:
    """``x.select(dim, index)``, or x where ``condition`` holds, else ``y``."""
    if isinstance(condition, int):
        return rows.select_along(self, condition, y)
    return compare.where(condition, self, y)


# -- the rest -------------------------------------------------------------------------
def _copy(self: Tensor) -> Tensor:
    """A Tensor with the same values and a life of its own."""
    if isinstance(self, Parameter):
        return self.value()
    return Tensor._wrap(self._value)


def _device(self: Tensor) -> str:
    return context.get_context("device_target")


def _itself(self: Tensor) -> Tensor:
    """The Tensor itself; XLA chooses how it lies in memory."""
    return self


def _is_contiguous(self: Tensor) -> bool:
    """True: what XLA keeps of strides is its own business."""
    del self
    return True


def _new(fn: Callable[..., Any]) -> Callable[..., Tensor]:
    def method(self: Tensor, size: Any, dtype: Any = None) -> Tensor:
        return fn(size, self.dtype if dtype is None else dtype)

    method.__doc__ = f"In this Tensor's dtype: {fn.__doc__}"
    return method


_ALIKE: dict[str, Callable[..., Any]] = {
    # math
    **{
        name: getattr(math, name)
        for name in (
            *("abs", "absolute", "acos", "addcdiv", "addcmul", "asin", "atan"),
            *("atan2", "bitwise_and", "bitwise_or", "bitwise_xor", "ceil", "cos"),
            *("cosh", "div", "erf", "erfc", "erfinv", "exp", "expm1", "floor"),
            *("floor_divide", "fmod", "inv", "lerp", "log", "log1p", "log2", "log10"),
            *("maximum", "minimum", "mul", "multiply", "nan_to_num", "neg", "negative"),
            *("pow", "reciprocal", "round", "rsqrt", "sign", "sin"),
            *("sinh", "sqrt", "square", "subtract", "tan", "tanh"),
            *("true_divide", "trunc"),
        )
    },
    "invert": math.invert,
    # compare
    **{
        name: getattr(compare, name)
        for name in (
            *("eq", "equal", "ge", "greater", "greater_equal", "gt", "isclose"),
            *("isfinite", "isinf", "isnan", "le", "less", "less_equal", "logical_and"),
            *("logical_not", "logical_or", "logical_xor", "lt", "masked_fill"),
            *("masked_select", "ne", "nonzero", "not_equal"),
        )
    },
    # reduce, order
    **{
        name: getattr(reduce, name)
        for name in (
            *("all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero"),
            *("logsumexp", "mean", "prod", "std", "var"),
        )
    },
    **{
        name: getattr(order, name)
        for name in ("argsort", "cumprod", "median", "sort", "topk", "unique")
    },
    # array, joining
    **{
        name: getattr(array, name)
        for name in (
            *("diag", "diagonal", "expand_dims", "flip", "moveaxis", "ravel", "roll"),
            *("swapaxes", "t", "tril", "triu", "unsqueeze"),
        )
    },
    **{
        name: getattr(joining, name) for name in ("chunk", "repeat_interleave", "split")
    },
    # index, linear algebra, the rest
    **{
        name: getattr(index_ops, name)
        for name in (
            *("gather_elements", "gather_nd", "index_select", "scatter"),
            "unsorted_segment_sum",
        )
    },
    **{
        name: getattr(linalg, name)
        for name in (
            *("bmm", "cholesky", "dot", "ger", "inverse", "matmul", "mm", "norm"),
            *("outer", "svd"),
        )
    },
    "scatter_add": index_ops.scatter_add_elements,
    "tensor_scatter_add": index_ops.tensor_scatter_add,
    "tensor_scatter_update": index_ops.tensor_scatter_update,
    "relu": activation.relu,
    "sigmoid": activation.sigmoid,
    "softmax": activation.softmax,
    "log_softmax": activation.log_softmax,
    "clamp": clipping.clamp,
    "clip": clipping.clamp,
    "clip_by_value": clipping.clip_by_value,
    "bernoulli": random_ops.bernoulli,
    "multinomial": random_ops.multinomial,
    "reverse": array.flip,
}

_OWN: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "view": _view,
    "transpose": _transpose,
    "permute": _permute,
    "expand_as": _expand_as,
    "add": _add,
    "sub": math.subtract,
    "remainder": _remainder,
    "argmax_with_value": _with_position(reduce.max),
    "argmin_with_value": _with_position(reduce.min),
    "broadcast_to": _broadcast_to,
    "expand": _broadcast_to,
    "flatten": _flatten,
    "squeeze": _squeeze,
    "tile": _tile,
    "repeat": _repeat,
    "take": _take,
    "gather": _gather,
    "where": _where,
    "unbind": _unbind,
    "astype": _astype,
    "to": _to,
    "type_as": _type_as,
    "sum": _sum,
    "max": _extreme(reduce.amax, reduce.max),
    "min": _extreme(reduce.amin, reduce.min),
    "cumsum": _cumsum,
    "copy": _copy,
    "value": _copy,
    "contiguous": _itself,
    "is_contiguous": _is_contiguous,
    "reshape_as": lambda self, other: array.reshape(self, other.shape),
    "dim": lambda self: self.ndim,
    "numel": lambda self: self.size,
    "is_init": lambda self: False,
    "index": lambda self, indices: self[indices],
    "index_add": _index_add,
    "itemset": _itemset,
    "random_categorical": random_ops.random_categorical,
    "reverse_sequence": array.reverse_sequence,
    "select": _select,
    "set_dtype": set_dtype,
    "uniform": uniform,
    "new_ones": _new(creation.ones),
    "new_zeros": _new(creation.zeros),
    "bool": _caster(mstype.bool_),
    "byte": _caster(mstype.uint8),
    "int": _caster(mstype.int32),
    "long": _caster(mstype.int64),
    "half": _caster(mstype.float16),
    "bfloat16": _caster(mstype.bfloat16),
    "float": _caster(mstype.float32),
    "double": _caster(mstype.float64),
    "add_": in_place(scaled(math.add)),
    "sub_": in_place(scaled(math.sub)),
    "mul_": in_place(math.mul),
    "div_": in_place(math.div),
    "floor_divide_": in_place(math.floor_divide),
    "remainder_": in_place(math.remainder),
    "exp_": in_place(math.exp),
    "log_": in_place(math.log),
    "masked_fill_": in_place(compare.masked_fill),
    "index_add_": in_place(_index_add),
    "scatter_": in_place(scatter_in_place),
    "clamp_": in_place(clipping.clamp),
    "fill_": in_place(filled),
    "zero_": in_place(creation.zeros_like),
    "copy_": in_place(copied),
    "normal_": in_place(normal),
    "uniform_": in_place(uniform),
}


def install() -> None:
    """Put operators and methods on Tensor."""
    for name, (fn, on_numpy) in _BINARY.items():
        setattr(Tensor, f"__{name}__", _forward(fn))
        setattr(Tensor, f"__r{name}__", _reflected(fn, on_numpy))
    for name in ("add", "mul", "truediv"):
        setattr(Tensor, f"__i{name}__", _augmented(_BINARY[name][0]))
    for name, fn in _COMPARISONS.items():
        setattr(Tensor, name, _forward(fn))
    special = {
        "__eq__": _eq,
        "__ne__": _ne,
        "__isub__": _forward(math.sub),
        "__neg__": math.neg,
        "__pos__": _copy,
        "__abs__": math.abs,
        "__invert__": compare.logical_not,
        "__round__": math.round,
        "__contains__": _contains,
        "__getitem__": _indexing.getitem,
        "__setitem__": _indexing.setitem,
        "T": property(_transpose, doc="Axes in reverse order."),
        "device": property(_device, doc="Name of the device that holds the values."),
    }
    for name, member in {**special, **_ALIKE, **_OWN}.items():
        setattr(Tensor, name, member)
