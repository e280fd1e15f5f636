"""Tensor's operators and methods."""

import numpy as np
import pytest

from cellnet import Parameter, Tensor
from cellnet import dtype as mstype
from cellnet.nn import Cell

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_operators_and_their_reflections():
    x = Tensor([2.0, 4.0])
    for result, expected in [
        (x + 1, [3, 5]),
        (1 + x, [3, 5]),
        (x - 1, [1, 3]),
        (1 - x, [-1, -3]),
        (x * 3, [6, 12]),
        (8 / x, [4, 2]),
        (x / 2, [1, 2]),
        (9 // x, [4, 2]),
        (9 % x, [1, 1]),
        (2**x, [4, 16]),
        (x**2, [4, 16]),
        (-x, [-2, -4]),
        (+x, [2, 4]),
        (abs(-x), [2, 4]),
        (x + [1, 2], [3, 6]),
        (np.float64(2) * x, [4, 8]),
    ]:
        assert isinstance(result, Tensor)
        assert result.dtype is mstype.float32
        assert result.tolist() == expected


def test_an_array_on_the_left_stays_numpys():
    result = np.array([1.0, 2.0]) + Tensor([1.0, 1.0])
    assert isinstance(result, np.ndarray)
    assert result.tolist() == [2.0, 3.0]


def test_bits_and_logic():
    a, b = Tensor([True, False]), Tensor([True, True])
    assert (a & b).tolist() == [True, False]
    assert (a | b).tolist() == [True, True]
    assert (a ^ b).tolist() == [False, True]
    assert (~a).tolist() == [False, True]
    assert (Tensor([6]) & 3).tolist() == [2]


def test_comparisons():
    x = Tensor([1, 2, 3])
    assert (x == 2).tolist() == [False, True, False]
    assert (x != Tensor([1, 0, 3])).tolist() == [False, True, False]
    assert (x < 2.5).tolist() == [True, True, False]
    assert (x >= 2).tolist() == [False, True, True]
    with pytest.raises(ValueError, match="broadcast"):
        x == Tensor([1, 2])  # noqa: B015


@pytest.mark.parametrize("other", [None, "a", [1, 2], (1, 2), np.ones(2), object()])
def test_equality_with_other_things_is_a_bool(other):
    x = Tensor([1, 2])
    assert (x == other) is False
    assert (x != other) is True


def test_ordering_with_other_things_is_an_error():
    for other in (None, "a"):
        with pytest.raises(TypeError):
            Tensor([1]) < other  # noqa: B015


def test_tensors_are_hashable():
    x = Tensor([1.0])
    assert {x: 1}[x] == 1
    assert hash(Parameter(1.0, name="p"))


def test_in_place_operators_give_a_new_tensor():
    x = Tensor([1.0, 2.0])
    alias = x
    x += 1
    x *= 2
    assert x.tolist() == [4.0, 6.0]
    assert alias.tolist() == [1.0, 2.0]


def test_in_place_methods_change_the_tensor():
    x = Tensor([1.0, 2.0])
    alias = x
    assert x.add_(1).mul_(2) is x
    assert alias.tolist() == [4.0, 6.0]
    assert x.fill_(3).tolist() == [3.0, 3.0]
    assert x.zero_().tolist() == [0.0, 0.0]
    assert x.copy_(Tensor([5, 6])).dtype is mstype.float32


class Adds(Cell):
    """x + a Tensor that the Cell holds."""

    def __init__(self):
        super().__init__()
        self.held = Tensor([1.0])

    def construct(self, x):
        return x + self.held


def test_a_tensor_changed_in_place_is_seen_by_a_compiled_cell():
    net = Adds()
    assert net(Tensor([1.0])).tolist() == [2.0]
    net.held.fill_(5)
    assert net(Tensor([1.0])).tolist() == [6.0]
    net.held[0] = 7
    assert net(Tensor([1.0])).tolist() == [8.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.reshape(3, 2),
        lambda x: x.reshape((3, 2)),
        lambda x: x.view(3, -1),
        lambda x: x.reshape_as(Tensor(np.ones((3, 2)))),
    ],
)
def test_shapes_by_position_or_tuple(call):
    np.testing.assert_array_equal(call(Tensor(X)).asnumpy(), X.reshape(3, 2))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.T,
        lambda x: x.t(),
        lambda x: x.transpose(),
        lambda x: x.transpose(1, 0),
        lambda x: x.transpose((1, 0)),
        lambda x: x.permute(1, 0),
        lambda x: x.swapaxes(0, 1),
    ],
)
def test_transposes(call):
    np.testing.assert_array_equal(call(Tensor(X)).asnumpy(), X.T)


