"""Operations that test_values.py does not reach: values, types and errors by name."""

import json

import numpy as np
import pytest

MOMENTS = "p, Parameter(tensor([0.1, 0.2])), Parameter(tensor([0.3, 0.4]))"
LOG_P = "ops.log_softmax(tensor(np.arange(48).reshape(6, 2, 4) % 7 / 3), -1)"
LABELS = "cast([[1, 2, 2], [3, 1, 0]], 'int32'), cast([6, 5], 'int32')"

EXPRESSIONS = [
    # boxes
    "ops.BoundingBoxEncode()(boxes, truths)",
    "ops.BoundingBoxEncode((0.1, 0.2, 0.3, 0.4), (1.0, 2.0, 3.0, 0.5))(boxes, truths)",
    "ops.BoundingBoxDecode((8, 9))(boxes, truths / 9)",
    "ops.bounding_box_decode(boxes, truths, (80, 90), wh_ratio_clip=0.5)",
    "ops.BoundingBoxDecode([8, 9])",
    "ops.iou(boxes, truths)",
    "ops.IOU('iof')(boxes, truths)",
    "ops.IOU('foo')",
    "ops.iou(boxes, truths[:, :3])",
    "ops.NMSWithMask(0.3)(ops.concat([boxes, truths[:, 2:3] / 20], 1))",
    "ops.NMSWithMask(1)",
    "ops.ROIAlign(2, 2, 0.5)(image, ops.concat([cast([[0], [1], [0], [1]], 'float32'), "
    "boxes], 1))",
    "ops.ROIAlign(2, 3, 0.5, 3, 0)(image, tensor([[0, 0, 0, 4, 4], [1, 1, 2, 7, 8]]))",
    "ops.ROIAlign(2, 2, 1.0, 0)(image, tensor([[0, 0, 0, 4, 4], [1, -1, -2, 7, 8]]))",
    "ops.ROIAlign(2, 2, 1.0, 2, 2)",
    # sizes
    *(
        f"ops.interpolate(image, (3, 7), mode={mode!r}{more})"
        for mode in ("nearest", "bilinear", "bicubic", "area", "nearest-exact")
        for more in ("", ", align_corners=True")
        if not more or mode.startswith("bi")
    ),
    "ops.interpolate(image[0], 7, mode='linear')",
    "ops.interpolate(volume, (2, 7, 9), mode='trilinear')",
    "ops.interpolate(volume, (2, 7, 9), mode='trilinear', align_corners=True)",
    "ops.interpolate(volume, scale_factor=2.0, mode='nearest')",
    "ops.interpolate(image, scale_factor=1.7, mode='bilinear', "
    "recompute_scale_factor=True)",
    "ops.interpolate(image, scale_factor=0.5, mode='area')",
    *(f"ops.interpolate(image, {options})" for options in ("7, 2.0", "7, mode='foo'")),
    "ops.interpolate(image)",
    "ops.interpolate(image, 7, mode='linear')",
    "ops.interpolate(image, scale_factor=1.7)",
    "ops.interpolate(image, 'a')",
    "ops.interpolate(image, (0, 2))",
    "ops.ResizeNearestNeighbor((9, 2), align_corners=True)(image)",
    "ops.ResizeNearestNeighbor(9)",
    "ops.ResizeBilinearV2()(image, (3, 7))",
    "ops.ResizeBilinearV2(True)(image, (3, 7))",
    "ops.ResizeBilinearV2(False, True)(image, (9, 2))",
    # places and patches
    *(
        f"ops.grid_sample(image, grid, {mode!r}, {outside!r}, {aligned})"
        for mode in ("bilinear", "nearest")
        for outside in ("zeros", "border", "reflection")
        for aligned in (True, False)
    ),
    "ops.grid_sample(image, grid, 'foo')",
    *(
        f"ops.CropAndResize({method!r})(tensor(np.arange(48).reshape(1, 4, 4, 3)), "
        "tensor([[0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1.2]]), cast([0, 0], 'int32'), (3, 2))"
        for method in ("bilinear", "nearest", "bilinear_v2")
    ),
    "ops.unfold(image, (2, 3), 1, (1, 0), 2)",
    "ops.unfold(image, 2.5)",
    "ops.unfold(image, 9)",
    "ops.fold(ops.unfold(image, 2), cast([5, 4], 'int32'), 2)",
    "ops.Im2Col((2, 3), 2, 1, 1)(image)",
    "ops.LRN(2, 2.0, 0.5, 0.75)(image)",
    "ops.DepthToSpace(2)(tensor(np.arange(32).reshape(1, 8, 2, 2)))",
    "ops.SpaceToDepth(2)(tensor(np.arange(32).reshape(1, 2, 4, 4)))",
    "ops.pixel_shuffle(tensor(np.arange(32).reshape(8, 2, 2)), 2)",
    "ops.pixel_shuffle(image, 2)",
    # windows
    "ops.max_pool2d(image, 3, 2, 1, 1, True)",
    "ops.max_pool2d(image, 2, 1, 0, (2, 1), True)",
    "ops.max_pool2d(image, 3, 2, 1, ceil_mode=True)",
    "ops.max_pool2d(image, 2, 2, 2)",
    "ops.max_pool3d(volume, 2, 1, 1, 1, False, True)",
    "ops.avg_pool2d(image, 3, 2, 0, True)",
    "ops.avg_pool2d(image, 3, 2, 1, True, True)",
    "ops.avg_pool2d(image, 3, 2, 1, True, False)",
    "ops.avg_pool2d(image, 2, 2, 1, True, True, 3)",
    "ops.avg_pool3d(volume, 2, 2, 1, True, True)",
    "ops.AvgPool3D(2, 2, 'same')(volume)",
    "ops.MaxPool3D(2, 2, 'pad', 1, True)(volume)",
    "ops.adaptive_max_pool2d(image, (2, 3), True)",
    "ops.adaptive_avg_pool3d(volume, (1, 2, 3))",
    "ops.Conv3D(2, 2, 1, 'same', 0, 2)(volume, tensor(np.ones((2, 2, 2, 2, 2))))",
    "ops.Conv2DTranspose(2, (3, 2), 'pad', 1, stride=2)(tensor(np.ones((1, 4, 3, 3))), "
    "weights, (1, 2, 5, 4))",
    "ops.Conv2DTranspose(2, (3, 2), 'same', stride=2)(tensor(np.ones((1, 4, 3, 3))), "
    "weights, (1, 2, 6, 6))",
    # functions of functions
    "ops.vmap(product, (0, None), 1)(tensor([1, 2]), tensor([3, 4, 5]))",
    "ops.vmap(ops.vmap(product, (None, 0)), (0, None))(tensor([1, 2]), tensor([3, 4]))",
    "ops.vmap(both, 0, 0)(tensor([1, 2]), tensor([3, 4]))",
    *(f"ops.vmap(product, {axes})(x[0], x)" for axes in ("(0, 3)", "(0,)", "'a'")),
    "ops.vmap(product, (0, 0))(x[0], x)",
    "ops.vmap(product, (None, None))(x, x)",
    "ops.jvp(both, (x, x + 1), (x, x))",
    "ops.jvp(both, (x, x + 1), (x, x), has_aux=True)",
    "ops.jvp(product, (x, x), x)",
    "ops.vjp(both, x, x + 1)[1](x, x)",
    "ops.vjp(both, x, x + 1, has_aux=True)[2]",
    "ops.vjp(product, x, x)[1](x[0])",
    *(
        f"ops.{name}(both, {position})(tensor([1, 2]), tensor([3, 4]))"
        for name in ("jacfwd", "jacrev")
        for position in ("0", "(0, 1)", "1", "-1", "1.5", "3")
    ),
    "ops.jacfwd(ops.jacrev(cubes))(tensor([1, 2]))",
    "ops.Custom(doubled, same, same, 'pyfunc')(x)",
    "ops.Custom(3, (2,), ms.float32, 'pyfunc')",
    "ops.Custom(doubled, (2,), ms.float32, 'foo')",
    "ops.ForiLoop()(0, 5, adds, tensor([1]))",
    "ops.WhileLoop()(lambda v: v < 5, lambda v: v + 2, cast(0, 'int64'))",
    "ops.Scan()(lambda v, y: (v + y, v * y), 1, [1, 2, 3])",
    "ops.Assert()(cast(False, 'bool_'), [x])",
    # steps of optimizers: the state after them
    f"(lambda *s: (ops.Adam()(*s, 0.9, 0.99, 0.1, 0.9, 0.99, 1e-8, s[0] / 2), "
    f"[each.value() for each in s])[1])({MOMENTS})",
    f"(lambda *s: (ops.AdamWeightDecay()(*s, 0.1, 0.9, 0.99, 1e-8, 0.1, s[0] / 2), "
    f"[each.value() for each in s])[1])({MOMENTS})",
    f"(lambda w, m, s: (ops.SGD(0.3, 0.2)(w, w / 2, tensor(0.1), m, tensor(0.9), s), "
    f"w.value(), m.value(), s.value())[1:])({MOMENTS})",
    f"(lambda w, m, s: (ops.ApplyMomentum()(w, m, 0.1, w / 2, 0.9), w.value(), "
    f"m.value())[1:])({MOMENTS})",
    "ops.Adam(1)",
    # sequences and rows
    f"ops.ctc_loss({LOG_P}, {LABELS}, cast([3, 2], 'int32'))[0]",
    f"ops.ctc_loss({LOG_P}, {LABELS}, cast([3, 2], 'int32'), 0, 'none')[1]",
    # whole sequences: past the end of a short one MindSpore's gradient is not written
    f"ops.CTCLoss()({LOG_P}, cast([[0, 0], [0, 1], [1, 0]], 'int64'), "
    "cast([1, 1, 2], 'int32'), cast([6, 6], 'int32'))",
    f"ops.CTCLoss(True, False)({LOG_P}, cast([[0, 0], [0, 1], [1, 0]], 'int64'), "
    "cast([1, 1, 2], 'int32'), cast([6, 6], 'int32'))",
    "ops.LSTM(3, 2, 1, True, True, 0.0)(tensor(np.ones((4, 2, 3))), tensor(np.ones((2, "
    "2, 2))), tensor(np.ones((2, 2, 2))), tensor(np.arange(112) / 99))[:3]",
    "ops.ReverseSequence(1)(x, cast([1, 3], 'int64'))",
    "ops.reverse_sequence(x, cast([1], 'int64'), 1)",
    "ops.index_add(p, cast([0, 0], 'int32'), tensor([5, 6]), 0), p.value()",
    "ops.IndexAdd(5)(p, cast([0, 0], 'int32'), tensor([5, 6]))",
    "ops.InplaceAdd((1, 0))(x, x)",
    "ops.inplace_sub(x, x, (0, 9))",
    "x.index_add(1, cast([0, 2], 'int32'), x[:, :2], alpha=2)",
    "x.select(1, 2)",
    "x.reverse_sequence(cast([1, 3], 'int64'), 1)",
    "ops.DiagPart()(ops.diag(x))",
    "ops.DiagPart()(x)",
    "ops.cond(x @ x.T)",
    "ops.reduce_mean(x, 1)",
    "ops.mixed_precision_cast(ms.float16, (x, i))",
    "ops.NLLLoss()(x, cast([0, 2], 'int32'), tensor([1, 2, 3]))",
    "ops.random_categorical(tensor([[0, 100, 0]]), 4, 1)",
    "ops.RandomCategorical(ms.float32)",
    "ops.gumbel_softmax(x, -1.0)",
    "ops.gumbel_softmax(i)",
    "ops.dropout2d(image, 1.0)",
    "ops.dropout2d(image, 1.5)",
    "ops.AllReduce(3)",
    # losses and norms that were wrong once
    "ops.cross_entropy(x, cast([-1, 1], 'int32'), reduction='none')",
    "ops.cross_entropy(x, cast([-100, 1], 'int32'), label_smoothing=0.1)",
    "ops.group_norm(image.astype(ms.float16), 3).dtype == ms.float16",
    "ops.group_norm(image, 3, tensor([1, 2, 3]), tensor([0, 1, 0]))",
    "ops.LayerNorm(3, 3)(image, tensor([1, 2, 3, 4]), tensor([0, 1, 0, 1]))",
    # in place, and other handles
    *(
        f"(lambda y: (y.__i{name}__({other}), y))(x)"
        for name in ("add", "sub", "mul", "truediv")
        for other in ("2", "1.5", "x[0]", "i", "[1, 2, 3]")
    ),
    *(f"(lambda y: (y.__i{name}__(2), y.value()))(p)" for name in ("add", "mul")),
]

