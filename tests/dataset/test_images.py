"""Random transforms: what they draw, and from where; the rest is in tests/parity."""

import io

import numpy as np
import pytest

import cellnet.dataset as ds
import cellnet.dataset.transforms as T
import cellnet.dataset.vision as V
from cellnet.dataset import config
from cellnet.dataset.vision import c_transforms, py_transforms

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("cv2")

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(20, 230, (20, 30, 3), np.uint8)
BATCH = RNG.integers(0, 256, (6, 8, 8, 3), np.uint8)
LABELS = np.eye(6, dtype=np.float32)
RANDOM = [
    V.RandomHorizontalFlip(),
    V.RandomVerticalFlip(),
    V.RandomCrop(9, 2),
    V.RandomResizedCrop(9),
    V.RandomRotation(40),
    V.RandomAffine(20, (0.2, 0.2), (0.8, 1.2), 10),
    V.RandomColorAdjust(0.4, 0.4, 0.4, 0.1),
    V.RandomColor(),
    V.RandomSharpness(),
    V.RandomPosterize((1, 8)),
    V.RandomSolarize(),
    V.RandomGrayscale(0.5),
    V.RandomResize((9, 9)),
    V.RandomInvert(),
    V.RandomEqualize(),
    V.RandomAutoContrast(),
    V.CutOut(5, 2),
    V.AutoAugment(),
    V.AutoAugment(V.AutoAugmentPolicy.CIFAR10),
    V.AutoAugment(V.AutoAugmentPolicy.SVHN),
    V.RandAugment(),
    V.UniformAugment([V.Invert(), V.VerticalFlip()], 1),
    V.RandomSelectSubpolicy([[(V.Invert(), 0.5)], [(V.VerticalFlip(), 0.5)]]),
    T.RandomApply([V.Invert()]),
    T.RandomChoice([V.Invert(), V.VerticalFlip()]),
    T.RandomOrder([V.Posterize(2), V.Invert(), V.Solarize(100)]),
]


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch):
    monkeypatch.setattr(config, "_settings", config._Settings())


def pictures(count=12):
    return ds.GeneratorDataset([(PICTURE,)] * count, ["image"], shuffle=False)


def outputs(operation, seed):
    config.set_seed(seed)
    rows = pictures().map(operation, "image").create_tuple_iterator(None, 1, True)
    return [row[0] for row in rows]


@pytest.mark.parametrize("operation", RANDOM, ids=lambda op: type(op).__name__)
def test_random_by_the_seed(operation):
    assert not operation.deterministic
    first, again, other = (outputs(operation, seed) for seed in (1, 1, 2))
    for mine, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(mine, same)
    assert {x.dtype for x in first} == {np.dtype(np.uint8)}
    assert len({x.tobytes() for x in first + other}) > 1


def test_a_pass_draws_anew_and_a_sample_alone():
    config.set_seed(3)
    data = pictures().map(V.RandomCrop(5), "image")
    passes = [[row[0] for row in data.batches()] for _ in range(2)]
    assert any((a != b).any() for a, b in zip(*passes, strict=True))
    config.set_seed(3)
    later = list(pictures().map(V.RandomCrop(5), "image").skip(4).batches())
    np.testing.assert_array_equal(later[0][0], passes[0][4])


@pytest.mark.parametrize("prob", [0.0, 0.3, 1.0])
def test_flip_happens_with_its_probability(prob):
    config.set_seed(0)
    flip = V.RandomHorizontalFlip(prob)
    small = np.array([[0, 1]], np.uint8)
    count = sum(int(flip(small)[0, 0]) for _ in range(2000))
    assert abs(count / 2000 - prob) < 0.04


def test_random_crop_reaches_every_place_equally():
    config.set_seed(0)
    places = np.arange(16, dtype=np.uint8).reshape(4, 4)
    found = [int(V.RandomCrop(2)(places)[0, 0]) for _ in range(1800)]
    values, counts = np.unique(found, return_counts=True)
    assert values.tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert abs(counts / 1800 - 1 / 9).max() < 0.03


def test_resized_crop_boxes():
    config.set_seed(0)
    crop = V.RandomResizedCrop(9, (0.2, 0.5), (0.5, 2.0))
    boxes = np.array([crop.draw_box(100, 120) for _ in range(1000)])
    top, left, height, width = boxes.T
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + height <= 100).all()
    assert (left + width <= 120).all()
    share = height * width / 12000
    assert share.min() > 0.19
    assert share.max() < 0.51
    assert abs(share.mean() - 0.35) < 0.02
    assert abs(np.log(width / height).mean()) < 0.06
    wide = V.RandomResizedCrop(9, (1.0, 1.0), (1.0, 1.0)).draw_box(10, 100)
    assert wide == (0, 45, 10, 10)


def test_random_erasing_paints_what_it_says():
    image = np.zeros((3, 40, 40), np.float32)
    erase = V.RandomErasing(1.0, (0.1, 0.2), (0.5, 2.0), (1, 2, 3))
    shares = [(erase(image)[0] == 1).mean() for _ in range(50)]
    assert 0.08 < min(shares) < max(shares) < 0.22
    assert (image == 0).all()
    painted = V.RandomErasing(1.0, value="random")(image)
    assert len(np.unique(painted)) > 50


