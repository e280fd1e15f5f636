"""Operations of the user's own, hooks, loops, summaries and status."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor, ops
from cellnet.ops import summary

X = Tensor(np.array([1.0, 2.0, -3.0], np.float32))


def same(x):
    return x


def test_a_python_function_in_and_outside_of_a_program():
    cube = ops.Custom(lambda x: x**3, same, same, "pyfunc")
    for run in (cube, ms.jit(lambda x: cube(x))):
        np.testing.assert_allclose(run(X).asnumpy(), X.asnumpy() ** 3)


def test_its_gradient_is_bprop_or_nothing():
    def bprop(x, out, dout):
        del out
        return (3 * x * x * dout,)

    cube = ops.Custom(lambda x: x**3, same, same, "pyfunc", bprop)
    gradient = ms.grad(lambda x: (2 * cube(x)).sum())(X)
    np.testing.assert_allclose(gradient.asnumpy(), 6 * X.asnumpy() ** 2, rtol=1e-5)
    constant = ops.Custom(lambda x: x**3, same, same, "pyfunc")
    gradient = ms.grad(lambda x: (constant(x) * x).sum())(X)
    np.testing.assert_allclose(gradient.asnumpy(), X.asnumpy() ** 3, rtol=1e-5)


def test_a_jax_function_is_part_of_the_program():
    softplus = ops.Custom(jax.nn.softplus, func_type="jax")
    run = ms.jit(lambda x: softplus(x) * 2)
    np.testing.assert_allclose(
        run(X).asnumpy(), 2 * np.log1p(np.exp(X.asnumpy())), rtol=1e-5
    )
    gradient = ms.grad(lambda x: softplus(x).sum())(X)
    np.testing.assert_allclose(
        gradient.asnumpy(), 1 / (1 + np.exp(-X.asnumpy())), rtol=1e-5
    )
    split = ops.Custom(lambda x: (x[:1], x[1:]), func_type="jax")
    assert [part.shape for part in split(X)] == [(1,), (2,)]
    program = str(jax.make_jaxpr(lambda x: softplus(Tensor(x))._value)(X.asnumpy()))
    assert "callback" not in program


def test_a_jax_function_with_a_gradient_of_its_own():
    rounded = ops.Custom(
        jnp.round, func_type="jax", bprop=lambda x, out, dout: (dout * 3,)
    )
    np.testing.assert_allclose(rounded(Tensor([0.6, 1.2])).asnumpy(), [1.0, 1.0])
    for mode in (ms.GRAPH_MODE, ms.PYNATIVE_MODE):
        ms.set_context(mode=mode)
        gradient = ms.grad(lambda x: (rounded(x) * x).sum())(Tensor([0.6, 1.2]))
        np.testing.assert_allclose(gradient.asnumpy(), [1 + 1.8, 1 + 3.6], rtol=1e-5)


def test_several_outputs_of_other_shapes():
    split = ops.Custom(
        lambda x: (x[:1], x[1:].astype(np.int32)),
        lambda s: ((1,), (s[0] - 1,)),
        lambda d: (d, ms.int32),
        "pyfunc",
    )
    first, rest = split(X)
    assert first.tolist() == [1.0]
    assert rest.tolist() == [2, -3]
    assert rest.dtype == ms.int32
    total = ops.PyFunc(np.add, [ms.float32] * 2, [(3,)] * 2, [ms.float32], [(3,)])
    np.testing.assert_allclose(total(X, X)[0].asnumpy(), 2 * X.asnumpy())


def test_custom_errors():
    with pytest.raises(TypeError, match="func must be a function"):
        ops.Custom(3, same, same)
    with pytest.raises(ValueError, match="func_type"):
        ops.Custom(same, same, same, "foo")
    with pytest.raises(RuntimeError, match="another backend"):
        ops.Custom("./lib.so:fn", same, same, "aot")
    with pytest.raises(TypeError, match="out_dtype must be given"):
        ops.Custom(same, same)


@pytest.mark.parametrize(
    ("kind", "message", "call"),
    [
        (
            RuntimeError,
            r"Custom: .* gave an array of shape \(3, 1\), out_shape says \(1, 3\)",
            lambda: ops.Custom(lambda x: x[:, None], (1, 3), ms.float32)(X),
        ),
        (
            RuntimeError,
            "Custom: .* gave 3, expected a tuple of 2",
            lambda: ops.Custom(lambda x: (x, x, x), ((3,), (3,)), TWICE)(X),
        ),
        (
            RuntimeError,
            "Custom: .* gave one, expected a tuple of 2",
            lambda: ops.Custom(same, ((3,), (3,)), TWICE)(X),
        ),
        (
            ValueError,
            "for 2 outputs out_shape must be as many shapes",
            lambda: ops.Custom(same, ((3,),), TWICE)(X),
        ),
        (
            TypeError,
            "out_shape must be an int or a tuple of ints",
            lambda: ops.Custom(same, "3", ms.float32)(X),
        ),
        (
            TypeError,
            "bprop must be a function, got int",
            lambda: ops.Custom(same, same, same, bprop=3),
        ),
        (
            ValueError,
            "bprop gave 1 gradients, expected one for each of 2 inputs",
            lambda: gradient_with(lambda x, y, out, dout: (dout,)),
        ),
        (
            ValueError,
            r"gradient of shape \(\) for an input of shape \(3,\)",
            lambda: gradient_with(lambda x, y, out, dout: (dout.sum(), dout)),
        ),
    ],
)
def test_what_a_function_gives_is_checked(kind, message, call):
    with pytest.raises(kind, match=message):
        call()


TWICE = (ms.float32, ms.float32)


def gradient_with(bprop):
    product = ops.Custom(
        lambda x, y: x * y, lambda x, y: x, lambda x, y: x, "pyfunc", bprop
    )
    return ms.grad(lambda x: product(x, x).sum())(X)


def test_a_number_may_have_axes_of_length_one():
    for shape in ((), (1,), (1, 1)):
        total = ops.Custom(lambda x: x.sum(), shape, ms.float32)
        assert total(X).shape == shape


def test_hooks_change_gradients_only():
    clip = ops.InsertGradientOf(lambda g: ops.clamp(g, -1.0, 1.0))
    assert clip(X).tolist() == X.tolist()
    gradient = ms.grad(lambda x: (clip(x) * Tensor([5.0, 0.5, -5.0])).sum())(X)
    assert gradient.tolist() == [1.0, 0.5, -1.0]
    seen = []
    hook = ops.HookBackward(lambda grads: seen.append(grads[0].shape))
    assert ms.grad(lambda x: (hook(x) * x).sum())(X).tolist() == [2.0, 4.0, -6.0]
    assert seen == [(3,)]


def test_an_operation_of_one_s_own():
    class Scale(ops.PrimitiveWithInfer):
        @ops.prim_attr_register
        def __init__(self, by=2.0):
            self.twice = 2 * by

        def __call__(self, x):
            return x * self.by

    scale = Scale(by=3.0)
    assert (scale.by, scale.twice) == (3.0, 6.0)
    assert scale(X).tolist() == [3.0, 6.0, -9.0]


def test_loops_are_the_same_in_a_program():
    def power(x, n):
        return ops.ForiLoop()(0, n, lambda i, total: total * x, x)

    def halved(x):
        return ops.WhileLoop()(lambda v: v.sum() > 1, lambda v: v / 2, x)

    x = Tensor([1.5, 2.0])
    count = Tensor(np.array(2, np.int32))
    for run in (power, ms.jit(power)):
        np.testing.assert_allclose(run(x, count).asnumpy(), [1.5**3, 8.0])
    for run in (halved, ms.jit(halved)):
        np.testing.assert_allclose(run(x).asnumpy(), [0.375, 0.5])
    last, kept = ops.Scan()(lambda v, y: (v + y, v * y), x, [x, x])
    assert last.tolist() == [4.5, 6.0]
    assert [k.tolist() for k in kept] == [[2.25, 4.0], [4.5, 8.0]]


def test_loop_errors():
    with pytest.raises(ValueError, match="must keep shapes"):
        ops.ForiLoop()(0, 2, lambda i, v: v[:1], Tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match="loop_func must be a function"):
        ops.WhileLoop()(same, 3, X)
    with pytest.raises(ValueError, match="must return a pair"):
        ops.Scan()(lambda v, y: v, X, [X])


def test_assertions():
    ops.Assert()(True, [X])
    with pytest.raises(RuntimeError, match=r"\[1.0, 2.0\]"):
        ops.Assert(2)(X.sum() > 5, [X])


def test_summaries_go_to_the_open_record():
    @ms.jit
    def step(x):
        ops.ScalarSummary()("total", x.sum())
        ops.TensorSummary()("x", x)
        return x * 2

    step(X)  # nowhere to go
    found = []
    with summary.recording(lambda *entry: found.append(entry)):
        step(X)
        step(X + 1)
    step(X)
    names = [(kind, name) for kind, name, _ in found]
    assert sorted(names) == [("Scalar", "total")] * 2 + [("Tensor", "x")] * 2
    assert sorted(float(v) for kind, _, v in found if kind == "Scalar") == [0.0, 3.0]


def test_summary_errors():
    with pytest.raises(ValueError, match=r"expected|must have"):
        ops.ImageSummary()("image", X)
    with pytest.raises(TypeError, match="name must be str"):
        ops.HistogramSummary()(3, X)
    with pytest.raises(ValueError, match="must not be empty"):
        ops.ScalarSummary()("", X.sum())


def test_status_of_values():
    bad = Tensor([1.0, float("inf")])
    assert ops.FloatStatus()(X).tolist() == [0.0]
    assert ops.FloatStatus()(bad).tolist() == [1.0]
    status = ops.NPUAllocFloatStatus()()
    assert status.shape == (8,)
    assert ops.NPUGetFloatStatus()(status).sum() == 0
    assert ops.NPUGetFloatStatus()(bad).tolist() == [0.0, 1.0]
    assert ops.NPUClearFloatStatus()(bad).tolist() == [0.0, 0.0]
    assert not bool(ops.all_finite((X, bad)))


def test_one_process_has_all_there_is():
    for operation in (
        ops.AllReduce(),
        ops.AllReduce(ops.ReduceOp.MAX),
        ops.AllGather(),
    ):
        assert operation(X).tolist() == X.tolist()
    assert ops.Broadcast(0)((X,))[0].tolist() == X.tolist()
    assert ops.all_reduce(X)[0].tolist() == X.tolist()
    with pytest.raises(TypeError, match="op must be str"):
        ops.AllReduce(3)
    with pytest.raises(ValueError, match="no group"):
        ops.AllReduce(group="elsewhere")
