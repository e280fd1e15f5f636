"""Boxes: codes, overlaps, suppression, aligned crops."""

import numpy as np
import pytest

from cellnet import Tensor, ops

BOXES = np.array([[0, 0, 4, 4], [1, 1, 5, 5], [8, 8, 12, 13]], np.float32)
TRUTHS = np.array([[0, 1, 4, 4], [1, 1, 6, 5], [7, 8, 12, 13]], np.float32)


def overlap(a, b):
    wide = min(a[2], b[2]) - max(a[0], b[0]) + 1
    high = min(a[3], b[3]) - max(a[1], b[1]) + 1
    return max(wide, 0) * max(high, 0)


def area(box):
    return (box[2] - box[0] + 1) * (box[3] - box[1] + 1)


def test_decoding_undoes_encoding():
    deltas = ops.BoundingBoxEncode()(Tensor(BOXES), Tensor(TRUTHS))
    back = ops.BoundingBoxDecode((100, 100))(Tensor(BOXES), deltas)
    np.testing.assert_allclose(back.asnumpy(), TRUTHS, atol=1e-5)


def test_code_of_a_moved_and_widened_box():
    anchor, box = [[0.0, 0.0, 9.0, 9.0]], [[5.0, 0.0, 24.0, 9.0]]
    deltas = ops.bounding_box_encode(Tensor(anchor), Tensor(box)).asnumpy()
    np.testing.assert_allclose(deltas, [[1.0, 0.0, np.log(2), 0.0]], atol=1e-6)


def test_decoded_boxes_are_cut_to_the_image():
    deltas = Tensor(np.array([[5.0, 0, 2, 2]], np.float32))
    y = ops.bounding_box_decode(Tensor(BOXES[:1]), deltas, (8, 9)).asnumpy()
    assert y.min() >= 0
    assert y[:, [0, 2]].max() <= 9
    assert y[:, [1, 3]].max() <= 8


@pytest.mark.parametrize("mode", ["iou", "iof"])
def test_overlaps(mode):
    found = ops.iou(Tensor(BOXES), Tensor(TRUTHS), mode).asnumpy()
    for row, truth in enumerate(TRUTHS):
        for column, box in enumerate(BOXES):
            both = overlap(box, truth)
            whole = area(truth) if mode == "iof" else area(box) + area(truth) - both
            assert found[row, column] == pytest.approx(both / whole)


def test_suppression_keeps_the_best_of_each_heap():
    scored = np.array(
        [[0, 0, 4, 4, 0.5], [0, 0, 4, 4.5, 0.9], [9, 9, 12, 12, 0.3]], np.float32
    )
    boxes, index, kept = ops.NMSWithMask(0.5)(Tensor(scored))
    np.testing.assert_array_equal(boxes.asnumpy(), scored[[1, 0, 2]])
    assert index.tolist() == [0, 1, 2]
    assert kept.tolist() == [True, False, True]


def test_a_suppressed_box_suppresses_nothing():
    # a chain: each overlaps the next only
    chain = [[0, 0, 10, 10, 0.9], [0, 4, 10, 14, 0.8], [0, 8, 10, 18, 0.7]]
    _, _, kept = ops.NMSWithMask(0.3)(Tensor(np.array(chain, np.float32)))
    assert kept.tolist() == [True, False, True]


def test_boxes_in_the_image():
    boxes = np.array([[0, 0, 7, 7], [0, 0, 8, 7], [-1, 0, 3, 3]], np.float32)
    meta = Tensor(np.array([4, 4, 2], np.float32))
    assert ops.CheckValid()(Tensor(boxes), meta).tolist() == [True, False, False]


def test_aligned_crop_of_a_plane():
    # of a linear image, a mean of samples is the value in the middle of the bin
    rows, columns = np.mgrid[:12, :12].astype(np.float32)
    image = (3 * rows + columns)[None, None]
    rois = Tensor(np.array([[0, 2, 3, 6, 7]], np.float32))
    y = ops.ROIAlign(2, 2, 1.0, 2, 0)(Tensor(image), rois).asnumpy()[0, 0]
    expected = [[3 * v + u for u in (3.0, 5.0)] for v in (4.0, 6.0)]
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_errors():
    with pytest.raises(TypeError, match="max_shape must be tuple"):
        ops.BoundingBoxDecode([8, 9])
    with pytest.raises(KeyError, match="'iou' or 'iof'"):
        ops.IOU("foo")
    with pytest.raises(ValueError, match=r"expected shape \(N, 4\)"):
        ops.iou(Tensor(BOXES[:, :3]), Tensor(TRUTHS))
    with pytest.raises(TypeError, match="iou_threshold must be float"):
        ops.NMSWithMask(1)
    with pytest.raises(ValueError, match="roi_end_mode"):
        ops.ROIAlign(2, 2, 1.0, 2, 2)
