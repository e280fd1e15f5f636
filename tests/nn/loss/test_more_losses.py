"""Losses with one formula each, against NumPy."""

import itertools
import math

import numpy as np
import pytest

from cellnet import context, nn
from cellnet.graph import grad
from cellnet.tensor import Tensor

rng = np.random.default_rng(5)
X = rng.standard_normal((4, 5)).astype(np.float32)
Y = rng.standard_normal((4, 5)).astype(np.float32)
Z = rng.standard_normal((4, 5)).astype(np.float32)
POSITIVE = rng.uniform(0.5, 3.0, (4, 5)).astype(np.float32)
SIGNS = np.where(rng.uniform(size=(4, 5)) > 0.5, 1, -1).astype(np.float32)
SIGN = np.array([1, -1, -1, 1], np.float32)
BITS = (SIGNS > 0).astype(np.float32)
SHARES = rng.dirichlet(np.ones(5), 4).astype(np.float32)
CLASSES = np.array([0, 4, 2, 2], np.int32)
LOG_P = X - np.log(np.exp(X).sum(1, keepdims=True))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cosine(a, b):
    return (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))


def multi_margin(p, margin):
    gaps = np.maximum(margin - X[range(4), CLASSES][:, None] + X, 0) ** p
    gaps[range(4), CLASSES] = 0
    return gaps.sum(1) / 5


def distance(a, b, p=2, eps=1e-6):
    return (np.abs(a - b + eps) ** p).sum(1) ** (1 / p)


D = np.abs(X - Y)
FORMULAS = [
    ("SoftMarginLoss", {}, (X, SIGNS), np.log1p(np.exp(-SIGNS * X))),
    (
        "HingeEmbeddingLoss",
        {"margin": 0.7},
        (X, SIGNS),
        np.where(SIGNS == 1, X, np.maximum(0.7 - X, 0)),
    ),
    (
        "HuberLoss",
        {"delta": 0.5},
        (X, Y),
        np.where(D < 0.5, D**2 / 2, 0.5 * (D - 0.25)),
    ),
    ("KLDivLoss", {}, (LOG_P, SHARES), SHARES * (np.log(SHARES) - LOG_P)),
    (
        "MarginRankingLoss",
        {"margin": 0.2},
        (X, Y, SIGNS),
        np.maximum(0, -SIGNS * (X - Y) + 0.2),
    ),
    (
        "CosineEmbeddingLoss",
        {"margin": 0.1},
        (X, Y, SIGN),
        np.where(SIGN == 1, 1 - cosine(X, Y), np.maximum(cosine(X, Y) - 0.1, 0)),
    ),
    ("MultiMarginLoss", {}, (X, CLASSES), multi_margin(1, 1.0)),
    ("MultiMarginLoss", {"p": 2, "margin": 0.5}, (X, CLASSES), multi_margin(2, 0.5)),
    (
        "MultiLabelSoftMarginLoss",
        {},
        (X, BITS),
        -(BITS * np.log(sigmoid(X)) + (1 - BITS) * np.log(sigmoid(-X))).mean(1),
    ),
    ("PoissonNLLLoss", {}, (X, POSITIVE), np.exp(X) - POSITIVE * X),
    (
        "PoissonNLLLoss",
        {"log_input": False, "full": True},
        (POSITIVE, POSITIVE),
        POSITIVE
        - POSITIVE * np.log(POSITIVE + 1e-8)
        + np.where(
            POSITIVE > 1,
            POSITIVE * np.log(POSITIVE)
            - POSITIVE
            + 0.5 * np.log(2 * math.pi * POSITIVE),
            0,
        ),
    ),
    (
        "GaussianNLLLoss",
        {"full": True},
        (X, Y, POSITIVE),
        0.5 * (np.log(POSITIVE) + (X - Y) ** 2 / POSITIVE + np.log(2 * math.pi)),
    ),
    (
        "TripletMarginLoss",
        {"p": 3, "margin": 2.0},
        (X, Y, Z),
        np.maximum(distance(X, Y, 3) - distance(X, Z, 3) + 2, 0),
    ),
    (
        "TripletMarginWithDistanceLoss",
        {"swap": True},
        (X, Y, Z),
        np.maximum(
            distance(X, Y, eps=0)
            - np.minimum(distance(X, Z, eps=0), distance(Y, Z, eps=0))
            + 1,
            0,
        ),
    ),
    (
        "FocalLoss",
        {"gamma": 1.5},
        (X, CLASSES[:, None]),
        -((1 - np.exp(LOG_P)) ** 1.5 * LOG_P)[range(4), CLASSES],
    ),
]


@pytest.mark.parametrize(("name", "settings", "inputs", "expected"), FORMULAS)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_formula(name, settings, inputs, expected, reduction):
    loss = getattr(nn, name)(**settings, reduction=reduction)
    value = loss(*map(Tensor, inputs)).asnumpy()
    reduce = {"none": lambda x: x, "mean": np.mean, "sum": np.sum}[reduction]
    np.testing.assert_allclose(value, reduce(expected), rtol=2e-5, atol=1e-6)


