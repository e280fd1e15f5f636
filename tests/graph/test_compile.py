"""Compiled Cells: cached per signature, never stale, safe to donate."""

import gc
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cellnet import context
from cellnet.graph import jit, ledger
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor

mul = op(lambda x, y: x * y)
add = op(lambda x, y: x + y)
total = op(lambda x: x.sum())
X = np.array([1.0, 2.0, 3.0], np.float32)


class Scale(Cell):
    """x * factor, with every kind of setting that a user may change."""

    def __init__(self):
        super().__init__()
        self.factor = 2.0
        self.flags = [True]
        self.table = {"shift": 0.0}
        self.mask = Tensor([1.0, 1.0, 1.0])
        self.unread = 0

    def construct(self, x):
        y = mul(mul(x, self.factor), self.mask)
        if self.flags[0]:
            y = add(y, self.table["shift"])
        return y


def change_factor(net):
    net.factor = 5.0
    return X * 5


def change_list(net):
    net.flags[0] = False
    net.table["shift"] = 9.0
    return X * 2


def change_dict(net):
    net.table["shift"] = 3.0
    return X * 2 + 3


def change_tensor(net):
    net.mask = Tensor([0.0, 1.0, 0.0])
    return X * 2 * np.array([0, 1, 0], np.float32)


def change_tensor_in_place(net):
    net.mask.assign_value(Tensor([0.0, 0.0, 1.0]))
    return X * 2 * np.array([0, 0, 1], np.float32)


@pytest.mark.parametrize(
    "change",
    [
        change_factor,
        change_list,
        change_dict,
        change_tensor,
        change_tensor_in_place,
    ],
)
def test_a_changed_attribute_takes_effect_at_the_next_call(change):
    net = Scale()
    np.testing.assert_allclose(net(Tensor(X)).asnumpy(), X * 2)
    expected = change(net)
    np.testing.assert_allclose(net(Tensor(X)).asnumpy(), expected)


def test_same_signature_compiles_once():
    net = Scale()
    for _ in range(3):
        net(Tensor(X))
    assert net.compile_cache.num_traces == 1
    (program,) = next(iter(net.compile_cache._programs.values()))
    assert program._compiled._cache_size() == 1


def test_an_attribute_that_construct_never_reads_is_free_to_change():
    net = Scale()
    for step in range(4):
        net.unread = step
        net(Tensor(X))
    assert net.compile_cache.num_traces == 1


def test_going_back_to_an_old_value_compiles_nothing():
    net = Scale()
    for factor in (2.0, 3.0, 2.0, 3.0):
        net.factor = factor
        np.testing.assert_allclose(net(Tensor(X)).asnumpy(), X * factor)
    assert net.compile_cache.num_traces == 2


def test_another_shape_or_dtype_is_another_program():
    net = Scale()
    net.mask = Tensor(1.0)
    for value in (X, X[:2], X.astype(np.float16)):
        assert net(Tensor(value)).shape == value.shape
    assert net.compile_cache.num_traces == 3


def test_a_replaced_child_takes_effect():
    class Outer(Cell):
        def __init__(self):
            super().__init__()
            self.inner = Scale()

        def construct(self, x):
            return self.inner(x)

    net = Outer()
    net(Tensor(X))
    child = Scale()
    child.factor = 7.0
    net.inner = child
    np.testing.assert_allclose(net(Tensor(X)).asnumpy(), X * 7)


class Counter(Cell):
    def __init__(self):
        super().__init__()
        self.count = Parameter(Tensor(np.zeros(2, np.float32)), requires_grad=False)
        self.other = Parameter(Tensor(np.ones(2, np.float32)))

    def construct(self, x):
        self.count.set_data(add(self.count, x))
        return self.count, self.other


