"""The checks that programs borrow, against what MindSpore 2.10 gives and raises."""

import pytest

from cellnet.mindspore import checkparam as k
from cellnet.mindspore.checkparam import Rel, Validator


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (lambda: k.check_value_type("a", 3, [int, str], "P"), 3),
        (lambda: k.check_positive_int(3, "a"), 3),
        (lambda: k.check_int(3), 3),
        (lambda: k.check_int(5, 5, k.GE, "a"), 5),
        (lambda: k.check_int_range(5, 5, 7, k.INC_LEFT, "a"), 5),
        (lambda: k.check_bool(True, "x"), True),
        (lambda: k.check_string("a", ["a", "b"], "x"), "a"),
        (lambda: Validator.check_string("x", "a", ["a", "b"], "P"), "a"),
        (lambda: Validator.check_integer("x", 5, 0, Rel.GT, "P"), 5),
        (lambda: Validator.check_float_positive("x", 0.5, "P"), 0.5),
        (lambda: Validator.check_float_legal_value("x", 0.5, "P"), 0.5),
        (lambda: Validator.check_type_name("x", int, [int, float], "P"), int),
    ],
)
def test_a_good_value_comes_back(check, value):
    assert check() == value


@pytest.mark.parametrize(
    ("check", "error", "text"),
    [
        (
            lambda: k.check_value_type("a", 3, [str], "P"),
            TypeError,
            r"P: a must be str, got int \(3\)",
        ),
        (lambda: k.check_int(3, 5, k.GE, "a", "P"), ValueError, "P: a must be >= 5"),
        (lambda: k.check_positive_int(0, "a", "P"), ValueError, "must be > 0, got 0"),
        (lambda: k.check_positive_int(1.5, "a"), TypeError, "a must be int, got float"),
        (lambda: k.check_positive_int(True, "a"), TypeError, "got bool"),
        (
            lambda: k.check_int_range(7, 5, 7, k.INC_LEFT, "a", "P"),
            ValueError,
            r"must be in \[5, 7\), got 7",
        ),
        (
            lambda: k.check_float_range(1.0, 2.0, 3.0, k.INC_BOTH, "f"),
            ValueError,
            r"f must be in \[2.0, 3.0\], got 1.0",
        ),
        (lambda: k.check_bool(1, "x"), TypeError, "x must be bool, got int"),
        (lambda: k.check_string("z", ["a", "b"], "x"), ValueError, "got 'z'"),
        (
            lambda: Validator.check_float_legal_value("x", float("inf"), "P"),
            ValueError,
            "must be finite",
        ),
    ],
)
def test_a_bad_value_raises_as_in_mindspore(check, error, text):
    with pytest.raises(error, match=text):
        check()
