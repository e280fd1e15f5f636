"""Tensors made from shapes and numbers."""

from __future__ import annotations

import builtins
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet._checks import check_int, check_shape
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import array, dtype_or, index_dtype, plain
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive
from cellnet.tensor import Tensor, as_array


def _shape(owner: str, shape: Any) -> tuple[int, ...]:
    return check_shape(owner, plain(shape))


@op
def fill(type: Any, shape: Any, value: Any) -> Any:
    """A Tensor of one value (mindspore.ops.fill, Fill).

    Args:
        type: dtype of the result; None takes that of the value.
        shape: int or tuple of ints >= 0.
        value: a number, or a Tensor with one element.

    Raises:
        TypeError: a shape that is no int or tuple of ints; a value that is no number.
        ValueError: a negative length; a value with several elements.

    Example:
        >>> fill(mstype.float32, (2,), 3).tolist()
        [3.0, 3.0]
    """
    shape = _shape("fill", shape)
    value = array("fill", value)
    if value.size != 1:
        raise ValueError(f"fill: value must be one number, got shape {value.shape}")
    return jnp.full(shape, value.reshape(()), dtype_or(type, value.dtype))


@op
def _fill_v2(shape: Any, value: Any) -> Any:
    """A Tensor of one value, in the value's dtype (mindspore.ops.FillV2)."""
    return fill.on_arrays(None, shape, value)


@op
def full(size: Any, fill_value: Any, *, dtype: Any = None) -> Any:
    """A Tensor of one value, in the value's dtype by default (mindspore.ops.full)."""
    return fill.on_arrays(dtype, size, fill_value)


@op
def full_like(input: Any, fill_value: Any, *, dtype: Any = None) -> Any:
    """A Tensor of one value, in the shape of another (mindspore.ops.full_like)."""
    x = array("full_like", input)
    return fill.on_arrays(dtype_or(dtype, x.dtype), x.shape, fill_value)


@op
def zeros(size: Any, dtype: Any = None) -> Any:
    """A Tensor of zeros, Float32 by default (mindspore.ops.zeros)."""
    return jnp.zeros(_shape("zeros", size), dtype_or(dtype, np.float32))


@op
def ones(shape: Any, dtype: Any = None) -> Any:
    """A Tensor of ones, Float32 by default (mindspore.ops.ones)."""
    return jnp.ones(_shape("ones", shape), dtype_or(dtype, np.float32))


@op
def zeros_like(input: Any, *, dtype: Any = None) -> Any:
    """Zeros in the shape and dtype of a Tensor (mindspore.ops.zeros_like)."""
    x = array("zeros_like", input)
    return jnp.zeros(x.shape, dtype_or(dtype, x.dtype))


@op
def ones_like(input: Any, *, dtype: Any = None) -> Any:
    """Ones in the shape and dtype of a Tensor (mindspore.ops.ones_like)."""
    x = array("ones_like", input)
    return jnp.ones(x.shape, dtype_or(dtype, x.dtype))


@op
def eye(n: int, m: int | None = None, dtype: Any = None) -> Any:
    """Ones on the diagonal of an (n, m) Tensor, m = n by default (mindspore.ops)."""
    n = check_int("eye", "n", plain(n), minimum=0)
    m = n if m is None else check_int("eye", "m", plain(m), minimum=0)
    return jnp.eye(n, m, dtype=dtype_or(dtype, np.float32))


@op
def arange(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None) -> Any:
    """start, start + step, ... below end (mindspore.ops.arange).

    Returns:
        1-d Tensor: Int64 if all three are ints, else Float32.

    Raises:
        ValueError: a step of 0, or one that leads away from ``end``.
    """
    start, end, step = plain((start, end, step))
    if end is None:
        start, end = 0, start
    if step == 0:
        raise ValueError("arange: step must not be 0")
    if (end - start) * step < 0:
        raise ValueError(f"arange: step {step} does not lead from {start} to {end}")
    exact = builtins.all(isinstance(v, int) for v in (start, end, step))
    return jnp.arange(start, end, step, dtype_or(dtype, int if exact else np.float32))


@op
def range(start: Any, end: Any, step: Any, maxlen: int = 1000000) -> Any:
    """start, start + step, ... below end, 1-d (mindspore.ops.range).

    Raises:
        ValueError: more than ``maxlen`` numbers; a step of 0.
    """
    result = arange.on_arrays(start, end, step)
    if result.size > maxlen:
        raise ValueError(f"range: {result.size} numbers are more than maxlen={maxlen}")
    return result


@op
def linspace(start: Any, end: Any, steps: int) -> Any:
    """``steps`` Float32 numbers from start to end, both included.

    (mindspore.ops.linspace)
    """
    steps = check_int("linspace", "steps", plain(steps), minimum=1)
    return jnp.linspace(start, end, steps, dtype=np.float32)


@op
def one_hot(
    indices: Any, depth: int, on_value: Any = 1, off_value: Any = 0, axis: int = -1
) -> Any:
    """on_value where an index meets its class, else off_value (mindspore.ops.one_hot).

    Args:
        indices: Int Tensor; an index outside [0, depth) gives off_value everywhere.
        depth: number of classes >= 0, the length of the new axis.
        on_value, off_value: numbers or Tensors with 0 axes; on_value's dtype is the
            result's.
        axis: where the new axis goes, in [-1, ndim].

    Raises:
        TypeError: indices that are no ints.
        ValueError: an axis or depth out of range.

    Example:
        >>> one_hot(Tensor([0, 2]), 3).tolist()
        [[1, 0, 0], [0, 0, 1]]
    """
    indices = array("one_hot", indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"one_hot: indices must be ints, got {indices.dtype}")
    depth = check_int("one_hot", "depth", plain(depth), minimum=0)
    axis = check_int("one_hot", "axis", axis, minimum=-1, maximum=indices.ndim)
    axis = indices.ndim if axis == -1 else axis
    on_value = array("one_hot", on_value)
    off_value = array("one_hot", off_value).astype(on_value.dtype)
    classes = jnp.arange(depth, dtype=indices.dtype)
    classes = classes.reshape((depth,) + (1,) * (indices.ndim - axis))
    return jnp.where(jnp.expand_dims(indices, axis) == classes, on_value, off_value)


