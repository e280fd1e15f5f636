"""save_checkpoint, load_checkpoint and load_param_into_net."""

import dataclasses
import threading
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.checkpoint import (
    _formats,
    async_ckpt_thread_status,
    finish_async_save,
    load_checkpoint,
    load_param_into_net,
    read_ckpt,
    save_checkpoint,
    write_ckpt,
)


def write_by(monkeypatch, write):
    """Have ``write`` in the place of what writes a .ckpt file."""
    kind = dataclasses.replace(_formats.FORMATS["ckpt"], write=write)
    monkeypatch.setitem(_formats.FORMATS, "ckpt", kind)


def parameter(shape, value=1, dtype=np.float32, name=None):
    return Parameter(Tensor(np.full(shape, value, dtype)), name=name)


class Layer(Cell):
    def __init__(self, value=0.0):
        super().__init__()
        self.weight = parameter((3, 2), value)
        self.bias = parameter((3,), value)


class Net(Cell):
    def __init__(self, value=0.0):
        super().__init__()
        self.net = Layer(value)


def loaded(prefix="", value=7.0, names=("weight", "bias")):
    layer = Layer(value)
    return {
        f"{prefix}{name}": Parameter(getattr(layer, name), name=f"{prefix}{name}")
        for name in names
    }


def values(cell):
    """Name -> the number that fills the Parameter."""
    return {p.name: float(p.asnumpy().flat[0]) for p in cell.get_parameters()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.ckpt"


# -- saving ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [str, Path, lambda p: str(p).removesuffix(".ckpt")],
    ids=["str", "path", "bare"],
)
def test_a_cell_is_saved_under_the_names_of_its_parameters(path, make):
    assert save_checkpoint(Net(3.0), make(path)) is None
    found = read_ckpt(path)
    assert list(found) == ["net.weight", "net.bias"]
    np.testing.assert_array_equal(found["net.weight"], np.full((3, 2), 3, np.float32))


def test_the_ending_is_added_to_another_one(tmp_path):
    save_checkpoint(Net(), str(tmp_path / "a.b"))
    assert (tmp_path / "a.b.ckpt").exists()


def test_lists_and_dicts_are_saved(path):
    p = parameter((2,), name="p")
    save_checkpoint([{"name": "x", "data": Tensor([1.0])}, p], path)
    assert list(read_ckpt(path)) == ["x", "p"]
    save_checkpoint({"y": p, "z": Tensor(np.int32(4))}, path)
    assert read_ckpt(path)["z"] == 4


def test_entries_may_be_chosen_and_appended(path):
    extra = {"n": 3, "f": 0.5, "b": True, "s": "x", "t": Tensor([1, 2])}
    save_checkpoint(
        Net(), path, append_dict=extra, choice_func=lambda name: "bias" in name
    )
    found = read_ckpt(path)
    assert list(found) == ["net.bias", "n", "f", "b", "s", "t"]
    kinds = {name: found[name].dtype.str[1:] for name in "nfb"}
    assert kinds == {"n": "i8", "f": "f4", "b": "b1"}
    assert found["s"] == "x"
    assert found["t"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"save_obj": 3}, TypeError, "must be a Cell, list or dict, got int"),
        ({"save_obj": parameter(2)}, TypeError, "got Parameter"),
        ({"save_obj": [3]}, TypeError, "with 'name' and 'data', got 3"),
        ({"save_obj": [{"nam": "x"}]}, TypeError, "with 'name' and 'data'"),
        ({"save_obj": [{"name": "x", "data": 3}]}, TypeError, "'x' must be a Tensor"),
        ({"save_obj": {"x": 3.0}}, TypeError, "'x' must be a Tensor"),
        ({"save_obj": {3: Tensor([1])}}, TypeError, "a name must be a str, got 3"),
        ({"save_obj": []}, ValueError, "nothing to save"),
        ({"save_obj": Cell()}, ValueError, "nothing to save"),
        ({"choice_func": lambda name: False}, ValueError, "nothing to save"),
        ({"choice_func": 3}, TypeError, "choice_func must be a function"),
        ({"ckpt_file_name": 3}, TypeError, "must be a str, got int"),
        ({"ckpt_file_name": "no/folder"}, FileNotFoundError, "make it first"),
        ({"integrated_save": 1}, TypeError, "integrated_save must be bool"),
        ({"async_save": 1}, TypeError, "async_save must be bool"),
        ({"async_save": "x"}, ValueError, "'thread' or 'process', got 'x'"),
        ({"append_dict": [1]}, TypeError, "append_dict must be a dict, got list"),
        ({"append_dict": {"e": [1]}}, TypeError, r"got 'e': \[1\]"),
        ({"append_dict": {1: 1}}, TypeError, "got 1: 1"),
        ({"append_dict": {"net.bias": 1}}, ValueError, "would replace it"),
        ({"enc_key": b"0" * 16}, ValueError, "encrypted checkpoints are not available"),
        ({"crc_check": 1}, TypeError, "crc_check must be bool"),
        ({"format": "pickle"}, ValueError, "format must be one of 'ckpt', 'safet"),
        ({"incremental": True}, ValueError, "hash tables"),
        ({"remove_redundancy": True}, TypeError, "parallel training"),
        ({"foo": 1}, TypeError, r"unknown arguments \['foo'\]"),
    ],
)
def test_what_cannot_be_saved_leaves_the_old_file(path, arguments, error, message):
    save_checkpoint(Net(1.0), path)
    before = path.read_bytes()
    with pytest.raises(error, match=message):
        save_checkpoint(**{"save_obj": Net(2.0), "ckpt_file_name": path} | arguments)
    assert path.read_bytes() == before


