import gzip

import numpy as np
import pytest

import cellnet.dataset as ds


def read(dataset):
    return list(dataset.create_dict_iterator(num_epochs=1, output_numpy=True))


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("kind", [ds.MnistDataset, ds.FashionMnistDataset])
def test_rows_are_the_images_and_labels_of_the_files(
    kind, compress, write_mnist, digits
):
    images, labels = digits
    folder = write_mnist("train", images, labels, compress)
    rows = read(kind(str(folder), usage="train", shuffle=False))
    assert [row["label"].item() for row in rows] == labels.tolist()
    np.testing.assert_array_equal([row["image"] for row in rows], images[..., None])
    assert rows[0]["image"].dtype == np.uint8
    assert rows[0]["image"].shape == (28, 28, 1)
    assert rows[0]["label"].dtype == np.uint32
    assert rows[0]["label"].shape == ()


def test_usage_chooses_the_files(write_mnist, digits):
    images, labels = digits
    write_mnist("train", images, labels)
    folder = write_mnist("t10k", images[:3], labels[:3])
    sizes = {u: len(ds.MnistDataset(folder, u)) for u in ("train", "test", "all", None)}
    assert sizes == {"train": 10, "test": 3, "all": 13, None: 13}


def test_folder_with_one_part_only_needs_no_usage(write_mnist, digits):
    folder = write_mnist("train", *digits)
    assert len(ds.MnistDataset(folder)) == 10
    with pytest.raises(RuntimeError, match="lacks t10k-images-idx3-ubyte"):
        ds.MnistDataset(folder, usage="test")


def test_plain_file_is_taken_before_gz(write_mnist, digits):
    images, labels = digits
    write_mnist("train", images, labels)
    folder = write_mnist("train", images[:3], labels[:3], compress=True)
    assert len(ds.MnistDataset(folder)) == 10


def test_default_order_is_random_and_new_in_each_pass(write_mnist, digits):
    ds.config.set_seed(1)
    dataset = ds.MnistDataset(write_mnist("train", *digits))
    orders = [[row["label"].item() for row in read(dataset)] for _ in range(2)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))


def test_missing_folder():
    with pytest.raises(ValueError, match="/no/such/place is not a folder"):
        ds.MnistDataset("/no/such/place")


def test_folder_without_idx_files(tmp_path):
    with pytest.raises(RuntimeError, match="holds no IDX file"):
        ds.MnistDataset(tmp_path)


def test_unknown_usage(tmp_path):
    with pytest.raises(ValueError, match="usage must be one of"):
        ds.MnistDataset(tmp_path, usage="valid")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "promises 7840 bytes.*holds 7839.*cut off"),
        (lambda data: data + b"x", "promises 7840 bytes.*holds 7841"),
        (lambda data: data[:9], "9 bytes, too short for an IDX header of 16"),
        (lambda data: b"", "0 bytes, too short"),
        (lambda data: b"\0\0\x08\x01" + data[4:], "magic number 2049, expected 2051"),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_damaged_image_file_is_named(damage, message, compress, write_mnist, digits):
    folder = write_mnist("train", *digits, compress)
    name = "train-images-idx3-ubyte" + (".gz" if compress else "")
    path = folder / name
    data = gzip.decompress(path.read_bytes()) if compress else path.read_bytes()
    damaged = damage(data)
    path.write_bytes(gzip.compress(damaged) if compress else damaged)
    with pytest.raises(RuntimeError, match=f"{name}: .*{message}"):
        ds.MnistDataset(folder)


@pytest.mark.parametrize("damage", [lambda d: d[:-20], lambda d: b"PK" + d[2:]])
def test_damaged_gzip_is_named(damage, write_mnist, digits):
    folder = write_mnist("train", *digits, compress=True)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RuntimeError, match=r"train-images-idx3-ubyte\.gz: not a whole"):
        ds.MnistDataset(folder)


def test_missing_label_file_is_named(write_mnist, digits):
    folder = write_mnist("train", *digits)
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(RuntimeError, match="lacks train-labels-idx1-ubyte"):
        ds.MnistDataset(folder)


def test_as_many_labels_as_images(write_mnist, digits):
    images, labels = digits
    folder = write_mnist("train", images, labels[:9])
    with pytest.raises(RuntimeError, match="has 10 images, .* has 9 labels"):
        ds.MnistDataset(folder)


def test_file_without_images(write_mnist, digits):
    images, labels = digits
    folder = write_mnist("train", images[:0], labels[:0])
    with pytest.raises(RuntimeError, match="no rows"):
        ds.MnistDataset(folder)
