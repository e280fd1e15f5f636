"""Slices of a Parameter joined, and files read in the background."""

import numpy as np
import pytest

import cellnet
from cellnet import Parameter, Tensor, nn, train
from cellnet.train.checkpoint import (
    load_checkpoint,
    load_checkpoint_async,
    merge_sliced_parameter,
    save_checkpoint,
)


def piece(value, rows=2, name="layer.weight"):
    return Parameter(Tensor(np.full((rows, 3), value, np.float32)), name=name)


def test_slices_are_joined_in_their_order():
    pieces = [piece(1.0), piece(2.0, rows=1), piece(3.0)]
    pieces[0].requires_grad = False
    whole = merge_sliced_parameter(pieces, {})
    expected = np.concatenate([p.asnumpy() for p in pieces])
    np.testing.assert_array_equal(whole.asnumpy(), expected)
    assert (whole.name, whole.requires_grad) == ("layer.weight", False)


@pytest.mark.parametrize(
    ("error", "slices", "strategy"),
    [
        (TypeError, piece(1.0), None),
        (TypeError, [3], None),
        (TypeError, [piece(1.0)], 3),
        (ValueError, [], None),
        (ValueError, [piece(1.0), piece(1.0, name="other")], None),
        (ValueError, [piece(1.0), Parameter(Tensor([1.0]), name="layer.weight")], None),
        (ValueError, [piece(1.0)], {"layer.weight": object()}),
    ],
)
def test_slices_that_are_refused(error, slices, strategy):
    with pytest.raises(error, match="merge_sliced_parameter"):
        merge_sliced_parameter(slices, strategy)


def test_a_file_read_in_the_background(tmp_path):
    path = tmp_path / "net.ckpt"
    saved, net = (nn.Dense(2, 3, has_bias=False) for _ in range(2))
    save_checkpoint(saved, str(path))
    loading = load_checkpoint_async(path, net, choice_func=lambda n: "weight" in n)
    found = loading.result()
    assert list(found) == ["weight"]
    np.testing.assert_array_equal(net.weight.asnumpy(), saved.weight.asnumpy())
    expected = load_checkpoint(path)["weight"].asnumpy()
    np.testing.assert_array_equal(found["weight"].asnumpy(), expected)


def test_its_errors_come_with_the_result(tmp_path):
    loading = load_checkpoint_async(tmp_path / "missing.ckpt")
    with pytest.raises(ValueError, match=r"missing\.ckpt"):
        loading.result()


def test_the_spellings():
    for module in (cellnet, train):
        assert module.load_checkpoint_async is load_checkpoint_async
        assert module.merge_sliced_parameter is merge_sliced_parameter