# An error's type tells it all: wrong dtype, rank, shape or range of an argument
BAD_CALLS = [
    *("ops.add(x, 'a')", "ops.add(x, None)", "ops.add(x, tensor(np.ones((4, 3))))"),
    *("ops.div(x, 2, rounding_mode='foo')", "ops.matmul(x, 2.0)", "ops.exp('a')"),
    *("ops.MatMul()(x, tensor(np.ones((4, 2))))", "ops.BatchMatMul()(x, x)"),
    *("ops.sigmoid(i)", "ops.softmax(i)", "ops.softmax(x, axis=5)", "ops.gelu(i)"),
    *("ops.Softmax(axis=1.5)", "ops.log_softmax(x, 3)", "ops.elu(x, alpha='a')"),
    *("ops.reshape(x, (4, 2))", "ops.reshape(x, (-1, -1))", "ops.reshape(x, (1.5, 2))"),
    *("ops.transpose(x, (0, 0))", "ops.transpose(x, (0,))", "ops.transpose(x, 0)"),
    *("ops.expand_dims(x, 5)", "ops.expand_dims(x, 1.5)", "ops.squeeze(x, 5)"),
    *(
        "ops.flatten(x, order='G')",
        "ops.Flatten()(1)",
        "ops.concat(x)",
        "ops.concat([])",
    ),
    *("ops.concat([x, 1])", "ops.concat([x, x], 5)", "ops.concat([x, x], 1.5)"),
    *("ops.stack([x, x[0]])", "ops.stack([x, x], 5)", "ops.Stack('a')"),
    *(
        "ops.split(x, 0)",
        "ops.split(x, [1, 2])",
        "ops.split(x, 1.5)",
    ),
    *("ops.tile(x, 'a')", "ops.tile(x, (-1, 2))", "ops.broadcast_to(x, (3, 3))"),
    *("ops.pad(x, (1,))", "ops.pad(x, (1, 1), mode='foo')", "ops.Pad(1)"),
    *("ops.ReduceSum()(x, 5)", "ops.ReduceSum()(x, 'a')", "ops.mean(x, 1.5)"),
    *(
        "ops.max(x, 5)",
        "ops.argmax(x, 5)",
        "ops.argmax(x, 'a')",
    ),
    *("ops.cumsum(x, 5)", "ops.topk(x, 10)", "ops.topk(x, 'a')", "ops.sort(x, axis=5)"),
    *("ops.gather(x, tensor([0.5]), 0)", "ops.gather(x, i[0], 5)"),
    *("ops.gather_elements(x, 0, i[0])", "ops.gather_d(x, 5, i)"),
    "ops.one_hot(tensor([0.5]), 3, x[0, 0], x[0, 0])",
    *("ops.cast(x, 'foo')", "ops.cast('a', ms.float32)", "ops.where(x, x, x)"),
    *(
        "ops.select(x, x, x)",
        "ops.masked_fill(x, x, 1.0)",
        "ops.masked_fill(x, b, 'a')",
    ),
    *("ops.Equal()(x, x[:, :2])", "ops.Greater()(x, 'a')", "ops.less(x, None)"),
    *("ops.zeros((2, -1))", "ops.zeros('a')", "ops.ones((2,), 'foo')", "ops.ones(2.5)"),
    *("ops.fill(ms.float32, (2,), 'a')", "ops.full((-2,), 1)", "ops.arange(0, 5, 0)"),
    *("ops.arange(5, 0, 1)", "ops.linspace(0, 1, 0)", "ops.eye(-1)", "ops.eye('a')"),
    *(
        "ops.conv2d(image[:, :2], weights, stride=0)",
        "ops.conv2d(image[:, :2], weights, stride='a')",
    ),
    *("ops.conv2d(image[:, :2], weights, pad_mode='foo')", "ops.conv2d(x, weights)"),
    *("ops.Conv2D(3, 3, mode=5)", "ops.Conv2D(0, 3)", "ops.Conv2D(3, 'a')"),
    *("ops.Conv2D(3, 3, stride=-1)", "ops.Conv2D(3, 3, pad=1)", "ops.MaxPool(0)"),
    *("ops.MaxPool('a')", "ops.MaxPool(2, 1, 'foo')", "ops.MaxPool(2)(x)"),
    *("ops.bias_add(image, x[0, :2])", "ops.BiasAdd('foo')", "ops.cross_entropy(1, 2)"),
    "ops.cross_entropy(x, i[:, 0], reduction='foo')",
    *("ops.SoftmaxCrossEntropyWithLogits()(x, x[0])", "ops.nll_loss(x, x[:, 0])"),
    *(
        "ops.binary_cross_entropy(x, x[0])",
        "ops.mse_loss(x, 'a')",
        "ops.kl_div(x, x, 1)",
    ),
    *(
        "ops.l1_loss(x, x, 'foo')",
        "ops.smooth_l1_loss(x, x[0])",
        "ops.clip_by_value(x)",
    ),
    *("ops.clip_by_value(x, 'a', 'b')", "ops.clip_by_value('a', 0, 1)", "ops.clamp(x)"),
    *("ops.assign('a', x)", "ops.assign(x, 'a')", "ops.addn(x)", "ops.addn([])"),
    *("ops.addn([x, x[0]])", "ops.AddN()([x, 1])", "ops.cholesky(x)", "ops.triu(1)"),
    *("ops.tril(x, 'a')", "ops.repeat_elements(x, 0)", "ops.repeat_interleave(x, -1)"),
    *("ops.slice(x, (0, 0), (3, 3))", "ops.strided_slice(x, (0, 0), (2, 3), (0, 1))"),
    *("ops.standard_normal('a')", "ops.randperm(-1)", "ops.GradOperation(1)"),
    *("x.reshape(4, 2)", "x.sum(5)", "x.mean('a')", "x.astype(3)", "x.foo"),
    *("x.expand_dims(9)", "x.max(5)", "x.broadcast_to((3, 3))", "x.swapaxes(0, 5)"),
    *(
        "x + 'a'",
        "x < 'a'",
        "x[False]",
        "x[[0.5]]",
        "x['a']",
        "float(x)",
        "len(x[0, 0])",
    ),
]

