"""What is refused, what runs eagerly instead, and what the messages say."""
# ruff: noqa: SIM108, RET503 - these statements are what is tested

import numpy as np
import pytest

from cellnet import Tensor, context, jit, ops
from cellnet.common import dtype as mstype
from cellnet.nn.cell import Cell

X = np.array([1.1, -2.3, 3.45], np.float32)


def line_after(function, offset):
    """``file:line`` of a line in a function of this file."""
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno + offset}"


# -- refused --------------------------------------------------------------------------
def other_dtype(x):
    if x.sum() > 0:
        y = x
    else:
        y = x.astype(mstype.int32)
    return y


def tensor_or_number(x):
    if x.sum() > 0:
        y = x
    else:
        y = 0
    return y


def dtype_changes(x):
    while x.sum() < 20:
        x = (x * 2).astype(mstype.float16)
    return x


@pytest.mark.parametrize("function", [other_dtype, tensor_or_number, dtype_changes])
def test_values_of_different_types_are_refused(function):
    with pytest.raises(TypeError, match="Cannot join") as caught:
        jit(function)(Tensor(X))
    assert line_after(function, 1) in str(caught.value)


def defined_in_one_branch(x):
    if x.sum() > 0:
        y = x * 2
    return y


def test_a_variable_of_one_branch_is_refused_where_it_is_read():
    with pytest.raises(UnboundLocalError, match="'y' has a value in one branch"):
        jit(defined_in_one_branch)(Tensor(X))

    @jit
    def unread(x):
        if x.sum() > 0:
            y = x * 2
            x = x + y
        return x

    np.testing.assert_allclose(unread(Tensor(X)).asnumpy(), X * 3, 1e-6)


def test_several_elements_are_no_condition():
    @jit
    def ambiguous(x):
        if x.sum() > 0:
            x = x * 2
        if x > 0:
            return x
        return -x

    with pytest.raises(ValueError, match="ambiguous"):
        ambiguous(Tensor(X))


class Wrong(Cell):
    def construct(self, x):
        if x.sum() > 0:
            y = self.shaped(x)
        else:
            y = x
        return y

    def shaped(self, x):
        text = """
    a text that begins further left
"""
        return x.reshape(len(text)) + x


def test_errors_in_converted_code_name_the_users_line():
    with pytest.raises(ValueError, match="in cell Wrong") as caught:
        Wrong()(Tensor(X))
    place = line_after(Wrong.shaped, 4)
    assert f"at {place}: return x.reshape(len(text))" in str(caught.value)
    frames = []
    traceback = caught.tb
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    assert (__file__, int(place.rsplit(":", 1)[1])) in frames


# -- run eagerly ----------------------------------------------------------------------
def other_shape(x):
    return x if x.sum() > 0 else x[:2]


def none_or_tensor(x):
    y = None
    if x.sum() > 0:
        y = x
    return y


def returns_sometimes(x):
    if x.sum() > 0:
        return x
    ops.depend(x, x)


def appends(x):
    kept = []
    if x.sum() > 0:
        kept.append(x)
    return kept[0]


def grows(x):
    while x.shape[0] < 6 and x.sum() < 100:
        x = ops.cat([x, x])
    return x[:3]


def else_of_a_loop(x):
    for row in x:
        if row > 100:
            break
    else:
        return x
    return -x


def walrus(x):
    if (s := x.sum()) > 0:
        return x
    return x + s


def formats(x):
    return {f"{x.sum() > 0}": x}["True"]


EAGER = {
    other_shape: (1, r"has the shapes \(3,\) and \(2,\)"),
    none_or_tensor: (2, "'y' is a Tensor of float32.3. and None"),
    returns_sometimes: (0, "returns on some paths only"),
    appends: (3, "a list changes"),
    grows: (1, r"has the shapes \(3,\) and \(6,\)"),
    else_of_a_loop: (2, "was not converted: else after a loop"),
    walrus: (1, "an assignment expression"),
    formats: (1, r"str\(\)"),
}


@pytest.mark.parametrize("function", EAGER, ids=lambda f: f.__name__)
def test_what_cannot_be_converted_runs_eagerly_and_names_the_line(function):
    offset, reason = EAGER[function]
    compiled = jit(function)
    with pytest.warns(RuntimeWarning, match=reason) as caught:
        found = compiled(Tensor(X))
    assert line_after(function, offset) in str(caught[0].message)
    np.testing.assert_allclose(found.asnumpy(), X)
    np.testing.assert_allclose(compiled(Tensor(X)).asnumpy(), X)  # and no second one
    context.set_context(jit_syntax_level=context.STRICT)
    with pytest.raises(RuntimeError, match=reason):
        jit(function)(Tensor(X))


def test_an_error_that_a_tensor_decides_on_is_raised():
    @jit
    def checked(x):
        if x.sum() < 0:
            raise ValueError("negative sum")
        return x

    with pytest.warns(RuntimeWarning, match="raises an error where a Tensor decides"):
        checked(Tensor(X))
    with pytest.raises(ValueError, match="negative sum"):
        checked(Tensor(-X))


def test_an_attribute_that_a_branch_changes_runs_eagerly():
    class Remember(Cell):
        def construct(self, x):
            if x.sum() > 0:
                self.last = "positive"
            return x

    net = Remember()
    with pytest.warns(RuntimeWarning, match="the attribute 'last' of Remember changes"):
        net(Tensor(X))
    assert net.last == "positive"


def test_functions_without_source_run_eagerly():
    found: dict = {}
    text = "def twice(x):\n    return x * 2 if x.sum() > 0 else x\n"
    exec(compile(text, "nowhere.py", "exec"), found)
    with pytest.warns(RuntimeWarning, match="twice .nowhere.py:1. was not converted"):
        jit(found["twice"])(Tensor(X))


def test_lambdas_run_eagerly():
    with pytest.warns(RuntimeWarning, match="it is a lambda"):
        jit(lambda x: x if x.sum() > 0 else -x)(Tensor(X))
