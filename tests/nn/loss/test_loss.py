import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.context import GRAPH_MODE
from cellnet.graph import grad
from cellnet.tensor import Tensor

REDUCE = {"none": lambda x: x, "mean": np.mean, "sum": np.sum}
REDUCTIONS = sorted(REDUCE)


def floats(*rows):
    return Tensor(np.array(rows, np.float32))


def ints(*rows):
    return Tensor(np.array(rows, np.int32))


def log_softmax(x, axis):
    x = x.astype(np.float64)
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


SCORES = floats([1, 2, 3], [0, 5, 1])
CLASSES = ints(2, 0)
PROBABILITIES = floats([0.2, 0.3, 0.5], [1, 0, 0])


# -- LossBase and regression ----------------------------------------------------------
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [1.0, 2, Tensor(2.0), floats([1, 0], [0.5, 2])])
def test_get_loss_weighs_and_reduces(reduction, weights):

    class Difference(nn.LossBase):
        def construct(self, a, b):
            return self.get_loss(a - b, weights)

    a, b = floats([1, 2], [4, 0]), floats([0, 4], [4.5, 1])
    factor = weights.asnumpy() if isinstance(weights, Tensor) else weights
    expected = REDUCE[reduction]((a.asnumpy() - b.asnumpy()) * factor)
    np.testing.assert_allclose(Difference(reduction)(a, b).asnumpy(), expected)


def test_loss_base_members():
    loss = nn.LossBase()
    assert (loss.average, loss.reduce, nn.LossBase("none").reduce) == (
        True,
        True,
        False,
    )
    assert loss.get_axis(SCORES) == (0, 1)
    with pytest.raises(TypeError, match="weights"):
        loss.get_loss(SCORES, "a")
    with pytest.raises(NotImplementedError, match="construct"):
        loss(SCORES, SCORES)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (nn.MSELoss, np.square),
        (nn.L1Loss, np.abs),
        (nn.MAELoss, np.abs),
        (
            lambda reduction: nn.SmoothL1Loss(0.5, reduction),
            lambda d: np.where(np.abs(d) < 0.5, d * d, np.abs(d) - 0.25),
        ),
    ],
)
def test_regression_losses(normal, reduction, make, formula):
    x, y = normal(4, 3), normal(4, 3)
    expected = REDUCE[reduction](formula(x.asnumpy() - y.asnumpy()))
    loss = make(reduction=reduction)
    np.testing.assert_allclose(loss(x, y).asnumpy(), expected, rtol=2e-6)
    half = loss(x.astype(mstype.float16), y.astype(mstype.float16))
    assert half.dtype is mstype.float16


def test_regression_broadcasts_and_takes_ints():
    assert float(nn.MSELoss()(floats([1, 2], [3, 4]), floats(1, 2))) == 2.0
    assert float(nn.L1Loss()(floats(1, 2), ints(1, 4))) == 1.0
    with pytest.raises(ValueError, match="do not broadcast"):
        nn.MSELoss()(floats(1, 2), floats(1, 2, 3))
    with pytest.raises(TypeError, match="labels must be a Tensor"):
        nn.L1Loss()(floats(1, 2), [1.0, 2.0])
    with pytest.raises(ValueError, match="must have the shape"):
        nn.SmoothL1Loss()(floats([1, 2]), floats(1, 2))


@pytest.mark.parametrize(
    "make",
    [
        nn.MSELoss,
        nn.L1Loss,
        nn.SmoothL1Loss,
        nn.SoftmaxCrossEntropyWithLogits,
        nn.CrossEntropyLoss,
        nn.NLLLoss,
        nn.BCELoss,
        nn.BCEWithLogitsLoss,
    ],
)
@pytest.mark.parametrize("reduction", ["avg", None, 1])
def test_unknown_reduction(make, reduction):
    with pytest.raises(ValueError, match="reduction must be one of"):
        make(reduction=reduction)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.SmoothL1Loss(0.0), ValueError),
        (lambda: nn.SmoothL1Loss("a"), TypeError),
        (lambda: nn.CrossEntropyLoss(weight=[1.0]), TypeError),
        (lambda: nn.CrossEntropyLoss(label_smoothing=2.0), ValueError),
        (lambda: nn.CrossEntropyLoss(ignore_index="a"), TypeError),
        (lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=1), TypeError),
        (lambda: nn.BCEWithLogitsLoss(pos_weight=2.0), TypeError),
    ],
)
def test_bad_settings(act, error):
    with pytest.raises(error, match="Loss|Softmax"):
        act()


