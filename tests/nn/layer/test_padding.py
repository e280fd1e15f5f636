import numpy as np
import pytest

from cellnet import nn
from cellnet.tensor import Tensor

KINDS = {
    "reflect": (nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d),
    "edge": (nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d),
}
SIDES = (2, 1, 0, 2, 1, 1)


def widths(x, sides):
    """NumPy's padding: from the first axis on, MindSpore's from the last."""
    pairs = list(zip(sides[::2], sides[1::2], strict=True))[::-1]
    return [(0, 0)] * (x.ndim - len(pairs)) + pairs


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_mirror_images_and_edges(mode, normal, kind, ndim):
    del mode
    x = normal(2, 3, 4, 5, 3)[(0,) * (3 - ndim)]
    sides = SIDES[: 2 * ndim]
    y = KINDS[kind][ndim - 1](sides)(x).asnumpy()
    np.testing.assert_array_equal(y, np.pad(x.asnumpy(), widths(x, sides), mode=kind))


@pytest.mark.parametrize(
    ("layer", "sides", "value"),
    [
        (nn.ConstantPad1d(2, 0.5), (2, 2), 0.5),
        (nn.ConstantPad2d((1, 2, 3, 0), -1), (1, 2, 3, 0), -1),
        (nn.ConstantPad3d(1, 7), (1,) * 6, 7),
        (nn.ZeroPad2d((0, 1, 2, 3)), (0, 1, 2, 3), 0),
    ],
)
def test_constants(normal, layer, sides, value):
    x = normal(2, 3, 4, 2)
    expected = np.pad(x.asnumpy(), widths(x, sides), constant_values=value)
    np.testing.assert_array_equal(layer(x).asnumpy(), expected)


def test_negative_padding_cuts_off(normal):
    x = normal(2, 5, 6)
    y = nn.ConstantPad2d((-1, 2, -2, 0), 9.0)(x).asnumpy()
    np.testing.assert_array_equal(y[:, :, :5], x.asnumpy()[:, 2:, 1:])
    assert (y[:, :, 5:] == 9).all()


@pytest.mark.parametrize("mode_name", ["constant", "reflect", "symmetric"])
def test_pad_takes_a_pair_for_each_axis(normal, mode_name):
    x, pairs = normal(3, 4), ((1, 2), (0, 3))
    y = nn.Pad(pairs, mode_name.upper())(x).asnumpy()
    np.testing.assert_array_equal(y, np.pad(x.asnumpy(), pairs, mode=mode_name))


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.ReflectionPad1d(1.5), TypeError),
        (lambda: nn.ReflectionPad1d((1,)), ValueError),
        (lambda: nn.ReflectionPad1d(-1), ValueError),
        (lambda: nn.ReflectionPad1d(3)(Tensor(np.ones((1, 3)))), ValueError),
        (lambda: nn.ReplicationPad2d(1)(Tensor(np.ones(3))), ValueError),
        (lambda: nn.ConstantPad1d(1, "a"), TypeError),
        (lambda: nn.ConstantPad1d(-2, 1)(Tensor(np.ones((1, 4)))), ValueError),
        (lambda: nn.Pad([(1, 1)]), TypeError),
        (lambda: nn.Pad(((1, 1),), "reflect"), ValueError),
        (lambda: nn.Pad(((1, 1),))(Tensor(np.ones((2, 2)))), ValueError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
