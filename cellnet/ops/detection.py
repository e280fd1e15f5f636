"""Boxes of objects in images: codes, overlaps, suppression and aligned crops.

A box is (x0, y0, x1, y1).  Its width is x1 - x0 + 1, both edges being pixels of it.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int, check_number, check_type
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, primitive

_ZEROS = (0.0, 0.0, 0.0, 0.0)
_ONES = (1.0, 1.0, 1.0, 1.0)


def _boxes(owner: str, boxes: Any, columns: int = 4) -> Any:
    boxes = array(owner, boxes)
    if boxes.ndim != 2 or boxes.shape[1] != columns:
        raise ValueError(f"{owner}: expected shape (N, {columns}), got {boxes.shape}")
    return boxes


def _centres(boxes: Any) -> tuple[Any, Any]:
    """Middle (x, y) and size (width, height) of boxes."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return (low + high) * 0.5, high - low + 1.0


@op
def bounding_box_encode(
    anchor_box: Any, groundtruth_box: Any, means: Any = _ZEROS, stds: Any = _ONES
) -> Any:
    """Boxes as shifts and log scales of anchors (mindspore.ops.bounding_box_encode).

    ((x - xa) / wa, (y - ya) / ha, log(w / wa), log(h / ha)), less means, over stds.

    Args:
        anchor_box, groundtruth_box: float Tensors (N, 4).
        means, stds: tuples of 4 floats.

    Raises:
        TypeError: means or stds that are no tuple.
        ValueError: other shapes.

    References: Girshick et al., CVPR 2014.
    """
    owner = "BoundingBoxEncode"
    _check_tuples(owner, means=means, stds=stds)
    anchors, boxes = _boxes(owner, anchor_box), _boxes(owner, groundtruth_box)
    if anchors.shape != boxes.shape:
        raise ValueError(
            f"{owner}: anchors {anchors.shape} and boxes {boxes.shape} must be of one "
            "shape"
        )
    (where, size), (mid, extent) = _centres(anchors), _centres(boxes)
    deltas = jnp.concatenate([(mid - where) / size, jnp.log(extent / size)], 1)
    return (deltas - jnp.asarray(means, deltas.dtype)) / jnp.asarray(stds, deltas.dtype)


@op
def bounding_box_decode(
    anchor_box: Any,
    deltas: Any,
    max_shape: Any,
    means: Any = _ZEROS,
    stds: Any = _ONES,
    wh_ratio_clip: float = 0.016,
) -> Any:
    """Boxes from shifts and log scales of anchors, the inverse of encoding.

    (mindspore.ops.bounding_box_decode)

    Args:
        anchor_box, deltas: float Tensors (N, 4).
        max_shape: (height, width) of the image, to which boxes are cut.
        means, stds: tuples of 4 floats.
        wh_ratio_clip: log scales are kept within +-log(wh_ratio_clip).

    Raises:
        TypeError: tuples that are none, a ratio that is no float.
        ValueError: other shapes.
    """
    owner = "BoundingBoxDecode"
    _check_tuples(owner, means=means, stds=stds, max_shape=max_shape)
    check_type(owner, "wh_ratio_clip", wh_ratio_clip, float)
    if len(max_shape) != 2:
        raise ValueError(f"{owner}: max_shape must be (height, width), got {max_shape}")
    anchors, deltas = _boxes(owner, anchor_box), _boxes(owner, deltas)
    where, size = _centres(anchors)
    deltas = deltas * jnp.asarray(stds, deltas.dtype) + jnp.asarray(means, deltas.dtype)
    limit = abs(math.log(wh_ratio_clip))
    mid = where + size * deltas[:, :2]
    extent = size * jnp.exp(jnp.clip(deltas[:, 2:], -limit, limit))
    half = extent * 0.5 - 0.5
    edge = jnp.asarray([max_shape[1], max_shape[0]] * 2, deltas.dtype)
    return jnp.clip(jnp.concatenate([mid - half, mid + half], 1), 0, edge)


