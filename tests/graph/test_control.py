"""Python control flow on Tensors, compiled: values, gradients, and the same eagerly.

Every program here is plain Python that NumPy can run too; warnings are errors, so one
that fell back to running eagerly would fail.
"""
# ruff: noqa: SIM108, RET503 - these statements are what is tested

import numpy as np
import pytest

from cellnet import Tensor, context, grad, jacfwd, jit, jvp, ops, vmap
from cellnet.nn.cell import Cell

# no branch of a program below changes near them: they have gradients there
X = np.array([1.1, -2.3, 3.45])
INPUTS = (X, -X, X * 0.1 + 0.5)


def if_elif_else(x):
    if x.sum() > 1.8:
        y = x * 2
    elif x.sum() < 0:
        y = x * 3
    else:
        y = -x
    return y


def if_without_else(x):
    y = x * x
    if x.sum() > 0:
        y = y + x
    return y


def ternary(x):
    return x * 2 if x.sum() > 1.8 else x * x


def logical(x):
    s = x.sum()
    if s > 0 and not x.max() > 2 or x.min() > 100:
        return x * x
    return x


def chained_comparison(x):
    if 0 < x.sum() <= 1.9:
        return x * 5
    return x


def constants_stay_python(x, scale=2, names=("a", "b")):
    for name in names:
        if name == "b" and scale > 1:
            x = x * scale
    if x.sum() > 0:
        x = x + len(names)
    return x


def while_loop(x):
    steps = 0
    while abs(x).sum() < 40:
        x = x * x + x + 1
        steps += 1
    return x * steps


def while_longer_than_what_backward_keeps(x):
    k = 0
    while k < 100 + x.sum():
        x = x * 1.01 + 0.001 * x * x.mean()
        k += 1
    return x


def while_with_break(x):
    n = 0
    while True:
        x = x * 1.5
        if abs(x).max() > 20:
            break
        n += 1
    return x * n


def while_with_continue(x):
    k = 0
    total = x * 0
    while k < 6:
        k += 1
        if abs(x).max() > 3.5:
            x = x * 0.5
            continue
        x = x * 1.7
        total = total + x * k
    return total


def while_with_return(x):
    k = 0
    while k < 6:
        k += 1
        x = x * 1.5
        if x.max() > 6:
            return x * k
        if x.min() < -12:
            return x - k
    return -x


def for_over_range_with_break(x):
    for i in range(5):
        x = x * 1.5 + i
        if x.max() > 9:
            break
    return x


def for_over_range_with_return(x):
    for i in range(5):
        x = x * 1.5
        if x.max() > 6:
            return x * i
        if x.min() < -8:
            break
        x = x + 0.1
    return -x


def for_over_range_of_a_tensor(x):
    for i in range(int(x.sum() + 2.5)):
        x = x * (i + 2)
    return x


def for_over_range_with_bounds_of_tensors(x):
    n = int(x.sum())
    for i in range(10 + n, n - 1, -3):
        x = x + i * 0.1
        if x.sum() > 9:
            break
    return x * x


def for_over_rows(x):
    s = x[0] * 0
    for row in x:
        if row < 0:
            continue
        s = s + row * row
    return s


def for_over_many_rows(x):
    s = x[0] * 0
    for row in x.repeat(20):
        s = s * 0.9 + row
        if row < 0:
            continue
        s = s + row * row
        if s > 30:
            break
    return s


def for_over_a_long_range(x):
    for i in range(100):
        x = x * 1.01 + i * 0.001
        if x.sum() > 12:
            break
    return x


def for_over_a_long_range_that_needs_numbers(x):
    kept = []
    for i in range(40):
        if x.sum() > i:
            x = x * 1.01
        kept.append(x * i)
    return kept[3] + kept[-1]


def for_over_python_sequences(x):
    for name, factor in zip("abc", (1.0, 2.0, 3.0), strict=True):
        if x.max() > factor:
            x = x * factor
        elif name == "c":
            x = x - 1
    return x


def list_of_results(x):
    kept = []
    for i in range(3):
        if x.sum() > i - 1:
            y = x + i
        else:
            y = x * i
        kept.append(y)
    return kept[0] + kept[1] * kept[2]


