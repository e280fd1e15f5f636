"""Names that cellnet lacks: importing them is fine, using them is not."""

import importlib

import pytest

import cellnet
from cellnet.mindspore import MissingNameError
from cellnet.mindspore.missing import Missing, explain


@pytest.fixture
def gone(alias):
    from mindspore.nn import SoftmaxCrossEntropyWithLogit

    return SoftmaxCrossEntropyWithLogit


@pytest.mark.parametrize(
    "use",
    [
        lambda gone: gone(3),
        lambda gone: gone.from_pretrained,
        lambda gone: gone[0],
        lambda gone: type("Net", (), {})() and _subclass(gone),
    ],
    ids=["called", "looked into", "indexed", "subclassed"],
)
def test_use_raises_and_says_what_there_is(gone, use):
    with pytest.raises(MissingNameError) as caught:
        use(gone)
    message = str(caught.value)
    assert message.startswith("mindspore.nn.SoftmaxCrossEntropyWithLogit")
    assert isinstance(caught.value, AttributeError)
    assert isinstance(caught.value, NotImplementedError)


def _subclass(base):
    class Net(base):
        pass

    return Net


def test_the_message_names_near_ones_in_the_same_module(gone):
    with pytest.raises(
        MissingNameError, match="It has mindspore.nn.SoftmaxCrossEntropyWithLogits"
    ):
        gone()


def test_the_message_names_the_same_name_elsewhere(alias):
    from mindspore.train import Conv2d

    with pytest.raises(MissingNameError, match="It has mindspore.nn.Conv2d"):
        Conv2d(1, 2, 3)


def test_it_can_be_passed_around_compared_and_annotated_with(gone):
    def f(x: gone | None, y: "None | gone" = None) -> gone:
        return x

    assert f(1) == 1
    assert not isinstance(cellnet.nn.ReLU(), gone)
    assert gone in [gone]
    assert "cellnet lacks" in repr(gone)


def test_a_whole_module_that_is_lacking(alias):
    import mindspore.no_such.at_all as lacking
    from mindspore.no_such.at_all import thing

    assert isinstance(lacking, Missing)
    with pytest.raises(MissingNameError, match=r"^mindspore\.no_such\.at_all\.other: "):
        lacking.other(1)
    with pytest.raises(MissingNameError, match=r"^mindspore\.no_such\.at_all\.thing: "):
        thing()


def test_a_top_level_name_that_is_lacking(alias):
    from mindspore import no_such_function

    with pytest.raises(MissingNameError, match=r"^mindspore\.no_such_function: "):
        no_such_function()


GUARDED = """
import contextlib
try:
    from mindspore.nn import NoSuchCell
    took = "first"
except ImportError:
    took = "second"
try:
    import mindspore.no_such_module
except (ValueError, ModuleNotFoundError):
    took += " second"
with contextlib.suppress(ImportError):
    from mindspore import no_such_name
    took += " third"
try:
    from mindspore.ops import NoSuchOp
finally:
    took += " then"
"""


def test_an_import_under_try_fails_as_the_program_expects(alias, tmp_path, monkeypatch):
    (tmp_path / "guarded_program.py").write_text(GUARDED)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("guarded_program")
    assert module.took == "second second then"
    assert isinstance(module.NoSuchOp, Missing)


def test_without_the_alias_a_lacking_name_is_an_ordinary_import_error():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("cellnet.no_such_module")
    with pytest.raises(ImportError):
        exec("from cellnet.nn import NoSuchCell", {})


def test_cellnets_own_imports_are_never_given_a_stand_in(alias):
    names = {"__name__": "cellnet.train.some_module"}
    with pytest.raises(ImportError):
        exec("from cellnet.nn import NoSuchCell", names)


def test_an_attribute_error_of_a_module_is_explained():
    with pytest.raises(AttributeError) as caught:
        _ = cellnet.dataset.vision.c_transforms.Resise
    told = explain(caught.value) or str(caught.value)
    assert "mindspore.dataset.vision.c_transforms.Resise: cellnet has no" in told
    assert "mindspore.dataset.vision.c_transforms.Resize" in told
    assert explain(ValueError("x")) is None
    with pytest.raises(AttributeError) as caught:
        _ = importlib.no_such_name
    assert explain(caught.value) is None
