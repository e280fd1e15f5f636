import time

import numpy as np
import pytest

import cellnet.dataset as ds
import cellnet.dataset.transforms as T
import cellnet.dataset.vision as V

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 8, 8, 1), np.uint8)
LABELS = np.arange(23, dtype=np.uint32)


def source(**keywords):
    return ds.NumpySlicesDataset((IMAGES, LABELS), ["image", "label"], **keywords)


def as_lenet(dataset):
    dataset = dataset.map(T.TypeCast("int32"), "label")
    dataset = dataset.map(V.Resize((10, 12)), "image")
    dataset = dataset.map([V.Rescale(1 / 255, 0.0), V.HWC2CHW()], "image")
    return dataset.shuffle(7).batch(4, drop_remainder=True)


PIPELINES = [
    as_lenet,
    lambda d: as_lenet(d).repeat(2),
    lambda d: d.shuffle(100).take(9).batch(4),
    lambda d: d.batch(4).shuffle(3).skip(1),
    lambda d: d.skip(3).repeat(2).shuffle(50).take(7),
    lambda d: d.batch(5).map(T.TypeCast("float32"), "image").project("image"),
    lambda d: d.rename("label", "y").project(["y", "image"]).batch(3),
    lambda d: d.map(T.OneHot(23), "label", "target").batch(23),
    lambda d: d.project("image").rename("image", "label").batch(2),
    lambda d: d.map(V.RandomHorizontalFlip(), "image").batch(4),
    lambda d: d.map([V.RandomCrop(6, 2), V.HWC2CHW()], "image").shuffle(9).batch(4),
    lambda d: d.shuffle(9).map(V.RandomCrop(6), "image", "x").repeat(2).batch(4),
    lambda d: as_lenet(d.map(V.CutOut(3, 2), "image").repeat(2)),
    lambda d: d.map(V.RandomCrop((5, 7)), "image").map(T.OneHot(23), "label"),
    lambda d: d.map([T.RandomApply([V.RandomCrop(8, 1)]), V.RandomInvert()], "image"),
    lambda d: d.map([V.ToTensor(), V.RandomErasing(0.8)], "image").batch(4),
    lambda d: d.map(T.RandomChoice([V.RandomCrop(6), V.CenterCrop(6)]), "image"),
]


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("keywords", [{}, {"shuffle": False}, {"num_samples": 11}])
def test_plan_gives_what_a_row_by_row_pipeline_gives(pipeline, keywords):
    """The plain way: a function that no plan knows forces every row to the host."""
    ds.config.set_seed(3)
    planned = pipeline(source(**keywords))
    plan = ds.describe(planned)
    assert plan is not None
    last = [Identity()] if plan.output_columns else []
    hosted = planned.map(last, plan.output_columns[0])
    assert ds.describe(hosted) is None

    for _ in range(2):
        indexed = [plan.read(rows) for rows in plan.epoch_rows()]
        plain = list(hosted.create_dict_iterator(num_epochs=1, output_numpy=True))
        assert len(indexed) == len(plain) == plan.num_batches
        for left, right in zip(indexed, plain, strict=True):
            assert list(left) == list(right) == list(plan.output_columns)
            for name in left:
                assert left[name].dtype == right[name].dtype
                np.testing.assert_array_equal(left[name], right[name])


class Identity:
    def __call__(self, value):
        return value


def test_plan_order_is_the_order_of_the_iterators():
    ds.config.set_seed(3)
    by_plan, by_iterator, by_batches = (as_lenet(source()) for _ in range(3))
    plan = ds.describe(by_plan)
    for _ in range(3):
        indices = [LABELS[batch].tolist() for batch in plan.epoch_indices()]
        rows = by_iterator.create_dict_iterator(num_epochs=1, output_numpy=True)
        assert indices == [row["label"].tolist() for row in rows]
        assert indices == [batch[1].tolist() for batch in by_batches.batches()]