def test_two_parameters_of_one_name_are_not_lost_in_silence(path):
    class Unprefixed(Cell):
        def __init__(self):
            super().__init__(auto_prefix=False)
            self.a, self.b = Layer(), Layer()

    with pytest.raises(ValueError, match="'weight' comes twice"):
        save_checkpoint(Unprefixed(), path)
    assert not path.exists()


# -- saving in the background ---------------------------------------------------------


def test_the_background_writes_what_the_values_were(path, monkeypatch):
    started, go_on = threading.Event(), threading.Event()

    def slow(*args, **kwargs):
        started.set()
        assert go_on.wait(10)
        write_ckpt(*args, **kwargs)

    write_by(monkeypatch, slow)
    net = Net(3.0)
    save_checkpoint(net, path, async_save=True, append_dict={"epoch": 1})
    assert started.wait(10)
    assert async_ckpt_thread_status() is True
    net.net.weight.set_data(parameter((3, 2), 4.0))
    assert not path.exists()
    go_on.set()
    finish_async_save()
    assert async_ckpt_thread_status() is False
    found = read_ckpt(path)
    assert found["net.weight"].flat[0] == 3.0
    assert found["epoch"] == 1


def test_loading_waits_for_the_file_that_is_being_written(path, monkeypatch):
    go_on = threading.Event()

    def slow(*args, **kwargs):
        assert go_on.wait(10)
        write_ckpt(*args, **kwargs)

    write_by(monkeypatch, slow)
    save_checkpoint(Net(3.0), path, async_save="thread")
    threading.Timer(0.05, go_on.set).start()
    assert len(load_checkpoint(path)) == 2


def test_a_failure_in_the_background_is_raised_once_at_the_next_save(tmp_path):
    save_checkpoint(Net(), tmp_path / "none" / "a.ckpt", async_save=True)
    other = tmp_path / "b.ckpt"
    with pytest.raises(
        RuntimeError, match=r"none/a\.ckpt in the background failed.*make"
    ):
        save_checkpoint(Net(), other)
    assert not other.exists()
    save_checkpoint(Net(), other)
    assert other.exists()


# -- loading --------------------------------------------------------------------------


def test_what_was_saved_is_loaded_as_parameters(path):
    arrays = {
        "half": np.array([1.5], np.float16),
        "brain": np.array([1.5, -2], ml_dtypes.bfloat16),
        "step": np.array(7, np.int32),
        "flags": np.array([True, False]),
        "bytes": np.arange(3, dtype=np.uint8),
    }
    write_ckpt(path, arrays | {"note": "hi"})
    found = load_checkpoint(path)
    assert found.pop("note") == "hi"
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert isinstance(found[name], Parameter)
        assert found[name].name == name
        assert found[name].requires_grad is True
        assert found[name].asnumpy().dtype == array.dtype
        np.testing.assert_array_equal(found[name].asnumpy(), array)


