"""Dice, BLEU, cosine similarity, distances of surfaces and occlusion, by formulas
written out here and figures of MindSpore 2.10."""

import numpy as np
import pytest

from cellnet import Tensor, nn
from cellnet.train.metrics import (
    BleuScore,
    CosineSimilarity,
    Dice,
    HausdorffDistance,
    MeanSurfaceDistance,
    OcclusionSensitivity,
    RootMeanSquareDistance,
)

RNG = np.random.default_rng(0)
SAID = (RNG.random((6, 7)) < 0.5).astype(int)
TRUE = (RNG.random((6, 7)) < 0.6).astype(int)
SAID_3D = (RNG.random((4, 5, 3)) < 0.5).astype(int)
TRUE_3D = (RNG.random((4, 5, 3)) < 0.6).astype(int)
NORMS = {
    "euclidean": lambda d: np.sqrt((d**2).sum(-1)),
    "chessboard": lambda d: np.abs(d).max(-1),
    "taxicab": lambda d: np.abs(d).sum(-1),
}


def surface(mask):
    """Points of a mask that have a neighbour outside of it, or outside the image."""
    padded = np.pad(mask, 1)
    inside = np.ones(mask.shape, bool)
    for axis in range(mask.ndim):
        for shift in (1, -1):
            moved = np.roll(padded, shift, axis)
            inside &= moved[tuple([slice(1, -1)] * mask.ndim)].astype(bool)
    return np.argwhere(mask.astype(bool) & ~inside)


def both_ways(said, true, norm):
    distances = NORMS[norm](surface(said)[:, None] - surface(true)[None])
    return distances.min(1), distances.min(0)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("said", "true"), [(SAID, TRUE), (SAID_3D, TRUE_3D)])
def test_distances_of_surfaces(norm, said, true):
    there, back = both_ways(said, true, norm)
    found = {
        (kind, symmetric): kind(symmetric, norm)(Tensor(said), true, 1)
        for kind in (MeanSurfaceDistance, RootMeanSquareDistance)
        for symmetric in (False, True)
    }
    expected = {
        (MeanSurfaceDistance, False): there.mean(),
        (MeanSurfaceDistance, True): (there.mean() + back.mean()) / 2,
        (RootMeanSquareDistance, False): (there**2).mean(),
        (RootMeanSquareDistance, True): np.sqrt(
            ((there**2).mean() + (back**2).mean()) / 2
        ),
    }
    assert found == pytest.approx(expected)
    directed = HausdorffDistance(norm, directed=True, crop=False)
    assert directed(said, true, 1) == pytest.approx(there.max())
    both = HausdorffDistance(norm, crop=False)
    assert both(said, true, 1) == pytest.approx(max(there.max(), back.max()))
    half = HausdorffDistance(norm, percentile=50.0, directed=True, crop=False)
    assert half(said, true, 1) == pytest.approx(np.percentile(there, 50))


def test_a_cut_makes_surface():
    said, true = np.zeros((2, 9, 9), int)
    said[2:7, 2:7], true[3:6, 2:8] = 1, 1
    # cut to [2:7, 2:8] both touch the cut, and what touches is surface either way
    there, back = both_ways(said, true, "euclidean")
    assert HausdorffDistance()(said, true, 1) == max(there.max(), back.max())


def test_surfaces_that_are_not_there_are_infinitely_far():
    nothing = np.zeros_like(SAID)
    for kind in (HausdorffDistance, MeanSurfaceDistance, RootMeanSquareDistance):
        assert kind()(nothing, SAID, 1) == np.inf
        assert kind()(SAID, nothing, 1) == np.inf


CANDIDATES = [list("abcdef"), list("xyzwv")]
REFERENCES = [[list("abcdf"), list("bcdeghi")], [list("xyzwqv")]]


def test_bleu_of_single_words_and_pairs():
    # words: a b c d e f are all in a reference, x y z w v too: 11 of 11
    # pairs: ab bc cd de of 5 and xy yz zw of 4: 7 of 9; lengths 11 against 5 + 6
    assert BleuScore(1)(CANDIDATES, REFERENCES) == pytest.approx(1.0)
    assert BleuScore(2)(CANDIDATES, REFERENCES) == pytest.approx((7 / 9) ** 0.5)
    smooth = BleuScore(2, smooth=True)(CANDIDATES, REFERENCES)
    assert smooth == pytest.approx((8 / 10) ** 0.5)
    short = [["x", "y"]], [[["x", "y", "z"]]]
    assert BleuScore(1)(*short) == pytest.approx(np.exp(1 - 3 / 2))


def test_bleu_counts_over_batches_as_mindspore():
    metric = BleuScore()
    metric.update(CANDIDATES[:1], REFERENCES[:1])
    metric.update(CANDIDATES[1:], REFERENCES[1:])
    assert metric.eval() == pytest.approx(BLEU_4)
    assert BleuScore()([list("abc")], [[list("def")]]) == 0.0
    metric.clear()
    with pytest.raises(RuntimeError, match="no samples"):
        metric.eval()


BLEU_4 = 0.7598356856515927  # MindSpore 2.10


