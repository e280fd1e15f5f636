"""Small data sets, and settings that no test leaves behind."""

import gzip
import struct

import numpy as np
import pytest

from cellnet.dataset import config


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch):
    monkeypatch.setattr(config, "_settings", config._Settings())


def idx_bytes(array):
    """IDX by its definition: 0, 0, 8 (uint8), axes; big-endian sizes; data."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim)
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return header + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture
def write_mnist(tmp_path):
    """Write (images, labels) of a part into a folder; gives the folder."""

    def write(part, images, labels, compress=False, folder=tmp_path):
        folder.mkdir(exist_ok=True)
        for name, array in (
            (f"{part}-images-idx3-ubyte", images),
            (f"{part}-labels-idx1-ubyte", labels),
        ):
            data = idx_bytes(array)
            if compress:
                (folder / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (folder / name).write_bytes(data)
        return folder

    return write


@pytest.fixture
def digits():
    """Ten 28x28 images with labels 0 to 9 in mixed order."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (10, 28, 28), np.uint8), rng.permutation(10)
