"""serialize and deserialize: pipelines as JSON that give the same rows again."""

import json
import logging

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.dataset import text, transforms, vision
from cellnet.dataset._serialize._values import decode, encode
from cellnet.dataset.vision import Border, Inter


@pytest.fixture
def folder(write_mnist, digits):
    write_mnist("train", *digits)
    return write_mnist("t10k", *digits)


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("b a\na c\n", encoding="utf-8")
    return path


def rows(data):
    ds.config.set_seed(3)
    return [
        [column.tolist() for column in row]
        for row in data.create_tuple_iterator(num_epochs=1, output_numpy=True)
    ]


def again(data):
    """The pipeline of the description, which went through JSON's text."""
    return ds.deserialize(json.loads(json.dumps(ds.serialize(data))))


def mnist(folder, **options):
    return ds.MnistDataset(folder, **{"usage": "test", "shuffle": False, **options})


SAMPLERS = [
    lambda: ds.SequentialSampler(2, 5),
    lambda: ds.RandomSampler(True, 4),
    lambda: ds.SubsetSampler([3, 1]),
    lambda: ds.SubsetRandomSampler([3, 1, 7], 2),
    lambda: ds.DistributedSampler(3, 1, True, None, 2),
    lambda: ds.PKSampler(1),
    lambda: ds.WeightedRandomSampler([0.5] * 4, 6, False),
]

PIPELINES = [
    lambda folder: ds.MnistDataset(folder),
    lambda folder: ds.MnistDataset(str(folder), "train", 4, num_parallel_workers=1),
    lambda folder: ds.MnistDataset(folder, num_shards=3, shard_id=1),
    lambda folder: mnist(folder).shuffle(4).batch(3, True).repeat(2),
    lambda folder: mnist(folder).skip(2).take(5).batch(2),
    lambda folder: mnist(folder).project(["label"]) + mnist(folder).project("label"),
    lambda folder: ds.zip(
        (mnist(folder), mnist(folder).rename(["image", "label"], ["x", "y"]))
    ),
    lambda folder: mnist(folder).map(
        [vision.Resize((4, 5), Inter.NEAREST), vision.Rescale(0.5, 1.0)],
        "image",
        column_order=["label", "image"],
    ),
    lambda folder: mnist(folder).map(
        transforms.RandomApply([vision.RandomCrop(20, (1, 2, 3, 4))], 0.5), "image"
    ),
    lambda folder: mnist(folder).map(
        transforms.Compose([vision.RandomHorizontalFlip(0.3), vision.HWC2CHW()]),
        "image",
        "picture",
    ),
    lambda folder: mnist(folder).padded_batch(4, True, pad_info={"label": ([], 0)}),
]


@pytest.mark.parametrize("number", range(len(PIPELINES)))
def test_the_same_rows_come_again(folder, number):
    data, other = PIPELINES[number](folder), PIPELINES[number](folder)
    found = again(other)
    assert rows(found) == rows(data)
    assert found.get_col_names() == data.get_col_names()
    assert ds.compare(found, data)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_samplers(folder, sampler):
    data = mnist(folder, shuffle=None, sampler=sampler())
    assert rows(again(data)) == rows(data)
    later = mnist(folder)
    later.use_sampler(sampler())
    assert ds.compare(later, data)


def test_texts(lines):
    def data():
        vocabulary = text.Vocab.from_list(["a", "b"], ["<unk>"])
        source = ds.TextFileDataset(lines, shuffle=False, num_shards=2, shard_id=1)
        steps = [text.WhitespaceTokenizer(), text.Lookup(vocabulary, "<unk>")]
        return source.map(steps, "text")

    assert rows(again(data())) == rows(data()) == [[[1, 0]]]