def test_state_that_is_returned_is_not_lost_by_donation():
    net = Counter()
    one = Tensor(np.ones(2, np.float32))
    kept = [net(one) for _ in range(3)]
    gc.collect()
    for step, (count, other) in enumerate(kept, start=1):
        np.testing.assert_allclose(count.asnumpy(), step)
        np.testing.assert_allclose(other.asnumpy(), 1)
    np.testing.assert_allclose(one.asnumpy(), 1)


def test_an_input_that_becomes_state_is_not_lost_by_donation():
    class Keep(Cell):
        def __init__(self):
            super().__init__()
            self.a = Parameter(Tensor(np.zeros(2, np.float32)), name="a")
            self.b = Parameter(Tensor(np.zeros(2, np.float32)), name="b")

        def construct(self, x):
            self.a.set_data(x)
            self.b.set_data(x)
            return x

    net = Keep()
    first = Tensor(np.ones(2, np.float32))
    out = net(first)
    net(Tensor(np.full(2, 2, np.float32)))
    np.testing.assert_allclose(first.asnumpy(), 1)
    np.testing.assert_allclose(out.asnumpy(), 1)
    np.testing.assert_allclose(net.a.asnumpy(), 2)
    np.testing.assert_allclose(net.b.asnumpy(), 2)


def test_values_read_before_a_step_survive_it():
    net = Counter()
    tensor, array = net.count.value(), net.count.asnumpy()
    net(Tensor(np.ones(2, np.float32)))
    np.testing.assert_allclose(tensor.asnumpy(), 0)
    np.testing.assert_allclose(array, 0)


def test_set_data_does_not_take_the_users_tensor_away():
    net = Counter()
    given = Tensor(np.full(2, 5, np.float32))
    net.count.set_data(given)
    net(Tensor(np.ones(2, np.float32)))
    np.testing.assert_allclose(given.asnumpy(), 5)
    np.testing.assert_allclose(net.count.asnumpy(), 6)


def test_set_data_between_calls_takes_effect():
    net = Counter()
    net(Tensor(np.ones(2, np.float32)))
    net.other.set_data(Tensor(np.full(2, 4, np.float32)))
    np.testing.assert_allclose(net(Tensor(X[:2]))[1].asnumpy(), 4)


def test_parameters_found_outside_the_cells_are_state_too():
    hidden = Parameter(Tensor(1.0), name="hidden")

    @jit
    def bump(x):
        hidden.set_data(add(hidden, x))
        return mul(hidden, 2.0)

    values = [float(bump(Tensor(1.0))) for _ in range(3)]
    assert values == [4.0, 6.0, 8.0]
    assert bump.compile_cache.num_traces == 1


def test_jit_sees_closure_and_global_changes():
    factor = 2.0

    @jit
    def scaled(x):
        return mul(x, factor)

    assert float(scaled(Tensor(3.0))) == 6.0
    factor = 4.0
    assert float(scaled(Tensor(3.0))) == 12.0


def test_jit_sees_a_tensor_of_its_closure_change():
    shift = Tensor(1.0)
    shifted = jit(lambda x: add(x, shift))
    assert float(shifted(Tensor(3.0))) == 4.0
    shift.assign_value(5.0)
    assert float(shifted(Tensor(3.0))) == 8.0


def test_python_arguments_are_constants():
    @jit
    def power(x, n, flag=False):
        for _ in range(n):
            x = mul(x, x)
        return (x, {"n": n}) if flag else x

    assert float(power(Tensor(2.0), 2)) == 16.0
    assert float(power(Tensor(2.0), 1)) == 4.0
    value, rest = power(Tensor(2.0), 1, flag=True)
    assert (float(value), rest) == (4.0, {"n": 1})


