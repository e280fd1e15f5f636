"""Parameter and ParameterTuple."""

import copy

import numpy as np
import pytest

import cellnet as ms
from cellnet import Parameter, ParameterTuple, Tensor


def test_arguments():
    parameter = Parameter(Tensor([1.0]), name="w", requires_grad=False)
    assert (parameter.name, parameter.requires_grad) == ("w", False)
    assert isinstance(parameter, Tensor)
    assert Parameter(1.0).dtype is ms.float32
    assert Parameter(1).dtype is ms.int32
    assert (
        repr(parameter)
        == "Parameter (name=w, shape=(1,), dtype=Float32, requires_grad=False)"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"default_input": "a"}, TypeError),
        ({"default_input": None}, TypeError),
        ({"default_input": True}, ValueError),
        ({"default_input": 1.0, "name": 3}, ValueError),
        ({"default_input": 1.0, "name": "x" * 2000}, ValueError),
        ({"default_input": 1.0, "requires_grad": 1}, TypeError),
    ],
)
def test_refused_arguments(arguments, error):
    with pytest.raises(error, match="Parameter"):
        Parameter(**arguments)


def test_set_data():
    parameter = Parameter(Tensor([1.0, 2.0]), name="w")
    assert parameter.set_data(Tensor([3.0, 4.0])) is parameter
    assert parameter.asnumpy().tolist() == [3.0, 4.0]
    parameter.set_data(Tensor([1, 2], ms.int32))
    assert parameter.dtype is ms.float32
    with pytest.raises(ValueError, match=r"'w' has shape \(2,\), got \(3,\)"):
        parameter.set_data(Tensor([1.0, 2.0, 3.0]))
    assert parameter.asnumpy().tolist() == [1.0, 2.0]
    parameter.set_data(Tensor([1.0, 2.0, 3.0]), slice_shape=True)
    assert parameter.shape == (3,)
    with pytest.raises(TypeError, match="'w'"):
        parameter.set_data("1")


def test_it_copies_what_it_is_given():
    source = Tensor([1.0, 2.0])
    parameter = Parameter(source)
    source[0] = 9.0
    assert parameter.asnumpy().tolist() == [1.0, 2.0]
    array = np.ones(2, np.float32)
    parameter.set_data(Tensor(array))
    array[0] = 9
    assert parameter.asnumpy().tolist() == [1.0, 1.0]


def test_clone():
    parameter = Parameter(Tensor([1.0, 2.0]), name="w", requires_grad=False)
    twin = parameter.clone()
    assert (twin.name, twin.requires_grad) == ("w", False)
    twin.set_data(Tensor([5.0, 5.0]))
    assert parameter.asnumpy().tolist() == [1.0, 2.0]
    assert parameter.clone("zeros").asnumpy().tolist() == [0.0, 0.0]
    assert parameter.clone(2).asnumpy().tolist() == [2.0, 2.0]
    assert copy.deepcopy(parameter).name == "w"


def test_tuple():
    items = [Parameter(Tensor([float(i)]), name=f"p{i}") for i in range(2)]
    parameters = ParameterTuple(iter(items))
    assert [p.name for p in parameters] == ["p0", "p1"]
    moments = parameters.clone("moments", init="zeros")
    assert [p.name for p in moments] == ["moments.p0", "moments.p1"]
    assert moments[1].asnumpy().tolist() == [0.0]
    with pytest.raises(TypeError, match="Parameters"):
        ParameterTuple([Tensor(1.0)])


def test_in_place_change():
    parameter = Parameter(Tensor([1.0, 2.0]), name="w")
    parameter[0] = 5.0
    assert parameter.asnumpy().tolist() == [5.0, 2.0]
    assert isinstance(parameter * 2, Tensor)
    assert not isinstance(parameter * 2, Parameter)