def nested(x):
    total = x.sum() * 0
    for j in range(3):
        t = abs(x) * (j + 1)
        n = 0
        while t.sum() < 40:
            if t.max() > 7:
                t = t + 1
                if t.min() > 3:
                    break
            else:
                t = t * 2
            n += 1
        total = total + t.sum() * n
    return x * total


def items_assigned(x):
    x = x * 1
    x[1:3] = 0
    y = x.mean(axis=0) * x
    if y.sum() > 0:
        x[0] = 7
        y[2] += 5
    else:
        x[1] = x[0] * 2
    return x * y + x


def items_assigned_in_a_loop(x):
    y = x * 0
    i = 0
    while i < 2 and x.sum() > -9:
        y[i] = x[i + 1] * x[0]
        i += 1
    return y * x


def several_variables(x):
    a, b = x, (x * 2, {"k": x})
    while abs(a).sum() < 30:
        a, b = b[0], (a * 3, {"k": b[1]["k"] * 2})
    return a * b[1]["k"]


def defined_in_both_branches_and_in_a_loop(x):
    k = 0
    while k < 3:
        if x.sum() > k:
            last = x * k
        else:
            last = x - k
        k = k + 1
    return last


def number_of_each_branch(x):
    if x.sum() > 0:
        power, shift = 2, 1
    else:
        power, shift = 3, 0.5
    return x * power + shift


def extremes(x):
    return max(x.sum(), x.max(), 1.5) * min(x.max(), x.mean() * 4) * x


def all_and_any(x):
    if all([x.sum() > 0, x.max() > 2]):
        return x * 2
    if any(row > 1.5 for row in x):
        return x * 3
    return x


def conversions(x):
    if float(x.sum()) > 1.8 and bool(x.max() > 2):
        x = x * int(x.max())
    return x


def _smallest_or_sum(x):
    if x.max() > 2.5:
        return x.min()
    return x.sum()


def calls_functions(x):
    def shifted(y, by):
        if y.sum() > by:
            return y - by
        return y

    return shifted(x, 1) * _smallest_or_sum(x) + sum(map(_smallest_or_sum, [x, -x]))


def recursion(x, depth=3):
    if depth == 0:
        return x
    if x.sum() > 1:
        return recursion(x * 0.7, depth - 1)
    return recursion(x + 1, depth - 1)


PROGRAMS = [
    value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", None) == __name__
    and not name.startswith("_")
]


def reference(program, x):
    return program(np.array(x))


def tensor(x):
    return Tensor(np.asarray(x, np.float32))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_compiled_program_does_what_python_does(program):
    compiled = jit(program)
    for x in INPUTS:
        expected = reference(program, x)
        np.testing.assert_allclose(
            compiled(tensor(x)).asnumpy(), expected, rtol=2e-5, atol=1e-6
        )
    assert compiled.compile_cache.num_traces == 1
    context.set_context(mode=context.PYNATIVE_MODE)
    for x in INPUTS:
        np.testing.assert_allclose(
            program(tensor(x)).asnumpy(), reference(program, x), rtol=2e-5, atol=1e-6
        )


def differences(program, x, eps=1e-6):
    """Gradient of the sum of the result by central differences in float64."""
    result = []
    for direction in np.eye(len(x)) * eps:
        up, down = (np.sum(reference(program, x + s * direction)) for s in (1, -1))
        result.append((up - down) / (2 * eps))
    return np.array(result)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_gradients_of_compiled_programs(program):
    compiled = grad(program)
    for x in INPUTS:
        found = compiled(tensor(x)).asnumpy()
        np.testing.assert_allclose(found, differences(program, x), rtol=1e-3, atol=1e-3)
    context.set_context(mode=context.PYNATIVE_MODE)
    for x in INPUTS:
        eager = grad(program)(tensor(x)).asnumpy()
        context.set_context(mode=context.GRAPH_MODE)
        np.testing.assert_allclose(
            compiled(tensor(x)).asnumpy(), eager, rtol=2e-5, atol=1e-5
        )
        context.set_context(mode=context.PYNATIVE_MODE)


