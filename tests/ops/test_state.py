"""Assignments, order, printing and gradients that stop."""

import jax
import numpy as np
import pytest

from cellnet import Parameter, Tensor, jit, ops
from cellnet import dtype as mstype
from cellnet.graph import grad


def parameter(values=(1.0, 2.0)):
    return Parameter(np.array(values, np.float32), name="p")


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("name", "expected"), [("Assign", 4.0), ("AssignAdd", 5.0), ("AssignSub", -3.0)]
)
def test_assignments(name, expected, compiled):
    p, primitive = parameter((1.0, 1.0)), getattr(ops, name)()

    def write(value):
        return primitive(p, value)

    write = jit(write) if compiled else write
    result = write(Tensor([4.0, 4.0]))
    assert result.tolist() == [expected] * 2
    assert p.asnumpy().tolist() == [expected] * 2


def test_assign_casts_and_copies():
    p, value = parameter(), Tensor([7, 8])
    ops.assign(p, value)
    assert p.dtype is mstype.float32
    same = Tensor([3.0, 4.0])
    ops.assign(p, same)
    assert p._data is not same._value  # the Parameter may be donated
    ops.assign_add(p, 1.0)
    assert same.tolist() == [3.0, 4.0]
    assert p.asnumpy().tolist() == [4.0, 5.0]


def test_assign_errors():
    with pytest.raises(ValueError, match="shape"):
        ops.assign(parameter(), Tensor([1.0]))
    with pytest.raises(ValueError, match="shape"):
        ops.assign(parameter(), 1.0)
    with pytest.raises(TypeError, match="Parameter"):
        ops.assign([1.0], Tensor([1.0]))


def test_depend_gives_its_first_argument():
    p = parameter()

    @jit
    def step(x):
        return ops.depend(x * 2, ops.assign(p, x))

    assert step(Tensor([5.0, 6.0])).tolist() == [10.0, 12.0]
    assert p.asnumpy().tolist() == [5.0, 6.0]
    x = Tensor([1.0])
    assert ops.Depend()(x, None) is x


def test_stop_gradient():
    slope = grad(lambda x: (x * ops.stop_gradient(x)).sum())(Tensor([3.0]))
    assert slope.tolist() == [3.0]


def test_identity_of_a_parameter_is_a_copy():
    p = parameter()
    result = ops.Identity()(p)
    assert not isinstance(result, Parameter)
    ops.assign(p, Tensor([9.0, 9.0]))
    assert result.tolist() == [1.0, 2.0]


def test_print_shows_values_each_time_the_program_runs(capfd):
    @jit
    def shown(x):
        ops.Print()("x is", x)
        return x + 1

    for value in (1.0, 2.0):
        shown(Tensor([value]))
        jax.effects_barrier()
    out = capfd.readouterr().out
    assert out.count("x is\n") == 2
    assert "1." in out
    assert "2." in out
    ops.print_("eager", Tensor([3]))
    assert "eager\nTensor(shape=[1]" in capfd.readouterr().out


def test_stop_gradient_in_place():
    def loss(x):
        squared = x * x
        ops.stop_gradient_(squared)
        return (x * squared).sum()

    assert grad(loss)(Tensor([3.0])).tolist() == [9.0]
    x = Tensor([3.0])
    assert ops.stop_gradient_(x) is x
    with pytest.raises(TypeError, match="stop_gradient_"):
        ops.stop_gradient_(3)


def test_control_depend_leaves_things_in_the_order_of_the_program():
    p = parameter()

    @jit
    def step(x):
        before = p * x
        written = ops.assign(p, x)
        ops.control_depend(before, written)
        return ops.ControlDepend(depend_mode=1)(before, written), p + 0

    before, after = step(Tensor([5.0, 6.0]))
    assert (before.tolist(), after.tolist()) == ([5.0, 12.0], [5.0, 6.0])
    with pytest.raises(ValueError, match="depend_mode"):
        ops.ControlDepend(2)
