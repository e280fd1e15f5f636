"""vmap, jvp, vjp, Jacobians and higher derivatives, against formulas."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Parameter, Tensor, nn, ops

A, B = Tensor([1.0, 2.0]), Tensor([3.0, 4.0, 5.0])


def product(x, y):
    return x * y


def both(x, y):
    return x * y, x + y


@pytest.fixture(params=[ms.GRAPH_MODE, ms.PYNATIVE_MODE], autouse=True)
def mode(request):
    before = ms.get_context("mode")
    ms.set_context(mode=request.param)
    yield
    ms.set_context(mode=before)


def test_vmap_over_one_input_and_another_axis_out():
    outer = np.outer(A.asnumpy(), B.asnumpy())
    np.testing.assert_array_equal(ms.vmap(product, (0, None))(A, B).asnumpy(), outer)
    y = ms.vmap(product, (0, None), 1)(A, B)
    np.testing.assert_array_equal(y.asnumpy(), outer.T)
    nested = ms.vmap(ms.vmap(product, (None, 0)), (0, None))
    np.testing.assert_array_equal(nested(A, B).asnumpy(), outer)


def test_vmap_of_tuples_and_of_a_cell():
    y = ms.vmap(lambda pair, c: pair[0] * pair[1] + c, ((0, 1), None))(
        (A, Tensor([[3.0, 4.0], [5.0, 6.0]])), Tensor(1.0)
    )
    np.testing.assert_array_equal(y.asnumpy(), [[4, 6], [9, 13]])
    cell = nn.Dense(2, 3)
    x = Tensor(np.ones((4, 2), np.float32))
    np.testing.assert_allclose(ms.vmap(cell)(x).asnumpy(), cell(x).asnumpy(), rtol=1e-5)


def test_gradient_of_each_row():
    rows = Tensor([[1.0, 2.0], [3.0, 4.0]])
    y = ms.vmap(ms.grad(lambda x: (x**3).sum()))(rows)
    np.testing.assert_allclose(y.asnumpy(), 3 * rows.asnumpy() ** 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("in_axes", "match"),
    [
        ((0, 0), "equally long"),
        ((0, 3), "out of range"),
        ((0,), "1 entries for 2"),
        ("a", "must be an int or None"),
        ((None, None), "must not all be None"),
    ],
)
def test_vmap_errors(in_axes, match):
    with pytest.raises(RuntimeError, match=match):
        ms.vmap(product, in_axes)(A, B)


def test_products_with_jacobians():
    x, y, v = (Tensor(a) for a in ([1.0, 2.0], [3.0, 4.0], [1.0, -1.0]))
    value, change = ms.jvp(both, (x, y), (v, x))
    assert [a.tolist() for a in value] == [[3.0, 8.0], [4.0, 6.0]]
    assert [a.tolist() for a in change] == [[4.0, 0.0], [2.0, 1.0]]
    value, pull = ms.vjp(both, x, y)
    assert [a.tolist() for a in pull(x, v)] == [[4.0, 7.0], [2.0, 3.0]]
    _, _, extra = ms.jvp(both, (x, y), (v, x), has_aux=True)
    assert extra.tolist() == [4.0, 6.0]


def test_vjp_of_weights():
    class Scale(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter(Tensor([2.0, 3.0]), name="w")

        def construct(self, x):
            return x * self.w

    cell = Scale()
    _, pull = ms.vjp(cell, A, weights=[cell.w])
    of_inputs, of_weights = pull(Tensor([1.0, 1.0]))
    assert of_inputs[0].tolist() == [2.0, 3.0]
    assert of_weights[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("jacobian", [ms.jacfwd, ms.jacrev])
def test_jacobians(jacobian):
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    (xx, xy), (sx, sy) = jacobian(both, (0, 1))(x, y)
    for found, diagonal in ((xx, [3, 4]), (xy, [1, 2]), (sx, [1, 1]), (sy, [1, 1])):
        np.testing.assert_allclose(found.asnumpy(), np.diag(diagonal))
    hessian = jacobian(ms.jacrev(lambda x: (x**3).sum()))(x)
    np.testing.assert_allclose(hessian.asnumpy(), np.diag([6, 12]), rtol=1e-6)
    with pytest.raises(ValueError, match="out of range"):
        jacobian(product, 3)(x, y)


def test_higher_derivatives():
    x = Tensor([1.0, 2.0])
    value, third = ops.derivative(lambda x: x**4, x, 3)
    np.testing.assert_allclose(value.asnumpy(), [1, 16])
    np.testing.assert_allclose(third.asnumpy(), [24, 48], rtol=1e-5)
    curve = Tensor([[1.0, 1.0], [0.0, 0.0]])
    _, series = ops.jet(ops.sin, x, curve)
    expected = np.stack([np.cos(x.asnumpy()), -np.sin(x.asnumpy())])
    np.testing.assert_allclose(series.asnumpy(), expected, rtol=1e-5)


def test_what_a_mapped_function_writes():
    count = Parameter(Tensor([0.0]), name="count")

    def counted(x):
        ops.assign_add(count, Tensor([1.0]))
        return x * 2

    ms.vmap(counted)(A)
    assert count.tolist() == [1.0]
