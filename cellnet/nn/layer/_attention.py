"""MultiheadAttention."""

from __future__ import annotations

import math
from typing import Any

from cellnet import dtype as mstype
from cellnet import random
from cellnet._checks import check_bool, check_int, check_number
from cellnet.common.initializer import (
    HeUniform,
    Uniform,
    XavierNormal,
    XavierUniform,
    initializer,
)
from cellnet.nn._inputs import check_dtype, check_tensors, like
from cellnet.nn.cell import Cell
from cellnet.nn.layer._dense import Dense
from cellnet.ops.attention import attend, shown
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class MultiheadAttention(Cell):
    r"""softmax(Q K^T / sqrt(d) + mask) V in each head, joined and projected.

    (mindspore.nn.MultiheadAttention) Q, K and V are the inputs times their weights,
    split into heads of d = embed_dim / num_heads features.

    Args:
        embed_dim: features of query and output, > 0.
        num_heads: number of heads, which divides embed_dim.
        dropout: probability in [0, 1) of a zero among the softmax weights in training.
        has_bias: whether the projections have biases.
        add_bias_kv: whether a trained row is appended to K and to V.
        add_zero_attn: whether a row of zeros is appended to K and to V.
        kdim: features of key; embed_dim if None.
        vdim: features of value; embed_dim if None.
        batch_first: whether the batch is the first axis of the inputs and the output,
            and not the second.
        dtype: type of the Parameters.

    Inputs: all floats of the dtype of the Parameters.
        query: (L, N, embed_dim), or (L, embed_dim) without a batch.
        key: (S, N, kdim), or (S, kdim).
        value: (S, N, vdim), or (S, vdim).
        key_padding_mask: (N, S), or (S,): keys that nobody attends to. A bool mask is
            True for them; a float one is added to the logits.
        need_weights: whether the softmax weights are returned too.
        attn_mask: (L, S), or (N * num_heads, L, S): bool (or uint8) and float as above.
        average_attn_weights: whether the weights returned are the mean of all heads.
    Outputs:
        A tuple of the output, of the shape of query, and the weights (N, L, S), or
        (N, num_heads, L, S) without the mean; no N without a batch. A tuple of one
        without ``need_weights``.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: embed_dim no multiple of num_heads, a setting out of range, an input
            of another shape, or a mask of whole numbers.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.ones((5, 2, 8), np.float32))
        >>> y, weights = nn.MultiheadAttention(8, 2)(x, x, x)
        >>> y.shape, weights.shape
        ((5, 2, 8), (2, 5, 5))

    Differs: a bool key_padding_mask beside a float attn_mask takes its keys out;
        MindSpore adds 1 to their logits. A query that may attend to nothing gives nan.

    References: Vaswani et al., NeurIPS 2017.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        has_bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = "MultiheadAttention"
        self.embed_dim = check_int(owner, "embed_dim", embed_dim, minimum=1)
        self.num_heads = check_int(owner, "num_heads", num_heads, minimum=1)
        if embed_dim % num_heads:
            raise ValueError(
                f"{owner}: embed_dim must be a multiple of num_heads, got {embed_dim} "
                f"and {num_heads}"
            )
        self.head_dim = embed_dim // num_heads
        self.dropout = check_number(owner, "dropout", dropout)
        if not 0 <= dropout < 1:
            raise ValueError(f"{owner}: dropout must be in [0, 1), got {dropout}")
        check_bool(owner, "has_bias", has_bias)
        check_bool(owner, "add_bias_kv", add_bias_kv)
        self.add_zero_attn = check_bool(owner, "add_zero_attn", add_zero_attn)
        self.kdim = embed_dim if kdim is None else check_int(owner, "kdim", kdim)
        self.vdim = embed_dim if vdim is None else check_int(owner, "vdim", vdim)
        self.batch_first = check_bool(owner, "batch_first", batch_first)
        dtype = mstype.float32 if dtype is None else dtype
        self.dtype = dtype

        def parameter(name: str, init: Any, *shape: int) -> Parameter:
            return Parameter(initializer(init, shape, dtype), name)

        weight = XavierUniform()
        self._packed = self.kdim == self.vdim == embed_dim
        self.in_proj_weight = self.in_proj_bias = self.bias_k = self.bias_v = None
        self.q_proj_weight = self.k_proj_weight = self.v_proj_weight = None
        if self._packed:
            rows = 3 * embed_dim
            self.in_proj_weight = parameter("in_proj_weight", weight, rows, embed_dim)
        else:
            self.q_proj_weight = parameter(
                "q_proj_weight", weight, embed_dim, embed_dim
            )
            self.k_proj_weight = parameter(
                "k_proj_weight", weight, embed_dim, self.kdim
            )
            self.v_proj_weight = parameter(
                "v_proj_weight", weight, embed_dim, self.vdim
            )
        if has_bias:
            self.in_proj_bias = parameter("in_proj_bias", "zeros", 3 * embed_dim)
        self.out_proj = Dense(
            embed_dim,
            embed_dim,
            HeUniform(math.sqrt(5)),
            Uniform(1 / math.sqrt(embed_dim)),
            has_bias,
            dtype=dtype,
        )
        if add_bias_kv:
            self.bias_k = parameter("bias_k", XavierNormal(), 1, 1, embed_dim)
            self.bias_v = parameter("bias_v", XavierNormal(), 1, 1, embed_dim)

    def construct(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
    ) -> tuple[Tensor, ...]:
        """Project, attend in each head, project."""
        self._check_inputs(query, key, value)
        self._check_masks(query, key, key_padding_mask, attn_mask)
        drop = self.dropout if self.training else 0.0
        joined, weights = attend(
            (query, key, value),
            self._projections(query),
            tuple(like(query, self.bias_k, self.bias_v)),
            (attn_mask, key_padding_mask),
            num_heads=self.num_heads,
            add_zero_attn=self.add_zero_attn,
            batch_first=self.batch_first,
            dropout=(drop, random.next_key()) if drop else None,
        )
        output = self.out_proj(joined)
        if not need_weights:
            return (output,)
        return output, shown(weights, average_attn_weights, query.ndim == 3)

    def _projections(self, query: Tensor) -> tuple[Any, ...]:
        """Weight and bias of all three, or the three weights and the bias."""
        if self._packed:
            return tuple(like(query, self.in_proj_weight, self.in_proj_bias))
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        *weights, bias = like(query, *weights, self.in_proj_bias)
        return tuple(weights), bias

    def _check_inputs(self, query: Tensor, key: Tensor, value: Tensor) -> None:
        owner = "MultiheadAttention"
        check_tensors(owner, query=query, key=key, value=value)
        for x in (query, key, value):
            check_dtype(self, x, self.out_proj.weight)
        widths = (self.embed_dim, self.kdim, self.vdim)
        got = (query.shape, key.shape, value.shape)
        batch = 0 if self.batch_first else 1
        if (
            query.ndim not in (2, 3)
            or any(len(shape) != query.ndim for shape in got)
            or tuple(shape[-1] for shape in got) != widths
            or key.shape[:-1] != value.shape[:-1]
            or (query.ndim == 3 and query.shape[batch] != key.shape[batch])
        ):
            front = "(N, {}, {})" if self.batch_first else "({}, N, {})"
            wanted = ", ".join(map(front.format, "LSS", widths))
            raise ValueError(
                f"{owner}: got query {got[0]}, key {got[1]} and value {got[2]}, "
                f"expected {wanted}, or all three without N"
            )

    def _check_masks(self, query: Tensor, key: Tensor, padding: Any, mask: Any) -> None:
        owner = "MultiheadAttention"
        time = 1 if self.batch_first and query.ndim == 3 else 0
        length, keys = query.shape[time], key.shape[time]
        batch = query.shape[1 - time] if query.ndim == 3 else 1
        if padding is not None:
            check_mask(owner, "key_padding_mask", padding, ValueError)
            wanted = (batch, keys) if query.ndim == 3 else (keys,)
            if padding.shape != wanted:
                raise ValueError(
                    f"{owner}: got key_padding_mask {padding.shape}, expected {wanted}"
                )
        if mask is not None:
            if not (isinstance(mask, Tensor) and mask.dtype is mstype.uint8):
                check_mask(owner, "attn_mask", mask, ValueError)
            every = (batch * self.num_heads, length, keys)
            if mask.shape not in (every[1:], every):
                raise ValueError(
                    f"{owner}: got attn_mask {mask.shape}, expected {every[1:]} or "
                    f"{every}"
                )

    def extend_repr(self) -> str:
        """Sizes and options."""
        return (
            f"embed_dim={self.embed_dim}, num_heads={self.num_heads}, "
            f"dropout={self.dropout}, batch_first={self.batch_first}"
        )


def check_mask(owner: str, name: str, mask: Any, error: type[Exception]) -> None:
    """Refuse a mask that is neither bool nor float.

    Raises:
        TypeError: no Tensor.
        error: a Tensor of another type.
    """
    check_tensors(owner, **{name: mask})
    if mask.dtype is not mstype.bool_ and mask.dtype not in mstype.float_type:
        raise error(
            f"{owner}: {name} is {mask.dtype}, expected Bool, True where nobody attends"
            ", or a float type, added to the logits"
        )