def test_64_bit_values_that_fit_are_loaded_and_others_refused(path):
    write_ckpt(path, {"step": 2**31 - 1, "rate": np.float64(0.1)})
    found = load_checkpoint(path)
    assert int(found["step"]) == 2**31 - 1
    assert float(found["rate"]) == np.float32(0.1)
    write_ckpt(path, {"step": 2**31})
    with pytest.raises(ValueError, match=r"net\.ckpt: entry 'step' is int64.*x64"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"filter_prefix": "net.w"}, ["net.bias"]),
        ({"filter_prefix": ["net.w", "zz"]}, ["net.bias"]),
        ({"specify_prefix": "net.w"}, ["net.weight"]),
        ({"specify_prefix": ("net.b",)}, ["net.bias"]),
        ({"specify_prefix": "net", "filter_prefix": "net.b"}, ["net.weight"]),
        ({"choice_func": lambda name: "bias" in name}, ["net.bias"]),
    ],
)
def test_names_may_be_chosen(path, arguments, names):
    save_checkpoint(Net(), path)
    assert list(load_checkpoint(path, **arguments)) == names


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"filter_prefix": "net"}, ValueError, "nothing is left to load"),
        ({"specify_prefix": "zz"}, ValueError, "nothing is left to load"),
        ({"filter_prefix": ""}, ValueError, "filter_prefix must not be empty"),
        ({"filter_prefix": []}, ValueError, "filter_prefix must not be empty"),
        ({"specify_prefix": 3}, TypeError, "must be a str or a list of them, got int"),
        ({"specify_prefix": [3]}, TypeError, r"must have strs, got int \(3\)"),
        ({"choice_func": 3}, TypeError, "choice_func must be a function"),
        ({"ckpt_file_name": 3}, TypeError, "must be a str, got int"),
        ({"ckpt_file_name": "a.bin"}, ValueError, r"must end in '\.ckpt'"),
        ({"net": 3}, TypeError, "net must be a Cell, got int"),
        ({"strict_load": 1}, TypeError, "strict_load must be bool"),
        ({"crc_check": 1}, TypeError, "crc_check must be bool"),
        ({"dec_key": b"0" * 16}, ValueError, "encrypted checkpoints are not available"),
        ({"format": "pickle"}, ValueError, "format must be one of 'ckpt', 'safet"),
        ({"remove_redundancy": True}, TypeError, "parallel training"),
    ],
)
def test_what_cannot_be_loaded(path, arguments, error, message):
    save_checkpoint(Net(), path)
    with pytest.raises(error, match=message):
        load_checkpoint(**{"ckpt_file_name": path} | arguments)


def test_a_file_is_loaded_into_a_net(path):
    save_checkpoint(Net(3.0), path, crc_check=True)
    net = Net()
    assert len(load_checkpoint(path, net=net, crc_check=True)) == 2
    assert values(net) == {"net.weight": 3.0, "net.bias": 3.0}


# -- into a net -----------------------------------------------------------------------


def test_names_that_match_are_loaded_and_the_others_returned():
    net = Net()
    entries = loaded("net.") | {"momentum": parameter(()), "note": "hi"}
    assert load_param_into_net(net, entries) == ([], ["momentum", "note"])
    assert values(net) == {"net.weight": 7.0, "net.bias": 7.0}


def test_the_loaded_parameter_stays_apart():
    net, entries = Net(), loaded("net.")
    load_param_into_net(net, entries)
    entries["net.bias"].set_data(parameter((3,), 8.0))
    assert values(net)["net.bias"] == 7.0


def test_what_is_missing_is_told_by_name():
    net = Net()
    with pytest.warns(
        UserWarning, match=r"1 parameters of Net .* net\.bias\. Not .* x"
    ):
        result = load_param_into_net(
            net, loaded("net.", names=["weight"]) | {"x": parameter(1)}
        )
    assert result == (["net.bias"], ["x"])
    assert values(net) == {"net.weight": 7.0, "net.bias": 0.0}


@pytest.mark.parametrize("entries", [loaded(), loaded("other."), {}])
def test_a_checkpoint_of_another_network_is_told_loudly(entries):
    net = Net()
    named = next(iter(entries), "it is empty")
    with pytest.warns(UserWarning, match=rf"NOTHING was loaded.*{named}.*net\.weight"):
        result = load_param_into_net(net, entries)
    assert result == (["net.weight", "net.bias"], list(entries))
    assert values(net) == {"net.weight": 0.0, "net.bias": 0.0}


@pytest.mark.parametrize(
    ("net", "prefix"), [(Net, "x."), (Net, "a.b."), (Layer, "net."), (Layer, "a.net.")]
)
def test_a_prefix_in_the_checkpoint_is_found_unless_strict(net, prefix):
    cell = net()
    names = list(values(cell))
    entries = loaded(prefix + ("net." if net is Net else ""))
    with pytest.warns(UserWarning, match="NOTHING was loaded"):
        assert load_param_into_net(cell, entries, strict_load=True)[0] == names
    with pytest.warns(UserWarning, match=rf"2 parameters .* prefix '{prefix}'"):
        assert load_param_into_net(cell, entries) == ([], [])
    assert values(cell) == dict.fromkeys(names, 7.0)