def growing(x):
    k = 0.0
    while x.sum() < 50:
        x = x * x + k
        k = k + 1
    return x.sum()


def test_second_derivatives_of_a_loop():
    x = tensor([1.5, 2.0])
    compiled = grad(grad(growing))(x).asnumpy()
    context.set_context(mode=context.PYNATIVE_MODE)
    np.testing.assert_allclose(compiled, grad(grad(growing))(x).asnumpy(), rtol=1e-5)


@pytest.mark.parametrize("program", [while_loop, while_with_return, if_elif_else])
def test_forward_mode(program):
    x = tensor(X)
    columns = jacfwd(program)(x).asnumpy()
    _, along = jvp(program, x, tensor([1, 0, 2]))
    np.testing.assert_allclose(columns @ np.array([1, 0, 2]), along.asnumpy(), 1e-5)
    expected = differences(program, X)
    np.testing.assert_allclose(columns.sum(0), expected, rtol=1e-3)


@pytest.mark.parametrize("program", [while_loop, while_with_return, if_elif_else])
def test_each_lane_of_vmap_goes_its_own_way(program):
    rows = np.stack([X, X * 2, X + 1])
    found = vmap(program)(tensor(rows)).asnumpy()
    expected = np.stack([reference(program, row) for row in rows])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_users_program_of_slices_and_a_decision():
    class Net(Cell):
        def construct(self, x):
            x[1:3] = 0
            y = x.mean(axis=1, keep_dims=True)
            if y.sum() > 0:
                y = y * 2
            else:
                x[0] = 1
                y = y - 1
            return x + y

    given = np.arange(12, dtype=np.float32).reshape(4, 3)
    for mode in (context.GRAPH_MODE, context.PYNATIVE_MODE):
        context.set_context(mode=mode)
        for x in (given, -given):
            expected = x.copy()
            expected[1:3] = 0
            mean = expected.mean(1, keepdims=True)
            if mean.sum() > 0:
                mean = mean * 2
            else:
                expected[0] = 1
                mean = mean - 1
            found = Net()(Tensor(x.copy())).asnumpy()
            np.testing.assert_allclose(found, expected + mean, rtol=1e-6)


def test_a_tensor_changed_in_place_is_seen_by_its_other_names():
    @jit
    def changed(x):
        y = x * 1
        same = y
        if x.sum() > 0:
            y[0] = 5
        else:
            ops.assign(y, x * 3)
        return same

    np.testing.assert_allclose(changed(tensor(X)).asnumpy(), [5, *X[1:]], rtol=1e-6)
    np.testing.assert_allclose(changed(tensor(-X)).asnumpy(), -3 * X, rtol=1e-6)


def test_only_programs_that_need_it_are_converted(monkeypatch):
    from cellnet.graph.control import source

    seen = []
    convert = source._convert
    monkeypatch.setattr(source, "_convert", lambda fn: seen.append(fn) or convert(fn))

    def straight(x):
        return x * 2 if x.shape[0] > 2 else x

    def bent(x):
        return straight(x) if x.sum() > 0 else x

    np.testing.assert_allclose(jit(straight)(tensor(X)).asnumpy(), X * 2, 1e-6)
    assert seen == []
    bent_twice = jit(bent)
    bent_twice(tensor(X)), bent_twice(tensor(X[:2]))
    assert [fn.__name__ for fn in seen] == ["bent", "straight"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8"])
def test_numbers_that_change_keep_the_dtype_of_tensors(dtype):
    """As in Python, where 0.5 * x has the dtype of x."""

    def scaled(x):
        k, factor = 0, 2
        while x.sum() < 60:
            x = x * factor + k
            k += 1
            factor = factor + k
        for i in range(40):
            if x.sum() > 100:
                break
            x = x + i
        return x

    x = Tensor(np.array([3, 1, 2], dtype))
    found = jit(scaled)(x)
    expected = scaled(np.array([3, 1, 2], dtype))
    assert expected.dtype == dtype
    assert found.asnumpy().dtype == dtype
    np.testing.assert_allclose(found.asnumpy(), expected)