@op
def _one_hot_at(
    indices: Any, depth: int, on_value: Any, off_value: Any, axis: int
) -> Any:
    """on_value where an index meets its class, else off_value (mindspore.ops)."""
    return one_hot.on_arrays(indices, depth, on_value, off_value, axis)


@op
def meshgrid(*inputs: Any, indexing: str = "xy") -> Any:
    """Grids of coordinates from 1-d Tensors, a tuple (mindspore.ops.meshgrid)."""
    return tuple(jnp.meshgrid(*inputs, indexing=indexing))


@op
def _meshgrid_of(inputs: Any, indexing: str) -> Any:
    """Grids of coordinates from a tuple of 1-d Tensors (mindspore.ops.Meshgrid)."""
    return tuple(jnp.meshgrid(*inputs, indexing=indexing))


@op
def cast(input: Any, dtype: Any) -> Any:
    """The values in another dtype (mindspore.ops.cast).

    Args:
        input: a Tensor or number.
        dtype: a data type such as ``cellnet.float32``.

    Raises:
        TypeError: no data type.

    Example:
        >>> cast(Tensor([1.7]), mstype.int32).tolist()
        [1]
    """
    x = array("cast", input)
    return x.astype(to_numpy(dtype))


def mixed_precision_cast(dst_dtype: Any, x: Any) -> Any:
    """Float Tensors in another dtype, also inside tuples, lists and dicts.

    (mindspore.ops.mixed_precision_cast)  Lists become tuples; ints and numbers stay.
    """
    if isinstance(x, dict):
        return {key: mixed_precision_cast(dst_dtype, item) for key, item in x.items()}
    if isinstance(x, tuple | list):
        return tuple(mixed_precision_cast(dst_dtype, item) for item in x)
    is_float = isinstance(x, Tensor) and jnp.issubdtype(x._value.dtype, jnp.floating)
    return cast(x, dst_dtype) if is_float else x


def scalar_cast(input_x: Any, input_y: Any) -> Any:
    """A Python number as another kind of number (mindspore.ops.scalar_cast).

    Args:
        input_x: the number.
        input_y: a bool, int or float dtype.
    """
    kind = to_numpy(input_y).kind
    kinds = {"b": builtins.bool, "i": builtins.int, "u": builtins.int}
    return kinds.get(kind, builtins.float)(input_x)


@op
def scalar_to_tensor(input_x: Any, dtype: Any = mstype.float32) -> Any:
    """A number as a Tensor with 0 axes (mindspore.ops.scalar_to_tensor)."""
    return as_array(input_x, dtype)


@op
def tuple_to_array(input_x: Any) -> Any:
    """A tuple of numbers as a 1-d Tensor, Int32 or Float32 (mindspore).

    (mindspore.ops.tuple_to_array)

    Raises:
        TypeError: no tuple.
        ValueError: it is empty.
    """
    if not isinstance(input_x, tuple):
        raise TypeError(
            f"tuple_to_array: expected a tuple, got {type(input_x).__name__}"
        )
    if not input_x:
        raise ValueError("tuple_to_array: the tuple must not be empty")
    result = as_array(input_x)
    return result.astype(np.int32) if result.dtype.kind == "i" else result


@op
def scalar_to_array(input_x: Any) -> Any:
    """A number as a Tensor with 0 axes, of its own dtype (mindspore.ops)."""
    return as_array(input_x)


@op
def sequence_mask(lengths: Any, maxlen: int | None = None) -> Any:
    """True in the first ``length`` places of each row (mindspore.ops.sequence_mask)."""
    lengths = array("sequence_mask", lengths)
    maxlen = int(jnp.max(lengths)) if maxlen is None else maxlen
    return jax.lax.broadcasted_iota(
        lengths.dtype, (*lengths.shape, maxlen), lengths.ndim
    ) < jnp.expand_dims(lengths, -1)


@op
def dyn_shape(input: Any) -> Any:
    """The shape as a 1-d Int64 Tensor (mindspore.ops.TensorShape)."""
    return jnp.asarray(input.shape, index_dtype())


Fill = primitive("Fill", fill)
FillV2 = primitive("FillV2", _fill_v2)
Zeros = primitive("Zeros", zeros)
Ones = primitive("Ones", ones)
ZerosLike = primitive("ZerosLike", zeros_like)
OnesLike = primitive("OnesLike", ones_like)
Eye = primitive("Eye", eye)
Range = primitive("Range", range, maxlen=1000000)
LinSpace = primitive("LinSpace", linspace)
OneHot = primitive("OneHot", _one_hot_at, axis=-1)
Meshgrid = primitive("Meshgrid", _meshgrid_of, indexing="xy")
Cast = primitive("Cast", cast)
ScalarCast = primitive("ScalarCast", scalar_cast)
ScalarToTensor = primitive("ScalarToTensor", scalar_to_tensor)
ScalarToArray = primitive("ScalarToArray", scalar_to_array)
TupleToArray = primitive("TupleToArray", tuple_to_array)
TensorShape = primitive("TensorShape", dyn_shape)
