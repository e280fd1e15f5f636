"""Cell: names, children, modes and hooks, as MindSpore 2.10 has them."""

import copy

import numpy as np
import pytest

from cellnet import Parameter, ParameterTuple, Tensor, nn, ops

X = Tensor(np.ones((2, 3), np.float32))


class Block(nn.Cell):
    def __init__(self, auto_prefix=True):
        super().__init__(auto_prefix=auto_prefix)
        self.a = nn.Dense(3, 3, has_bias=False)
        self.b = nn.Dense(3, 3, has_bias=False)

    def construct(self, x):
        return self.b(self.a(x))


class Outer(nn.Cell):
    def __init__(self, block):
        super().__init__()
        self.block = block

    def construct(self, x):
        return self.block(x)


def names(cell):
    return [(key, p.name) for key, p in cell.parameters_and_names()]


def test_names_are_paths():
    assert names(Outer(Block())) == [
        ("block.a.weight", "block.a.weight"),
        ("block.b.weight", "block.b.weight"),
    ]


def test_auto_prefix_false_leaves_names_alone():
    block = Block(auto_prefix=False)
    assert names(block) == [("a.weight", "weight"), ("b.weight", "weight")]
    assert [name for _, name in names(Outer(block))] == [
        "block.a.weight",
        "block.b.weight",
    ]
    with pytest.raises(ValueError, match="occurs twice"):
        Block(auto_prefix=False).check_names()


def test_a_cell_under_two_names_is_listed_once():
    net = nn.Cell()
    net.a = nn.Dense(3, 3, has_bias=False)
    net.b = net.a
    assert names(net) == [("a.weight", "b.weight")]
    assert [name for name, _ in net.cells_and_names()] == ["", "a"]


def test_a_shared_parameter_is_listed_once():
    net = Block()
    net.b.weight = net.a.weight
    assert names(net) == [("a.weight", "a.weight")]


def test_own_parameter_names():
    net = nn.Cell()
    net.w = Parameter(Tensor(1.0))
    net.v = Parameter(Tensor(1.0), name="special")
    assert names(net) == [("w", "w"), ("v", "special")]
    assert [name for _, name in names(Outer(net))] == ["block.w", "block.v"]


def test_a_parameter_tuple_registers_its_items():
    net = nn.Cell()
    net.both = ParameterTuple(
        [Parameter(Tensor(1.0), name="x"), Parameter(Tensor(2.0), name="y")]
    )
    assert names(net) == [("x", "x"), ("y", "y")]
    with pytest.raises(ValueError, match="already exists"):
        net.more = ParameterTuple(
            [Parameter(Tensor(1.0), name="z"), Parameter(Tensor(2.0), name="z")]
        )


def test_listing():
    net = Outer(Block())
    net.block.a.weight.requires_grad = False
    assert [p.name for p in net.trainable_params()] == ["block.b.weight"]
    assert [p.name for p in net.untrainable_params()] == ["block.a.weight"]
    assert list(net.parameters_dict()) == ["block.a.weight", "block.b.weight"]
    assert list(net.get_parameters(expand=False)) == []
    assert [type(c).__name__ for c in net.cells()] == ["Block"]
    assert list(net.block.name_cells()) == ["a", "b"]
    assert [n for n, _ in net.cells_and_names()] == ["", "block", "block.a", "block.b"]


def test_update_parameters_name():
    net = Block()
    net.update_parameters_name("pre.")
    assert names(net)[0] == ("a.weight", "pre.a.weight")
    with pytest.raises(TypeError):
        net.update_parameters_name(3)
    with pytest.raises(ValueError, match="letters"):
        net.update_parameters_name("a b")


def test_insert():
    net = Block()
    net.insert_child_to_cell("d", nn.Dense(3, 3, has_bias=False))
    assert names(net)[-1] == ("d.weight", "weight")
    net.insert_param_to_cell("w", Parameter(Tensor(1.0)))
    assert net.w.name == "w"
    for call, arguments, error in (
        (net.insert_child_to_cell, ("construct", nn.ReLU()), KeyError),
        (net.insert_child_to_cell, ("x.y", nn.ReLU()), KeyError),
        (net.insert_child_to_cell, ("x", 3), TypeError),
        (net.insert_child_to_cell, (3, nn.ReLU()), TypeError),
        (net.insert_param_to_cell, ("x", Tensor(1.0)), TypeError),
        (net.insert_param_to_cell, ("x.y", Parameter(Tensor(1.0))), KeyError),
    ):
        with pytest.raises(error):
            call(*arguments)


