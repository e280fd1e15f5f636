"""Random transforms in the compiled loop give what the host's iterators give."""

import contextlib
import re

import numpy as np
import pytest

import cellnet.dataset as ds
import cellnet.dataset.transforms as T
import cellnet.dataset.vision as V
from cellnet import context
from cellnet.graph import ledger
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.sink import Executor
from cellnet.sink.plan import place
from cellnet.tensor import Tensor
from cellnet.train.data import DatasetSource

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 10, 8, 3), np.uint8)
LABELS = np.arange(23, dtype=np.int32)
FLOATS = [V.Rescale(1 / 255, 0.0), V.HWC2CHW()]


class Give(Cell):
    """Gives the batch itself."""

    def construct(self, image, label):
        return image, label


def pictures(*operations, batch_size=4, **keywords):
    data = ds.NumpySlicesDataset((IMAGES, LABELS), ["image", "label"], **keywords)
    return data.map(list(operations), "image").batch(batch_size)


def device_batches(dataset, steps, *, sink=False):
    executor = Executor(
        Give().compile_cache, DatasetSource(dataset), iter([steps]), sink=sink
    )
    with contextlib.closing(executor):
        results = list(executor.sinks())
    return [[array.asnumpy() for array in result.outputs] for result in results]


def host_batches(dataset, passes):
    return [batch for _ in range(passes) for batch in dataset.batches()]


KNOWN = {
    "flip": [V.RandomHorizontalFlip()],
    "flips": [V.RandomVerticalFlip(0.3), V.RandomHorizontalFlip(0.7)],
    "crop": [V.RandomCrop((7, 5))],
    "padded crop": [V.RandomCrop((10, 8), 3, fill_value=9)],
    "mirrored crop": [V.RandomCrop(10, (1, 2), padding_mode=V.Border.REFLECT)],
    "crop if needed": [V.RandomCrop((12, 8), pad_if_needed=True)],
    "cutout": [V.CutOut(4, 2)],
    "cutout of planes": [V.HWC2CHW(), V.CutOut(3, is_hwc=False)],
    "erasing": [V.ToTensor(), V.RandomErasing(0.7, value=(0.5, 1, 2))],
    "invert": [V.RandomInvert()],
    "apply": [T.RandomApply([V.RandomCrop((10, 8), 1), V.RandomInvert()], 0.6)],
    "choice": [T.RandomChoice([V.RandomCrop(6), V.CenterCrop(6), V.Crop((0, 1), 6)])],
    "nested": [T.RandomApply([T.RandomChoice([V.Invert(), V.RandomVerticalFlip()])])],
    "before and behind": [V.Resize((12, 12)), V.RandomCrop(9), *FLOATS],
}


@pytest.mark.parametrize("size", [10**9, 10**4], ids=["roomy", "tight"])
@pytest.mark.parametrize("name", KNOWN)
def test_device_gives_what_iterators_give(name, size):
    context.set_context(sink_budget=size)
    try:
        ds.config.set_seed(4)
        data = pictures(*KNOWN[name])
        placement = place(ds.describe(data))
        assert placement.where in ("prepared", "raw"), placement
        found = device_batches(data, 12)
    finally:
        context.set_context(sink_budget=None)
    ds.config.set_seed(4)
    expected = host_batches(pictures(*KNOWN[name]), 2)
    assert len(found) == len(expected) == 12
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine[1], theirs[1])
        assert mine[0].dtype == theirs[0].dtype
        if mine[0].dtype == np.uint8:
            np.testing.assert_array_equal(mine[0], theirs[0])
        else:  # one rounding
            np.testing.assert_allclose(mine[0], theirs[0], rtol=3e-7, atol=1e-7)
    first, second = found[:6], found[6:]
    both = zip(first, second, strict=True)
    assert any(not np.array_equal(a[0], b[0]) for a, b in both)


MIXED = {
    "mixup": [V.MixUpBatch(0.4)],
    "cutmix": [V.CutMixBatch(V.ImageBatchFormat.NHWC, 1.0, 0.8)],
    "both": [V.MixUpBatch(1.0), V.CutMixBatch(V.ImageBatchFormat.NHWC)],
}


def mixed(name, passes=1):
    data = ds.NumpySlicesDataset((IMAGES, LABELS), ["image", "label"])
    data = data.map(V.RandomHorizontalFlip(), "image").map(T.OneHot(23), "label")
    data = data.batch(5).shuffle(3)
    for operation in MIXED[name]:
        data = data.map(operation, ["image", "label"])
    return data.map(T.TypeCast("float32"), "image").repeat(passes)


@pytest.mark.parametrize("name", MIXED)
def test_batches_are_mixed_on_the_device(name):
    """As by the iterators, and those as row by row; blended bytes to one level."""
    ds.config.set_seed(4)
    data = mixed(name, 2)
    assert place(ds.describe(data)).where == "prepared"
    found = device_batches(data, 10)
    ds.config.set_seed(4)
    expected = host_batches(mixed(name, 2), 1)
    ds.config.set_seed(4)
    hosted = host_batches(mixed(name, 2).map(lambda x: x, "image"), 1)
    assert len(found) == len(expected) == len(hosted) == 10
    for mine, theirs, rows in zip(found, expected, hosted, strict=True):
        np.testing.assert_array_equal(rows[0], theirs[0])
        np.testing.assert_array_equal(rows[1], theirs[1])
        np.testing.assert_allclose(mine[0], theirs[0], atol=len(MIXED[name]))
        np.testing.assert_allclose(mine[1], theirs[1], atol=1e-6)
    assert any(((row[1] > 0) & (row[1] < 1)).any() for row in found)


