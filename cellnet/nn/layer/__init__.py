"""Layers: Cells with Parameters, activations and containers."""

from cellnet.nn.layer.activation import (
    ELU,
    GELU,
    HSigmoid,
    HSwish,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    get_activation,
)
from cellnet.nn.layer.basic import Dense, Dropout, Flatten, Identity, OneHot
from cellnet.nn.layer.container import CellDict, CellList, SequentialCell
from cellnet.nn.layer.conv import Conv1d, Conv2d
from cellnet.nn.layer.embedding import Embedding
from cellnet.nn.layer.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    GroupNorm,
    LayerNorm,
)
from cellnet.nn.layer.pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from cellnet.nn.layer.rnn_cells import GRUCell, LSTMCell, RNNCell
from cellnet.nn.layer.rnns import GRU, LSTM, RNN
from cellnet.nn.layer.transformer import (
    MultiheadAttention,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CellDict",
    "CellList",
    "Conv1d",
    "Conv2d",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "HSigmoid",
    "HSwish",
    "Identity",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "LogSoftmax",
    "MaxPool1d",
    "MaxPool2d",
    "MultiheadAttention",
    "OneHot",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "SequentialCell",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "get_activation",
]
