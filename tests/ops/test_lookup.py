"""ops.embedding against rows, norms and gradients worked out by NumPy."""

import numpy as np
import pytest

from cellnet import Parameter, Tensor, jit, ops
from cellnet.graph import grad
from cellnet.mint.nn import functional

TABLE = np.array([[3.0, 4.0], [0.6, 0.0], [6.0, 8.0]], np.float32)
IDS = np.array([[0, 2], [0, 1]], np.int32)
SENS = np.arange(1, 9, dtype=np.float32).reshape(2, 2, 2)


def table():
    return Parameter(Tensor(TABLE), name="table")


def gradient(**options):
    weight = table()
    looked_up = grad(
        lambda ids: (ops.embedding(ids, weight, **options) * Tensor(SENS)).sum(),
        None,
        weight,
    )
    return looked_up(Tensor(IDS)).asnumpy(), weight


def summed(scale=1.0):
    """What reaches each row, times its scale."""
    total = np.zeros_like(TABLE)
    np.add.at(total, IDS.reshape(-1), SENS.reshape(-1, 2))
    return total * np.reshape(scale, (-1, 1))


def test_rows_and_their_gradient():
    np.testing.assert_array_equal(
        ops.embedding(Tensor(IDS), Tensor(TABLE)).asnumpy(), TABLE[IDS]
    )
    np.testing.assert_array_equal(gradient()[0], summed())


@pytest.mark.parametrize("padding", [0, -3])
def test_no_gradient_for_the_padding_row(padding):
    np.testing.assert_array_equal(gradient(padding_idx=padding)[0], summed([0, 1, 1]))


def test_gradients_divided_by_how_often_a_row_is_asked_for():
    found, _ = gradient(scale_grad_by_freq=True)
    np.testing.assert_allclose(found, summed([0.5, 1, 1]))


def test_long_rows_are_shortened_in_the_weight_without_a_gradient_of_their_own():
    found, weight = gradient(max_norm=2.0)
    np.testing.assert_array_equal(found, summed())
    expected = [[1.2, 1.6], [0.6, 0.0], [1.2, 1.6]]
    np.testing.assert_allclose(weight.asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_rows_that_are_not_asked_for_stay_long(compiled):
    weight = table()
    look_up = lambda ids: ops.embedding(ids, weight, None, 1.0, 1.0)  # noqa: E731
    found = (jit(look_up) if compiled else look_up)(Tensor([0, 0]))
    np.testing.assert_allclose(found.asnumpy(), [[3 / 7, 4 / 7]] * 2, rtol=1e-6)
    np.testing.assert_allclose(weight.asnumpy()[0], [3 / 7, 4 / 7], rtol=1e-6)
    np.testing.assert_array_equal(weight.asnumpy()[1:], TABLE[1:])


def test_mint_has_the_same_one():
    assert functional.embedding is ops.embedding


@pytest.mark.parametrize(
    ("ids", "weight", "padding", "error", "text"),
    [
        ([0.5], TABLE, None, TypeError, "expected row numbers"),
        ([0], TABLE[0], None, ValueError, r"\(rows, width\)"),
        ([0], TABLE, 3, ValueError, "padding_idx"),
        ([0], TABLE, -4, ValueError, "padding_idx"),
    ],
)
def test_misuse(ids, weight, padding, error, text):
    with pytest.raises(error, match=text):
        ops.embedding(Tensor(ids), Tensor(weight), padding)
