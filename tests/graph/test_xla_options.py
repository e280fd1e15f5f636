"""The options that programs are compiled with: what they do, and that all is well
without them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import signal

from cellnet import get_context, set_deterministic
from cellnet.graph import xla_options


@pytest.fixture
def fresh_probe():
    xla_options._on_cpu.cache_clear()
    yield
    xla_options._on_cpu.cache_clear()


def convolve(x, w):
    """x (N, H, W, C), w (3, 3, C, O)."""
    layout = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=layout)


def test_the_options_are_known_to_this_jaxlib(fresh_probe):
    assert xla_options.compiler_options() == xla_options._ON_CPU


def test_a_convolution_stays_with_eigen_and_a_product_does_not():
    x, w, a = jnp.ones((32, 16, 16, 64)), jnp.ones((3, 3, 64, 64)), jnp.ones((256, 256))

    def program(x, w, a):
        return convolve(x, w), a @ a

    text = xla_options.jit(program).lower(x, w, a).compile().as_text()
    lines = [line for line in text.splitlines() if "custom" in line.lower()]
    assert not any("f32[32,16,16,64]" in line for line in lines)
    assert any("f32[256,256]" in line for line in lines)


def test_the_options_change_no_result():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 6, 6, 3)).astype(np.float32)
    w = rng.normal(size=(3, 3, 3, 4)).astype(np.float32)
    found = xla_options.jit(convolve)(x, w)
    for n in range(2):
        for o in range(4):
            parts = [
                signal.correlate2d(x[n, :, :, c], w[:, :, c, o], "same")
                for c in range(3)
            ]
            np.testing.assert_allclose(found[n, :, :, o], sum(parts), rtol=1e-4)


def test_a_jaxlib_without_the_options_compiles_without_them(fresh_probe, monkeypatch):
    monkeypatch.setattr(xla_options, "_ON_CPU", {"xla_cpu_no_such_option": "true"})
    assert xla_options.compiler_options() is None
    assert xla_options.jit(lambda x: x + 1)(1.0) == 2.0


def test_what_the_user_says_in_xla_flags_stands(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_experimental_ynn_fusion_type=")
    assert xla_options.compiler_options() is None


def test_a_deterministic_gpu_is_asked_for_what_xla_knows(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert xla_options.compiler_options() is None
    set_deterministic(True)
    options = xla_options.compiler_options()
    assert get_context("deterministic") == "ON"
    monkeypatch.undo()
    # an option that XLA does not know is refused
    assert jax.jit(lambda x: x + 1, compiler_options=options)(1.0) == 2.0
    set_deterministic(False)
    assert get_context("deterministic") == "OFF"
    with pytest.raises(TypeError, match="must be a bool, got int"):
        set_deterministic(1)
