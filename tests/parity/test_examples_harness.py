"""The machinery that reads, watches and compares examples, without MindSpore."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.parity.examples.compare import compare
from tests.parity.examples.extract import program
from tests.parity.examples.observe import Observer, instrument


class _Type:
    def __str__(self):
        return "Float32"


class _Tensor:
    dtype = _Type()

    def __init__(self, value):
        self.value = np.asarray(value, np.float32)

    def asnumpy(self):
        return self.value


PACKAGE = SimpleNamespace(Tensor=_Tensor, float32=_Type(), int32=_Type(), bool_=_Type())


def run(text, **given):
    """What `text` shows, as a worker of one side would say it."""
    observer, shown = Observer(PACKAGE), []
    names = {
        **given,
        "__record__": lambda place, *values: shown.extend(
            [place, observer.record(each)] for each in values
        ),
    }
    exec(instrument(text, "<example>"), names)
    for name in ("__record__", *given):
        del names[name]
    return {"shown": shown, "variables": observer.variables(names), "error": None}


def test_program_is_the_lines_behind_the_prompts():
    text = """Adds.

    Examples:
        >>> x = [1,
        ...      2]
        >>>
        >>> for each in x:
        ...     print(each)
        1
        2
    """
    assert program(text) == "x = [1,\n     2]\n\nfor each in x:\n    print(each)\n"
    assert program("No example.") is None


def test_everything_printed_shown_or_bound_is_recorded():
    result = run("x = 3\nfor i in range(2):\n    print(i, x)\nx + 1\ny = (1, 'a')\n")
    assert [record["value"] for _, record in result["shown"]] == [0, 3, 1, 3, 4]
    assert set(result["variables"]) == {"x", "i", "y"}


@pytest.mark.parametrize(
    ("theirs", "ours", "cause"),
    [
        ("T([1, 2])", "T([1, 2.00001])", ""),
        ("T([1, 2])", "T([1, 2.001])", "apart"),
        ("T([1, 2])", "T([[1, 2]])", "shape [2] expected, got [1, 2]"),
        ("T([1, 2])", "np.ones(2)", "Tensor expected, got ndarray"),
        ("np.ones(2)", "np.ones(2, 'f')", "float64 expected, got float32"),
        ("np.array([1, 2])", "np.array([1, 3])", "apart"),
        ("T(float('nan'))", "T(1.0)", "apart"),
        ("(1, 2)", "(1, 2, 3)", "2 items expected, got 3"),
        ("'at 0.5 m'", "'at 0.50001 m'", ""),
        ("'at 0.5 m'", "'at 0.6 m'", "another text"),
        ("True", "1", "bool expected, got int"),
        ("None", "3", ""),
    ],
)
def test_differences_are_found(theirs, ours, cause):
    first, second = (
        run(f"y = 1\nz = {each}", T=_Tensor, np=np) for each in (theirs, ours)
    )
    verdict = compare([first, first], second)
    assert verdict.status == ("disagree" if cause else "agree")
    assert cause in verdict.cause


def test_random_values_are_compared_by_shape():
    seeds = [run("x = T(v)", T=_Tensor, v=v) for v in ([1, 2], [3, 4])]
    for result in seeds:
        result["variables"].pop("v", None)
    assert compare(seeds, run("x = T([5, 6])", T=_Tensor)).status == "agree"
    assert compare(seeds, run("x = T([5])", T=_Tensor)).status == "disagree"


def test_errors_and_silence():
    failed = {"types": ["RuntimeError"], "text": "kernel unregistered", "line": 1}
    broken = {"shown": [], "variables": {}, "error": failed}
    fine = run("x = None")
    assert compare([broken], {}).status == "not comparable"
    assert compare([fine], broken).cause == "RuntimeError: kernel unregistered"
    assert compare([fine], fine).status == "runs"
    assert compare([{"died": "the process died"}], {}).status == "not comparable"
