"""explain names where each stage runs, why, and which one takes longest."""

import re
import time

import numpy as np
import pytest

import cellnet.dataset as ds
import cellnet.dataset.transforms as T
import cellnet.dataset.vision as V

IMAGES = np.zeros((64, 12, 12, 1), np.uint8)
LABELS = np.arange(64, dtype=np.int32)


def arrays():
    return ds.NumpySlicesDataset((IMAGES, LABELS), ["image", "label"])


def slow(value):
    time.sleep(0.004)
    return value


def quick(value):
    return value


class SlowRows:
    def __len__(self):
        return 64

    def __getitem__(self, index):
        time.sleep(0.004)
        return IMAGES[index], LABELS[index]


def slow_batch(images, info):
    del info
    time.sleep(0.03)
    return (images,)


SLOW = {
    "map": (
        lambda: arrays().map(quick, "label").map(slow, "image").batch(4),
        "map(input_columns=['image'])",
    ),
    "batch": (
        lambda: arrays().map(quick, "image").batch(4, False, None, slow_batch, "image"),
        "batch(4)",
    ),
    "source": (
        lambda: (
            ds.GeneratorDataset(SlowRows(), ["image", "label"])
            .map(V.HWC2CHW(), "image")
            .batch(4)
        ),
        "GeneratorDataset",
    ),
    "filter": (
        lambda: arrays().filter(lambda x: slow(True), "label").batch(4),
        "filter",
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_the_slowest_stage_is_named(name, capsys):
    pipeline, stage = SLOW[name]
    data = pipeline()
    found = data.explain(3)
    assert found.bottleneck.stage.startswith(stage)
    assert found.bottleneck.where.startswith("host")
    assert found.bottleneck.batch_ms > 14
    others = [s for s in found.stages if s is not found.bottleneck]
    assert all(s.batch_ms < found.bottleneck.batch_ms for s in others)
    printed = capsys.readouterr().out
    assert f"bottleneck: {stage}" in printed
    assert printed == f"{found}\n"


def test_what_the_device_does():
    data = arrays().map([V.Resize((16, 16)), V.RandomCrop(12), V.HWC2CHW()], "image")
    found = data.map(T.TypeCast("float32"), "label").shuffle(9).batch(4).explain()
    places = {stage.stage.split("(")[0]: stage.where for stage in found.stages}
    assert places == {
        "row numbers and draws": "host",
        "Resize": "device, once",
        "RandomCrop": "device, each step",
        "HWC2CHW": "device, each step",
        "TypeCast": "device, once",
    }
    assert "run once up to the first random one" in found.placement
    assert all(s.batch_ms > 0 for s in found.stages if s.where != "device, once")
    assert "before training" in found.stages[1].note


@pytest.mark.parametrize(
    ("pipeline", "note"),
    [
        (lambda d: d.map(quick, "image"), "quick is a Python function"),
        (lambda d: d.map(V.RandomRotation(9), "image"), "RandomRotation.* draws on"),
        (lambda d: d.filter(bool, "label"), "needs the rows' values"),
        (lambda d: d.concat(arrays()), "joins data sets"),
        (lambda d: d.batch(2).map(V.HorizontalFlip(), "image"), "stands behind"),
        (lambda d: d.batch(2, False, None, slow_batch, "image"), "per_batch_map is"),
    ],
)
def test_why_a_stage_is_on_the_host(pipeline, note):
    found = pipeline(arrays()).explain(1)
    assert "staged from the host" in found.placement
    noted = [stage for stage in found.stages if stage.note]
    assert len(noted) == 1
    assert re.search(note, noted[0].note)


def test_why_a_plan_is_not_on_the_device():
    data = arrays().map(V.Resize((4, 4), V.Inter.CUBIC), "image").batch(4)
    assert "has no device form" in data.explain(1).placement


def test_workers_are_named():
    data = arrays().map(slow, "image", num_parallel_workers=2).batch(4)
    found = data.explain(2)
    assert found.bottleneck.where == "host, 2 threads"


def test_no_pass_is_counted():
    data = arrays().map(quick, "image").batch(4)
    before = data.iteration_state()
    data.explain(2)
    assert data.iteration_state() == before


def test_bad_number_of_batches():
    with pytest.raises(ValueError, match="num_batches must lie"):
        arrays().explain(0)
