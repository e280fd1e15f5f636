"""Lists of learning rates by the epoch."""

import math

import pytest

from cellnet.nn.dynamic_lr import (
    cosine_decay_lr,
    exponential_decay_lr,
    inverse_decay_lr,
    natural_exp_decay_lr,
    piecewise_constant_lr,
    polynomial_decay_lr,
    warmup_lr,
)


def test_piecewise_constant():
    assert piecewise_constant_lr([2, 5], (0.1, 0.05)) == [0.1] * 2 + [0.05] * 3
    assert piecewise_constant_lr([2, 2], [0.1, 0.05]) == [0.1, 0.1]


@pytest.mark.parametrize(
    ("rates", "by_epoch"),
    [
        (exponential_decay_lr(0.1, 0.9, 6, 2, 1), [0.1, 0.09, 0.081]),
        (exponential_decay_lr(0.1, 0.9, 6, 2, 2, True), [0.1, 0.1, 0.09]),
        (
            natural_exp_decay_lr(0.1, 0.9, 6, 2, 2),
            [0.1, 0.1 * math.exp(-0.9), 0.1 * math.exp(-1.8)],
        ),
        (
            natural_exp_decay_lr(0.1, 0.9, 6, 2, 2, True),
            [0.1, 0.1, 0.1 * math.exp(-1.8)],
        ),
        (inverse_decay_lr(0.1, 0.5, 6, 2, 1), [0.1, 0.1 / 1.5, 0.05]),
        (inverse_decay_lr(0.1, 0.5, 6, 2, 2, True), [0.1, 0.1, 0.1 / 1.5]),
        (cosine_decay_lr(0.01, 0.1, 6, 2, 2), [0.1, 0.055, 0.01]),
        (
            polynomial_decay_lr(0.1, 0.01, 6, 2, 2, 0.5),
            [0.1, 0.09 * math.sqrt(0.5) + 0.01, 0.01],
        ),
        (warmup_lr(0.1, 6, 2, 2), [0.0, 0.05, 0.1]),
    ],
)
def test_rate_of_each_epoch(rates, by_epoch):
    assert all(type(rate) is float for rate in rates)
    assert rates == pytest.approx([rate for rate in by_epoch for _ in range(2)])


def test_polynomial_stays_at_the_end_or_starts_again():
    stays = polynomial_decay_lr(0.1, 0.02, 6, 1, 2, 1.0)
    again = polynomial_decay_lr(0.1, 0.02, 6, 1, 2, 1.0, True)
    assert stays == pytest.approx([0.1, 0.06, 0.02, 0.02, 0.02, 0.02])
    # past epoch 2 the decay runs over 4, past 4 over 6
    assert again == pytest.approx(
        [0.1, 0.06, 0.02, 0.08 / 4 + 0.02, 0.02, 0.08 / 6 + 0.02]
    )


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: piecewise_constant_lr([2, 1], [0.1, 0.2]), ValueError),
        (lambda: piecewise_constant_lr([2], [0.1, 0.2]), ValueError),
        (lambda: piecewise_constant_lr([0], [0.1]), ValueError),
        (lambda: piecewise_constant_lr(2, 0.1), TypeError),
        (lambda: piecewise_constant_lr([2], [1]), TypeError),
        (lambda: piecewise_constant_lr([2.0], [0.1]), TypeError),
        (lambda: exponential_decay_lr(0.0, 0.9, 6, 2, 1), ValueError),
        (lambda: exponential_decay_lr(1, 0.9, 6, 2, 1), TypeError),
        (lambda: exponential_decay_lr(0.1, 0.9, 6.0, 2, 1), TypeError),
        (lambda: exponential_decay_lr(0.1, 0.9, 6, 0, 1), ValueError),
        (lambda: exponential_decay_lr(0.1, 0.9, 6, 2, 1, 1), TypeError),
        (lambda: cosine_decay_lr(0.1, 0.1, 6, 2, 2), ValueError),
        (lambda: cosine_decay_lr(0, 0.1, 6, 2, 2), TypeError),
        (lambda: polynomial_decay_lr(0.1, 0.01, 6, 2, 2, 0.0), ValueError),
        (lambda: polynomial_decay_lr(0.1, 0.01, 6, 2, 2, 1), TypeError),
        (lambda: warmup_lr(0.1, 6, 2, 0), ValueError),
    ],
)
def test_bad_arguments(make, error):
    with pytest.raises(error, match="must"):
        make()
