"""One seed fixes weights, dropout and the order of data."""

import numpy as np
import pytest

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Tensor, nn


def draw():
    net = nn.SequentialCell(nn.Dense(3, 4), nn.Dropout(p=0.5)).set_train()
    out = net(Tensor(np.ones((2, 3), np.float32))).asnumpy()
    data = ds.NumpySlicesDataset(np.arange(20), shuffle=True)
    order = [int(row[0]) for row in data.create_tuple_iterator(output_numpy=True)]
    return net[0].weight.asnumpy(), out, order


def test_set_seed():
    ms.set_seed(3)
    first = draw()
    second = draw()
    ms.set_seed(3)
    again = draw()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(first[0], second[0])


def test_dropout_differs_from_call_to_call():
    net = nn.Dropout(p=0.5).set_train()
    x = Tensor(np.ones(64, np.float32))
    assert not np.array_equal(net(x).asnumpy(), net(x).asnumpy())
    assert net.compile_cache.num_traces == 1


@pytest.mark.parametrize(
    ("seed", "error"),
    [(-1, ValueError), (2**32, ValueError), (1.0, TypeError), (True, TypeError)],
)
def test_refused(seed, error):
    with pytest.raises(error, match="seed"):
        ms.set_seed(seed)
