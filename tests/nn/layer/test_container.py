from collections import OrderedDict

import numpy as np
import pytest

from cellnet import nn
from cellnet.tensor import Tensor


def dense():
    return nn.Dense(2, 2)


def keys_and_names(cell):
    return [(key, parameter.name) for key, parameter in cell.parameters_and_names()]


def weights(cell):
    return [name for _, name in keys_and_names(cell) if name.endswith("weight")]


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.cells_ = nn.CellList([dense()])
        self.cells_.append(dense())
        self.chain = nn.SequentialCell([dense()])
        self.chain.append(dense())
        self.late = nn.CellList()
        self.late.append(dense())
        self.late.extend([dense(), dense()])
        self.late.insert(0, dense())


# Names below were read off MindSpore 2.10.
def test_parameters_are_named_by_their_place():
    assert weights(nn.SequentialCell(dense(), nn.ReLU(), dense())) == [
        "0.weight",
        "2.weight",
    ]
    assert weights(nn.CellList([nn.ReLU(), dense()])) == ["1.weight"]
    assert weights(nn.SequentialCell(OrderedDict(a=dense(), b=nn.ReLU()))) == [
        "a.weight"
    ]
    assert weights(nn.CellDict({"a": dense()})) == ["a.weight"]
    assert weights(nn.CellList([dense()], auto_prefix=False)) == ["weight"]


def test_cells_appended_after_assignment():
    pairs = [pair for pair in keys_and_names(Net()) if pair[0].endswith("weight")]
    assert pairs == [
        ("cells_.0.weight", "cells_.0.weight"),
        ("cells_.1.weight", "cells_.1.weight"),
        ("chain.0.weight", "chain.0.weight"),
        ("chain.1.weight", "chain.1.weight"),
        ("late.0.weight", "0.weight"),  # MindSpore's quirk; the outer cell mends it
        ("late.1.weight", "1.weight"),
        ("late.2.weight", "2.weight"),
        ("late.3.weight", "3.weight"),
    ]
    outer = nn.SequentialCell(Net())
    assert all(key == name for key, name in keys_and_names(outer))


def test_insert_and_delete_renumber():
    net = Net()
    net.cells_.insert(1, dense())
    net.cells_.insert(-1, nn.ReLU())
    assert list(net.cells_.name_cells()) == ["0", "1", "2", "3"]
    assert isinstance(net.cells_[2], nn.ReLU)
    expected = ["cells_.0.weight", "cells_.1.weight", "cells_.3.weight"]
    assert weights(net)[:3] == expected
    del net.cells_[0]
    assert weights(net)[:2] == ["cells_.0.weight", "cells_.2.weight"]
    del net.cells_[0:2]
    assert weights(net)[0] == "cells_.0.weight"
    assert len(net.cells_) == 1


def test_insert_puts_the_cell_where_asked():
    first, second, new = dense(), dense(), dense()
    cells = nn.CellList([first, second])
    cells.insert(1, new)
    assert list(cells) == [first, new, second]


def test_ordered_dict_keys_survive_deletion():
    chain = nn.SequentialCell(OrderedDict(a=dense(), b=nn.ReLU(), c=dense()))
    del chain[0]
    assert list(chain.name_cells()) == ["b", "c"]
    chain.append(dense())
    assert weights(chain) == ["c.weight", "2.weight"]


def test_setitem_replaces_and_names():
    net = Net()
    new = dense()
    net.cells_[-1] = new
    assert net.cells_[1] is new
    assert new.weight.name == "cells_.1.weight"


def test_slices_share_cells_and_leave_names_alone():
    cells = nn.CellList([nn.ReLU(), dense(), dense()])
    before = keys_and_names(cells)
    part = cells[1:]
    assert isinstance(part, nn.CellList)
    assert list(part) == list(cells)[1:]
    assert keys_and_names(cells) == before
    chain = nn.SequentialCell(dense(), nn.ReLU(), dense())
    assert weights(chain[1:]) == ["2.weight"]
    assert list(chain[::2].name_cells()) == ["0", "2"]


def test_append_to_a_slice_keeps_all_its_cells():
    chain = nn.SequentialCell(nn.ReLU(), nn.Tanh(), nn.Sigmoid())[1:]
    chain.append(nn.ReLU())
    assert [type(cell).__name__ for cell in chain] == ["Tanh", "Sigmoid", "ReLU"]


def test_names_of_cells_taken_from_elsewhere():
    net = Net()
    chain = nn.SequentialCell(*net.cells_)
    assert weights(chain) == ["0.weight", "1.weight"]