def test_assignment_over_what_is_there():
    net = Block()
    net.w = Parameter(Tensor([1.0]), name="w")
    net.w = Tensor([2.0])
    assert isinstance(net.w, Parameter)
    assert net.w.asnumpy().tolist() == [2.0]
    with pytest.raises(TypeError, match="is a Parameter"):
        net.w = 3
    with pytest.raises(TypeError, match="is a Cell"):
        net.a = 3
    with pytest.raises(KeyError):
        net.a = Parameter(Tensor(1.0))
    with pytest.raises(KeyError):
        net.w = nn.ReLU()
    net.w = None
    assert net.w is None
    assert "w" not in net.parameters_dict()
    del net.b
    with pytest.raises(AttributeError, match="has no attribute 'b'"):
        _ = net.b


def test_before_init():
    class Late(nn.Cell):
        def __init__(self):
            self.layer = nn.ReLU()

    with pytest.raises(AttributeError, match=r"super\(\).__init__"):
        Late()


def test_set_train_reaches_children():
    net = Outer(Block())
    assert not net.training
    assert net.set_train() is net
    assert all(cell.training for _, cell in net.cells_and_names())
    net.set_train(False)
    assert not net.block.a.training


def test_repr():
    net = Outer(nn.SequentialCell(nn.ReLU(), nn.Dense(3, 4, has_bias=False)))
    assert repr(net) == (
        "Outer(\n"
        "  (block): SequentialCell(\n"
        "    (0): ReLU()\n"
        "    (1): Dense(input_channels=3, output_channels=4)\n"
        "  )\n"
        ")"
    )


def test_hooks():
    net, seen = Block(), []
    before = net.a.register_forward_pre_hook(lambda cell, x: (x[0] * 2,))
    after = net.register_forward_hook(lambda cell, x, out: out + 1)
    plain = Block()
    for mine, theirs in zip(plain.get_parameters(), net.get_parameters(), strict=True):
        mine.set_data(theirs)
    expected = plain(X).asnumpy()
    np.testing.assert_allclose(net(X).asnumpy(), expected * 2 + 1, rtol=1e-5)
    before.remove()
    after.remove()
    after.remove()
    np.testing.assert_allclose(net(X).asnumpy(), expected, rtol=1e-6)
    assert seen == []
    with pytest.raises(TypeError, match="function"):
        net.register_forward_hook(3)


def test_deepcopy_is_independent():
    net = Outer(Block())
    net(X)
    twin = copy.deepcopy(net)
    twin.block.a.weight.set_data(Tensor(np.zeros((3, 3), np.float32)))
    assert names(twin) == names(net)
    assert net.block.a.weight.asnumpy().any()
    np.testing.assert_array_equal(twin(X).asnumpy(), 0)
    assert net(X).asnumpy().any()


def test_keyword_and_python_arguments():
    class Net(nn.Cell):
        def construct(self, x, times, shift=0.0):
            return x * times + shift

    net = Net()
    np.testing.assert_array_equal(net(X, 3).asnumpy(), 3)
    np.testing.assert_array_equal(net(X, times=2, shift=Tensor(1.0)).asnumpy(), 3)
    with pytest.raises(TypeError):
        net(X)


def test_structures_go_in_and_out():
    class Net(nn.Cell):
        def construct(self, pair, table):
            return {"sum": pair[0] + pair[1], "rest": (table["x"], "text", None, 3)}

    found = Net()((X, X), {"x": X})
    np.testing.assert_array_equal(found["sum"].asnumpy(), 2)
    assert found["rest"][1:] == ("text", None, 3)


def test_compile_ahead():
    net = Block()
    net.compile(X)
    assert net.compile_cache.num_traces == 1
    net(X)
    assert net.compile_cache.num_traces == 1


def test_to_float_computes_in_the_other_type():
    net = Block().to_float(ops.cast(X, X.dtype).astype("float16").dtype)
    assert str(net(X).dtype) == "Float16"
    with pytest.raises(ValueError, match="to_float"):
        net.to_float(ops.cast(X, X.dtype).astype("int32").dtype)


def test_flags_and_parameters_are_told():
    cell = nn.Dense(2, 3)
    assert cell.get_flags() == {}
    assert cell.add_flags(sink_mode=True).get_flags() == {"sink_mode": True}
    assert cell.sink_mode
    assert list(cell.init_parameters_data()) == [cell.weight, cell.bias]
