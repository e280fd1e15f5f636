"""The same rows, types and shapes come out of the same pipelines."""

import json
import struct

import numpy as np
import pytest

IMAGES = 64

PIPELINES = [
    "lenet5_pipeline(folder)",
    "lenet5_pipeline(folder, 7, 2)",
    "mnist()",
    "ds.MnistDataset(folder, 'train', shuffle=False)",
    "ds.MnistDataset(folder, 'test', num_samples=5, shuffle=False)",
    "ds.MnistDataset(folder, shuffle=False, num_shards=3, shard_id=1)",
    "mnist().batch(10)",
    "mnist().batch(10, drop_remainder=True)",
    "mnist().batch(10).repeat(2)",
    "mnist().repeat(2).batch(10)",
    "mnist().take(7).batch(3)",
    "mnist().skip(60)",
    "mnist().take(3).concat(mnist().skip(62))",
    "mnist().project(['label'])",
    "mnist().rename('image', 'picture').take(2)",
    "mnist().map(lambda x: x // np.uint32(2), ['label'])",
    "mnist().filter(lambda label: label < 3, ['label'])",
    "ds.zip((mnist().rename(['image', 'label'], ['a', 'b']), slices()))",
    *(
        f"mnist().map({operation}, 'image').batch(9)"
        for operation in (
            "CV.Resize(14)",
            "CV.Resize((20, 40))",
            "CV.Resize((32, 32), Inter.NEAREST)",
            "CV.Resize((17, 31), Inter.BICUBIC)",
            "CV.Rescale(1 / 255, -0.5)",
            "CV.Normalize([33.0], [78.0])",
            "CV.HWC2CHW()",
            "CT.TypeCast(ms.float16)",
            "[CV.Rescale(0.5, 0.0), CV.HWC2CHW()]",
            "CT.Compose([CV.Rescale(0.5, 0.0), CV.HWC2CHW()])",
            "lambda x: x.astype(np.float64) / 255",
        )
    ),
    "mnist().map(CT.OneHot(10), 'label').take(4)",
    "mnist().map([CT.TypeCast(ms.int32)], 'label').take(4)",
    "mnist().map(lambda x: (x, x), 'label', ['label', 'twin']).take(4)",
    "slices()",
    "slices().batch(4)",
    "slices().batch(lambda info: info.get_batch_num() + 1)",
    "slices().batch(lambda info: info.get_batch_num() + 1, True)",
    "slices().batch(lambda info: info.get_epoch_num() + 2).repeat(2)",
    "slices().repeat(2).batch(lambda info: info.get_epoch_num() + 3)",
    "slices().padded_batch(lambda info: 3)",
    "slices().padded_batch(4)",
    "sampled(ds.SequentialSampler(2, 3))",
    "ds.NumpySlicesDataset([[1, 2], [3, 4]], shuffle=False)",
    "ds.NumpySlicesDataset(([1.5, 2.5], [True, False]), ['a', 'b'], shuffle=False)",
    "ds.GeneratorDataset(pairs, ['x', 'y'], shuffle=False)",
    "ds.GeneratorDataset([(1, 2.0), (3, 4.0)], ['x', 'y'], shuffle=False).batch(2)",
    "ds.MnistDataset(folder, sampler=ds.SequentialSampler(3, 4))",
    "ds.MnistDataset(folder, sampler=ds.SubsetSampler([5, 1, 9]))",
]
REFUSED = [
    "ds.MnistDataset('/nowhere')",
    "ds.MnistDataset(folder, 'some')",
    "ds.MnistDataset(folder, num_samples=-1)",
    "ds.MnistDataset(folder, num_samples='3')",
    "ds.MnistDataset(folder, shuffle='yes')",
    "ds.MnistDataset(folder, num_shards=2)",
    "mnist().batch(0)",
    "mnist().batch(1.5)",
    "mnist().batch('a')",
    "mnist().batch(2, drop_remainder='yes')",
    "mnist().repeat(0)",
    "mnist().repeat(-2)",
    "mnist().repeat('2')",
    "mnist().shuffle(1)",
    "mnist().shuffle('a')",
    "mnist().take(0)",
    "mnist().take(-2)",
    "mnist().skip(-1)",
    "mnist().map(3)",
    "mnist().map(CV.HWC2CHW(), 3)",
    "mnist().map(CV.HWC2CHW(), num_parallel_workers=0)",
    "rows(mnist().map(CV.HWC2CHW(), 'nothing'))",
    "rows(mnist().project(['nothing']))",
    "CV.Resize(0)",
    "CV.Resize('32')",
    "CV.Resize(32, 'linear')",
    "CV.Rescale('1', 0)",
    "CV.Normalize([0.0], [0.0])",
    "CT.OneHot(0)",
    "ds.NumpySlicesDataset([])",
    "ds.NumpySlicesDataset(([1, 2], [3]))",
    "ds.GeneratorDataset(3, ['x'])",
    "ds.SubsetSampler('a')",
    "sampled(3)",
    "sampled(None)",
    "rows(slices().batch(lambda info: 0))",
    "slices().save(3)",
    "slices().save('a', 0)",
    "slices().save('a', 1, 'csv')",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """IDX files of pictures made here: 48 to train with, 16 to test."""
    folder = tmp_path_factory.mktemp("mnist")
    rng = np.random.default_rng(0)
    for part, count in (("train", 48), ("t10k", IMAGES - 48)):
        images = rng.integers(0, 256, (count, 28, 28), np.uint8)
        labels = rng.integers(0, 10, count).astype(np.uint8)
        head = struct.pack(">IIII", 2051, count, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        head = struct.pack(">II", 2049, count)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return str(folder)


@pytest.fixture(scope="module")
def found(run_both, folder):
    inputs = {
        "texts": json.dumps(PIPELINES),
        "folder": folder,
        "x": np.arange(22, dtype=np.float32).reshape(11, 2),
        "y": np.arange(11, dtype=np.int32),
    }
    return run_both("pipelines:outputs_of", inputs)


@pytest.fixture(scope="module")
def errors(run_both, folder):
    inputs = {"texts": json.dumps(REFUSED), "folder": folder}
    return [each["types"] for each in run_both("pipelines:error_types", inputs)]


@pytest.mark.parametrize("number", range(len(PIPELINES)), ids=PIPELINES)
def test_the_same_rows_come_out(found, number):
    prefix = f"{number}:"
    ours, theirs = (
        {k: v for k, v in results.items() if k.startswith(prefix)} for results in found
    )
    assert f"{prefix}error" not in theirs, theirs
    assert [*ours] == [*theirs]
    about = f"{prefix}about"
    assert json.loads(str(ours.pop(about))) == json.loads(str(theirs.pop(about)))
    assert theirs
    for key, expected in theirs.items():
        assert ours[key].dtype == expected.dtype, key
        assert ours[key].shape == expected.shape, key
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(ours[key], expected, rtol=1e-6, atol=1e-6)
        elif "BICUBIC" in PIPELINES[number]:  # OpenCV's releases round it differently
            difference = ours[key].astype(int) - expected
            assert abs(difference).max() <= 1
            assert (difference != 0).mean() < 0.1
        else:
            np.testing.assert_array_equal(ours[key], expected, err_msg=key)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_errors_have_the_same_type(errors, number):
    ours, theirs = (str(types[number]) for types in errors)
    assert theirs != "none"
    assert ours == theirs