INDEXED = [
    *(
        "v[-1]",
        "v[1, 2]",
        "v[..., 1]",
        "v[None]",
        "v[:, None]",
        "v[::-1]",
        "v[:, ::-2]",
    ),
    *("v[5:]", "v[0, 1:3, ::2]", "v[[0, 1], [1, 2]]", "v[[0, 1], :, [1, 2]]", "v[k]"),
    *(
        "v[:, [0, 2], 1]",
        "v[k, :, k]",
        "v[k, ..., k]",
        "v[k.reshape(2, 1)]",
        "v[v > 5]",
    ),
    *(
        "v[v[:, :, 0] > 5]",
        "v[:, b]",
        "v[:, b, 1]",
        "v[True]",
        "v[None, True]",
        "v[()]",
    ),
    *("v[...]", "v[[True, False]]", "v[(0, 1)]", "v[0, None, k]", "v[:, 0, k]"),
    *("v[[[0, 1], [1, 0]]]", "v[[slice(0, 1)]]", "v[2]", "v[0, 0, 0, 0]", "v[1.5]"),
    *("v[{}]", "v[0:2:0]", "v[..., ...]", "v[cast(1, 'int64')]", "p[0]", "p[::-1]"),
]
PLACES = [
    *("0", "(0, 1)", "(Ellipsis, 1)", "slice(0, 1)", "[0, 1]", "k", "v > 5", "True"),
    *("(slice(None), slice(None, None, 2))", "cast([True, False], 'bool_')", "()"),
    *("(0, [0, 2])", "(slice(None), b)", "(k, k)", "(k, slice(None), k)", "5", "'a'"),
    *("v[:, :, 0] > 5", "Ellipsis", "[True, False]", "[[0, 1], [1, 0]]"),
]
ASSIGNED = [
    f"(lambda v, k: (v.__setitem__({place}, {value}), v)[1])(v, k)"
    for place in PLACES
    for value in ("0.0", "tensor(9)", "tensor([1, 2, 3, 4])")
]


