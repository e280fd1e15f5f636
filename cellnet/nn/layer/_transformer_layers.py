"""TransformerEncoderLayer and TransformerDecoderLayer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_bool
from cellnet.common.initializer import HeUniform, Uniform
from cellnet.nn.cell import Cell
from cellnet.nn.layer._attention import MultiheadAttention, check_mask
from cellnet.nn.layer._dense import Dense
from cellnet.nn.layer._dropout import Dropout
from cellnet.nn.layer._sample_norm import LayerNorm
from cellnet.nn.layer.activation import GELU, ReLU
from cellnet.tensor import Tensor

_BY_NAME = {"relu": ops.relu, "gelu": ops.gelu}


class _TransformerLayer(Cell):
    """Attentions and a network of two Dense, each around a shortcut with a norm."""

    _attentions: tuple[str, ...]

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        for name in self._attentions:
            attention = MultiheadAttention(
                d_model, nhead, dropout, batch_first=batch_first, dtype=dtype
            )
            setattr(self, name, attention)
        self.dense1 = _dense(d_model, dim_feedforward, dtype)
        self.dropout = Dropout(p=dropout)
        self.dense2 = _dense(dim_feedforward, d_model, dtype)
        numbers = range(1, len(self._attentions) + 2)
        for number in numbers:
            norm = LayerNorm((d_model,), epsilon=layer_norm_eps, dtype=dtype)
            setattr(self, f"norm{number}", norm)
        for number in numbers:
            setattr(self, f"dropout{number}", Dropout(p=dropout))
        self.activation = _activation(self.cls_name, activation)
        self.activation1 = activation
        self.d_model = d_model
        self.nhead = nhead
        self.dim_feedforward = dim_feedforward
        self.dropout_num = dropout
        self.layernorm_eps = layer_norm_eps
        self.batch_first = batch_first
        self.norm_first = check_bool(self.cls_name, "norm_first", norm_first)
        self.dtype = dtype

    def _around(
        self, number: int, x: Tensor, inner: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """x + inner(x) with the norm and the dropout of this number."""
        norm = getattr(self, f"norm{number}")
        dropout = getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + dropout(inner(norm(x)))
        return norm(x + dropout(inner(x)))

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.dense2(self.dropout(self.activation(self.dense1(x))))


class TransformerEncoderLayer(_TransformerLayer):
    r"""x = norm(x + attend(x, x, x)), x = norm(x + W_2 act(W_1 x)), with dropout.

    (mindspore.nn.TransformerEncoderLayer)

    Args:
        d_model: features of x, > 0.
        nhead: number of heads, which divides d_model.
        dim_feedforward: features between the two Dense, > 0.
        dropout: probability of a zero in training, in [0, 1): among the attention's
            weights, behind the activation and at the end of both branches.
        activation: "relu", "gelu", ``ops.relu``, ``ops.gelu``, or an ``nn.ReLU`` or
            ``nn.GELU``.
        layer_norm_eps: added to the variances, >= 0.
        batch_first: whether x is (N, S, d_model) and not (S, N, d_model).
        norm_first: whether it is x + attend(norm(x)) and so on instead.
        dtype: type of the Parameters.

    Inputs:
        src: (S, N, d_model), or (S, d_model) without a batch; the dtype of the
            Parameters.
        src_mask: (S, S) or (N * nhead, S, S), as attn_mask of ``MultiheadAttention``.
        src_key_padding_mask: (N, S), or (S,), as its key_padding_mask.
    Outputs: the shape and dtype of src.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: a setting out of range, another activation, or an input of another
            shape.
        AssertionError: src_key_padding_mask is neither bool nor float.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.ones((5, 2, 8), np.float32))
        >>> nn.TransformerEncoderLayer(8, 2, 16)(x).shape
        (5, 2, 8)

    Differs: nn.ReLU and nn.GELU are taken, as MindSpore documents.

    References: Vaswani et al., NeurIPS 2017; norm_first: Xiong et al., ICML 2020.
    """

    _attentions = ("self_attn",)

    def construct(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Attend, then feed forward."""
        check_encoder_mask(self.cls_name, src_key_padding_mask)

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask)[0]

        return self._around(2, self._around(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(_TransformerLayer):
    r"""As the encoder's layer, with a second attention to the encoder's output.

    (mindspore.nn.TransformerDecoderLayer) Between its two parts stands
    x = norm(x + attend(x, memory, memory)).

    Args: those of ``TransformerEncoderLayer``.

    Inputs:
        tgt: (T, N, d_model), or (T, d_model) without a batch; the dtype of the
            Parameters.
        memory: (S, N, d_model), or (S, d_model).
        tgt_mask: (T, T) or (N * nhead, T, T), as attn_mask of ``MultiheadAttention``.
        memory_mask: (T, S) or (N * nhead, T, S).
        tgt_key_padding_mask: (N, T), or (T,), as its key_padding_mask.
        memory_key_padding_mask: (N, S), or (S,).
    Outputs: the shape and dtype of tgt.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: a setting out of range, another activation, an input of another
            shape, or a mask of whole numbers.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x, memory = np.ones((3, 2, 8), np.float32), np.ones((5, 2, 8), np.float32)
        >>> nn.TransformerDecoderLayer(8, 2, 16)(Tensor(x), Tensor(memory)).shape
        (3, 2, 8)

    References: Vaswani et al., NeurIPS 2017.
    """

    _attentions = ("self_attn", "multihead_attn")

    def construct(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Attend to itself, to the memory, then feed forward."""

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask)[0]

        def cross(x: Tensor) -> Tensor:
            return self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask
            )[0]

        x = self._around(2, self._around(1, tgt, attend), cross)
        return self._around(3, x, self._feed_forward)


def check_encoder_mask(owner: str, mask: Any) -> None:
    """Refuse a padding mask that is neither None, bool nor float.

    Raises:
        AssertionError: it is a Tensor of another type, as in MindSpore's encoders.
    """
    if mask is not None:
        check_mask(owner, "src_key_padding_mask", mask, AssertionError)


def _dense(in_channels: int, out_channels: int, dtype: Any) -> Dense:
    return Dense(
        in_channels,
        out_channels,
        HeUniform(math.sqrt(5)),
        Uniform(1 / math.sqrt(in_channels)),
        dtype=dtype,
    )


def _activation(owner: str, activation: Any) -> Any:
    if isinstance(activation, ReLU | GELU) or activation in _BY_NAME.values():
        return activation
    if isinstance(activation, str) and activation in _BY_NAME:
        return _BY_NAME[activation]
    raise ValueError(
        f'{owner}: activation must be "relu", "gelu", ops.relu, ops.gelu, or an '
        f"nn.ReLU or nn.GELU, got {activation!r}"
    )
