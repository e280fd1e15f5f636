"""TFDSDataset over what the real tensorflow_datasets prepares, without TensorFlow."""

import importlib.util
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cellnet.dataset as ds

pytestmark = pytest.mark.filterwarnings("ignore")  # of TFDS and its packages


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    file.seek(0)
    return file


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The folder of a set of five examples in ArrayRecord files."""
    tfds = pytest.importorskip("tensorflow_datasets")
    pytest.importorskip("array_record")

    class FiveSquares(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {
                "image": tfds.features.Image(shape=(4, 4, 1)),
                "label": tfds.features.ClassLabel(names=["even", "odd"]),
                "name": tfds.features.Text(),
                "inner": {"share": np.float32},
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples()}

        def _generate_examples(self):
            for number in range(5):
                yield (
                    number,
                    {
                        "image": png(np.full((4, 4), number, np.uint8)),
                        "label": number % 2,
                        "name": f"square é {number}",
                        "inner": {"share": number / 4},
                    },
                )

    folder = tmp_path_factory.mktemp("tfds")
    FiveSquares(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder


def rows(data):
    return list(data.create_dict_iterator(1, output_numpy=True))


def test_the_features_are_columns(prepared):
    data = ds.TFDSDataset("five_squares", data_dir=prepared, shuffle=False)
    assert set(data.get_col_names()) == {"image", "label", "name", "inner/share"}
    assert data.get_class_indexing() == {"even": 0, "odd": 1}
    found = rows(data)
    assert len(found) == 5
    for row in found:
        number = int(row["image"][0, 0, 0])
        assert (row["image"] == number).all()
        assert row["label"] == number % 2
        assert str(row["name"]) == f"square é {number}"
        assert row["inner/share"] == np.float32(number / 4)
        assert row["inner/share"].dtype == np.float32
    assert "tensorflow" not in sys.modules


def test_sources_and_parts(prepared):
    import tensorflow_datasets as tfds

    source = tfds.data_source("five_squares", split="train", data_dir=prepared)
    data = ds.TFDSDataset(
        source, column_names=["label", "image"], num_shards=2, shard_id=0, shuffle=False
    )
    assert data.get_col_names() == ["label", "image"]
    assert data.get_dataset_size() == 3
    assert data.batch(3).output_shapes() == [[3], [3, 4, 4, 1]]
    part = ds.TFDSDataset("five_squares", "train[:2]", data_dir=prepared)
    assert part.get_dataset_size() == 2


def test_what_is_not_there_is_said(prepared):
    with pytest.raises(RuntimeError, match="nothing_here.*download_and_prepare"):
        ds.TFDSDataset("nothing_here", data_dir=prepared)
    with pytest.raises(RuntimeError, match="column_names names .'size'."):
        ds.TFDSDataset("five_squares", data_dir=prepared, column_names=["size"])
    with pytest.raises(TypeError, match="source must be a name"):
        ds.TFDSDataset(3)


def test_the_builder_of_what_ships(tmp_path):
    tfds = pytest.importorskip("tensorflow_datasets")
    pytest.importorskip("array_record")
    path = Path(__file__).parents[2] / "datasets" / "fashion_mnist_subset.py"
    spec = importlib.util.spec_from_file_location("fashion_mnist_subset", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    few = tfds.download.DownloadConfig(max_examples_per_split=40)
    builder = module.FashionMnistSubset(data_dir=tmp_path, file_format="array_record")
    builder.download_and_prepare(download_config=few)

    data = ds.TFDSDataset("fashion_mnist_subset", "test", tmp_path, shuffle=False)
    found = {row["image"].tobytes(): int(row["label"]) for row in rows(data)}
    idx = ds.FashionMnistDataset(
        path.with_name("fashion_mnist"), "test", 40, None, False
    )
    assert found == {r["image"].tobytes(): int(r["label"]) for r in rows(idx)}
    assert data.get_class_indexing()["Ankle boot"] == 9
