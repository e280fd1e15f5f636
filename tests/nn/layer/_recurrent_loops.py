"""Recurrent layers as loops over samples and time steps, in NumPy and float64."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn(x, state, w_ih, w_hh, b_ih, b_hh, activate=np.tanh):
    (h,) = state
    return (activate(w_ih @ x + b_ih + w_hh @ h + b_hh),)


def gru(x, state, w_ih, w_hh, b_ih, b_hh):
    (h,) = state
    i_r, i_z, i_n = np.split(w_ih @ x + b_ih, 3)
    h_r, h_z, h_n = np.split(w_hh @ h + b_hh, 3)
    r, z = sigmoid(i_r + h_r), sigmoid(i_z + h_z)
    n = np.tanh(i_n + r * h_n)
    return ((1 - z) * n + z * h,)


def lstm(x, state, w_ih, w_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = np.split(w_ih @ x + b_ih + w_hh @ h + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def weights_of(layer, index):
    lists = (layer.w_ih_list, layer.w_hh_list, layer.b_ih_list, layer.b_hh_list)
    return [w[index].asnumpy().astype(np.float64) if w else 0.0 for w in lists]


def run(cell, layer, x, first, lengths):
    """(outputs, states) of a layer's Parameters on x (T, N, I); states (L, N, H)."""
    directions = 2 if layer.bidirectional else 1
    last = [state.copy() for state in first]
    for number in range(layer.num_layers):
        outputs = np.zeros((*x.shape[:2], directions * layer.hidden_size))
        for direction in range(directions):
            index = number * directions + direction
            weights = weights_of(layer, index)
            columns = slice(
                direction * layer.hidden_size, (direction + 1) * layer.hidden_size
            )
            for sample, length in enumerate(lengths):
                state = tuple(s[index, sample] for s in first)
                steps = range(length) if direction == 0 else reversed(range(length))
                for t in steps:
                    state = cell(x[t, sample], state, *weights)
                    outputs[t, sample, columns] = state[0]
                for kept, value in zip(last, state, strict=True):
                    kept[index, sample] = value
        x = outputs
    return x, last