def test_losses_that_give_one_number():
    tensors = Tensor(SHARES), Tensor(BITS)
    overlap = 2 * (SHARES * BITS).sum()
    total = (SHARES**2).sum() + BITS.sum() + 1e-5
    np.testing.assert_allclose(
        float(nn.DiceLoss()(*tensors)), 1 - overlap / total, 1e-5
    )
    np.testing.assert_allclose(
        float(nn.RMSELoss()(Tensor(X), Tensor(Y))), np.sqrt(np.mean((X - Y) ** 2)), 1e-5
    )
    np.testing.assert_allclose(
        float(nn.KLDivLoss("batchmean")(Tensor(LOG_P), Tensor(SHARES))),
        (SHARES * (np.log(SHARES) - LOG_P)).sum() / 4,
        1e-5,
    )


def test_multi_class_dice_averages_classes():
    p = np.exp(LOG_P)
    single = [
        1
        - 2
        * (p[:, c] * BITS[:, c]).sum()
        / ((p[:, c] ** 2).sum() + BITS[:, c].sum() + 1e-5)
        for c in range(5)
    ]
    loss = nn.MultiClassDiceLoss()(Tensor(X), Tensor(BITS))
    np.testing.assert_allclose(float(loss), np.mean(single), rtol=1e-5)
    loss = nn.MultiClassDiceLoss(ignore_indiex=1)(Tensor(X), Tensor(BITS))
    np.testing.assert_allclose(float(loss), (np.sum(single) - single[1]) / 5, rtol=1e-5)


def spelled(path, blank=0):
    """What a path of classes spells: repeats joined, then blanks dropped."""
    joined = [c for c, _ in itertools.groupby(path)]
    return [c for c in joined if c != blank]


def test_ctc_sums_over_all_spellings(mode):
    del mode
    log_p = np.log(rng.dirichlet(np.ones(3), (4, 2))).astype(np.float32)
    targets = np.array([[1, 2], [1, 1]], np.int32)
    lengths = [2, 1]
    steps = [4, 3]
    expected = []
    for n in range(2):
        wanted = targets[n, : lengths[n]].tolist()
        total = sum(
            math.exp(sum(log_p[t, n, c] for t, c in enumerate(path)))
            for path in itertools.product(range(3), repeat=steps[n])
            if spelled(path) == wanted
        )
        expected.append(-math.log(total))
    arguments = [Tensor(np.array(v, np.int32)) for v in (steps, lengths)]
    tensors = Tensor(log_p), Tensor(targets), *arguments
    np.testing.assert_allclose(
        nn.CTCLoss(reduction="none")(*tensors).asnumpy(), expected, rtol=1e-4
    )
    np.testing.assert_allclose(
        float(nn.CTCLoss()(*tensors)), np.mean(np.divide(expected, lengths)), rtol=1e-4
    )
    # targets one after another
    joined = Tensor(np.array([1, 2, 1], np.int32))
    np.testing.assert_allclose(
        nn.CTCLoss(reduction="none")(tensors[0], joined, *arguments).asnumpy(),
        expected,
        rtol=1e-4,
    )


def test_ctc_of_a_target_that_is_too_long():
    log_p = Tensor(np.log(np.full((2, 1, 3), 1 / 3, np.float32)))
    arguments = (
        Tensor(np.array([[1, 1]], np.int32)),
        Tensor(np.array([2], np.int32)),
        Tensor(np.array([2], np.int32)),
    )
    assert nn.CTCLoss()(log_p, *arguments).asnumpy() == np.inf
    assert float(nn.CTCLoss(zero_infinity=True)(log_p, *arguments)) == 0


def test_gradient_of_a_loss_agrees_with_differences():
    loss = nn.TripletMarginLoss(margin=3.0)
    slope = grad(loss)(Tensor(X), Tensor(Y), Tensor(Z)).asnumpy()
    step = np.zeros_like(X)
    step[1, 2] = 1e-2
    high, low = (
        float(loss(Tensor(X + s), Tensor(Y), Tensor(Z))) for s in (step, -step)
    )
    np.testing.assert_allclose(slope[1, 2], (high - low) / 2e-2, rtol=1e-2, atol=1e-4)


def test_a_class_out_of_range_marks_the_loss(mode):
    loss, labels = nn.MultiMarginLoss(), Tensor(CLASSES + 1)
    if mode == context.GRAPH_MODE:
        assert np.isnan(float(loss(Tensor(X), labels)))
    else:
        with pytest.raises(ValueError, match=r"labels\[1\] is 5"):
            loss(Tensor(X), labels)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.SoftMarginLoss("foo"), ValueError),
        (lambda: nn.SoftMarginLoss()(Tensor(X), Tensor(X[:2])), ValueError),
        (lambda: nn.HuberLoss(delta=0), ValueError),
        (lambda: nn.KLDivLoss("foo"), ValueError),
        (lambda: nn.MarginRankingLoss(margin=1), TypeError),
        (lambda: nn.CosineEmbeddingLoss(2.0), ValueError),
        (lambda: nn.MultiMarginLoss(3), ValueError),
        (lambda: nn.PoissonNLLLoss(log_input=1), TypeError),
        (lambda: nn.GaussianNLLLoss(eps=1), TypeError),
        (lambda: nn.TripletMarginLoss(margin=-1.0), ValueError),
        (lambda: nn.DiceLoss(smooth=0.0), ValueError),
        (lambda: nn.FocalLoss()(Tensor(X), Tensor(CLASSES)), ValueError),
        (lambda: nn.CTCLoss(blank=1.5), TypeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
