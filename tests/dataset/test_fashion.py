import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.dataset import fashion

DATASETS = Path(__file__).parents[2] / "datasets"


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """No data anywhere but what the test puts there."""
    monkeypatch.delenv("CELLNET_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    real = fashion._machine_folders
    monkeypatch.setattr(
        fashion,
        "_machine_folders",
        lambda: [folder for folder in real() if not str(folder).startswith("/usr")],
    )
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    return tmp_path


@pytest.fixture
def full(write_mnist, digits):
    def write(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_mnist("train", *digits, compress=True, folder=folder)
        return write_mnist("t10k", *digits, compress=True, folder=folder)

    return write


def test_a_given_path_comes_first(bare_machine, write_mnist, digits):
    folder = write_mnist("train", *digits, folder=bare_machine / "mine")
    found = ds.find_fashion_mnist(folder)
    assert found.directory == folder
    assert "as given" in found.description


def test_a_given_path_must_hold_data(bare_machine):
    with pytest.raises(ValueError, match="not a folder"):
        ds.find_fashion_mnist(bare_machine / "nothing")
    with pytest.raises(RuntimeError, match="holds no IDX file"):
        ds.find_fashion_mnist(bare_machine)


@pytest.mark.parametrize(
    "place", ["env", "env/fashion_mnist", "home/.cellnet/data/fashion_mnist", "data"]
)
def test_full_data_on_the_machine_comes_before_the_subset(
    place, bare_machine, full, monkeypatch
):
    monkeypatch.setenv("CELLNET_DATA", str(bare_machine / "env"))
    folder = bare_machine / place
    if place == "data":
        folder = folder / "fashion_mnist"
    full(folder)
    found = ds.find_fashion_mnist()
    assert found.directory.resolve() == folder.resolve()
    assert "all of it" in found.description


def test_an_incomplete_folder_is_passed_over(bare_machine, write_mnist, digits):
    home = bare_machine / "home/.cellnet/data/fashion_mnist"
    home.parent.mkdir(parents=True)
    write_mnist("train", *digits, folder=home)
    assert ds.find_fashion_mnist().directory == DATASETS / "fashion_mnist"


def test_the_subset_is_the_last_resort(bare_machine):
    found = ds.find_fashion_mnist()
    assert found.directory == DATASETS / "fashion_mnist"
    assert "subset" in found.description
    assert "\n" not in found.description


def fake_tfds(prepared, parts):
    class Builder:
        data_dir = str(prepared)

        def download_and_prepare(self):
            raise AssertionError("tried to download")

        def as_data_source(self):
            return parts

    module = types.ModuleType("tensorflow_datasets")
    module.builder = lambda name, file_format: Builder()
    return module


def test_tfds_is_written_as_idx_files(bare_machine, digits, monkeypatch):
    images, labels = digits
    examples = [
        {"image": image[..., None], "label": label}
        for image, label in zip(images, labels, strict=True)
    ]
    monkeypatch.setattr(fashion, "TRAIN_IMAGES", 10)
    monkeypatch.setattr(fashion, "TEST_IMAGES", 4)
    tfds = fake_tfds(bare_machine, {"train": examples, "test": examples[:4]})
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", tfds)
    found = ds.find_fashion_mnist()
    assert "TFDS" in found.description
    train = ds.FashionMnistDataset(found.directory, "train", shuffle=False).batch(10)
    ((image, label),) = train.batches()
    np.testing.assert_array_equal(image, images[..., None])
    np.testing.assert_array_equal(label, labels)
    assert len(ds.FashionMnistDataset(found.directory, "test")) == 4
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    assert ds.find_fashion_mnist().directory == found.directory


def test_tfds_offline_falls_to_the_subset(bare_machine, monkeypatch):
    def no_network(*args):
        raise OSError("unreachable")

    monkeypatch.setattr(fashion.socket, "create_connection", no_network)
    tfds = fake_tfds(bare_machine / "unprepared", {})
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", tfds)
    assert "subset" in ds.find_fashion_mnist().description


def test_tfds_cut_short_leaves_nothing_that_looks_whole(
    bare_machine, digits, monkeypatch
):
    examples = [{"image": digits[0][0][..., None], "label": 1}]
    tfds = fake_tfds(bare_machine, {"train": examples, "test": examples})
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", tfds)
    assert "subset" in ds.find_fashion_mnist().description
    assert not list((bare_machine / "home").rglob("*ubyte.gz"))


@pytest.mark.parametrize(("usage", "per_class"), [("train", 1100), ("test", 200)])
def test_the_subset_has_as_many_of_each_class(usage, per_class):
    dataset = ds.FashionMnistDataset(DATASETS / "fashion_mnist", usage)
    labels = ds.describe(dataset).columns["label"]
    assert np.bincount(labels).tolist() == [per_class] * 10


def test_the_subset_is_small_and_licensed():
    files = list((DATASETS / "fashion_mnist").iterdir())
    assert sum(path.stat().st_size for path in files) <= 6_000_000
    licence = (DATASETS / "fashion_mnist" / "LICENSE").read_text()
    assert "MIT" in licence
    assert "Zalando" in licence


def load_make_subset():
    path = DATASETS / "make_subset.py"
    spec = importlib.util.spec_from_file_location("make_subset", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_make_subset_is_stratified_and_repeatable(
    tmp_path, write_mnist, monkeypatch, capsys
):
    make_subset = load_make_subset()
    monkeypatch.setattr(make_subset, "PER_CLASS", {"train": 2, "t10k": 1})
    labels = np.arange(40) % 10
    images = np.arange(40, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)
    write_mnist("train", images, labels, folder=tmp_path / "all")
    write_mnist("t10k", images, labels, folder=tmp_path / "all")
    for out in ("one", "two"):
        make_subset.make_subset(tmp_path / "all", tmp_path / out)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert "train: 20 of 40" in capsys.readouterr().out
    subset = ds.describe(ds.MnistDataset(tmp_path / "one", "train")).columns
    assert np.bincount(subset["label"]).tolist() == [2] * 10
    # An image tells its row in the whole set, so its label can be checked.
    np.testing.assert_array_equal(labels[subset["image"][:, 0, 0, 0]], subset["label"])
