"""Transformer, its encoder and its decoder, and attention."""

from __future__ import annotations

import copy
from typing import Any

from cellnet import dtype as mstype
from cellnet._checks import check_int, check_type
from cellnet.common.initializer import initializer
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.nn.layer._attention import MultiheadAttention
from cellnet.nn.layer._sample_norm import LayerNorm
from cellnet.nn.layer._transformer_layers import (
    TransformerDecoderLayer,
    TransformerEncoderLayer,
    check_encoder_mask,
)
from cellnet.nn.layer.container import CellList
from cellnet.tensor import Tensor

__all__ = [
    "MultiheadAttention",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]


class TransformerEncoder(Cell):
    """A stack of ``TransformerEncoderLayer`` (mindspore.nn.TransformerEncoder).

    Args:
        encoder_layer: the layer whose settings, not whose values, the stack takes. As
            in MindSpore, all its layers start from the same values.
        num_layers: how many, >= 0.
        norm: a Cell behind the last layer, or None.

    Inputs: those of the layer; each layer gets the same masks.
    Outputs: the shape and dtype of src.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: num_layers < 0, or an input of another shape.
        AssertionError: src_key_padding_mask is neither bool nor float.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)
        >>> encoder(Tensor(np.ones((5, 2, 8), np.float32))).shape
        (5, 2, 8)
    """

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Cell | None = None,
    ) -> None:
        super().__init__()
        owner = "TransformerEncoder"
        check_type(owner, "encoder_layer", encoder_layer, TransformerEncoderLayer)
        self.num_layers = check_int(owner, "num_layers", num_layers, minimum=0)
        self.layers = _stack(TransformerEncoderLayer, encoder_layer, num_layers)
        self.norm = norm

    def construct(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Layer after layer."""
        check_encoder_mask("TransformerEncoder", src_key_padding_mask)
        x = src
        for layer in self.layers:
            x = layer(x, src_mask, src_key_padding_mask)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Cell):
    """A stack of ``TransformerDecoderLayer`` (mindspore.nn.TransformerDecoder).

    Args:
        decoder_layer: the layer whose settings, not whose values, the stack takes. As
            in MindSpore, all its layers start from the same values.
        num_layers: how many, >= 0.
        norm: a Cell behind the last layer, or None.

    Inputs: those of the layer; each layer gets the same memory and masks.
    Outputs: the shape and dtype of tgt.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: num_layers < 0, or an input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2)
        >>> x, memory = np.ones((3, 2, 8), np.float32), np.ones((5, 2, 8), np.float32)
        >>> decoder(Tensor(x), Tensor(memory)).shape
        (3, 2, 8)
    """

    def __init__(
        self,
        decoder_layer: TransformerDecoderLayer,
        num_layers: int,
        norm: Cell | None = None,
    ) -> None:
        super().__init__()
        owner = "TransformerDecoder"
        check_type(owner, "decoder_layer", decoder_layer, TransformerDecoderLayer)
        self.num_layers = check_int(owner, "num_layers", num_layers, minimum=0)
        self.layers = _stack(TransformerDecoderLayer, decoder_layer, num_layers)
        self.norm = norm

    def construct(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Layer after layer."""
        masks = (
            *(tgt_mask, memory_mask),
            *(tgt_key_padding_mask, memory_key_padding_mask),
        )
        x = tgt
        for layer in self.layers:
            x = layer(x, memory, *masks)
        return x if self.norm is None else self.norm(x)


class Transformer(Cell):
    """decoder(tgt, encoder(src)), each with a norm at its end.

    (mindspore.nn.Transformer)

    Args:
        d_model: features of src and tgt, > 0.
        nhead: number of heads, which divides d_model.
        num_encoder_layers: >= 0.
        num_decoder_layers: >= 0.
        dim_feedforward: as in ``TransformerEncoderLayer``, like dropout, activation,
            layer_norm_eps, batch_first, norm_first and dtype. All weights start as
            "xavier_uniform".
        custom_encoder: a Cell in the place of the encoder.
        custom_decoder: a Cell in the place of the decoder.

    Inputs:
        src: (S, N, d_model), or (S, d_model) without a batch; the dtype of the
            Parameters.
        tgt: (T, N, d_model), or (T, d_model).
        src_mask, tgt_mask, memory_mask, src_key_padding_mask, tgt_key_padding_mask,
            memory_key_padding_mask: as in the layers.
    Outputs: the shape and dtype of tgt.

    Raises:
        TypeError: an argument or input of a wrong type.
        ValueError: a setting out of range, src or tgt of another width than d_model, or
            of different batch sizes.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> net = nn.Transformer(8, 2, 1, 1, 16)
        >>> src, tgt = np.ones((5, 2, 8), np.float32), np.ones((3, 2, 8), np.float32)
        >>> net(Tensor(src), Tensor(tgt)).shape
        (3, 2, 8)

    References: Vaswani et al., NeurIPS 2017.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = "relu",
        custom_encoder: Cell | None = None,
        custom_decoder: Cell | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        settings = (
            *(d_model, nhead, dim_feedforward, dropout, activation),
            *(layer_norm_eps, batch_first, norm_first, dtype),
        )

        def norm() -> LayerNorm:
            return LayerNorm((d_model,), epsilon=layer_norm_eps, dtype=dtype)

        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*settings), num_encoder_layers, norm()
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*settings), num_decoder_layers, norm()
        )
        for parameter in self.get_parameters():
            if parameter.ndim > 1:
                start = initializer("xavier_uniform", parameter.shape, parameter.dtype)
                parameter.set_data(start)
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def construct(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Encode, then decode."""
        check_tensors("Transformer", src=src, tgt=tgt)
        batch = 0 if self.batch_first else 1
        if (
            src.shape[-1:] != (self.d_model,)
            or tgt.shape[-1:] != (self.d_model,)
            or src.ndim != tgt.ndim
            or (src.ndim == 3 and src.shape[batch] != tgt.shape[batch])
        ):
            raise ValueError(
                f"Transformer: got src {src.shape} and tgt {tgt.shape}, expected "
                f"{self.d_model} features and the same batch size"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        return self.decoder(
            tgt,
            memory,
            *(tgt_mask, memory_mask),
            *(tgt_key_padding_mask, memory_key_padding_mask),
        )


def _stack(kind: Any, like: Any, num_layers: int) -> CellList:
    """Layers with the settings of ``like`` and one draw of initial values."""
    layer = kind(
        *(like.d_model, like.nhead, like.dim_feedforward, like.dropout_num),
        *(like.activation1, like.layernorm_eps, like.batch_first, like.norm_first),
        like.dtype,
    )
    return CellList([copy.deepcopy(layer) for _ in range(num_layers)])
