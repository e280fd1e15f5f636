"""The form of Tensors, and elements picked from and written into them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet._checks import check_axis, check_int, check_int_tuple
from cellnet.ops import array as forms
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op

broadcast_to = ops.broadcast_to
cat = concat = ops.cat
chunk = ops.chunk
gather = ops.gather_d
hstack = ops.hstack
index_select = ops.index_select
masked_select = ops.masked_select
nonzero = ops.nonzero
permute = ops.permute
ravel = ops.ravel
reshape = ops.reshape
roll = ops.roll
split = ops.split
squeeze = ops.squeeze
stack = ops.stack
swapaxes = ops.swapaxes
t = ops.t
tril = ops.tril
triu = ops.triu
unbind = ops.unbind
unsqueeze = ops.unsqueeze


@op
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Dimensions from start_dim to end_dim as one (mindspore.mint.flatten)."""
    return forms.flatten.on_arrays(input, start_dim=start_dim, end_dim=end_dim)


@op
def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions in each other's place (mindspore.mint.transpose)."""
    return forms.swapaxes.on_arrays(input, dim0, dim1)


@op
def flip(input: Any, dims: Any) -> Any:
    """Elements in reverse order along dimensions (mindspore.mint.flip)."""
    return forms.flip.on_arrays(input, dims)


@op
def tile(input: Any, dims: Any) -> Any:
    """Repeated along each dimension (mindspore.mint.tile)."""
    x = array("tile", input)
    return jnp.tile(x, check_int_tuple("tile", "dims", plain(dims), minimum=0))


@op
def dstack(tensors: Any) -> Any:
    """Tensors joined along the third dimension (mindspore.mint.dstack)."""
    return jnp.dstack([array("dstack", x) for x in tensors])


@op
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """``length`` slices from ``start`` on (mindspore.mint.narrow).

    Raises:
        ValueError: slices that are not there.
    """
    x = array("narrow", input)
    dim = check_axis("narrow", plain(dim), x.ndim)
    size = x.shape[dim]
    start = check_int("narrow", "start", plain(start), minimum=-size, maximum=size)
    start = start + size if start < 0 else start
    length = check_int(
        "narrow", "length", plain(length), minimum=0, maximum=size - start
    )
    return jnp.take(x, np.arange(start, start + length), dim)


@op
def select(input: Any, dim: int, index: int) -> Any:
    """One slice along a dimension, which goes away (mindspore.mint.select)."""
    x = array("select", input)
    dim = check_axis("select", plain(dim), x.ndim)
    size = x.shape[dim]
    index = check_int("select", "index", plain(index), minimum=-size, maximum=size - 1)
    return jnp.take(x, index, dim)


@op
def take(input: Any, index: Any) -> Any:
    """Elements by their places in the flattened Tensor (mindspore.mint.take)."""
    x = array("take", input).reshape(-1)
    return x[array("take", index)]


def _along(x: Any, dim: int, index: Any) -> Any:
    grid = list(jnp.indices(index.shape, sparse=True))
    grid[check_axis("scatter", plain(dim), x.ndim)] = index
    return x.at[tuple(grid)]


def _cut(src: Any, index: Any, dtype: Any) -> Any:
    src = array("scatter", src).astype(dtype)
    return src[tuple(slice(n) for n in index.shape)] if src.ndim else src


@op
def scatter(input: Any, dim: int, index: Any, src: Any) -> Any:
    """src, a Tensor or number, set at places along a dimension (mindspore.mint)."""
    x, index = array("scatter", input), array("scatter", index)
    return _along(x, dim, index).set(_cut(src, index, x.dtype))


@op
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """src added at places along a dimension (mindspore.mint.scatter_add)."""
    x, index = array("scatter_add", input), array("scatter_add", index)
    return _along(x, dim, index).add(_cut(src, index, x.dtype))


@op
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """Slices of source times alpha, added at places (mindspore.mint.index_add)."""
    x, index = array("index_add", input), array("index_add", index)
    place = (slice(None),) * check_axis("index_add", plain(dim), x.ndim)
    source = (array("index_add", source) * alpha).astype(x.dtype)
    return x.at[(*place, index)].add(source)


@op
def repeat_interleave(
    input: Any, repeats: Any, dim: int | None = None, *, output_size: Any = None
) -> Any:
    """Each element repeated, along a dimension or flattened (mindspore.mint)."""
    x, counts = array("repeat_interleave", input), np.asarray(plain(repeats))
    x = x.reshape(-1) if dim is None else x
    axis = 0 if dim is None else check_axis("repeat_interleave", dim, x.ndim)
    counts = np.broadcast_to(counts, x.shape[axis : axis + 1])
    del output_size
    return jnp.repeat(x, counts, axis, total_repeat_length=int(counts.sum()))


@op
def diag(input: Any, diagonal: int = 0) -> Any:
    """A matrix with this diagonal, or the diagonal of a matrix (mindspore.mint.diag).

    Raises:
        ValueError: other than 1 or 2 dimensions.
    """
    x = array("diag", input)
    if x.ndim not in (1, 2):
        raise ValueError(f"diag: expected 1 or 2 dimensions, got shape {x.shape}")
    return jnp.diag(x, diagonal)


@op
def diff(
    input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None
) -> Any:
    """Each element less the one before, n times (mindspore.mint.diff)."""
    x = array("diff", input)
    return jnp.diff(x, n, check_axis("diff", dim, x.ndim), prepend, append)


@op
def trace(input: Any) -> Any:
    """Sum of the diagonal of a matrix; of ints as Int64 (mindspore.mint.trace)."""
    x = array("trace", input)
    if x.ndim != 2:
        raise ValueError(f"trace: expected 2 dimensions, got shape {x.shape}")
    return ops.sum.on_arrays(jnp.diagonal(x))