@op
def iou(anchor_boxes: Any, gt_boxes: Any, mode: str = "iou") -> Any:
    """Overlap of each pair of boxes (mindspore.ops.iou, IOU).

    Args:
        anchor_boxes: float Tensor (N, 4).
        gt_boxes: float Tensor (M, 4).
        mode: "iou" over the union; "iof" over the area of the ground truth.

    Returns:
        Tensor (M, N).

    Raises:
        KeyError: another mode.
        ValueError: other shapes.
    """
    _check_mode(mode)
    x = _boxes("IOU", anchor_boxes)[None]
    y = _boxes("IOU", gt_boxes)[:, None]
    low = jnp.maximum(x[..., :2], y[..., :2])
    high = jnp.minimum(x[..., 2:], y[..., 2:])
    overlap = jnp.prod(jnp.maximum(high - low + 1, 0), -1)
    areas = [jnp.prod(b[..., 2:] - b[..., :2] + 1, -1) for b in (x, y)]
    whole = areas[1] if mode == "iof" else areas[0] + areas[1] - overlap
    return overlap / whole


@op
def _nms(bboxes: Any, iou_threshold: float) -> Any:
    """Boxes that no better box overlaps (mindspore.ops.NMSWithMask).

    Args:
        bboxes: float Tensor (N, 5), the last column being the score.

    Returns:
        (boxes by falling score (N, 5), their Int32 positions after sorting (N,),
        Bool mask of those kept (N,)).
    """
    bboxes = _boxes("NMSWithMask", bboxes, 5)
    ordered = bboxes[jnp.argsort(-bboxes[:, 4], stable=True)]
    # corners in either order; an area here has no + 1, as in MindSpore
    low = jnp.minimum(ordered[:, :2], ordered[:, 2:4])
    high = jnp.maximum(ordered[:, :2], ordered[:, 2:4])
    sides = jnp.minimum(high[:, None], high) - jnp.maximum(low[:, None], low)
    overlap = jnp.prod(jnp.maximum(sides, 0), -1)
    area = jnp.prod(high - low, -1)
    suppresses = overlap / (area[:, None] + area - overlap) > iou_threshold
    later = jnp.arange(len(ordered)) > jnp.arange(len(ordered))[:, None]

    def visit(i: Any, kept: Any) -> Any:
        return kept & ~(kept[i] & suppresses[i] & later[i])

    kept = jax.lax.fori_loop(0, len(ordered), visit, jnp.ones(len(ordered), bool))
    return ordered, jnp.arange(len(ordered), dtype=np.int32), kept


@op
def _check_valid(bboxes: Any, img_metas: Any) -> Any:
    """Whether boxes lie in the image (mindspore.ops.CheckValid).

    Args:
        bboxes: float Tensor (N, 4).
        img_metas: Tensor of (height, width, ratio); the image is
            (height * ratio, width * ratio).
    """
    boxes, meta = _boxes("CheckValid", bboxes), array("CheckValid", img_metas)
    if meta.shape != (3,):
        raise ValueError(
            f"CheckValid: img_metas must hold (height, width, ratio), got {meta.shape}"
        )
    edge = jnp.floor(meta[:2] * meta[2])[::-1] - 1
    return jnp.all(boxes[:, :2] >= 0, 1) & jnp.all(boxes[:, 2:] <= edge, 1)


@op
def _roi_align(
    features: Any,
    rois: Any,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
    sample_num: int,
    roi_end_mode: int,
) -> Any:
    """Means of bilinear samples in a grid over each region (mindspore.ops.ROIAlign).

    Args:
        features: float Tensor (N, C, H, W).
        rois: float Tensor (R, 5): number of the image, then a box in its pixels.

    Returns:
        Tensor (R, C, pooled_height, pooled_width).

    References: He et al., Mask R-CNN, ICCV 2017.
    """
    features, rois = array("ROIAlign", features), _boxes("ROIAlign", rois, 5)
    if features.ndim != 4:
        raise ValueError(f"ROIAlign: expected (N, C, H, W), got {features.shape}")
    boxes = rois[:, 1:] * spatial_scale
    # the last pixel of a region is inside it with roi_end_mode 1
    start, end = boxes[:, :2], boxes[:, 2:] + roi_end_mode * spatial_scale
    size = end - start if roi_end_mode else jnp.maximum(end - start, 1.0)
    bins = size / jnp.asarray([pooled_width, pooled_height], size.dtype)
    rows, columns = (
        _weights(start[:, a], bins[:, a], count, sample_num, features.shape[3 - a])
        for a, count in ((1, pooled_height), (0, pooled_width))
    )
    chosen = features[rois[:, 0].astype(np.int32)]
    return jnp.einsum("rchw,rph,rqw->rcpq", chosen, rows, columns)


