"""The `.ckpt` format against bytes composed by hand from the protobuf encoding."""

import zlib

import ml_dtypes
import numpy as np
import pytest

from cellnet.train.checkpoint import _write, read_ckpt, write_ckpt


def number(value: int) -> bytes:
    """A protobuf varint."""
    value &= 2**64 - 1  # negative numbers travel as their two's complement
    low = value & 0x7F
    return bytes([low | 0x80]) + number(value >> 7) if value > 0x7F else bytes([low])


def field(index: int, content: bytes) -> bytes:
    return number(index << 3 | 2) + number(len(content)) + content


def entry(name, dims, type_name, content) -> bytes:
    tensor = b"".join(number(1 << 3) + number(dim) for dim in dims)
    tensor += field(2, type_name.encode()) + field(3, content)
    return field(1, field(1, name.encode()) + field(2, tensor))


WEIGHT = np.arange(6, dtype=np.float32).reshape(2, 3)
WEIGHT_ENTRY = entry("w", [2, 3], "Float32", WEIGHT.tobytes())
BIAS_ENTRY = entry("b", [1], "Float16", b"\x00\x3c")  # 0x3C00 is 1.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.ckpt"


@pytest.mark.parametrize(
    ("value", "dims", "type_name", "content"),
    [
        (np.array([1.0, -2.0], np.float32), [2], "Float32", "0000803f000000c0"),
        (np.array([1.0], np.float16), [1], "Float16", "003c"),
        (np.array([1.0], ml_dtypes.bfloat16), [1], "BFloat16", "803f"),
        (np.array([1.0]), [1], "Float64", "000000000000f03f"),
        (np.array([[1], [-1]], np.int8), [2, 1], "Int8", "01ff"),
        (np.array([258], np.int16), [1], "Int16", "0201"),
        (np.array([-2], np.int32), [1], "Int32", "feffffff"),
        (np.array([1], np.int64), [1], "Int64", "0100000000000000"),
        (np.array([200], np.uint8), [1], "UInt8", "c8"),
        (np.array([258], np.uint16), [1], "UInt16", "0201"),
        (np.array([1], np.uint32), [1], "UInt32", "01000000"),
        (np.array([1], np.uint64), [1], "UInt64", "0100000000000000"),
        (np.array([True, False]), [2], "Bool", "0100"),
        (np.array([1j], np.complex64), [1], "Complex64", "000000000000803f"),
        (np.array(3.5, np.float32), [], "Float32", "00006040"),
        (np.zeros((0, 3), np.float32), [0, 3], "Float32", ""),
        (np.zeros((0,), np.int32), [0], "Int32", ""),
        (np.array([258], ">i2"), [1], "Int16", "0201"),
        (np.arange(4, dtype=np.int8).reshape(2, 2).T, [2, 2], "Int8", "00020103"),
        (np.float64(1.0), [], "Float64", "000000000000f03f"),
        (True, [], "Bool", "01"),
        (3, [], "Int64", "0300000000000000"),
        (0.5, [], "Float32", "0000003f"),
        ("hé", [0], "str", "68000000e9000000"),
        ("", [0], "str", "00000000"),
    ],
)
def test_bytes_of_each_kind_of_value(path, value, dims, type_name, content):
    write_ckpt(path, {"net.x": value})
    expected = entry("net.x", dims, type_name, bytes.fromhex(content))
    assert path.read_bytes() == expected

    read = read_ckpt(path)["net.x"]
    if isinstance(value, str):
        assert read == value
        return
    assert read.shape == tuple(dims)
    assert read.flags.writeable
    np.testing.assert_array_equal(read, np.asarray(value))
    if isinstance(value, np.ndarray):
        assert read.dtype == value.dtype.newbyteorder("=")


def test_entries_keep_their_order(path):
    write_ckpt(path, {"w": WEIGHT, "b": np.array([1], np.float16)})
    assert path.read_bytes() == WEIGHT_ENTRY + BIAS_ENTRY
    assert list(read_ckpt(path)) == ["w", "b"]


def test_a_large_tensor_is_split_into_entries_of_one_name(path, monkeypatch):
    monkeypatch.setattr(_write, "SLICE_BYTES", 10)  # not a multiple of four bytes
    write_ckpt(path, {"w": WEIGHT, "b": np.array([1], np.float16)})
    data = WEIGHT.tobytes()
    slices = [data[:10], data[10:20], data[20:]]
    parts = [entry("w", [2, 3], "Float32", part) for part in slices]
    assert path.read_bytes() == b"".join(parts) + BIAS_ENTRY
    np.testing.assert_array_equal(read_ckpt(path)["w"], WEIGHT)


def test_a_tensor_of_shape_0_with_content_is_a_scalar(path):
    path.write_bytes(entry("s", [0], "Int32", b"\x05\x00\x00\x00"))
    scalar = read_ckpt(path)["s"]
    assert scalar.shape == ()
    assert scalar == 5


def test_choice_func_selects_names_and_all_are_checked(path):
    path.write_bytes(WEIGHT_ENTRY + BIAS_ENTRY)
    assert list(read_ckpt(path, choice_func=lambda name: name != "w")) == ["b"]
    path.write_bytes(entry("w", [9], "Float32", b"") + BIAS_ENTRY)
    with pytest.raises(ValueError, match="entry 'w'"):
        read_ckpt(path, choice_func=lambda name: name != "w")