def test_values_on_the_host_fall_back_with_one_warning():
    class Branch(Cell):
        def construct(self, x):
            return x if total(x).asnumpy() > 0 else mul(x, -1.0)

    net = Branch()
    with pytest.warns(RuntimeWarning, match=r"test_compile.py:\d+.*total\(x\)"):
        np.testing.assert_allclose(net(Tensor(-X)).asnumpy(), X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(net(Tensor(X)).asnumpy(), X)


def test_strict_refuses_what_it_cannot_compile():
    class Branch(Cell):
        def construct(self, x):
            return x if x.asnumpy().sum() > 0 else x

    context.set_context(jit_syntax_level=context.STRICT)
    try:
        with pytest.raises(RuntimeError, match="Branch cannot be compiled"):
            Branch()(Tensor(X))
    finally:
        context.set_context(jit_syntax_level=context.LAX)


def test_a_construct_that_changes_attributes_runs_eagerly():
    class Counting(Cell):
        def __init__(self):
            super().__init__()
            self.calls = 0

        def construct(self, x):
            self.calls = self.calls + 1
            return mul(x, float(self.calls))

    net = Counting()
    with pytest.warns(RuntimeWarning, match="changes the attribute 'calls' of Count"):
        net(Tensor(1.0))
    before = net.calls
    assert float(net(Tensor(1.0))) == before + 1


def test_errors_name_the_cell_and_the_line():
    class Inner(Cell):
        def construct(self, x):
            raise ValueError("bad shape")

    class Middle(Cell):
        def __init__(self):
            super().__init__()
            self.block = Inner()

        def construct(self, x):
            return self.block(x)

    class Outer(Cell):
        def __init__(self):
            super().__init__()
            self.body = Middle()

        def construct(self, x):
            return self.body(x)

    for mode in (context.GRAPH_MODE, context.PYNATIVE_MODE):
        context.set_context(mode=mode)
        try:
            with pytest.raises(ValueError, match="bad shape") as caught:
                Outer()(Tensor(1.0))
        finally:
            context.set_context(mode=context.GRAPH_MODE)
        text = str(caught.value)
        assert "in cell Outer.body.block" in text
        assert "raise ValueError" in text
        assert text.count("in cell") == 1


def test_numpy_inputs_are_refused():
    with pytest.raises(TypeError, match=r"pass Tensor\(array\)"):
        Scale()(X)


def test_hand_written_step_over_a_parameter_tuple():
    class Descent(Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter(Tensor(X), name="w")
            self.weights = ParameterTuple([self.w])

        def construct(self, rate):
            for p in self.weights:
                p.set_data(op(lambda w, r: w - r * w)(p, rate))
            return total(self.w)

    step = Descent()
    step(Tensor(0.5))
    np.testing.assert_allclose(step.w.asnumpy(), X / 2)
    assert isinstance(step.w._data, jax.Array)


def test_a_foreign_transformation_cannot_leak_a_tracer():
    net = Counter()

    def inside(x):
        net.count.set_data(Tensor._wrap(x))
        return x

    with pytest.raises(RuntimeError, match="foreign JAX transformation"):
        jax.jit(inside)(jnp.ones(2))
    np.testing.assert_allclose(net.count.asnumpy(), 0)


@pytest.mark.parametrize("how", ["set_context", "jax"])
def test_matmul_precision_counts_from_the_next_call(how):
    """Whoever sets it: the program of the other precision does not serve."""
    product = jit(lambda a, b: a @ b)
    x = Tensor(np.ones((2, 2), np.float32))
    seen = []
    for precision in (None, "float32", None):
        if how == "jax":
            with jax.default_matmul_precision(precision):
                product(x, x)
        else:
            context.set_context(matmul_precision=precision)
            product(x, x)
        seen.append(product.compile_cache.num_traces)
    assert seen == [1, 2, 2]
    assert ledger()[-1].cause == "matmul_precision changed"
    context.set_context(matmul_precision="float32")
    (dot,) = [
        equation
        for equation in jax.make_jaxpr(lambda a: (Tensor(a) @ Tensor(a))._value)(
            x._value
        ).eqns
        if equation.primitive.name == "dot_general"
    ]
    assert set(dot.params["precision"]) == {jax.lax.Precision.HIGHEST}