# -- softmax cross entropy ------------------------------------------------------------
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_softmax_cross_entropy(normal, reduction):
    x = normal(5, 4)
    labels = np.array([0, 3, 1, 1, 2], np.int32)
    one_hot = np.eye(4, dtype=np.float32)[labels]
    expected = REDUCE[reduction](-(log_softmax(x.asnumpy(), 1) * one_hot).sum(1))
    sparse = nn.SoftmaxCrossEntropyWithLogits(True, reduction)
    np.testing.assert_allclose(sparse(x, Tensor(labels)).asnumpy(), expected, rtol=1e-5)
    dense = nn.SoftmaxCrossEntropyWithLogits(reduction=reduction)
    np.testing.assert_allclose(dense(x, Tensor(one_hot)).asnumpy(), expected, rtol=1e-5)


def test_softmax_cross_entropy_numbers_of_mindspore():
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True)
    np.testing.assert_allclose(
        loss(SCORES, CLASSES).asnumpy(), [0.40760595, 5.024745], rtol=1e-6
    )
    loss = nn.SoftmaxCrossEntropyWithLogits()
    np.testing.assert_allclose(
        loss(SCORES, PROBABILITIES).asnumpy(), [1.1076059, 5.024745], rtol=1e-6
    )


def test_softmax_cross_entropy_of_large_scores():
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True)
    x = floats([1e4, 0], [1e4, 0])
    np.testing.assert_allclose(loss(x, ints(0, 1)).asnumpy(), [0, 1e4])


def test_softmax_cross_entropy_gradient():
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="sum")
    g = grad(lambda x: loss(x, CLASSES))(SCORES).asnumpy()
    expected = np.exp(log_softmax(SCORES.asnumpy(), 1)) - np.eye(3)[[2, 0]]
    np.testing.assert_allclose(g, expected, atol=1e-6)


LABEL_LOSSES = [
    nn.SoftmaxCrossEntropyWithLogits(sparse=True),
    nn.CrossEntropyLoss(reduction="none"),
    nn.NLLLoss(reduction="none"),
    nn.CrossEntropyLoss(reduction="none", label_smoothing=0.1),
]


@pytest.mark.parametrize("loss", LABEL_LOSSES)
@pytest.mark.parametrize("label", [-1, 3, 2**31 - 1])
def test_labels_out_of_range_never_give_a_number(mode, loss, label):
    labels = ints(2, label)
    if mode != GRAPH_MODE:
        text = rf"labels\[1\] is {label}, but there are 3 classes"
        with pytest.raises(ValueError, match=text):
            loss(SCORES, labels)
        return
    values = loss(SCORES, labels).asnumpy()
    assert np.isnan(values[1])
    np.testing.assert_allclose(values[0], loss(SCORES, CLASSES).asnumpy()[0])


@pytest.mark.parametrize("loss", LABEL_LOSSES)
def test_gradient_of_a_wrong_label_is_nan(loss):
    def total(x, labels):
        return loss(x, labels).sum()

    class Total(nn.Cell):
        def __init__(self):
            super().__init__()
            self.loss = loss

        def construct(self, x, labels):
            return grad(total)(x, labels)

    g = Total()(SCORES, ints(2, 3)).asnumpy()
    assert np.isnan(g[1]).any()
    assert np.isfinite(g[0]).all()


@pytest.mark.parametrize(
    ("loss", "logits", "labels", "error", "text"),
    [
        (LABEL_LOSSES[0], SCORES, floats(0, 1), TypeError, "integer"),
        (LABEL_LOSSES[0], SCORES, ints([0], [1]), ValueError, r"expected \(2,\)"),
        (LABEL_LOSSES[0], SCORES, ints(0, 1, 2), ValueError, r"got labels \(3,\)"),
        (LABEL_LOSSES[0], floats(1, 2), ints(0, 1), ValueError, r"expected \(N, C\)"),
        (LABEL_LOSSES[0], ints([1, 2]), ints(0), TypeError, "logits is Int32"),
        (
            nn.SoftmaxCrossEntropyWithLogits(),
            SCORES,
            ints([0] * 3, [1] * 3),
            TypeError,
            "",
        ),
        (nn.SoftmaxCrossEntropyWithLogits(), SCORES, CLASSES, ValueError, "shape"),
        (nn.CrossEntropyLoss(), SCORES, ints(0), ValueError, r"expected .* \(2,\)"),
        (nn.CrossEntropyLoss(), SCORES, floats(0, 1), TypeError, "integer"),
        (nn.CrossEntropyLoss(floats(1, 2)), SCORES, CLASSES, ValueError, "per class"),
        (nn.NLLLoss(), SCORES, floats(0, 1), TypeError, "integer"),
        (nn.BCELoss(), SCORES, floats(0, 1), ValueError, "must have the shape"),
        (nn.BCELoss(), floats(0.5), ints(1), TypeError, "float type"),
        (nn.BCELoss(floats(1, 2)), floats(0.5), floats(1), ValueError, "broadcast"),
    ],
)
def test_bad_inputs(loss, logits, labels, error, text):
    with pytest.raises(error, match=text or None):
        loss(logits, labels)


