"""Every format keeps what it is given, and refuses what is damaged."""

import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from safetensors import numpy as safetensors

from cellnet import Tensor, nn
from cellnet.train import load_checkpoint, save_checkpoint
from cellnet.train.callback._kept_files import KeptFiles
from cellnet.train.checkpoint._formats import FORMATS
from cellnet.train.checkpoint._run_state import pack, unpack

ENTRIES = {
    "w": np.arange(12, dtype=np.float32).reshape(3, 4),
    "brain": np.array([0.5, 2], ml_dtypes.bfloat16),
    "half": np.float16([1, 2, 3]),
    "wide": np.float64([0.1]),
    "flags": np.array([True, False, True]),
    "step": np.array(7, np.int32),
    "big": np.array([2**40, -1]),
    "hollow": np.zeros((0, 3), np.float32),
    "note": "héllo",
    "epoch": 3,
    "rate": 0.5,
}


@pytest.fixture(params=FORMATS)
def kind(request):
    return FORMATS[request.param]


@pytest.mark.parametrize("crc_check", [True, False])
def test_what_is_written_is_read(tmp_path, kind, crc_check):
    path = tmp_path / f"net{kind.suffix}"
    for _ in range(2):  # over an earlier one, too
        kind.write(path, ENTRIES, crc_check=crc_check)
    found = kind.read(path)
    assert found.keys() == ENTRIES.keys()
    assert found["note"] == "héllo"
    for name, value in ENTRIES.items():
        if isinstance(value, np.ndarray):
            assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
            np.testing.assert_array_equal(found[name], value, err_msg=name)
    assert (int(found["epoch"]), float(found["rate"])) == (3, 0.5)
    assert list(kind.read(path, choice_func=lambda name: name == "w")) == ["w"]
    if not crc_check:
        with pytest.warns(UserWarning, match="holds no CRC"):
            kind.read(path, crc_check=True)


def damage(path):
    """Flip a bit in what must be the contents of the largest file."""
    if path.is_dir():
        files = [p for p in path.rglob("*") if p.is_file() and "/d/" in str(p)]
        path = max(files, key=lambda p: p.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_damage_is_refused_by_name(tmp_path, kind):
    path = tmp_path / f"net{kind.suffix}"
    noise = np.random.default_rng(0).integers(0, 256, 20_000, np.uint8)
    kind.write(path, {"noise": noise}, crc_check=True)
    damage(path)
    with pytest.raises(ValueError, match=r"(?s)net\..*earlier checkpoint"):
        kind.read(path)
    with pytest.raises(ValueError, match="there is no such checkpoint f"):
        kind.read(tmp_path / f"none{kind.suffix}")


def test_a_safetensors_file_is_what_the_library_reads_and_writes(tmp_path):
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    arrays = {n: v for n, v in ENTRIES.items() if isinstance(v, np.ndarray)}
    FORMATS["safetensors"].write(ours, arrays)
    safetensors.save_file(arrays, theirs)
    loaded, found = safetensors.load_file(ours), load_checkpoint
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
    del arrays["big"]
    safetensors.save_file(arrays, theirs)
    assert found(theirs).keys() == arrays.keys()
    theirs.write_bytes(theirs.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"theirs\.safetensors: cannot be read"):
        found(theirs)


def test_save_and_load_checkpoint_know_the_formats(tmp_path, kind):
    name = kind.suffix.removeprefix(".")
    net, other = nn.Dense(2, 3), nn.Dense(2, 3)
    for path in (tmp_path / "a", tmp_path / f"b{kind.suffix}"):
        save_checkpoint(net, path, format=name, append_dict={"t": Tensor([1.0])})
        found = load_checkpoint(path.with_suffix(kind.suffix), other)
        assert found.keys() == {"weight", "bias", "t"}
        np.testing.assert_array_equal(other.weight.asnumpy(), net.weight.asnumpy())


@pytest.mark.parametrize(
    ("name", "module"), [("safetensors", "safetensors"), ("orbax", "orbax.checkpoint")]
)
def test_a_missing_package_is_named_with_its_install_line(
    tmp_path, monkeypatch, name, module
):
    path = tmp_path / f"net.{name}"
    FORMATS[name].write(path, {"w": np.ones(2)})
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'pip install "cellnet\[checkpoints\]"'):
        FORMATS[name].read(path)


def test_old_folders_are_deleted_as_files_are(tmp_path):
    kept = KeptFiles(newest=1, minutes=None)
    for number in range(3):
        path = Path(tmp_path / f"{number}.orbax")
        (path / "d").mkdir(parents=True)
        (path / "d" / "x").write_bytes(b"")
        kept.add(path)
        kept.prune()
    assert [p.name for p in tmp_path.iterdir()] == ["2.orbax"]


def test_a_state_comes_back_from_its_entries():
    state = {
        "epoch": 3,
        "best": float("inf"),
        "loss": np.float32(0.1),
        "list": [1, None, {"deep": Tensor([1.0, 2.0])}],
        "key": np.array([0, 7], np.uint32),
    }
    entries = pack(state)
    assert [type(v) for v in entries.values()][0] is str
    found = unpack(entries)
    assert found["epoch"] == 3
    assert found["best"] == float("inf")
    assert found["loss"] == float(np.float32(0.1))
    np.testing.assert_array_equal(found["list"][2]["deep"], [1.0, 2.0])
    np.testing.assert_array_equal(found["key"], state["key"])
    assert unpack({"w": np.ones(1)}) is None
    with pytest.raises(ValueError, match="state of the run is damaged"):
        unpack({"cellnet.run": entries["cellnet.run"]})
    with pytest.raises(TypeError, match=r"state\.a\[0\] is <object"):
        pack({"a": [object()]})
