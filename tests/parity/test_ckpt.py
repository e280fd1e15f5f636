"""`.ckpt` files of cellnet and of MindSpore are the same files."""

import ml_dtypes
import numpy as np
import pytest

from cellnet.train.checkpoint import _write, read_ckpt, write_ckpt

SLICE_KIB = 1


def arrays() -> dict[str, np.ndarray]:
    """One array per dtype; 'large' is longer than a slice in these tests."""
    rng = np.random.default_rng(0)
    return {
        "conv.weight": rng.standard_normal((2, 3, 5)).astype(np.float32),
        "half": rng.standard_normal((4,)).astype(np.float16),
        "double": rng.standard_normal((2, 2)),
        "step": np.array(7, np.int32),
        "big.step": np.array([2**40, -1], np.int64),
        "pixels": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "flags": np.array([True, False]),
        "large": rng.standard_normal((7, 100)).astype(np.float32),
        "scale": np.float32(1024.0).reshape(()),
        "brain": rng.standard_normal((3,)).astype(ml_dtypes.bfloat16),
    }


def portable(entries):
    """npz files cannot hold bfloat16: its bits can travel."""
    return {
        name: value.view(np.uint16) if value.dtype == ml_dtypes.bfloat16 else value
        for name, value in entries.items()
    }


def save_with_mindspore(inputs):
    import mindspore as ms
    from mindspore.train import serialization

    serialization.SLICE_SIZE = int(inputs.pop("slice_kib"))
    path, crc_check = str(inputs.pop("path")), bool(inputs.pop("crc_check"))
    parameters = {}
    for name, value in inputs.items():
        tensor = ms.Tensor(value)
        if name == "brain":
            bits = value.astype("uint32") << 16
            tensor = ms.Tensor(bits.view("float32"), ms.bfloat16)
        parameters[name] = ms.Parameter(tensor, name=name)
    ms.save_checkpoint(
        parameters,
        path,
        append_dict={"epoch": 3, "lr": 0.5, "sunk": True, "note": "héllo", "none": ""},
        crc_check=crc_check,
    )
    return {}


def load_with_mindspore(inputs):
    import mindspore as ms
    import numpy as np

    outputs = {}
    for name, value in ms.load_checkpoint(str(inputs["path"]), crc_check=True).items():
        if isinstance(value, str):
            outputs[name] = np.array(value)
        elif value.dtype == ms.bfloat16:
            wide = value.astype(ms.float32).asnumpy()
            outputs[name] = (wide.view(np.uint32) >> 16).astype(np.uint16)
        else:
            outputs[name] = value.asnumpy()
    return outputs


PLAIN_VALUES = {"epoch": 3, "lr": 0.5, "sunk": True, "note": "héllo", "none": ""}


@pytest.mark.parametrize("crc_check", [False, True])
def test_the_files_are_the_same_bytes(run_oracle, tmp_path, monkeypatch, crc_check):
    theirs, ours = tmp_path / "theirs.ckpt", tmp_path / "ours.ckpt"
    settings = {"path": str(theirs), "crc_check": crc_check, "slice_kib": SLICE_KIB}
    run_oracle(save_with_mindspore, portable(arrays()) | settings)

    monkeypatch.setattr(_write, "SLICE_BYTES", SLICE_KIB * 1024)
    write_ckpt(ours, arrays() | PLAIN_VALUES, crc_check=crc_check)

    assert ours.read_bytes() == theirs.read_bytes()
    assert ours.stat().st_mode == theirs.stat().st_mode
    for name, value in (read := read_ckpt(theirs, crc_check=crc_check)).items():
        expected = (arrays() | PLAIN_VALUES)[name]
        np.testing.assert_array_equal(value, expected, err_msg=name)
    assert list(read) == list(arrays() | PLAIN_VALUES)


@pytest.mark.parametrize("slice_bytes", [1024, 2**20], ids=["sliced", "whole"])
def test_mindspore_loads_our_file(run_oracle, tmp_path, monkeypatch, slice_bytes):
    monkeypatch.setattr(_write, "SLICE_BYTES", slice_bytes)
    entries = arrays() | {"hollow": np.zeros((0, 3), np.float32)}
    write_ckpt(tmp_path / "ours.ckpt", entries | {"note": "héllo"}, crc_check=True)

    loaded = run_oracle(load_with_mindspore, {"path": str(tmp_path / "ours.ckpt")})

    assert str(loaded.pop("note")) == "héllo"
    expected = portable(entries)
    assert list(loaded) == list(expected)
    for name, value in expected.items():
        assert loaded[name].dtype == value.dtype, name
        np.testing.assert_array_equal(loaded[name], value, err_msg=name)


def test_both_refuse_what_is_cut_short(run_oracle, tmp_path):
    write_ckpt(tmp_path / "whole.ckpt", arrays())
    content = (tmp_path / "whole.ckpt").read_bytes()
    (tmp_path / "short.ckpt").write_bytes(content[:-3])

    def errors(inputs):
        import mindspore as ms

        try:
            ms.load_checkpoint(str(inputs["path"]))
        except Exception as error:
            return {"type": type(error).__name__}
        return {"type": "none"}

    theirs = run_oracle(errors, {"path": str(tmp_path / "short.ckpt")})
    assert str(theirs["type"]) == "ValueError"
    with pytest.raises(ValueError, match="cut short"):
        read_ckpt(tmp_path / "short.ckpt")