# -- CrossEntropyLoss and NLLLoss -----------------------------------------------------
# Values of MindSpore 2.10 for SCORES and CLASSES.
W = floats(1, 2, 0.5)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 2.716175),
        ({"reduction": "sum"}, 5.43235),
        ({"reduction": "none"}, [0.4076054, 5.024745]),
        ({"weight": W}, 3.4856985),
        ({"weight": W, "reduction": "sum"}, 5.2285476),
        ({"weight": W, "reduction": "none"}, [0.2038027, 5.024745]),
        ({"ignore_index": 0}, 0.4076054),
        ({"ignore_index": 0, "weight": W}, 0.4076054),
        ({"label_smoothing": 0.1}, 2.666175),
        ({"label_smoothing": 0.1, "weight": W}, 3.4152002),
        (
            {"label_smoothing": 0.1, "weight": W, "reduction": "none"},
            [0.36430973, 4.7584906],
        ),
        ({"label_smoothing": 0.1, "ignore_index": 0}, 0.50760543),
        (
            {
                "label_smoothing": 0.1,
                "ignore_index": 0,
                "weight": W,
                "reduction": "none",
            },
            [0.36430973, 0.0],
        ),
        ({"label_smoothing": 0.1, "weight": W, "reduction": "sum"}, 5.1228004),
    ],
)
def test_cross_entropy_of_classes(settings, expected):
    y = nn.CrossEntropyLoss(**settings)(SCORES, CLASSES).asnumpy()
    np.testing.assert_allclose(y, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 3.0661752),
        ({"reduction": "none"}, [1.1076055, 5.024745]),
        ({"weight": W}, 3.2263653),
        ({"label_smoothing": 0.1}, 2.9811752),
        ({"label_smoothing": 0.1, "weight": W}, 3.1122825),
    ],
)
def test_cross_entropy_of_probabilities(settings, expected):
    y = nn.CrossEntropyLoss(**settings)(SCORES, PROBABILITIES).asnumpy()
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_cross_entropy_over_images(normal):
    x = normal(2, 3, 4, 5)
    labels = np.random.default_rng(0).integers(0, 3, (2, 4, 5)).astype(np.int32)
    log_p = log_softmax(x.asnumpy(), 1)
    weight = W.asnumpy()
    picked = np.take_along_axis(log_p, labels[:, None], 1)[:, 0]
    each = -picked * weight[labels]
    loss = nn.CrossEntropyLoss(W, reduction="none")
    np.testing.assert_allclose(loss(x, Tensor(labels)).asnumpy(), each, rtol=1e-5)
    mean = nn.NLLLoss(W)(Tensor(log_p.astype(np.float32)), Tensor(labels))
    np.testing.assert_allclose(
        float(mean), each.sum() / weight[labels].sum(), rtol=1e-5
    )
    soft = np.moveaxis(np.random.default_rng(1).dirichlet([1] * 3, (2, 4, 5)), -1, 1)
    mean = nn.CrossEntropyLoss(W)(x, Tensor(soft.astype(np.float32)))
    expected = -(soft * log_p * weight[:, None, None]).sum(1).mean()
    np.testing.assert_allclose(float(mean), expected, rtol=1e-5)


def test_cross_entropy_of_one_sample():
    loss = nn.CrossEntropyLoss()
    np.testing.assert_allclose(
        float(loss(floats(1, 2, 3), Tensor(2, mstype.int32))), 0.4076054, rtol=1e-5
    )
    np.testing.assert_allclose(
        float(loss(floats(1, 2, 3), floats(0, 0, 1))), 0.4076054, rtol=1e-5
    )


def test_the_default_ignore_index_is_no_error(mode):
    del mode
    y = nn.CrossEntropyLoss()(SCORES, ints(-100, 0))
    np.testing.assert_allclose(float(y), 5.024745, rtol=1e-6)


