"""Windows as columns, channels as pixels, values between pixels."""

import numpy as np
import pytest

from cellnet import Tensor, ops

RNG = np.random.default_rng(0)
IMAGE = RNG.standard_normal((2, 3, 5, 4)).astype(np.float32)


def test_unfolded_windows_make_a_convolution():
    weight = RNG.standard_normal((6, 3, 3, 2)).astype(np.float32)
    columns = ops.unfold(Tensor(IMAGE), (3, 2), padding=1, stride=2).asnumpy()
    product = weight.reshape(6, -1) @ columns
    y = ops.conv2d(
        Tensor(IMAGE), Tensor(weight), pad_mode="pad", padding=1, stride=2
    ).asnumpy()
    np.testing.assert_allclose(product.reshape(y.shape), y, rtol=1e-4, atol=1e-5)


def test_folding_counts_how_often_a_pixel_is_seen():
    ones = Tensor(np.ones((1, 1, 4, 4), np.float32))
    y = ops.fold(ops.unfold(ones, 2), (4, 4), 2).asnumpy()[0, 0]
    edge = np.array([1, 2, 2, 1])
    np.testing.assert_array_equal(y, np.outer(edge, edge))


def test_columns_of_im2col_are_those_of_unfold():
    columns = ops.Im2Col((2, 3), 2, 1, 1)(Tensor(IMAGE)).asnumpy()
    expected = ops.unfold(Tensor(IMAGE), (2, 3), 1, 1, 2).asnumpy()
    np.testing.assert_array_equal(columns.reshape(expected.shape), expected)


def test_shuffling_pixels_and_back():
    x = np.arange(2 * 8 * 3 * 3, dtype=np.float32).reshape(2, 8, 3, 3)
    y = ops.pixel_shuffle(Tensor(x), 2)
    assert y.shape == (2, 2, 6, 6)
    np.testing.assert_array_equal(ops.pixel_unshuffle(y, 2).asnumpy(), x)
    # channel (c, i, j) lands on pixel (i, j) of each block
    np.testing.assert_array_equal(y.asnumpy()[:, 1, 1::2, 0::2], x[:, 6])
    y = ops.DepthToSpace(2)(Tensor(x))
    np.testing.assert_array_equal(ops.SpaceToDepth(2)(y).asnumpy(), x)
    np.testing.assert_array_equal(y.asnumpy()[:, 1, 1::2, 0::2], x[:, 5])


def test_local_response():
    y = ops.LRN(1, 2.0, 0.5, 0.75)(Tensor(IMAGE)).asnumpy()
    square = np.pad(IMAGE**2, ((0, 0), (1, 1), (0, 0), (0, 0)))
    near = square[:, :-2] + square[:, 1:-1] + square[:, 2:]
    np.testing.assert_allclose(y, IMAGE / (2 + 0.5 * near) ** 0.75, rtol=1e-5)


def identity_grid(aligned):
    rows, columns = IMAGE.shape[2:]

    def places(n):
        return np.linspace(-1, 1, n) if aligned else (np.arange(n) * 2 + 1) / n - 1

    y, x = np.meshgrid(places(rows), places(columns), indexing="ij")
    return np.stack([x, y], -1)[None].repeat(2, 0).astype(np.float32)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_sampling_at_the_pixels(mode, aligned):
    grid = Tensor(identity_grid(aligned))
    y = ops.grid_sample(Tensor(IMAGE), grid, mode, "zeros", aligned)
    np.testing.assert_allclose(y.asnumpy(), IMAGE, rtol=1e-4, atol=1e-5)


def test_what_lies_outside():
    outside = Tensor(np.array([[[[-3.0, -3.0]]]] * 2, np.float32))
    for mode, expected in (
        ("zeros", np.zeros((2, 3))),
        ("border", IMAGE[:, :, 0, 0]),
        # from -3 back to 1: the other corner
        ("reflection", IMAGE[:, :, -1, -1]),
    ):
        y = ops.grid_sample(Tensor(IMAGE), outside, "bilinear", mode, True)
        np.testing.assert_allclose(y.asnumpy()[:, :, 0, 0], expected, atol=1e-6)


def test_crops():
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    boxes = Tensor(np.array([[0, 0, 1, 1], [1, 1, 0, 0]], np.float32))
    index = Tensor(np.array([0, 0], np.int32))
    y = ops.CropAndResize()(Tensor(image), boxes, index, (2, 2)).asnumpy()[..., 0]
    np.testing.assert_allclose(y[0], [[0, 3], [12, 15]])
    np.testing.assert_allclose(y[1], [[15, 12], [3, 0]])


def test_deformable_convolution_without_shifts_is_one():
    weight = RNG.standard_normal((4, 3, 2, 2)).astype(np.float32)
    moves = np.zeros((2, 12, 4, 3), np.float32)
    moves[:, 8:] = 1  # the weights of the elements
    y = ops.deformable_conv2d(
        *(Tensor(a) for a in (IMAGE, weight, moves)),
        (2, 2),
        (1, 1, 1, 1),
        (0, 0, 0, 0),
    )
    expected = ops.conv2d(Tensor(IMAGE), Tensor(weight)).asnumpy()
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="do not fit"):
        ops.unfold(Tensor(IMAGE), 9)
    with pytest.raises(TypeError, match="kernel_size"):
        ops.unfold(Tensor(IMAGE), 2.5)
    with pytest.raises(ValueError, match="does not divide"):
        ops.pixel_shuffle(Tensor(IMAGE), 2)
    with pytest.raises(ValueError, match="block_size must be >= 2"):
        ops.DepthToSpace(1)
    with pytest.raises(ValueError, match="mode must be one of"):
        ops.grid_sample(Tensor(IMAGE), Tensor(identity_grid(True)), "bicubic")