def test_cosine_similarity():
    x = RNG.random((4, 3))
    expected = np.array(
        [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in x] for a in x]
    )
    np.testing.assert_allclose(CosineSimilarity(zero_diagonal=False)(x), expected)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(CosineSimilarity()(Tensor(x)), expected)
    np.testing.assert_allclose(CosineSimilarity("cosine", "sum")(x), expected.sum(-1))
    dots = CosineSimilarity("dot", "mean", zero_diagonal=False)(x)
    np.testing.assert_allclose(dots, (x @ x.T).mean(-1))
    metric = CosineSimilarity()
    metric.update(x)
    np.testing.assert_array_equal(metric.eval(), metric.eval())
    assert CosineSimilarity()(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]


def test_dice():
    p = RNG.random((3, 2, 2))
    y = (RNG.random((3, 2, 2)) < 0.5).astype(float)

    def coefficient(p, y):
        return 2 * (p * y).sum() / ((p**2).sum() + (y**2).sum() + 1e-3)

    metric = Dice(1e-3)
    metric.update(p, y)
    metric.update(Tensor(p[:2]), y[:2])
    expected = (coefficient(p, y) + coefficient(p[:2], y[:2])) / 5
    assert metric.eval() == pytest.approx(expected)


class Scores(nn.Cell):
    """Two dense scores of an image of six values."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.dense = nn.Dense(6, 2, weight_init=Tensor(WEIGHT), bias_init="zeros")

    def construct(self, x):
        return self.dense(self.flatten(x))


WEIGHT = RNG.random((2, 6)).astype(np.float32)
IMAGE = RNG.random((1, 6)).astype(np.float32)


def test_occlusion_of_a_row():
    # what is covered loses weight * (value - cover)
    lost = WEIGHT[1] * IMAGE[0]
    expected = [lost[max(0, i - 2) : i + 2].sum() for i in range(6)]
    found = OcclusionSensitivity(n_batch=4)(Scores(), IMAGE, np.array(1))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    lost = WEIGHT[0] * (IMAGE[0] - 0.5)
    expected = [lost[i - 1 : i + 1].sum() for i in range(1, 5)]
    boxed = OcclusionSensitivity(0.5, 1, b_box=[1, 4])
    np.testing.assert_allclose(boxed(Scores(), IMAGE, np.array(0)), expected, rtol=1e-5)


def test_occlusion_of_an_image():
    image = IMAGE.reshape(1, 2, 3)
    lost = (WEIGHT[1] * IMAGE[0]).reshape(2, 3)
    expected = [
        [lost[max(0, i - 1) : i + 1, max(0, j - 1) : j + 1].sum() for j in range(3)]
        for i in range(2)
    ]
    found = OcclusionSensitivity(margin=1)(Scores(), Tensor(image), 1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (ValueError, lambda: HausdorffDistance("straight")),
        (TypeError, lambda: HausdorffDistance(percentile=50)),
        (ValueError, lambda: HausdorffDistance(percentile=101.0)),
        (TypeError, lambda: HausdorffDistance(directed=1)),
        (ValueError, lambda: MeanSurfaceDistance()(SAID, TRUE)),
        (TypeError, lambda: MeanSurfaceDistance()(SAID, TRUE, "1")),
        (ValueError, lambda: MeanSurfaceDistance()(SAID, TRUE, 5)),
        (ValueError, lambda: MeanSurfaceDistance()(SAID, TRUE_3D, 1)),
        (TypeError, lambda: RootMeanSquareDistance(symmetric=1)),
        (RuntimeError, lambda: RootMeanSquareDistance().eval()),
        (ValueError, lambda: BleuScore(5)),
        (ValueError, lambda: BleuScore(0)),
        (TypeError, lambda: BleuScore(2, smooth=1)),
        (ValueError, lambda: BleuScore()(CANDIDATES)),
        (ValueError, lambda: BleuScore()(CANDIDATES, REFERENCES[:1])),
        (ValueError, lambda: CosineSimilarity("angle")),
        (ValueError, lambda: CosineSimilarity(reduction="max")),
        (ValueError, lambda: CosineSimilarity()(np.ones(3))),
        (RuntimeError, lambda: CosineSimilarity().eval()),
        (ValueError, lambda: Dice(0.0)),
        (TypeError, lambda: Dice("1")),
        (ValueError, lambda: Dice()(np.ones((2, 3)), np.ones((3, 2)))),
        (RuntimeError, lambda: Dice().eval()),
        (TypeError, lambda: OcclusionSensitivity(pad_val=0)),
        (TypeError, lambda: OcclusionSensitivity()(WEIGHT, IMAGE, 1)),
        (RuntimeError, lambda: OcclusionSensitivity()(Scores(), WEIGHT, 1)),
        (ValueError, lambda: OcclusionSensitivity(b_box=[1])(Scores(), IMAGE, 1)),
        (ValueError, lambda: OcclusionSensitivity(b_box=[4, 2])(Scores(), IMAGE, 1)),
        (ValueError, lambda: OcclusionSensitivity(b_box=[0, 6])(Scores(), IMAGE, 1)),
        (RuntimeError, lambda: OcclusionSensitivity().eval()),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