def test_ignored_samples_have_no_gradient():
    # an ignored row of minus infinity must not poison the others
    loss = nn.NLLLoss(ignore_index=1)
    x = floats([-np.inf, -np.inf], [-1, -2])
    g = grad(lambda x: loss(x, ints(1, 0)))(x).asnumpy()
    np.testing.assert_array_equal(g, [[0, 0], [-1, 0]])


@pytest.mark.parametrize("ignored", [-100, 9])
def test_an_ignored_label_that_is_no_class_has_no_gradient(ignored):
    """The others' is (softmax - one-hot) / how many count."""
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    labels = np.array([2, ignored, 0], np.int32)
    loss = nn.CrossEntropyLoss(ignore_index=ignored)
    found = grad(lambda scores: loss(scores, Tensor(labels)))(Tensor(x)).asnumpy()
    expected = np.exp(log_softmax(x, 1))
    expected[[0, 2], [2, 0]] -= 1
    expected[1] = 0
    np.testing.assert_allclose(found, expected / 2, rtol=1e-5, atol=1e-6)


def test_nll_numbers_of_mindspore():
    log_p = Tensor(np.log(np.array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]], np.float32)))
    assert np.isclose(float(nn.NLLLoss()(log_p, CLASSES)), 1.4978662, rtol=1e-6)
    assert np.isclose(float(nn.NLLLoss(W)(log_p, CLASSES)), 1.7661058, rtol=1e-6)


def test_half_scores():
    x = SCORES.astype(mstype.float16)
    for loss in LABEL_LOSSES:
        y = loss(x, CLASSES)
        assert y.dtype is mstype.float16
        np.testing.assert_allclose(
            y.asnumpy(), loss(SCORES, CLASSES).asnumpy(), rtol=2e-3
        )


# -- binary cross entropy -------------------------------------------------------------
P, Y = floats([0.2, 0.7], [0.5, 0.9]), floats([0, 1], [1, 0.5])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, floats([1, 2], [0.5, 0]), floats(1, 2)])
def test_bce(reduction, weight):
    p, y = P.asnumpy().astype(np.float64), Y.asnumpy()
    w = 1 if weight is None else weight.asnumpy()
    each = -w * (y * np.log(p) + (1 - y) * np.log(1 - p))
    loss = nn.BCELoss(weight, reduction)(P, Y).asnumpy()
    np.testing.assert_allclose(loss, REDUCE[reduction](each), rtol=1e-5, atol=1e-7)


def test_bce_at_the_ends():
    loss = nn.BCELoss(reduction="none")
    y = loss(floats(0, 1, 0, 1), floats(0, 1, 1, 0)).asnumpy()
    # -log(1e-12); MindSpore gives the same
    np.testing.assert_allclose(y, [0, 0, 27.631021, 27.631021], rtol=1e-6)
    g = grad(lambda p: nn.BCELoss(reduction="sum")(p, floats(1, 0)))(floats(0, 1))
    np.testing.assert_allclose(g.asnumpy(), [-1e12, 1e12], rtol=1e-6)


def test_bce_outside_of_probabilities(mode):
    loss = nn.BCELoss(reduction="none")
    if mode != GRAPH_MODE:
        with pytest.raises(ValueError, match=r"values from -1\.0 to 1\.5"):
            loss(floats(1.5, -1), floats(0, 1))
    else:
        y = loss(floats(1.5, -1, 0.5), floats(0, 1, 1)).asnumpy()
        assert np.isnan(y).tolist() == [True, True, False]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, floats(1, 2)])
@pytest.mark.parametrize("pos_weight", [None, floats(3, 4)])
def test_bce_with_logits(reduction, weight, pos_weight):
    x, y = floats([-1, 2], [0, 50]), Y.asnumpy()
    z = x.asnumpy().astype(np.float64)
    w = 1 if weight is None else weight.asnumpy()
    v = 1 if pos_weight is None else pos_weight.asnumpy()
    each = w * (v * y * np.log1p(np.exp(-z)) + (1 - y) * (z + np.log1p(np.exp(-z))))
    loss = nn.BCEWithLogitsLoss(reduction, weight, pos_weight)
    np.testing.assert_allclose(
        loss(x, Y).asnumpy(), REDUCE[reduction](each), rtol=1e-5, atol=1e-7
    )


def test_repr_shows_no_settings():
    assert (
        repr(nn.SoftmaxCrossEntropyWithLogits(True))
        == "SoftmaxCrossEntropyWithLogits()"
    )
    assert repr(nn.MSELoss()) == "MSELoss()"