def test_crc_is_appended_and_checked(path):
    write_ckpt(path, {"w": WEIGHT}, crc_check=True)
    crc = zlib.crc32(WEIGHT_ENTRY).to_bytes(10, "big")
    assert path.read_bytes() == WEIGHT_ENTRY + b"crc_num" + crc
    np.testing.assert_array_equal(read_ckpt(path, crc_check=True)["w"], WEIGHT)

    damaged = bytearray(path.read_bytes())
    damaged[len(WEIGHT_ENTRY) - 1] ^= 1  # in the numbers, where only a CRC can tell
    path.chmod(0o600)
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=r"net\.ckpt: the CRC does not match"):
        read_ckpt(path)  # what is there is checked, asked for or not


def test_asking_for_a_crc_that_is_not_there_warns(path):
    path.write_bytes(WEIGHT_ENTRY)
    with pytest.warns(UserWarning, match=r"net\.ckpt: holds no CRC"):
        read_ckpt(path, crc_check=True)


@pytest.mark.parametrize("crc_check", [False, True])
def test_every_truncation_is_an_error_unless_it_ends_with_an_entry(path, crc_check):
    write_ckpt(path, {"w": WEIGHT, "b": np.array([1], np.float16)}, crc_check=crc_check)
    whole = path.read_bytes()
    path.chmod(0o600)
    borders = {len(WEIGHT_ENTRY), len(WEIGHT_ENTRY + BIAS_ENTRY)}
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        if length in borders:
            assert "w" in read_ckpt(path)
            continue
        with pytest.raises(ValueError, match=r"net\.ckpt: .*(short|damaged|empty)"):
            read_ckpt(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 a zip", "no MindSpore checkpoint"),
        (bytes(64), "no MindSpore checkpoint"),
        (WEIGHT_ENTRY + b"junk", f"damaged at byte {len(WEIGHT_ENTRY)}"),
        (b"\x0a" + b"\xff" * 12, "short or damaged"),
        (field(1, b"\xff\xff\xff"), "the entry at byte 0 is damaged"),
        (field(1, field(1, b"\xff") + field(2, b"")), "the entry at byte 0 is damaged"),
        (field(1, field(1, b"w")), "has no name or no tensor"),
        (field(1, field(1, b"w") + field(3, b"")), "hash table"),
        (entry("w", [2], "Float8", bytes(8)), "'Float8', expected one of Bool"),
        (entry("w", [3], "Float32", bytes(8)), r"8 bytes, .* \(3,\) needs 12"),
        (entry("w", [2], "Float32", bytes(7)), r"7 bytes, .* \(2,\) needs 8"),
        (entry("w", [], "Float32", bytes(8)), r"8 bytes, .* \(\) needs 4"),
        (entry("w", [2**40, 2**40], "Int8", b"1"), "1 bytes"),
        (entry("w", [-1, -4], "Int8", bytes(4)), "damaged"),
        (entry("w", [0], "str", b"abc"), "the text of entry 'w' is damaged"),
        (WEIGHT_ENTRY + WEIGHT_ENTRY, "48 bytes"),
        (WEIGHT_ENTRY + BIAS_ENTRY + WEIGHT_ENTRY, "the name 'w' comes twice"),
        (
            WEIGHT_ENTRY + entry("w", [6], "Float32", WEIGHT.tobytes()),
            "the name 'w' comes twice",
        ),
    ],
)
def test_bad_content_is_named_with_its_file(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"net\.ckpt: .*" + message):
        read_ckpt(path)


def test_bad_paths_for_reading(tmp_path):
    with pytest.raises(ValueError, match=r"none\.ckpt: there is no such"):
        read_ckpt(tmp_path / "none.ckpt")
    with pytest.raises(ValueError, match=r"must end in '\.ckpt'"):
        read_ckpt(tmp_path / "net.npz")
    (tmp_path / "folder.ckpt").mkdir()
    with pytest.raises(ValueError, match=r"folder\.ckpt: cannot be read"):
        read_ckpt(tmp_path / "folder.ckpt")
    with pytest.raises(TypeError, match="must be a string, got 3"):
        read_ckpt(3)


@pytest.mark.parametrize(
    ("entries", "error", "message"),
    [
        ({}, ValueError, "no entries"),
        ({3: WEIGHT}, TypeError, "name must be a string, got 3"),
        ({"w": None}, TypeError, "'w' has dtype object"),
        ({"w": np.array(["a"])}, TypeError, "'w' has dtype <U1.* bfloat16"),
        ({"w": np.array(["2026-01-01"], "M8[D]")}, TypeError, "'w' has dtype datetime"),
        ({"n": 2**63}, ValueError, "'n' = 9223372036854775808 does not fit"),
    ],
)
def test_entries_that_cannot_be_saved_leave_the_old_file(path, entries, error, message):
    write_ckpt(path, {"w": WEIGHT})
    with pytest.raises(error, match=message):
        write_ckpt(path, entries)
    assert path.read_bytes() == WEIGHT_ENTRY
    assert list(path.parent.iterdir()) == [path]


def test_the_name_to_write_must_end_in_ckpt(tmp_path):
    with pytest.raises(ValueError, match=r"must end in '\.ckpt'"):
        write_ckpt(tmp_path / "net.npz", {"w": WEIGHT})