def test_sequential_runs_in_order(mode):
    del mode
    chain = nn.SequentialCell(nn.Dense(2, 1, 2.0, -3.0), nn.ReLU())
    x = np.array([[1.0, 1.0], [0.5, 0.5]], np.float32)
    np.testing.assert_allclose(chain(Tensor(x)).asnumpy(), [[1.0], [0.0]])
    assert nn.SequentialCell()(Tensor([1.0])).asnumpy() == [1.0]


def test_a_cell_listed_twice_runs_twice(mode):
    del mode
    double = nn.Dense(1, 1, 2.0, has_bias=False)
    assert float(nn.SequentialCell(double, double)(Tensor([3.0]))) == 12.0


def test_append_takes_effect_after_compiling():
    chain = nn.SequentialCell(nn.Dense(1, 1, 2.0, has_bias=False))
    assert float(chain(Tensor([3.0]))) == 6.0
    chain.append(nn.Dense(1, 1, 5.0, has_bias=False))
    assert float(chain(Tensor([3.0]))) == 30.0
    chain[0] = nn.ReLU()
    assert float(chain(Tensor([3.0]))) == 15.0
    del chain[1]
    assert float(chain(Tensor([3.0]))) == 3.0


def test_cell_list_in_construct(mode):
    del mode

    class Sum(nn.Cell):
        def __init__(self):
            super().__init__()
            self.branches = nn.CellList(
                [nn.Dense(1, 1, w, has_bias=False) for w in (2, 3)]
            )

        def construct(self, x):
            total = x
            for branch in self.branches[0:]:
                total = total + branch(x)
            return total

    assert float(Sum()(Tensor([1.0]))) == 6.0


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.CellList([1]), TypeError, "must be a Cell, got int"),
        (lambda: nn.CellList((dense(),)), TypeError, "list of Cells, got tuple"),
        (lambda: nn.CellList([dense()], [dense()]), TypeError, "one list"),
        (lambda: nn.CellList([dense()])[1], IndexError, "out of range for 1 Cells"),
        (lambda: nn.CellList([dense()])["0"], TypeError, "int or a slice, got str"),
        (lambda: nn.CellList().insert(1, dense()), IndexError, "out of range"),
        (lambda: nn.CellList().append(None), TypeError, "must be a Cell"),
        (lambda: nn.CellList()(Tensor([1.0])), NotImplementedError, "no construct"),
        (lambda: nn.SequentialCell(3), TypeError, "must be a Cell, got int"),
        (lambda: nn.SequentialCell((dense(),)), TypeError, "got tuple"),
        (lambda: nn.CellDict({1: dense()}), TypeError, "must be a str"),
        (lambda: nn.CellDict({"a.b": dense()}), KeyError, "has a dot"),
        (lambda: nn.CellDict({"": dense()}), KeyError, "empty"),
        (lambda: nn.CellDict({"keys": dense()}), KeyError, "attribute"),
        (lambda: nn.CellDict({"a": 1}), TypeError, "must be a Cell"),
        (lambda: nn.CellDict(3), TypeError, "mapping"),
        (lambda: nn.CellDict()["z"], KeyError, "z"),
    ],
)
def test_misuse_is_refused(act, error, text):
    with pytest.raises(error, match=text):
        act()


def test_a_failed_extend_adds_nothing():
    cells = nn.CellList([dense()])
    with pytest.raises(TypeError):
        cells.extend([dense(), 3])
    assert len(cells) == 1


def test_cell_dict_is_a_mapping():
    cells = nn.CellDict([("a", dense()), ("b", nn.ReLU())])
    assert (list(cells), len(cells), "a" in cells, "c" in cells) == (
        ["a", "b"],
        2,
        True,
        False,
    )
    assert isinstance(cells["b"], nn.ReLU)
    assert dict(cells.items())["a"] is cells["a"]
    assert isinstance(cells.pop("b"), nn.ReLU)
    cells.update({"c": dense()})
    cells["a"] = nn.Tanh()
    assert list(cells.keys()) == ["a", "c"]
    assert isinstance(next(iter(cells.values())), nn.Tanh)
    del cells["a"]
    cells.clear()
    assert len(cells) == 0


def test_cell_dict_under_an_attribute():
    class Heads(nn.Cell):
        def __init__(self):
            super().__init__()
            self.heads = nn.CellDict({"a": dense()})
            self.heads["b"] = dense()

    assert weights(Heads()) == ["heads.a.weight", "heads.b.weight"]


def test_repr():
    assert repr(nn.SequentialCell(nn.Dense(2, 2), nn.ReLU())) == (
        "SequentialCell(\n"
        "  (0): Dense(input_channels=2, output_channels=2, has_bias=True)\n"
        "  (1): ReLU()\n"
        ")"
    )
    assert repr(nn.CellList()) == "CellList()"
