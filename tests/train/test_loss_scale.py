"""Loss scale managers, and the Cells that do the same inside a step."""

import numpy as np
import pytest

from cellnet.nn.wrap import DynamicLossScaleUpdateCell, FixedLossScaleUpdateCell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.loss_scale import (
    DynamicLossScaleManager,
    FixedLossScaleManager,
    LossScaleManager,
)

OVERFLOWS = "...x..xxxx......"
# measured on MindSpore 2.10 with init_loss_scale 8, scale_factor 2, scale_window 3
SCALES = [8, 8, 16, 8, 8, 8, 4, 2, 1, 1, 1, 1, 2, 2, 2, 4]


@pytest.mark.parametrize("as_flag", [bool, lambda x: Tensor(np.array(x))])
def test_the_dynamic_scale_goes_as_in_mindspore(as_flag):
    manager = DynamicLossScaleManager(8, 2, 3)
    found = []
    for mark in OVERFLOWS:
        manager.update_loss_scale(as_flag(mark == "x"))
        found.append(manager.get_loss_scale())
    assert found == SCALES


def test_the_cell_goes_as_its_manager():
    cell = DynamicLossScaleManager(8, 2, 3).get_update_cell()
    assert isinstance(cell, DynamicLossScaleUpdateCell)
    scale = Parameter(Tensor(np.float32(cell.get_loss_scale())), name="scale")
    found = []
    for mark in OVERFLOWS:
        cell(scale, Tensor(np.array(mark == "x")))
        found.append(float(scale))
    assert found == SCALES


def test_training_that_always_overflows_is_given_up():
    manager = DynamicLossScaleManager(4)
    for _ in range(1000):
        manager.update_loss_scale(True)
    with pytest.raises(RuntimeError, match="1001 steps in a row overflowed"):
        manager.update_loss_scale(True)


def test_the_fixed_scale_stays():
    manager = FixedLossScaleManager(1024.0)
    manager.update_loss_scale(True)
    assert manager.get_loss_scale() == 1024.0
    assert manager.get_drop_overflow_update() is True
    cell = manager.get_update_cell()
    assert isinstance(cell, FixedLossScaleUpdateCell)
    assert cell.get_loss_scale() == 1024.0


def test_no_cell_is_needed_where_no_update_is_left_out():
    manager = FixedLossScaleManager(drop_overflow_update=False)
    assert manager.get_update_cell() is None
    assert manager.get_loss_scale() == 128.0
    assert DynamicLossScaleManager().get_drop_overflow_update() is True
    assert DynamicLossScaleManager().get_loss_scale() == 2**24


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: FixedLossScaleManager(0), ValueError, "loss_scale must be >= 1"),
        (lambda: FixedLossScaleManager("a"), TypeError, "loss_scale must be a number"),
        (lambda: DynamicLossScaleManager(0.5), ValueError, "init_loss_scale must be"),
        (lambda: DynamicLossScaleManager(4, 0), ValueError, "scale_factor must be > 0"),
        (lambda: DynamicLossScaleManager(4, 2, 0), ValueError, "scale_window must be"),
        (lambda: DynamicLossScaleManager(4, 2, 2.5), TypeError, "scale_window must be"),
        (LossScaleManager().get_loss_scale, NotImplementedError, "get_loss_scale"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()
