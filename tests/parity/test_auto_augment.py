"""AutoAugment's three policies give MindSpore's pictures, as often."""

import numpy as np
import pytest

COUNT = 2000
OFTEN = 8  # of COUNT: too often to be missed by chance
LIKE = 3.0  # mean difference of two changes in a row that round differently


@pytest.fixture(scope="module")
def found(run_both):
    rows, columns = np.mgrid[0:12, 0:10]
    channels = columns * 20 + rows * 3, rows * 17 + 40, (columns + rows) * 9 + 10
    picture = np.stack(channels, -1).astype(np.uint8)
    return run_both("images:policies_of", {"picture": picture, "count": COUNT})


@pytest.mark.parametrize("policy", ["IMAGENET", "CIFAR10", "SVHN"])
def test_the_pictures_of_mindspore_are_among_ours_as_often(found, policy):
    ours, theirs = (each[f"{policy}:images"].astype(float) for each in found)
    our_counts, their_counts = (each[f"{policy}:counts"] for each in found)
    # MindSpore moves pictures by as many times their width: nothing is left of them.
    seen = theirs.any(axis=(1, 2, 3)) & (their_counts >= OFTEN)
    assert seen.sum() > 10
    for picture, count in zip(theirs[seen], their_counts[seen], strict=True):
        alike = abs(ours - picture).mean(axis=(1, 2, 3)) < LIKE
        expected = their_counts[abs(theirs - picture).mean(axis=(1, 2, 3)) < LIKE].sum()
        both = our_counts[alike].sum(), expected
        assert both[0], (policy, count)
        # Poisson: five standard deviations
        assert abs(both[0] - both[1]) < 5 * np.sqrt(sum(both)), (policy, both)
