"""Bad arguments and gradients raise what MindSpore raises, and change nothing."""

import numpy as np
import pytest

from cellnet.nn.cell import Cell
from cellnet.nn.optim import SGD, Adam, Momentum, Optimizer, RMSProp
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def named(name="a"):
    return Parameter(Tensor(np.ones(2, np.float32)), name=name)


A, B = named("a"), named("b")


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: SGD([A], -0.1), ValueError, "learning_rate must be >= 0"),
        (lambda: SGD([A], [0.1, -0.1]), ValueError, "learning_rate must be >= 0"),
        (lambda: SGD([A], float("nan")), ValueError, "learning_rate must be >= 0"),
        (lambda: SGD([A], "0.1"), ValueError, "learning_rate must be a number"),
        (lambda: SGD([A], None), TypeError, "got NoneType"),
        (lambda: SGD([A], Cell()), TypeError, "LearningRateSchedule, got Cell"),
        (lambda: SGD([A], Tensor([[0.1]])), ValueError, r"shape \(1, 1\)"),
        (lambda: SGD([A], []), ValueError, "at least one entry"),
        (lambda: Momentum([A], 0.1, 1), TypeError, "momentum must be float"),
        (lambda: Momentum([A], 0.1, -0.5), ValueError, "momentum must be >= 0"),
        (lambda: SGD([A], 0.1, momentum=-0.5), ValueError, "momentum must be >= 0"),
        (lambda: SGD([A], 0.1, dampening=-1.0), ValueError, "dampening must be >= 0"),
        (
            lambda: SGD([A], 0.1, weight_decay=-1.0),
            ValueError,
            "weight_decay must be >= 0",
        ),
        (
            lambda: SGD([A], 0.1, weight_decay="1"),
            TypeError,
            "weight_decay must be a number",
        ),
        (lambda: SGD([A], 0.1, loss_scale=0), ValueError, "loss_scale must be > 0"),
        (lambda: SGD([A], 0.1, loss_scale="1"), TypeError, "loss_scale must be a"),
        (lambda: SGD([], 0.1), ValueError, "must not be empty"),
        (lambda: SGD([1], 0.1), TypeError, "Parameters or all dicts, got int"),
        (lambda: SGD(A, 0.1), TypeError, "got Parameter"),
        (lambda: SGD(3, 0.1), TypeError, "got int"),
        (lambda: SGD([A, A], 0.1), ValueError, "'a' is listed twice"),
        (lambda: SGD([A, named("a")], 0.1), ValueError, "'a' already exists"),
        (
            lambda: Momentum([A], 0.1, 0.9, use_nesterov=1),
            TypeError,
            "use_nesterov must be bool",
        ),
        (lambda: SGD([A], 0.1, nesterov=True), ValueError, "needs momentum > 0"),
        (
            lambda: SGD([A], 0.1, 0.9, 0.1, nesterov=True),
            ValueError,
            "dampening 0, got",
        ),
        (lambda: Adam([A], beta1=1.0), ValueError, "beta1 must lie between"),
        (lambda: Adam([A], beta2=0.0), ValueError, "beta2 must lie between"),
        (lambda: Adam([A], beta1=1), TypeError, "beta1 must be float"),
        (lambda: Adam([A], eps=0.0), ValueError, "eps must be > 0"),
        (lambda: Adam([A], use_amsgrad=1), TypeError, "use_amsgrad must be bool"),
        (lambda: RMSProp([A], decay=1), TypeError, "decay must be float"),
        (lambda: RMSProp([A], epsilon=0.0), ValueError, "epsilon must be > 0"),
        (lambda: SGD([{"params": [A], "x": 1}], 0.1), KeyError, "unknown key 'x'"),
        (lambda: SGD([{"lr": 0.1}], 0.1), KeyError, "no 'params'"),
        (lambda: SGD([{"params": []}], 0.1), ValueError, "must not be empty"),
        (lambda: SGD([{"params": A}], 0.1), TypeError, "got Parameter"),
        (lambda: SGD([{"params": [1]}], 0.1), TypeError, "got int at index 0"),
        (
            lambda: SGD([{"params": [A]}, {"params": [A]}], 0.1),
            RuntimeError,
            "listed twice",
        ),
        (lambda: SGD([{"params": [A]}, B], 0.1), TypeError, "all dicts, got"),
        (
            lambda: SGD([{"params": [A], "grad_centralization": 1}], 0.1),
            TypeError,
            "grad_centralization must be bool",
        ),
        (
            lambda: SGD([{"params": [A], "lr": -1.0}], 0.1),
            ValueError,
            "learning_rate must be >= 0",
        ),
        (
            lambda: SGD([{"params": [A, B]}, {"order_params": [A]}], 0.1),
            ValueError,
            "got 1 for 2",
        ),
        (
            lambda: SGD([{"params": [A]}, {"order_params": [A], "lr": 1.0}], 0.1),
            ValueError,
            "no other key",
        ),
    ],
)
def test_bad_arguments(make, error, text):
    with pytest.raises(error, match=text):
        make()


@pytest.mark.parametrize(
    "params",
    [
        lambda: filter(lambda p: True, [A, B]),
        lambda: (p for p in (A, B)),
        lambda: (A, B),
        lambda: [A, B],
    ],
)
def test_any_iterable_of_parameters_is_taken(params):
    assert list(SGD(params(), 0).parameters) == [A, B]


def test_frozen_parameters_are_taken():
    frozen = Parameter(Tensor(np.ones(2, np.float32)), name="f", requires_grad=False)
    SGD([frozen], 0.5)((Tensor(np.ones(2, np.float32)),))
    assert frozen.asnumpy().tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("gradients", "error", "text"),
    [
        (
            (Tensor(np.ones(2, np.float32)),),
            RuntimeError,
            "1 gradients for 2 parameters",
        ),
        (
            (Tensor(np.ones(2, np.float32)), Tensor(np.ones(3, np.float32))),
            ValueError,
            r"'b' has shape \(3,\), the parameter \(2,\)",
        ),
        (Tensor(np.ones((2, 2), np.float32)), TypeError, "tuple of gradients"),
        ((1.0, 2.0), TypeError, "'a' must be a Tensor, got float"),
    ],
)
def test_bad_gradients_change_nothing(gradients, error, text, mode):
    params = [named("a"), named("b")]
    optimizer = Momentum(params, 0.1, 0.9)
    with pytest.raises(error, match=text):
        optimizer(gradients)
    assert all((p.asnumpy() == 1).all() for p in params)
    assert int(optimizer.global_step.asnumpy()[0]) == 0


def test_lr_parameter_of_a_stranger():
    optimizer = SGD([A], 0.1)
    with pytest.raises(ValueError, match="'b' is not in SGD"):
        optimizer.get_lr_parameter(B)
    with pytest.raises(TypeError, match="got int"):
        optimizer.get_lr_parameter(3)


def test_the_base_says_what_to_define():
    with pytest.raises(NotImplementedError, match=r"must define transform\(\)"):
        Optimizer(0.1, [A])((Tensor(np.ones(2, np.float32)),))