def test_shape_methods():
    x = Tensor(X)
    assert x.flatten().shape == (6,)
    assert x.ravel().shape == (6,)
    assert x.expand_dims(0).shape == (1, 2, 3)
    assert x.unsqueeze(dim=-1).squeeze(-1).shape == (2, 3)
    assert x.broadcast_to((2, 2, 3)).shape == (2, 2, 3)
    assert Tensor([1.0, 2.0, 3.0]).expand(2, 3).shape == (2, 3)
    assert Tensor([1.0, 2.0, 3.0]).expand_as(x).shape == (2, 3)
    assert x.tile((2, 1)).shape == (4, 3)
    assert x.repeat(2, 1).tolist() == X.repeat(2, 1).tolist()
    assert [p.shape for p in x.split(2, 1)] == [(2, 2), (2, 1)]
    assert len(x.unbind()) == 2
    assert (x.dim(), x.numel()) == (2, 6)


def test_reductions():
    x = Tensor(X)
    assert float(x.sum()) == 15.0
    assert x.sum(0).tolist() == [3.0, 5.0, 7.0]
    assert x.sum(axis=1, keepdims=True).shape == (2, 1)
    assert x.sum(1, True).shape == (2, 1)
    assert x.sum(dtype=mstype.float16).dtype is mstype.float16
    assert x.mean((0, 1), True).tolist() == [[2.5]]
    assert x.std().item() == pytest.approx(X.std())
    assert x.argmax(1).tolist() == [2, 2]
    assert x.cumsum(0).tolist() == X.cumsum(0).tolist()
    assert x.cumsum().tolist() == X.cumsum().tolist()
    assert bool((x >= 0).all())
    assert 5.0 in x
    assert 9.0 not in x


def test_max_by_name_gives_values_and_by_position_pairs():
    x = Tensor(X)
    assert float(x.max()) == 5.0
    assert x.max(axis=0).tolist() == [3.0, 4.0, 5.0]
    values, where = x.max(1)
    assert (values.tolist(), where.tolist()) == ([2.0, 5.0], [2, 2])
    values, where = x.min(axis=1, return_indices=True)
    assert (values.tolist(), where.tolist()) == ([0.0, 3.0], [0, 0])


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (mstype.int32, mstype.int32),
        (np.float16, mstype.float16),
        ("int8", mstype.int8),
        (bool, mstype.bool_),
    ],
)
def test_astype(dtype, expected):
    assert Tensor(X).astype(dtype).dtype is expected


def test_casts():
    x = Tensor([1.7, 0.0])
    assert x.int().tolist() == [1, 0]
    assert x.bool().tolist() == [True, False]
    assert x.half().dtype is mstype.float16
    assert x.to(mstype.bfloat16).float().dtype is mstype.float32
    assert x.type_as(Tensor([1], mstype.uint8)).dtype is mstype.uint8
    with pytest.raises(TypeError, match="data type"):
        x.astype("nonsense")


def test_selection_methods():
    x = Tensor(X)
    assert x.take(Tensor([1, 2]), 1).tolist() == X[:, [1, 2]].tolist()
    assert x.gather(Tensor([0]), 0).tolist() == X[[0]].tolist()
    assert x.gather(1, Tensor([[2], [0]])).tolist() == [[2.0], [3.0]]
    assert x.masked_fill(x > 3, -1).tolist() == np.where(X > 3, -1, X).tolist()
    assert x.where(x > 3, 0.0).tolist() == np.where(X > 3, X, 0).tolist()
    assert x.masked_select(x > 3).tolist() == [4.0, 5.0]
    assert (x > 3).nonzero().tolist() == [[1, 1], [1, 2]]
    assert x.clip(1, 3).tolist() == X.clip(1, 3).tolist()
    assert x.new_ones((2,), mstype.int8).tolist() == [1, 1]


def test_a_copy_of_a_parameter_is_a_tensor_of_its_own():
    p = Parameter(X, name="p")
    twin = p.copy()
    p[0] = 0
    assert not isinstance(twin, Parameter)
    np.testing.assert_array_equal(twin.asnumpy(), X)
    assert not isinstance(p + 1, Parameter)


def test_spellings_of_mindspore_2():
    x = Tensor(X)
    by_axis = {"correction": 1, "dim": 1, "keepdim": True}
    for result, expected in [
        (x.transpose(0, 1), X.T),  # two ints: these axes change places
        (Tensor(X[None]).transpose(0, 2), X[None].swapaxes(0, 2)),
        (x.permute(0, 1), X),
        (Tensor(X[None]).flatten(0, 1), X),
        (x.expand_as(x=Tensor(X)), X),
        (x.add(Tensor(X), alpha=2), 3 * X),
        (x.sub(1, alpha=0.5), X - 0.5),
        (x.remainder(divisor=4), X % 4),
        (x.std(**by_axis), X.std(axis=1, ddof=1, keepdims=True)),
        (x.view(mstype.int32), X.view(np.int32)),
    ]:
        np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-6)
    assert x.contiguous().is_contiguous()


def test_the_largest_and_where_it_is():
    x = Tensor([[1.0, 5.0], [7.0, 2.0]])
    for axis, expected in [(0, ([7, 5], [1, 0])), (1, ([5, 7], [1, 0]))]:
        values, places = x.argmax_with_value(axis)
        assert (values.tolist(), places.tolist()) == expected
    values, places = x.argmin_with_value(axis=None, keep_dims=True)
    assert (values.shape, float(values), int(places)) == ((), 1.0, 0)
