"""The networks in Keras, channels last, as its documentation writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from keras import Input, Model, layers
from nets import CLASSES, HEADS, LSTM_WIDTH, NORM_EPSILON, NORM_MOMENTUM, Net

Weights = Iterator[np.ndarray]
Values = list[np.ndarray]
Build = Callable[[], tuple[Model, Callable[[Weights], Values]]]


def _conv(w: Weights, bias: bool = True) -> Values:
    """(O, I, k, k) to (k, k, I, O)."""
    return [next(w).transpose(2, 3, 1, 0), *([next(w)] if bias else [])]


def _dense(w: Weights) -> Values:
    return [next(w).T, next(w)]


def _same(w: Weights, count: int) -> Values:
    return [next(w) for _ in range(count)]


def _from_image(weight: np.ndarray, channels: int, size: int) -> np.ndarray:
    """A dense weight over a flattened (C, H, W) for a flattened (H, W, C)."""
    image = weight.reshape(-1, channels, size, size).transpose(2, 3, 1, 0)
    return image.reshape(-1, len(weight))


def lenet(size: int, flat: int, bias: bool) -> Build:
    """LeNet5, and GarmentClassifier, which has smaller images, and biases."""

    def build() -> tuple[Model, Callable[[Weights], Values]]:
        x = image = Input((size, size, 1))
        for filters in (6, 16):
            x = layers.Conv2D(filters, 5, activation="relu", use_bias=bias)(x)
            x = layers.MaxPooling2D(2)(x)
        x = layers.Flatten()(x)
        for width in (120, 84):
            x = layers.Dense(width, activation="relu")(x)

        def order(w: Weights) -> Values:
            values = [*_conv(w, bias), *_conv(w, bias)]
            values += [_from_image(next(w), 16, flat), next(w)]
            return [*values, *_dense(w), *_dense(w)]

        return Model(image, layers.Dense(CLASSES)(x)), order

    return build


def mlp() -> tuple[Model, Callable[[Weights], Values]]:
    """Three dense layers."""
    x = row = Input((784,))
    for _ in range(2):
        x = layers.Dense(512, activation="relu")(x)
    model = Model(row, layers.Dense(CLASSES)(x))
    return model, lambda w: [v for _ in range(3) for v in _dense(w)]


def convolutions(size: int) -> Build:
    """A 3x3 convolution to 64 channels, then five of 64, and the mean of the image."""

    def build() -> tuple[Model, Callable[[Weights], Values]]:
        x = image = Input((size, size, 3))
        for _ in range(6):
            x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
        x = layers.GlobalAveragePooling2D()(x)
        model = Model(image, layers.Dense(CLASSES)(x))
        return model, lambda w: [v for _ in range(6) for v in _conv(w)] + _dense(w)

    return build


def resnet18() -> tuple[Model, Callable[[Weights], Values]]:
    """ResNet-18 with a 3x3 stem; Keras orders the layers of a block its own way."""
    kernels = 0

    def conv_norm(x, filters: int, kernel: int, stride: int = 1):
        nonlocal kernels
        kernels += 1
        if kernel == 3:  # as the others pad: Keras's "same" is uneven at stride 2
            x = layers.ZeroPadding2D(1)(x)
        x = layers.Conv2D(
            filters, kernel, strides=stride, use_bias=False, name=f"conv{kernels}"
        )(x)
        return layers.BatchNormalization(
            momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, name=f"norm{kernels}"
        )(x)

    image = Input((32, 32, 3))
    x = layers.ReLU()(conv_norm(image, 64, 3))
    for stage, filters in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = layers.ReLU()(conv_norm(x, filters, 3, stride))
            y = conv_norm(y, filters, 3)
            if stride == 2:
                x = conv_norm(x, filters, 1, stride)
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    model = Model(image, layers.Dense(CLASSES, name="head")(x))

    def order(w: Weights) -> Values:
        values: dict[str, Values] = {}
        for index in range(1, kernels + 1):
            values[f"conv{index}"] = _conv(w, bias=False)
            values[f"norm{index}"] = _same(w, 2)
        values["head"] = _dense(w)
        return [v for layer in model.layers for v in values.get(layer.name, [])]

    return model, order


def recurrent() -> tuple[Model, Callable[[Weights], Values]]:
    """An LSTM, with one bias for the two, and a dense head on its last output."""
    series = Input((50, 64))
    model = Model(series, layers.Dense(CLASSES)(layers.LSTM(LSTM_WIDTH)(series)))

    def order(w: Weights) -> Values:
        w_ih, w_hh, b_ih, b_hh = _same(w, 4)
        return [w_ih.T, w_hh.T, b_ih + b_hh, *_dense(w)]

    return model, order


def encoder() -> tuple[Model, Callable[[Weights], Values]]:
    """A Transformer encoder and a dense head on the mean over time."""
    x = series = Input((64, 128))
    for _ in range(2):
        attention = layers.MultiHeadAttention(HEADS, 128 // HEADS)
        x = layers.LayerNormalization(epsilon=NORM_EPSILON)(x + attention(x, x))
        y = layers.Dense(128)(layers.Dense(512, activation="relu")(x))
        x = layers.LayerNormalization(epsilon=NORM_EPSILON)(x + y)
    x = layers.GlobalAveragePooling1D()(x)

    def one_layer(w: Weights) -> Values:
        joined, bias = next(w), next(w)  # of query, key and value
        attention: Values = []
        for kernel, b in zip(np.split(joined, 3), np.split(bias, 3), strict=True):
            attention += [kernel.T.reshape(128, HEADS, -1), b.reshape(HEADS, -1)]
        out = next(w).T.reshape(HEADS, -1, 128)
        dense = [next(w), *_dense(w), *_dense(w)]
        norms = _same(w, 4)
        return [*attention, out, dense[0], *norms[:2], *dense[1:], *norms[2:]]

    model = Model(series, layers.Dense(CLASSES)(x))
    return model, lambda w: [*one_layer(w), *one_layer(w), *_dense(w)]


NETWORKS: dict[str, Build] = {
    "lenet5": lenet(32, 5, False),
    "mlp": mlp,
    "convs": convolutions(16),
    "convs-32x32": convolutions(32),
    "garment": lenet(28, 4, True),
    "resnet18": resnet18,
    "lstm": recurrent,
    "transformer": encoder,
}


def network(net: Net) -> Model:
    """The network with its first weights."""
    model, order = NETWORKS[net.name]()
    values = order(iter(net.first_weights()))
    variables = model.trainable_variables
    for variable, value in zip(variables, _in_order(variables, values), strict=True):
        variable.assign(value)
    return model


def _in_order(variables: list, values: Values) -> Values:
    shapes = [tuple(v.shape) for v in variables]
    if shapes != [v.shape for v in values]:
        raise ValueError(f"variables {shapes}, expected {[v.shape for v in values]}")
    return values