@pytest.mark.parametrize(
    "operation",
    [
        vision.Decode(),
        vision.Normalize((0.5,), (0.2,), is_hwc=False),
        vision.Pad([1, 2], 3, Border.EDGE),
        vision.ToTensor(np.float16),
        vision.py_transforms.ToPIL(),
        vision.c_transforms.Resize(3),
        vision.RandAugment(3, 4, interpolation=Inter.NEAREST),
        transforms.TypeCast("int32"),
        transforms.OneHot(4, 0.1),
        transforms.Slice(slice(0, 3, 2)),
        transforms.Slice(...),
        transforms.Mask(transforms.Relational.GE, 3),
        transforms.Fill(2.5),
        transforms.PadEnd([4, None], 0),
        text.Ngram([2, 3], ("l", 1), ("r", 1), "-"),
    ],
    ids=repr,
)
def test_operations(operation):
    found = decode(json.loads(json.dumps(encode(operation))))
    assert type(found) is type(operation)
    assert repr(found) == repr(operation)


def test_files(folder, tmp_path, caplog):
    data, path = mnist(folder).batch(3), tmp_path / "pipeline.json"
    assert data.to_json(path) == ds.serialize(data) == json.loads(path.read_text())
    assert rows(ds.deserialize(json_filepath=path)) == rows(data)
    with caplog.at_level(logging.INFO, "cellnet"):
        ds.show(data, None)
    assert json.loads(caplog.records[-1].message) == data.to_json()
    assert not ds.compare(data, mnist(folder).batch(4))


def double(x):
    return 2 * x


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda data: data.map(double, "label"), "double"),
        (lambda data: data.map(transforms.RandomApply([double]), "label"), "double"),
        (lambda data: data.batch(2, per_batch_map=lambda *c: c[:-1]), "lambda"),
        (lambda data: data.batch(lambda info: 2), "lambda"),
        (lambda data: data.filter(lambda x: True, "label"), "Filter"),
        (lambda data: data.split([4, 6])[0], "Split"),
        (lambda data: ds.NumpySlicesDataset([1, 2]).batch(2), "NumpySlicesDataset"),
        (lambda data: ds.GeneratorDataset([1, 2], ["x"]), "GeneratorDataset"),
    ],
)
def test_what_only_the_program_has_is_named(folder, build, name):
    described = ds.serialize(build(mnist(folder)))
    json.dumps(described)
    with pytest.raises(ValueError, match=name):
        ds.deserialize(described)


class Backwards(ds.Sampler):
    """A sampler of the program's own."""

    def __iter__(self):
        return iter(range(self.dataset_size - 1, -1, -1))


def test_a_sampler_of_ones_own_is_named(folder):
    described = ds.serialize(mnist(folder, shuffle=None, sampler=Backwards()))
    with pytest.raises(ValueError, match="Backwards"):
        ds.deserialize(described)


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (TypeError, 3),
        (ValueError, {"op_type": "system", "children": []}),
        (ValueError, {"op_type": "sources", "children": []}),
    ],
)
def test_descriptions_of_nothing_that_is_here(error, described):
    with pytest.raises(error, match="deserialize"):
        ds.deserialize(described)


@pytest.mark.parametrize(
    "operation",
    [
        {"tensor_op_name": "np", "package": "vision", "tensor_op_params": None},
        {"tensor_op_name": "Resize", "package": "os", "tensor_op_params": None},
        {"tensor_op_name": "Resize", "tensor_op_params": {"other": 1}},
    ],
)
def test_only_public_transforms_are_looked_up(operation):
    with pytest.raises(ValueError, match=r"deserialize|settings \['other'\]"):
        decode(operation)


def test_misuse_of_the_functions(tmp_path):
    with pytest.raises(ValueError, match="either"):
        ds.deserialize()
    with pytest.raises(OSError, match="missing"):
        ds.deserialize(json_filepath=tmp_path / "missing.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ValueError, match="no JSON"):
        ds.deserialize(json_filepath=tmp_path / "broken.json")
    with pytest.raises(TypeError, match="expected a Dataset"):
        ds.serialize(3)


def test_transforms_without_settings_take_none():
    with pytest.raises(TypeError, match="no arguments"):
        vision.HWC2CHW(3)