def numbers_in(value):
    """All that is no number, and all numbers, in order."""
    if isinstance(value, list):
        pairs = [numbers_in(item) for item in value]
        return [p[0] for p in pairs], [n for p in pairs for n in p[1]]
    if isinstance(value, float):
        return "number", [value]
    return value, []


def with_scope(text):
    v = "tensor(np.arange(24).reshape(2, 3, 4)), cast([1, 0], 'int64')"
    return f"(lambda v, k: {text})({v})"


CASES = {
    "operations": EXPRESSIONS,
    "bad calls": BAD_CALLS,
    "indices": [with_scope(text) for text in INDEXED],
    "assignments": [with_scope(text) for text in ASSIGNED],
}


@pytest.fixture(scope="module")
def found(run_both):
    texts = [text for table in CASES.values() for text in table]
    both = run_both("values:evaluate_all", {"texts": json.dumps(texts)})
    return [
        dict(zip(texts, (json.loads(str(v)) for v in each.values()), strict=True))
        for each in both
    ]


@pytest.mark.parametrize("text", [t for table in CASES.values() for t in table])
def test_operations_give_the_same(found, text):
    ours, theirs = (each[text] for each in found)
    if isinstance(theirs, dict):
        assert ours == theirs
        return
    (shape, mine), (expected_shape, expected) = numbers_in(ours), numbers_in(theirs)
    assert shape == expected_shape
    np.testing.assert_allclose(mine, expected, rtol=5e-5, atol=5e-6)


def test_bad_calls_are_refused(found):
    ours = found[0]
    assert [t for t in BAD_CALLS if not isinstance(ours[t], dict)] == []
