"""summary and draw: counts by formula, the graph of networks that are known."""

import re

import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor, nn, ops
from cellnet.view import draw, graph_of, summary
from cellnet.view._layout import lay_out


class Residual(nn.Cell):
    """A block with a way around it, one ReLU used twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, pad_mode="valid", has_bias=True)
        self.body = nn.SequentialCell(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8))
        self.relu = nn.ReLU()
        self.unused = nn.Dense(2, 2)
        self.head = nn.Dense(8, 10)

    def construct(self, x):
        x = self.relu(self.stem(x))
        x = self.relu(x + self.body(x))
        return self.head(x.mean((2, 3)))


class Recurrent(nn.Cell):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(16, 32, batch_first=True)
        self.head = nn.Dense(32, 5)

    def construct(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def test_a_table(capsys):
    net = Residual().set_train()
    table = summary(net, (2, 3, 10, 10))
    rows = {row.path: row for row in table.rows}
    assert list(rows) == [path for path, _ in net.cells_and_names()]
    assert rows["stem"].shapes == [(2, 8, 8, 8)]
    assert rows["stem"].num_parameters == 3 * 8 * 9 + 8
    # 2 operations for each weight and place, and the bias
    assert rows["stem"].flops == 2 * 64 * 8 * (2 * 27 + 1)
    assert rows["head"].flops == 2 * 10 * (2 * 8 + 1)
    assert rows["relu"].num_calls == 2
    assert rows["relu"].output_bytes == 2 * (2 * 8 * 64) * 4
    assert (rows["unused"].num_calls, rows["unused"].shapes) == (0, [])
    assert rows["body"].num_parameters == 8 * 8 * 9 + 4 * 8
    assert rows["body"].num_trainable == 8 * 8 * 9 + 2 * 8
    parts = ("stem", "body", "relu", "head")
    assert table.flops >= sum(rows[name].flops for name in parts)
    assert table.num_parameters == sum(p.size for p in net.get_parameters())
    assert table.num_trainable == sum(p.size for p in net.trainable_params())
    assert table.input_bytes == 2 * 3 * 100 * 4
    text = capsys.readouterr().out
    assert text == f"{table}\n"
    assert re.search(r"^  unused +Dense +not called +6 ", text, re.MULTILINE)
    assert all(cell.training for _, cell in net.cells_and_names())


def test_a_table_of_the_upper_cells_only():
    table = summary(Residual(), (2, 3, 10, 10), depth=1, show=False)
    assert max(row.depth for row in table.rows) == 1
    with pytest.raises(ValueError, match="depth"):
        summary(Residual(), (2, 3, 10, 10), depth=-1)


def test_a_loop_counts_for_its_rounds():
    def flops(length):
        rows = summary(Recurrent(), (8, length, 16), show=False).rows
        return {row.path: row.flops for row in rows}["lstm"]

    products = 2 * 8 * 40 * (16 + 32) * 4 * 32
    assert products <= flops(40) <= 1.1 * products
    assert flops(40) == pytest.approx(2 * flops(20), rel=0.02)


def test_inputs_of_all_kinds():
    class Two(nn.Cell):
        def construct(self, x, y):
            return x.astype(ms.float32) + y

    for x in (Tensor(np.ones((2, 3), np.int32)), np.ones((2, 3), np.int64)):
        table = summary(Two(), x, (3,), show=False)
        assert table.rows[0].shapes == [(2, 3)]
    with pytest.raises(TypeError, match="an input must be a Tensor"):
        summary(Two(), "x")
    with pytest.raises(TypeError, match="network must be a Cell"):
        summary(lambda x: x, (2,))


def test_looking_changes_nothing():
    net = Residual()
    x = Tensor(np.ones((2, 3, 10, 10), np.float32))
    before = net(x).asnumpy()
    traces = net.compile_cache.num_traces
    summary(net, x, show=False)
    graph_of(net, x)
    looked = net.compile_cache.num_traces
    np.testing.assert_array_equal(net(x).asnumpy(), before)
    assert net.compile_cache.num_traces == looked > traces
    assert not any(cell._hooks for _, cell in net.cells_and_names())


def test_the_graph_of_a_block():
    nodes = {node.name: node for node in graph_of(Residual(), (2, 3, 10, 10))}
    edges = {name: [s.name for s in node.sources] for name, node in nodes.items()}
    assert edges["stem"] == ["input"]
    assert edges["body/0"] == ["relu"]
    assert edges["body/1"] == ["body/0"]
    assert sorted(edges["add"]) == ["body/1", "relu"]
    assert edges["relu_2"] == ["add"]
    assert edges["output"] == ["head"]
    assert nodes["body/1"].kind == "BatchNorm2d"
    assert nodes["head"].shape == (2, 10)
    assert "unused" not in nodes


def test_a_layer_of_many_equations_is_one_node():
    kinds = [node.kind for node in graph_of(Recurrent(), (8, 20, 16))]
    assert kinds == ["input", "LSTM", "slice", "Dense", "output"]


def test_operations_in_a_row_are_one_node():
    class Row(nn.Cell):
        def construct(self, x):
            return ops.exp(ops.sin(x)).sum(-1)

    kinds = [node.kind for node in graph_of(Row(), (2, 3))]
    assert kinds == ["input", "sin, exp, reduce_sum", "output"]


@pytest.mark.parametrize(("ending", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_a_picture(tmp_path, ending, head):
    pytest.importorskip("matplotlib")
    path = draw(Residual(), (2, 3, 10, 10), path=tmp_path / f"net.{ending}")
    content = path.read_bytes()
    assert content.startswith(head)
    if ending == "svg":  # its text can be read
        for text in (b"stem: Conv2d", b"(2, 8, 8, 8)", b"relu_2: ReLU", b"add"):
            assert text in content


def test_a_picture_of_another_kind(tmp_path):
    with pytest.raises(ValueError, match=r"must end with one of"):
        draw(Residual(), (2, 3, 10, 10), path=tmp_path / "net.doc")


def test_a_layout_has_room_for_all():
    # a diamond with a long edge, beside a chain
    sources = [[], [0], [0], [1, 2], [3, 0], []]
    places, ways = lay_out(sources)
    assert [p.layer for p in places] == [0, 1, 1, 2, 3, 0]
    way = ways[0, 4]
    assert [p.layer for p in way] == [0, 1, 2, 3]
    every = {id(p): p for w in ways.values() for p in w} | {id(p): p for p in places}
    for layer in range(4):
        xs = sorted(p.x for p in every.values() if p.layer == layer)
        assert np.diff(xs).min(initial=1) >= 1 - 1e-9


def test_they_are_found_under_the_package():
    assert ms.summary is summary
    assert ms.draw is draw
