"""Names of Parameters and Cells in networks of all kinds, and printed forms."""

import json
import re

import pytest

CELLS = [
    "Net()",
    "nn.BatchNorm2d(3)",
    "nn.GroupNorm(2, 4)",
    "nn.LayerNorm([3])",
    "nn.Embedding(5, 3)",
    "nn.SequentialCell(dense(), nn.ReLU(), dense(has_bias=False))",
    "nn.SequentialCell([dense(), nn.SequentialCell(dense())])",
    "nn.SequentialCell(OrderedDict([('first', dense()), ('last', dense())]))",
    "nn.CellList([dense(), nn.BatchNorm2d(3)])",
    "Holder(seq=nn.SequentialCell(dense(), dense()), w=weight())",
    "Holder(layers=nn.CellList([dense(), nn.CellList([dense()])]))",
    "Holder(net=Holder(inner=Holder(w=weight(), fc=dense())))",
    "shared_cell()",
    "shared_parameter()",
    "tied_parameters()",
    "filled_after_assignment(nn.CellList())",
    "filled_after_assignment(nn.SequentialCell())",
    "filled_after_assignment(nn.CellList([dense()]))",
    "inserted()",
    "renamed()",
    "renamed(recurse=False)",
    "child_inserted()",
    "replaced()",
    "deleted()",
    "Holder(auto_prefix=False, a=dense(), b=nn.BatchNorm2d(3))",
    "Holder(top=Holder(auto_prefix=False, a=dense(has_bias=False)))",
    "Holder(w=weight('given'), c=Holder(w=weight('deep')))",
    "Holder(both=ParameterTuple([weight('x'), weight('y', requires_grad=False)]))",
    "Holder(hidden=[dense(), weight('z')], w=weight())",
    "Holder(auto_prefix=False, net=Holder(fc=dense()), same=weight('fc.scale'))",
    "nn.WithLossCell(Net(), nn.MSELoss())",
    "nn.WithEvalCell(Net(), nn.MSELoss())",
    "train_step('Momentum', learning_rate=0.1, momentum=0.9)",
    "train_step('Momentum', learning_rate=[0.1, 0.2], momentum=0.9)",
    "train_step('SGD', learning_rate=0.1)",
    "train_step('SGD', learning_rate=0.1, momentum=0.9)",
    "train_step('Adam')",
    "train_step('Adam', use_amsgrad=True)",
    "train_step('AdamWeightDecay')",
    "train_step('Lamb', learning_rate=0.1)",
    "train_step('RMSProp')",
    "train_step('Adagrad')",
]
PRINTED = [
    # cells
    *("str(Net())", "repr(Net())", "str(nn.Dense(3, 4, activation='relu'))"),
    *("str(nn.Dense(3, 4))", "str(nn.Dense(3, 4, has_bias=False))"),
    "str(nn.SequentialCell(nn.ReLU(), nn.SequentialCell(nn.Flatten())))",
    *("str(nn.CellList([]))", "str(nn.MaxPool2d(2, 2))", "str(nn.AvgPool2d(3))"),
    *("str(nn.Dropout(0.8))", "str(nn.Dropout(p=0.2))", "str(nn.BatchNorm2d(3))"),
    *("str(nn.MSELoss())", "str(nn.ReLU())"),
    "str(train_step('Momentum', learning_rate=0.1, momentum=0.9))",
    # parameters and primitives
    *("str(weight('w'))", "repr(weight('w'))", "str(ParameterTuple([weight('w')]))"),
    *("str(ops.ReLU())", "str(ops.ReduceMean(keep_dims=False))", "str(ops.Reshape())"),
    # types
    *(f"str(ms.{t})" for t in ("float32", "int64", "bool_", "uint8", "bfloat16")),
    # Tensors
    *("str(tensor(1.5))", "str(tensor(3))", "str(tensor(True))", "str(tensor([]))"),
    *("str(tensor([1, 2.5]))", "str(tensor([[1, 2], [3, 4]]))"),
    *("str(tensor([True, False]))", "str(tensor(range(2000)))", "f'{tensor([0.5])}'"),
    *("repr(tensor(1.5, np.float32))", "repr(ms.Tensor(1))", "f'{tensor(1.0):.3f}'"),
    "repr(tensor([[1, 2], [3, 4]]))",
    *("str(tensor([1e-8, 1.0]))", "str(tensor([1.23456789, 2], np.float32))"),
    *("str(tensor([float('nan'), float('inf')]))", "'%.2f' % tensor(1.5)"),
]


@pytest.fixture(scope="module")
def found(run_both):
    both = run_both("names:structures", {"texts": json.dumps(CELLS)})
    return [[json.loads(str(each)) for each in found.values()] for found in both]


@pytest.fixture(scope="module")
def printed(run_both):
    both = run_both("names:texts_of", {"texts": json.dumps(PRINTED)})
    return [found["texts"].tolist() for found in both]


@pytest.mark.parametrize("number", range(len(CELLS)), ids=CELLS)
def test_cells_hold_the_same_names(found, number):
    ours, theirs = (structures[number] for structures in found)
    assert ours == theirs


@pytest.mark.parametrize("number", range(len(PRINTED)), ids=PRINTED)
def test_things_print_alike(printed, number):
    # MindSpore shows where in memory an initializer lies
    ours, theirs = (
        re.sub(r"weight_init=.*, format", "format", texts[number]) for texts in printed
    )
    assert ours == theirs