def _weights(start: Any, step: Any, count: int, samples: int, size: int) -> Any:
    """(R, count, size): what each pixel of an axis adds to each bin's mean."""
    if samples > 0:
        number: Any = jnp.full(start.shape, samples)
        most = samples
    else:  # as many as a bin has pixels, different for each region
        number = jnp.floor(step).astype(int)
        most = size + 1
    within = jnp.arange(most)
    place = (within + 0.5) / number[:, None]  # (R, most), in bins
    bins = jnp.arange(count)[None, :, None] + place[:, None]
    at = start[:, None, None] + bins * step[:, None, None]  # (R, count, most)
    inside = (at >= -1) & (at <= size) & (within < number[:, None, None])
    at = jnp.clip(at, 0, size - 1)
    share = jnp.maximum(1 - jnp.abs(at[..., None] - jnp.arange(size)), 0)
    total = jnp.sum(share * inside[..., None], 2)
    return (total / number[:, None, None]).astype(start.dtype)


def _check_tuples(owner: str, **values: Any) -> None:
    for name, value in values.items():
        check_type(owner, name, value, tuple)


def _check_mode(mode: Any) -> None:
    if mode not in ("iou", "iof"):
        raise KeyError(f"IOU: mode must be 'iou' or 'iof', got {mode!r}")


def _check_encode(means: Any, stds: Any) -> None:
    _check_tuples("BoundingBoxEncode", means=means, stds=stds)


def _check_decode(max_shape: Any, means: Any, stds: Any, wh_ratio_clip: Any) -> None:
    owner = "BoundingBoxDecode"
    _check_tuples(owner, means=means, stds=stds, max_shape=max_shape)
    check_type(owner, "wh_ratio_clip", wh_ratio_clip, float)


def _check_nms(iou_threshold: Any) -> None:
    check_type("NMSWithMask", "iou_threshold", iou_threshold, float)


def _check_roi_align(
    pooled_height: Any,
    pooled_width: Any,
    spatial_scale: Any,
    sample_num: Any,
    roi_end_mode: Any,
) -> None:
    check_int("ROIAlign", "pooled_height", pooled_height, minimum=1)
    check_int("ROIAlign", "pooled_width", pooled_width, minimum=1)
    check_number("ROIAlign", "spatial_scale", spatial_scale)
    check_int("ROIAlign", "sample_num", sample_num)
    check_int("ROIAlign", "roi_end_mode", roi_end_mode, minimum=0, maximum=1)


BoundingBoxEncode = primitive(
    "BoundingBoxEncode",
    bounding_box_encode,
    check=_check_encode,
    means=_ZEROS,
    stds=_ONES,
)
BoundingBoxDecode = primitive(
    "BoundingBoxDecode",
    bounding_box_decode,
    check=_check_decode,
    max_shape=REQUIRED,
    means=_ZEROS,
    stds=_ONES,
    wh_ratio_clip=0.016,
)
IOU = primitive("IOU", iou, check=_check_mode, mode="iou")
NMSWithMask = primitive("NMSWithMask", _nms, check=_check_nms, iou_threshold=0.5)
CheckValid = primitive("CheckValid", _check_valid)
ROIAlign = primitive(
    "ROIAlign",
    _roi_align,
    check=_check_roi_align,
    pooled_height=REQUIRED,
    pooled_width=REQUIRED,
    spatial_scale=REQUIRED,
    sample_num=2,
    roi_end_mode=1,
)