def test_a_prefix_serves_only_what_has_no_value_of_its_own_name():
    net = Net()
    entries = loaded("net.", names=["weight"]) | loaded("q.net.", 9.0)
    with pytest.warns(UserWarning, match="1 parameters .* prefix 'q.'"):
        assert load_param_into_net(net, entries) == ([], ["q.net.weight"])
    assert values(net) == {"net.weight": 7.0, "net.bias": 9.0}


def test_a_part_of_a_name_is_no_prefix():
    net = Layer()
    entries = {"my_weight": parameter((3, 2)), "my_bias": parameter((3,))}
    with pytest.warns(UserWarning, match="NOTHING was loaded"):
        assert load_param_into_net(net, entries)[0] == ["weight", "bias"]


def test_nothing_is_written_when_any_shape_differs():
    net = Net()
    entries = loaded("net.") | {"net.bias": parameter((4,), 7.0)}
    with pytest.raises(
        RuntimeError,
        match=r"(?s)unchanged.*'net.bias': shape \(3,\) in the network, \(4,\) in the",
    ):
        load_param_into_net(net, entries)
    assert values(net) == {"net.weight": 0.0, "net.bias": 0.0}


def test_all_that_differs_is_told_but_not_endlessly():
    class Many(Cell):
        def __init__(self, size):
            super().__init__()
            for i in range(8):
                setattr(self, f"p{i}", parameter((size,)))

    with pytest.raises(RuntimeError, match=r"(?s)'p0'.*'p4'.*and 3 more"):
        load_param_into_net(Many(2), Many(3).parameters_dict())


class One(Cell):
    def __init__(self, dtype, shape=()):
        super().__init__()
        self.a = parameter(shape, 0, dtype)


# as measured on MindSpore 2.10; without jax_enable_x64 the 64-bit types cannot differ
@pytest.mark.parametrize(
    ("mine", "theirs", "converted"),
    [
        (np.float32, np.float16, True),
        (np.float16, np.float32, True),
        (np.float32, ml_dtypes.bfloat16, True),
        (np.int32, np.int16, True),
        (np.int8, np.int32, True),
        (np.float32, np.int32, False),
        (np.int32, np.float32, False),
        (np.float32, np.bool_, False),
        (np.int32, np.uint8, False),
        (np.uint8, np.uint16, False),
        (np.bool_, np.int8, False),
    ],
)
def test_types_of_one_kind_are_converted_unless_strict(mine, theirs, converted):
    net, entries = One(mine), {"a": parameter((), 1, theirs)}
    with pytest.raises(
        RuntimeError, match=r"'a': \w+ in the network, \w+ in the check"
    ):
        load_param_into_net(net, entries, strict_load=True)
    if not converted:
        with pytest.raises(RuntimeError, match="these are not converted"):
            load_param_into_net(net, entries)
        return
    load_param_into_net(net, entries)
    assert net.a.asnumpy() == 1
    assert net.a.dtype is mstype.from_numpy(mine)


@pytest.mark.parametrize(
    ("mine", "theirs", "fits"),
    [
        ((), (1,), True),
        ((3,), (3, 1, 1), True),
        ((1,), (), False),
        ((3,), (1, 3), False),
        ((2, 3), (6,), False),
        ((3,), (3, 2), False),
    ],
)
def test_axes_of_length_1_at_the_end_may_be_left_out(mine, theirs, fits):
    net, entries = One(np.float32, mine), {"a": parameter(theirs, 7)}
    if fits:
        load_param_into_net(net, entries)
        np.testing.assert_array_equal(net.a.asnumpy(), np.full(mine, 7))
    else:
        with pytest.raises(RuntimeError, match="shape"):
            load_param_into_net(net, entries)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, {}), "net must be a Cell, got int"),
        ((Net(), [3]), "parameter_dict must be a dict, got list"),
        ((Net(), {"net.weight": 3}), r"'net.weight'\) -> int"),
        ((Net(), {3: parameter(1)}), r"int \(3\) -> Parameter"),
        ((Net(), {"net.weight": Tensor([1.0])}), "-> Tensor"),
        ((Net(), {}, 1), "strict_load must be bool"),
        ((Net(), {}, False, True), "remove_redundancy=True is for parallel"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(TypeError, match=message):
        load_param_into_net(*arguments)
