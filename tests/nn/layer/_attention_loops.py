"""Attention as loops over samples and heads, in NumPy and float64."""

import numpy as np


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def values(cell):
    return {
        name: p.asnumpy().astype(np.float64) for name, p in cell.parameters_and_names()
    }


def attend(cell, query, key, value, logits_added=None):
    """(output, weights (N, H, L, S)) for (L, N, E); what is added has their shape."""
    w, size = values(cell), cell.embed_dim
    if "in_proj_weight" in w:
        weights = np.split(w["in_proj_weight"], 3)
    else:
        weights = [w[f"{name}_proj_weight"] for name in "qkv"]
    biases = np.split(w.get("in_proj_bias", np.zeros(3 * size)), 3)
    inputs = [x.astype(np.float64) for x in (query, key, value)]
    q, k, v = (x @ a.T + b for x, a, b in zip(inputs, weights, biases, strict=True))
    if "bias_k" in w:
        batch = (1, k.shape[1], 1)
        k = np.concatenate([k, np.tile(w["bias_k"], batch)])
        v = np.concatenate([v, np.tile(w["bias_v"], batch)])
    if cell.add_zero_attn:
        k, v = (np.concatenate([x, np.zeros_like(x[:1])]) for x in (k, v))
    depth = size // cell.num_heads
    joined = np.zeros(q.shape)
    shown = np.zeros((q.shape[1], cell.num_heads, q.shape[0], k.shape[0]))
    for n in range(q.shape[1]):
        for h in range(cell.num_heads):
            d = slice(h * depth, (h + 1) * depth)
            logits = q[:, n, d] @ k[:, n, d].T / np.sqrt(depth)
            if logits_added is not None:
                extra = k.shape[0] - logits_added.shape[-1]
                logits += np.pad(logits_added[n, h], [(0, 0), (0, extra)])
            shown[n, h] = softmax(logits)
            joined[:, n, d] = shown[n, h] @ v[:, n, d]
    bias = w.get("out_proj.bias", 0.0)
    return joined @ w["out_proj.weight"].T + bias, shown


def layer_norm(cell, x):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    w = values(cell)
    return (x - mean) / np.sqrt(variance + cell.epsilon) * w["gamma"] + w["beta"]


def feed_forward(cell, x, activate):
    w = values(cell)
    hidden = activate(x @ w["dense1.weight"].T + w["dense1.bias"])
    return hidden @ w["dense2.weight"].T + w["dense2.bias"]


def layer(cell, x, memory=None, activate=lambda x: np.maximum(x, 0)):
    """An encoder layer, or a decoder layer if there is a memory."""
    x = x.astype(np.float64)
    parts = [lambda x: attend(cell.self_attn, x, x, x)[0]]
    if memory is not None:
        parts.append(lambda x: attend(cell.multihead_attn, x, memory, memory)[0])
    parts.append(lambda x: feed_forward(cell, x, activate))
    for number, part in enumerate(parts, 1):
        norm = getattr(cell, f"norm{number}")
        if cell.norm_first:
            x = x + part(layer_norm(norm, x))
        else:
            x = layer_norm(norm, x + part(x))
    return x