def test_plan_and_iterators_share_the_count_of_passes():
    ds.config.set_seed(3)
    one, other = as_lenet(source()), as_lenet(source())
    expected = [[b[1].tolist() for b in one.batches()] for _ in range(2)]
    first = [LABELS[i].tolist() for i in ds.describe(other).epoch_indices()]
    assert first == expected[0]
    assert [b[1].tolist() for b in other.batches()] == expected[1]


def test_plan_says_what_the_executor_needs():
    plan = ds.describe(as_lenet(source(shuffle=False)).repeat(3))
    assert plan.batch_size == 4
    assert plan.drop_remainder is True
    assert plan.num_batches == 15
    assert plan.endless is False
    assert plan.output_columns == ("image", "label")
    assert [stage.input_columns for stage in plan.stages] == [
        ("label",),
        ("image",),
        ("image",),
    ]
    assert [type(op) for op in plan.stages[2].operations] == [V.Rescale, V.HWC2CHW]
    np.testing.assert_array_equal(plan.columns["image"], IMAGES)
    assert not plan.columns["image"].flags.writeable
    first = next(plan.epoch_indices())
    assert first.dtype == np.int32
    assert first.shape == (4,)


def test_unbatched_plan_gives_scalars():
    plan = ds.describe(source(shuffle=False).take(2))
    assert plan.batch_size is None
    indices = list(plan.epoch_indices())
    assert [(i.shape, i.dtype, i.item()) for i in indices] == [
        ((), np.int32, 0),
        ((), np.int32, 1),
    ]


def test_endless_plan():
    plan = ds.describe(source(shuffle=False).batch(23).repeat())
    assert plan.endless is True
    assert plan.num_batches == 1
    passes = plan.epoch_indices()
    assert [next(passes)[0].item() for _ in range(3)] == [0, 0, 0]


def test_compose_counts_as_its_parts():
    known = T.Compose([V.Rescale(1.0, 0.0), V.HWC2CHW()])
    plan = ds.describe(source().map(known, "image"))
    assert [type(op) for op in plan.stages[0].operations] == [V.Rescale, V.HWC2CHW]
    assert ds.describe(source().map(T.Compose([abs]), "image")) is None


@pytest.mark.parametrize(
    "pipeline",
    [
        lambda d: d.map(lambda x: x, "image"),
        lambda d: d.batch(2).map(V.Resize((4, 4)), "image"),
        lambda d: d.batch(2).batch(2),
        lambda d: d.batch(2, per_batch_map=lambda a, b, info: (a, b)),
        lambda d: d.filter(lambda image, label: True),
        lambda d: d.concat(source()),
        lambda d: ds.zip((d, ds.NumpySlicesDataset([1], ["k"]))),
    ],
)
def test_what_needs_the_host_has_no_plan(pipeline):
    assert ds.describe(pipeline(source())) is None


def test_sources_that_have_no_plan():
    assert ds.describe(ds.GeneratorDataset([1, 2], ["x"])) is None
    assert ds.describe(ds.NumpySlicesDataset(["a", "b"], ["x"])) is None


def test_failure_in_a_batch_names_the_sample():
    dataset = source(shuffle=False).map(T.OneHot(6), "label").batch(8)
    with pytest.raises(
        RuntimeError, match=r"OneHot.*'label'.*source row 6: ValueError"
    ):
        list(dataset.batches())


@pytest.mark.parametrize(("buffer_size", "limit_ms"), [(60_000, 250), (10_000, 500)])
def test_order_of_mnist_takes_no_time(buffer_size, limit_ms):
    """Limits are five times the aim of 50 and 100 ms, for busy machines."""
    data = ds.NumpySlicesDataset(np.zeros(60_000, np.uint8), ["x"])
    plan = ds.describe(data.shuffle(buffer_size).batch(32, True))
    start = time.perf_counter()
    batches = list(plan.epoch_indices())
    elapsed_ms = 1000 * (time.perf_counter() - start)
    assert np.unique(np.concatenate(batches)).size == 60_000
    assert elapsed_ms < limit_ms