def test_what_stands_before_chance_is_done_once():
    data = pictures(V.Resize((12, 12)), V.RandomCrop(9), *FLOATS)
    data = data.map(T.TypeCast("float32"), "label")
    steps = place(ds.describe(data)).steps
    assert len(steps.once.steps) == 2
    assert len(steps.each.steps) == 3
    assert steps.by_chance == {"image"}
    assert len(steps.whole.steps) == 5


def test_names_that_are_used_again():
    """label becomes image after image became x, which chance has a part in."""
    data = ds.NumpySlicesDataset((IMAGES, LABELS), ["image", "label"], shuffle=False)
    data = data.map(V.RandomHorizontalFlip(1.0), "image", "x")
    data = data.map(T.TypeCast("float32"), "label", "image")
    data = data.project(["x", "image"]).batch(23)
    ((x, image),) = device_batches(data, 1)
    np.testing.assert_array_equal(x, IMAGES[:, :, ::-1])
    np.testing.assert_array_equal(image, LABELS.astype(np.float32))


def test_a_column_that_nobody_reads_draws_all_the_same():
    ds.config.set_seed(2)
    data = ds.NumpySlicesDataset((IMAGES, IMAGES), ["a", "b"], shuffle=False)
    for name in "ab":
        data = data.map(V.RandomHorizontalFlip(), name)
    (both,) = device_batches(data.batch(23), 1)
    ds.config.set_seed(2)
    ((one,),) = data.project("b").batch(23).batches()
    np.testing.assert_array_equal(both[1], one)
    assert not np.array_equal(both[0], both[1])


@op
def next_weight(w, x):
    return 0.9 * w + x.astype("float32").mean() / 255


class Step(Cell):
    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.zeros((), np.float32)), name="w")

    def construct(self, image, label):
        self.w.set_data(next_weight(self.w, image))
        return self.w + label.sum() * 0


def trained(sizes, state=None, *, sink=True):
    data = pictures(V.RandomCrop((10, 8), 3), V.RandomHorizontalFlip(), V.HWC2CHW())
    source = DatasetSource(data)
    if state is not None:
        source.restore(state)
    step = Step()
    executor = Executor(step.compile_cache, source, iter(sizes), sink=sink)
    losses = []
    with contextlib.closing(executor):
        for _ in sizes:
            for result in executor.sinks():
                losses.extend(result.losses().tolist())
    return losses, executor.data_state()


@pytest.mark.parametrize("sizes", [[12], [5, 7], [1] * 12])
def test_sunk_unsunk_and_same_seed_agree(sizes):
    found = []
    for sink in (True, False, True):
        ds.config.set_seed(5)
        found.append(trained(sizes, sink=sink))
    assert found[0] == found[2]
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6)
    ds.config.set_seed(6)
    assert trained(sizes)[0] != found[0][0]


def test_a_data_set_made_alike_compiles_nothing():
    step = Step()

    def compiled(*operations):
        before = len(ledger())
        data = pictures(*operations, V.HWC2CHW())
        executor = Executor(step.compile_cache, DatasetSource(data), iter([5]))
        with contextlib.closing(executor):
            executor.run()
        return len(ledger()) - before

    assert compiled(V.RandomCrop((10, 8), 3)) == 1
    assert compiled(V.RandomCrop((10, 8), 3)) == 0
    assert compiled(V.RandomCrop((10, 8), 2)) == 1


def test_goes_on_in_the_middle_of_a_pass():
    ds.config.set_seed(5)
    _, end = trained([12])
    ds.config.set_seed(5)
    _, middle = trained([4])
    ds.config.set_seed(99)
    assert trained([8], middle)[1] == end
    ds.config.set_seed(5)
    data = pictures(*KNOWN["padded crop"])
    whole = device_batches(data, 12)
    again = pictures(*KNOWN["padded crop"])
    again.restore(middle)
    for mine, theirs in zip(device_batches(again, 8), whole[4:], strict=True):
        np.testing.assert_array_equal(mine[0], theirs[0])


def test_columns_stay_raw_where_only_they_fit():
    context.set_context(sink_budget=IMAGES.nbytes + 200)
    try:
        data = pictures(V.Rescale(1 / 255, 0.0), V.RandomCrop(10, 2), V.HWC2CHW())
        placement = place(ds.describe(data))
        assert placement.where == "raw"
        assert len(placement.each.steps) == 3
        ds.config.set_seed(5)
        found = device_batches(data, 6)
    finally:
        context.set_context(sink_budget=None)
    ds.config.set_seed(5)
    for mine, theirs in zip(found, data.batches(), strict=True):
        np.testing.assert_allclose(mine[0], theirs[0], rtol=3e-7)


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (V.RandomRotation(9), "only the host"),
        (V.RandomCrop(3, 1, fill_value=(1, 2, 3)), "RandomCrop.* has no device form"),
        (V.RandomErasing(value="random"), "RandomErasing.* has no device form"),
        (T.RandomApply([V.CenterCrop(3)]), "unlike shapes|between uint8"),
        (T.RandomApply([V.Equalize()]), "RandomApply.* has no device form"),
    ],
    ids=str,
)
def test_what_the_device_cannot_do_is_staged(operation, why):
    placement = place(ds.describe(pictures(operation)))
    assert placement.where == "staged"
    assert re.search(why, placement.why)