@pytest.mark.parametrize("order", ["NHWC", "NCHW"])
def test_cut_mix_labels_are_areas(order):
    config.set_seed(0)
    images = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones(
        (8, 8, 3) if order == "NHWC" else (3, 8, 8), np.uint8
    )
    mix = V.CutMixBatch(V.ImageBatchFormat[order], 1.0, 1.0)
    mixed, labels = mix(images, LABELS)
    for image, label in zip(mixed, labels, strict=True):
        areas = np.bincount(image.ravel(), minlength=6) / image.size
        np.testing.assert_allclose(label, areas, atol=1e-6)


def test_mix_up_blends_images_as_labels():
    config.set_seed(0)
    images = np.arange(6, dtype=np.float32)[:, None, None, None] * np.ones((2, 2, 1))
    for mix in (V.MixUpBatch(1.0), V.MixUp(6, 1.0)):
        mixed, labels = mix(images, LABELS)
        np.testing.assert_allclose(labels.sum(1), 1, rtol=1e-6)
        np.testing.assert_allclose(labels @ np.arange(6), mixed[:, 0, 0, 0], rtol=1e-5)
    across = V.MixUp(6, 1.0, is_single=False)
    across(images, LABELS)
    mixed, labels = across(images + 10, LABELS)
    assert (mixed < images + 10).all()


def test_mix_up_in_a_pipeline():
    config.set_seed(0)
    data = ds.NumpySlicesDataset((list(BATCH), list(LABELS)), ["image", "label"])
    data = data.batch(6).map(V.MixUpBatch(0.5), ["image", "label"])
    ((image, label),) = data.batches()
    assert image.shape == BATCH.shape
    np.testing.assert_allclose(label.sum(1), 1, rtol=1e-6)


def test_pillow_images_stay_pillow_images():
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, "PNG")
    steps = [
        py_transforms.Decode(),
        py_transforms.RandomCrop(8),
        py_transforms.RandomHorizontalFlip(),
        py_transforms.RandomRotation(10),
        py_transforms.RandomColorAdjust(0.2, 0.2, 0.2, 0.1),
        py_transforms.ToTensor(),
        py_transforms.Normalize((0.5,) * 3, (0.5,) * 3),
    ]
    image = np.frombuffer(file.getvalue(), np.uint8)
    for step in steps[:5]:
        image = step(image)
        assert isinstance(image, Image.Image)
    data = ds.GeneratorDataset([(np.frombuffer(file.getvalue(), np.uint8),)], ["image"])
    ((image,),) = data.map(py_transforms.ComposeOp(steps)(), "image").batches()
    assert image.shape == (3, 8, 8)
    assert image.dtype == np.float32


def test_spellings_are_one_definition():
    for module in (c_transforms, V.transforms):
        assert module.RandomCrop is V.RandomCrop
    assert T.c_transforms.RandomApply is T.RandomApply is T.py_transforms.RandomApply


def test_normalize_pad_adds_zeros():
    mean, std = [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]
    padded = V.NormalizePad(mean, std, "float16")(PICTURE)
    assert padded.dtype == np.float16
    assert (padded[..., 3] == 0).all()
    expected = V.Normalize(mean, std)(PICTURE)
    np.testing.assert_allclose(padded[..., :3], expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: V.RandomHorizontalFlip(1.5), ValueError),
        (lambda: V.RandomCrop("a"), TypeError),
        (lambda: V.RandomCrop(0), ValueError),
        (lambda: V.Pad((1, 2, 3)), ValueError),
        (lambda: V.Pad(1, padding_mode="edge"), TypeError),
        (lambda: V.RandomRotation(-3), ValueError),
        (lambda: V.RandomColorAdjust(hue=0.7), ValueError),
        (lambda: V.RandomResizedCrop(5, (1.0, 0.5)), ValueError),
        (lambda: V.GaussianBlur(4), ValueError),
        (lambda: V.Decode()(PICTURE), TypeError),
        (lambda: V.Decode()(np.arange(9, dtype=np.uint8)), ValueError),
        (lambda: V.Invert()(PICTURE.astype(np.float32)), TypeError),
        (lambda: V.Crop((15, 0), 9)(PICTURE), ValueError),
        (lambda: V.RandomCrop(40)(PICTURE), ValueError),
        (lambda: V.MixUpBatch()(BATCH, np.arange(6)), ValueError),
        (lambda: V.ConvertColor(V.ConvertMode.COLOR_GRAY2RGB)(PICTURE), ValueError),
        (lambda: T.RandomChoice([]), ValueError),
        (lambda: T.Mask("EQ", 3), TypeError),
        (lambda: T.PadEnd([3])(np.ones((2, 2))), ValueError),
    ],
)
def test_mistakes_are_refused(make, error):
    with pytest.raises(error):
        make()
