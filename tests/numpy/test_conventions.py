"""What MindSpore's numpy does in its own way: dtypes, bounds, lists, refusals."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor, nn
from cellnet import dtype as mstype
from cellnet import numpy as mnp


@pytest.mark.parametrize(
    ("made", "dtype"),
    [
        (lambda: mnp.array([1, 2]), mstype.int32),
        (lambda: mnp.array([1.0, 2]), mstype.float32),
        (lambda: mnp.array(True), mstype.bool_),
        (lambda: mnp.arange(5), mstype.int32),
        (lambda: mnp.arange(0, 1, 0.25), mstype.float32),
        (lambda: mnp.full((2,), 3), mstype.int32),
        (lambda: mnp.ones(2, int), mstype.int32),
        (lambda: mnp.zeros((2,), "float16"), mstype.float16),
        (lambda: mnp.add(Tensor([1], mstype.float16), 2.5), mstype.float32),
        (lambda: mnp.add(Tensor([1], mstype.int8), 2), mstype.int32),
        (lambda: mnp.sin(Tensor([1], mstype.uint8)), mstype.float16),
        (lambda: mnp.sin(Tensor([1], mstype.int32)), mstype.float32),
        (lambda: mnp.ceil(Tensor([1.5], mstype.float16)), mstype.float32),
        (lambda: mnp.argmin(Tensor([2.0, 1.0])), mstype.int32),
        (lambda: mnp.norm(Tensor([3.0], mstype.float16)), mstype.float32),
        (lambda: mnp.cumsum(Tensor([1, 2], mstype.int8)), mstype.int32),
        (lambda: mnp.cumprod(Tensor([1, 2], mstype.uint8)), mstype.uint32),
    ],
)
def test_dtypes(made, dtype):
    assert made().dtype is dtype


def test_a_number_beside_a_tensor_is_cut_off_to_be_a_bound():
    x = Tensor([7, -2, 3])
    assert mnp.maximum(x, 2.5).tolist() == [7, 2, 3]
    assert mnp.clip(x, 0.5, 4.5).tolist() == [4, 0, 3]


def test_integer_means_and_powers_are_cut_off():
    assert mnp.mean(Tensor([1, 2, 2])).tolist() == 1
    assert mnp.power(Tensor([3, -1, 1]), Tensor([-2, -3, -1])).tolist() == [0, -1, 1]
    assert mnp.pad(Tensor([-3, 0, 1]), 1, "mean").tolist() == [0, -3, 0, 1, 0]


def test_unique_keeps_the_order_of_appearance():
    values, inverse = mnp.unique(Tensor([3, 1, 3, 2]), return_inverse=True)
    assert values.tolist() == [3, 1, 2]
    assert inverse.tolist() == [0, 1, 0, 2]


def test_places_out_of_range_mean_the_nearest():
    x = Tensor([1.0, 2.0, 3.0])
    assert mnp.take(x, Tensor([0, 7])).tolist() == [1.0, 3.0]
    assert mnp.take(x, Tensor([0, 7]), mode="wrap").tolist() == [1.0, 2.0]
    assert [i.tolist() for i in mnp.unravel_index(9, (2, 3))] == [1, 2]
    with pytest.raises(NotImplementedError, match="raise"):
        mnp.take(x, Tensor([0]), mode="raise")


def test_split_gives_a_tuple_of_equal_parts_and_a_list_between_cuts():
    x = Tensor(np.arange(4.0, dtype=np.float32))
    assert isinstance(mnp.split(x, 2), tuple)
    assert isinstance(mnp.split(x, (1, 2)), list)
    with pytest.raises(ValueError, match="cannot be split into 3"):
        mnp.split(x, 3)


def test_piecewise_select_choose():
    x = Tensor([-2.0, 1.0, 3.0])
    result = mnp.piecewise(x, [x < 0, x > 2], [lambda v: -v, 9.0, lambda v: v * 10])
    assert result.tolist() == [2.0, 10.0, 9.0]
    assert mnp.select([x < 0, x < 2], [x, x * 5], 7).tolist() == [-2.0, 5.0, 7.0]
    assert mnp.choose([1, -3, 0], [1.5, 2.0], mode="wrap").tolist() == [2.0, 2.0, 1.5]


def test_grids():
    assert mnp.mgrid[0:2, 0:1:3j].tolist() == np.mgrid[0:2, 0:1:3j].tolist()
    rows, columns = mnp.ogrid[0:2, 0:3]
    assert rows.shape == (2, 1)
    assert columns.shape == (1, 3)
    for mine, other in zip(
        mnp.tril_indices(3, 1, 4), np.tril_indices(3, 1, 4), strict=True
    ):
        assert mine.tolist() == other.tolist()


def test_histograms():
    x = np.array([1.0, 2.0, 4.0, 2.5], np.float32)
    y = np.array([0.0, 1.0, 3.0, 1.0], np.float32)
    for options in ({}, {"range": (0, 3)}, {"density": True}, {"weights": y}):
        ours = options | ({"weights": Tensor(y)} if "weights" in options else {})
        counts, edges = mnp.histogram(Tensor(x), 3, **ours)
        wanted, limits = np.histogram(x, 3, **options)
        np.testing.assert_allclose(counts.asnumpy(), wanted, rtol=1e-6)
        np.testing.assert_allclose(edges.asnumpy(), limits, rtol=1e-6)
    mine = mnp.histogram2d(Tensor(x), Tensor(y), (2, 3), density=True)
    for part, other in zip(
        mine, np.histogram2d(x, y, (2, 3), density=True), strict=True
    ):
        np.testing.assert_allclose(part.asnumpy(), other, rtol=1e-5)


@pytest.mark.parametrize("mode", [ms.GRAPH_MODE, ms.PYNATIVE_MODE])
def test_they_work_inside_of_a_cell(mode):
    class Net(nn.Cell):
        def construct(self, x):
            rows = mnp.arange(x.shape[0]).astype(mnp.float32)
            grid = mnp.concatenate([x, mnp.ones((x.shape[0], 1))], axis=1)
            return mnp.norm(grid, axis=1) + mnp.where(rows > 0, rows, 0.5)

    ms.set_context(mode=mode)
    x = np.array([[2.0, 2.0], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(Net()(Tensor(x)).asnumpy(), [3.5, 2.0], rtol=1e-6)


def test_random_numbers_repeat_under_a_seed_and_keep_to_their_range():
    ms.set_seed(3)
    first = mnp.rand(4), mnp.randn(2, 3), mnp.randint(2, 5, (50,))
    ms.set_seed(3)
    again = mnp.rand(4), mnp.randn((2, 3)), mnp.randint(2, 5, (50,))
    for mine, other in zip(first, again, strict=True):
        assert mine.tolist() == other.tolist()
    assert set(first[2].tolist()) == {2, 3, 4}
    assert mnp.randint(3).shape == (1,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: mnp.array(np.ones(2)), TypeError, "wrap it"),
        (lambda x: mnp.add(x, "a"), TypeError, "str"),
        (lambda x: mnp.add(x, mnp.ones(4)), ValueError, "broadcast"),
        (lambda x: mnp.ones(2, None), TypeError, "None"),
        (lambda x: mnp.ones((2, 1.5)), TypeError, "shape"),
        (lambda x: mnp.full((2,), x), ValueError, "cannot fill"),
        (lambda x: mnp.concatenate(3), TypeError, "tuple or list"),
        (lambda x: mnp.stack([x, x[0]]), ValueError, "shapes must be equal"),
        (lambda x: mnp.pad(x, -1), ValueError, ">= 0"),
        (lambda x: mnp.pad(x, 1, "bounce"), ValueError, "bounce"),
        (lambda x: mnp.norm(x, 3), ValueError, "matrices have no norm 3"),
        (lambda x: mnp.tensordot(x, x, 1), ValueError, "differ in length"),
        (lambda x: mnp.mean(x, (0, 0)), ValueError, "twice"),
        (lambda x: mnp.flip(x, 1.5), TypeError, "axis"),
        (lambda x: mnp.clip(x, None, None), ValueError, "at least one"),
        (lambda x: mnp.gcd(x, x), TypeError, "ints"),
        (lambda x: mnp.gradient(x, edge_order=2), NotImplementedError, "edge_order"),
        (lambda x: mnp.randint(5, 2), ValueError, "empty"),
    ],
)
def test_refusals_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor(np.ones((2, 3), np.float32)))
