"""HyperMap, MultitypeFuncGraph and clipping."""

import numpy as np
import pytest

from cellnet import Parameter, Tensor, ops
from cellnet import dtype as mstype
from cellnet.ops import composite as C
from cellnet.ops import functional as F


def test_hyper_map_goes_into_nested_sequences():
    result = C.HyperMap()(F.square, (Tensor(2.0), [Tensor(3.0), (Tensor(4.0),)]))
    assert float(result[0]) == 4.0
    assert float(result[1][1][0]) == 16.0
    scaled = C.HyperMap(F.partial(F.tensor_mul, Tensor(2.0)))(
        (Tensor(1.0), Tensor(5.0))
    )
    assert [float(x) for x in scaled] == [2.0, 10.0]


def test_map_goes_one_level_deep():
    result = C.Map()(len, ((1, 2), (3,)))
    assert result == (2, 1)


def test_hyper_map_keeps_places_in_reverse():
    seen = []
    result = C.HyperMap(reverse=True)(lambda x: seen.append(x) or x, (1, 2))
    assert (seen, result) == ([2, 1], (1, 2))


def test_hyper_map_errors():
    with pytest.raises(ValueError, match="one length"):
        C.HyperMap()(F.tensor_add, (Tensor(1.0),), (Tensor(1.0), Tensor(2.0)))
    with pytest.raises(TypeError, match="nest alike"):
        C.HyperMap()(F.tensor_add, (Tensor(1.0),), Tensor(1.0))
    with pytest.raises(TypeError, match="operation"):
        C.HyperMap()((Tensor(1.0),))


def test_multitype_chooses_by_type():
    graph = C.MultitypeFuncGraph("kind")

    @graph.register("Tensor", "Number")
    def _tensor(x, y):
        return x * y

    @graph.register("Tuple", "Bool")
    def _tuple(x, y):
        return "tuple", y

    assert float(graph(Tensor(2.0), 3)) == 6.0
    assert float(graph(Parameter(2.0, name="p"), 3.0)) == 6.0
    assert graph((1,), True) == ("tuple", True)
    with pytest.raises(TypeError, match=r"nothing is registered for \(str, int\)"):
        graph("a", 1)
    mapped = C.HyperMap(graph)((Tensor(1.0), Tensor(2.0)), (2, 3))
    assert [float(x) for x in mapped] == [2.0, 6.0]


def test_clip_by_value():
    x = np.array([-1.0, 0.5, 2.0], np.float32)
    assert ops.clip_by_value(Tensor(x), 0, 1).tolist() == [0.0, 0.5, 1.0]
    assert ops.clamp(Tensor(x), max=1).tolist() == [-1.0, 0.5, 1.0]
    ints = ops.clip_by_value(Tensor([1, 2, 3]), 1.5, 2.5)
    assert ints.tolist() == [1, 2, 2]
    pair = ops.clip_by_value((Tensor(x), Tensor(x)), Tensor(0.0), None)
    assert pair[1].tolist() == [0.0, 0.5, 2.0]
    with pytest.raises(ValueError, match="None"):
        ops.clip_by_value(Tensor(x))


@pytest.mark.parametrize("clip_norm", [1.0, 100.0])
def test_clip_by_global_norm(clip_norm):
    arrays = [np.arange(6, dtype=np.float32), np.array([3.0], np.float16)]
    norm = np.sqrt(sum((a.astype(np.float64) ** 2).sum() for a in arrays))
    clipped = ops.clip_by_global_norm([Tensor(a) for a in arrays], clip_norm)
    for before, after in zip(arrays, clipped, strict=True):
        expected = before * clip_norm / max(norm, clip_norm)
        np.testing.assert_allclose(after.asnumpy(), expected, rtol=1e-3)
    assert clipped[1].dtype is mstype.float16


def test_clip_by_norm():
    x = np.array([3.0, 4.0], np.float32)
    result = ops.clip_by_norm(Tensor(x), 1.0)
    np.testing.assert_allclose(result.asnumpy(), x / 5, rtol=1e-5)
    result = ops.clip_by_norm(Tensor(x), 2.0, float("inf"))
    np.testing.assert_allclose(result.asnumpy(), x / 2, rtol=1e-5)
    assert ops.clip_by_norm(Tensor(x), 10.0).tolist() == [3.0, 4.0]
    with pytest.raises(RuntimeError, match="norm"):
        ops.clip_by_norm(Tensor([np.inf]), 1.0, error_if_nonfinite=True)


def test_clip_errors():
    with pytest.raises(TypeError, match="must be Tensors"):
        ops.clip_by_global_norm(1.0)
    with pytest.raises(ValueError, match="clip_norm must be > 0"):
        ops.clip_by_global_norm((Tensor([1.0]),), 0.0)


def test_python_helpers():
    assert F.make_range(0, 6, 2) == (0, 2, 4)
    assert F.tuple_len((1, 2, 3)) == 3
    assert ops.Partial()(F.scalar_add, 1)(2) == 3

    @ops.constexpr
    def halves(shape):
        return tuple(n // 2 for n in shape)

    assert halves((4, 6)) == (2, 3)
