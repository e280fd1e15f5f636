"""export and load: the same numbers, without the network's code."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cellnet as ms
from cellnet import Parameter, Tensor, nn, ops
from cellnet.train.export import export, load
from tests.train._training import Net


def images(count=2):
    values = np.random.default_rng(0).normal(size=(count, 1, 4, 4))
    return Tensor(values.astype(np.float32))


def exported(tmp_path):
    net = Net().set_train(False)
    file = str(tmp_path / "net")
    export(net, images(), file_name=file, file_format="STABLEHLO")
    return net, file + ".stablehlo"


def test_the_same_numbers(tmp_path):
    net, file = exported(tmp_path)
    graph = load(file)
    expected = net(images()).asnumpy()
    np.testing.assert_array_equal(graph(images()).asnumpy(), expected)
    np.testing.assert_array_equal(nn.GraphCell(graph)(images()).asnumpy(), expected)
    assert {p.name for p in graph.get_parameters()} == set(net.parameters_dict())


def test_without_the_code(tmp_path):
    net, file = exported(tmp_path)
    np.save(tmp_path / "x.npy", images().asnumpy())
    program = (
        "import sys, numpy as np, cellnet as ms\n"
        "x = ms.Tensor(np.load(sys.argv[2]))\n"
        "np.save(sys.argv[3], ms.load(sys.argv[1])(x).asnumpy())\n"
        "assert 'tests.train._training' not in sys.modules\n"
    )
    arguments = [file, str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True)
    found = np.load(tmp_path / "y.npy")
    np.testing.assert_allclose(found, net(images()).asnumpy(), rtol=1e-6)


def test_new_values_for_its_parameters(tmp_path):
    _, file = exported(tmp_path)
    other = Net().set_train(False)
    values = {p.name: p.value() for p in other.get_parameters()}
    graph = nn.GraphCell(load(file), values)
    np.testing.assert_allclose(
        graph(images()).asnumpy(), other(images()).asnumpy(), rtol=1e-6
    )


class Several(nn.Cell):
    """Several inputs and outputs, types of few digits, a constant."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor([2.0], ms.bfloat16), name="w")

    def construct(self, pair, power):
        a, b = pair
        return {"power": ops.pow(a, power), "both": (a + b, (b * self.w,))}


def test_nested_values(tmp_path):
    file = str(tmp_path / "net.stablehlo")
    pair = (Tensor([1.0, 2.0]), Tensor([3.0], ms.bfloat16))
    export(Several(), pair, 3, file_name=file)
    found = load(file)(pair)
    assert found["power"].asnumpy().tolist() == [1.0, 8.0]
    assert found["both"][0].asnumpy().tolist() == [4.0, 5.0]
    assert str(found["both"][1][0].dtype) == "BFloat16"


def test_a_function(tmp_path):
    file = str(tmp_path / "f")
    weight = Parameter(Tensor([3.0]), name="w")
    export(ms.jit(lambda x: x * weight), Tensor([2.0]), file_name=file)
    weight.set_data(Tensor([0.0]))
    assert load(file + ".stablehlo")(Tensor([5.0])).asnumpy().tolist() == [15.0]


def test_training_is_refused_and_files_are_checked(tmp_path):
    net, file = exported(tmp_path)
    with pytest.raises(ValueError, match="set_train"):
        export(net.set_train(), images(), file_name=file)
    with pytest.raises(ValueError, match=r"float32\[2, 1, 4, 4\]"):
        load(file)(images(3))
    content = bytearray(Path(file).read_bytes())
    content[len(content) // 2] ^= 0xFF
    broken = tmp_path / "broken.stablehlo"
    broken.write_bytes(content)
    with pytest.raises(RuntimeError, match="damaged"):
        load(str(broken))


@pytest.mark.parametrize("name", ["MINDIR", "AIR", "ONNX", "PDF"])
def test_formats(name, tmp_path):
    with pytest.raises(ValueError, match="STABLEHLO"):
        export(Net(), images(), file_name=str(tmp_path / "a"), file_format=name)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda d: export(3, images(), file_name=f"{d}/a")),
        (TypeError, lambda d: export(Net(), images(), file_name=3)),
        (TypeError, lambda d: export(Net(), images().asnumpy(), file_name=f"{d}/a")),
        (ValueError, lambda d: export(Net(), images(), file_name="a", enc_key=b"k")),
        (ValueError, lambda d: load(f"{d}/none.stablehlo")),
        (ValueError, lambda d: load(3)),
        (ValueError, lambda d: load(f"{d}/a", dec_key=b"k")),
    ],
)
def test_errors(kind, call, tmp_path):
    with pytest.raises(kind):
        call(tmp_path)
