"""Forms of convolution that ``conv_forms.py`` measures and the package does not use.

Three passes each, as the forms of ``cellnet.ops.lowering``: channels-last data, kernels
``(O, C, *K)``, two spatial axes, one group.
"""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
from jax import lax

from cellnet.ops.lowering import _form_canonical, _form_patches
from cellnet.ops.lowering._geometry import add_taps, tap_slices


def _batch_last_conv(x, w, spec):
    slices = [t.transpose(3, 1, 2, 0) for t in tap_slices(x, w.shape[2:], spec)]
    columns = jnp.stack(slices, axis=1)  # (C, K, *P, N)
    y = w.reshape(len(w), -1) @ columns.reshape(w[0].size, -1)
    return y.reshape(-1, *columns.shape[2:]).transpose(3, 1, 2, 0)


def _batch_last_input_grad(c, w, spec, size):
    rows = w.transpose(2, 3, 1, 0).reshape(-1, len(w))  # (K * C, O)
    columns = rows @ c.transpose(3, 1, 2, 0).reshape(len(w), -1)
    columns = columns.reshape(-1, w.shape[1], *c.shape[1:3], c.shape[0])

    def piece(tap):
        return columns[tap].transpose(3, 1, 2, 0)

    return add_taps(piece, size, w.shape[2:], spec)


def _batch_last_weight_grad(x, c, spec, kernel):
    slices = [t.transpose(3, 1, 2, 0) for t in tap_slices(x, kernel, spec)]
    columns = jnp.stack(slices, axis=1)
    c = c.transpose(3, 1, 2, 0).reshape(c.shape[-1], -1)
    dw = c @ columns.reshape(-1, c.shape[1]).T
    return dw.reshape(len(c), x.shape[-1], *kernel)


def _per_tap_conv(x, w, spec):
    rows = w.reshape(*w.shape[:2], -1)
    pieces = tap_slices(x, w.shape[2:], spec)
    return sum(piece @ rows[..., i].T for i, piece in enumerate(pieces))


def _per_tap_input_grad(c, w, spec, size):
    rows = w.reshape(*w.shape[:2], -1)
    return add_taps(lambda i: c @ rows[..., i], size, w.shape[2:], spec)


def _per_tap_weight_grad(x, c, spec, kernel):
    pieces = tap_slices(x, kernel, spec)
    dw = [jnp.einsum("nhwo,nhwc->oc", c, piece) for piece in pieces]
    return jnp.stack(dw, -1).reshape(c.shape[-1], x.shape[-1], *kernel)


def _per_image_conv(x, w, spec):
    return lax.map(lambda x: _form_patches.conv(x[None], w, spec)[0], x)


def _per_image_input_grad(c, w, spec, size):
    return lax.map(lambda c: _form_patches.input_grad(c[None], w, spec, size)[0], c)


def _per_image_weight_grad(x, c, spec, kernel):
    def add(total, pair):
        x, c = pair
        return total + _form_patches.weight_grad(x[None], c[None], spec, kernel), None

    shape = (c.shape[-1], x.shape[-1], *kernel)
    return lax.scan(add, jnp.zeros(shape, x.dtype), (x, c))[0]


def mixed(conv, input_grad, weight_grad) -> SimpleNamespace:
    """A form that takes each pass from another one."""
    return SimpleNamespace(
        conv=conv.conv,
        input_grad=input_grad.input_grad,
        weight_grad=weight_grad.weight_grad,
    )


# Patches whose fastest axis is the batch: long vectors even with one channel.
batch_last = SimpleNamespace(
    conv=_batch_last_conv,
    input_grad=_batch_last_input_grad,
    weight_grad=_batch_last_weight_grad,
)
# Patches of one image at a time: they stay in cache, in a loop of small products.
per_image = SimpleNamespace(
    conv=_per_image_conv,
    input_grad=_per_image_input_grad,
    weight_grad=_per_image_weight_grad,
)
# kn2row: one product per tap of the kernel, no patches at all.
per_tap = SimpleNamespace(
    conv=_per_tap_conv,
    input_grad=_per_tap_input_grad,
    weight_grad=_per_tap_weight_grad,
)
patches_dx = mixed(_form_canonical, _form_patches, _form_canonical)
patches_dw = mixed(_form_canonical, _form_canonical, _form_patches)
patches_y = mixed(_form_patches, _form_canonical, _form_canonical)
