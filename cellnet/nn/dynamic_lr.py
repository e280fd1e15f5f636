"""Learning rates as lists of floats, one for each step, that change by the epoch.

``nn/learning_rate_schedule.py`` has the same curves as Cells over the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cellnet._checks import check_bool, check_int, check_type
from cellnet.nn._settings import non_negative_float, positive_float
from cellnet.nn.learning_rate_schedule import check_order


def piecewise_constant_lr(
    milestone: Sequence[int], learning_rates: Sequence[float]
) -> list[float]:
    """A rate for each stretch of steps (mindspore.nn.piecewise_constant_lr).

    Args:
        milestone: steps at which the stretches end, increasing ints > 0.
        learning_rates: the rate of each stretch, floats.

    Returns:
        ``milestone[-1]`` rates.

    Raises:
        TypeError: no list or tuple, or items of another type.
        ValueError: lengths that differ, or milestones that decrease.

    Example:
        >>> piecewise_constant_lr([2, 3], [0.1, 0.05])
        [0.1, 0.1, 0.05]
    """
    owner = "piecewise_constant_lr"
    check_type(owner, "milestone", milestone, list, tuple)
    check_type(owner, "learning_rates", learning_rates, list, tuple)
    if len(milestone) != len(learning_rates):
        raise ValueError(
            f"{owner}: milestone and learning_rates must be of one length, got "
            f"{len(milestone)} and {len(learning_rates)}"
        )
    rates: list[float] = []
    for index, (end, rate) in enumerate(zip(milestone, learning_rates, strict=True)):
        check_int(owner, f"milestone[{index}]", end, minimum=1)
        check_type(owner, f"learning_rates[{index}]", rate, float)
        if end < len(rates):
            raise ValueError(
                f"{owner}: milestone must not decrease, got {end} after {len(rates)}"
            )
        rates.extend([rate] * (end - len(rates)))
    return rates


def exponential_decay_lr(
    learning_rate: float,
    decay_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    is_stair: bool = False,
) -> list[float]:
    """``lr * decay_rate ** (epoch / decay_epoch)`` for each step.

    Args:
        learning_rate: initial rate, a float > 0.
        decay_rate: factor for every ``decay_epoch`` epochs, a float > 0.
        total_step: how many rates, an int > 0.
        step_per_epoch: steps of an epoch, an int > 0.
        decay_epoch: an int > 0.
        is_stair: round ``epoch / decay_epoch`` down.

    Returns:
        ``total_step`` rates.

    Raises:
        TypeError: an argument of another type.
        ValueError: an argument outside its range.

    Example:
        >>> exponential_decay_lr(0.1, 0.5, 4, step_per_epoch=2, decay_epoch=1)
        [0.1, 0.1, 0.05, 0.05]

    References: mindspore.nn.exponential_decay_lr.
    """
    owner = "exponential_decay_lr"
    _check_decay(owner, learning_rate, decay_rate, decay_epoch, is_stair)
    round_down = math.floor if is_stair else float

    def rate(epoch: int) -> float:
        return learning_rate * decay_rate ** round_down(epoch / decay_epoch)

    return _by_epoch(owner, rate, total_step, step_per_epoch)


def natural_exp_decay_lr(
    learning_rate: float,
    decay_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    is_stair: bool = False,
) -> list[float]:
    """``lr * exp(-decay_rate * epoch)`` for each step.

    Args:
        learning_rate, decay_rate, total_step, step_per_epoch: as exponential_decay_lr.
        decay_epoch: with ``is_stair``, the length of a stair in epochs, an int > 0.
        is_stair: hold the rate for ``decay_epoch`` epochs at a time.

    Returns, Raises: as exponential_decay_lr.

    Example:
        >>> [round(lr, 4) for lr in natural_exp_decay_lr(0.1, 0.5, 2, 1, 1)]
        [0.1, 0.0607]

    References: mindspore.nn.natural_exp_decay_lr.
    """
    owner = "natural_exp_decay_lr"
    _check_decay(owner, learning_rate, decay_rate, decay_epoch, is_stair)
    stair = decay_epoch if is_stair else 1

    def rate(epoch: int) -> float:
        return learning_rate * math.exp(-decay_rate * (epoch // stair * stair))

    return _by_epoch(owner, rate, total_step, step_per_epoch)


def inverse_decay_lr(
    learning_rate: float,
    decay_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    is_stair: bool = False,
) -> list[float]:
    """``lr / (1 + decay_rate * epoch / decay_epoch)`` for each step.

    Args, Returns, Raises: as exponential_decay_lr.

    Example:
        >>> inverse_decay_lr(0.1, 1.0, 2, step_per_epoch=1, decay_epoch=1)
        [0.1, 0.05]

    References: mindspore.nn.inverse_decay_lr.
    """
    owner = "inverse_decay_lr"
    _check_decay(owner, learning_rate, decay_rate, decay_epoch, is_stair)
    round_down = math.floor if is_stair else float

    def rate(epoch: int) -> float:
        return learning_rate / (1 + decay_rate * round_down(epoch / decay_epoch))

    return _by_epoch(owner, rate, total_step, step_per_epoch)


def cosine_decay_lr(
    min_lr: float,
    max_lr: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
) -> list[float]:
    """Half a cosine from ``max_lr`` to ``min_lr`` over ``decay_epoch`` epochs.

    Args:
        min_lr: last rate, a float >= 0.
        max_lr: first rate, a float > ``min_lr``.
        total_step, step_per_epoch: as exponential_decay_lr.
        decay_epoch: an int > 0.

    Returns, Raises: as exponential_decay_lr.

    Example:
        >>> cosine_decay_lr(0.0, 0.1, 4, step_per_epoch=2, decay_epoch=1)
        [0.1, 0.1, 0.0, 0.0]

    References: mindspore.nn.cosine_decay_lr.
    """
    owner = "cosine_decay_lr"
    non_negative_float(owner, "min_lr", min_lr)
    positive_float(owner, "max_lr", max_lr)
    check_int(owner, "decay_epoch", decay_epoch, minimum=1)
    check_order(owner, min_lr, max_lr)

    def rate(epoch: int) -> float:
        angle = math.pi * min(epoch, decay_epoch) / decay_epoch
        return min_lr + 0.5 * (max_lr - min_lr) * (1 + math.cos(angle))

    return _by_epoch(owner, rate, total_step, step_per_epoch)


def polynomial_decay_lr(
    learning_rate: float,
    end_learning_rate: float,
    total_step: int,
    step_per_epoch: int,
    decay_epoch: int,
    power: float,
    update_decay_epoch: bool = False,
) -> list[float]:
    """``(lr - end) * (1 - min(epoch, T) / T) ** power + end`` for each step.

    Args:
        learning_rate: first rate, a float > 0.
        end_learning_rate: last rate, a float >= 0.
        total_step, step_per_epoch: as exponential_decay_lr.
        decay_epoch: ``T``, an int > 0.
        power: a float > 0.
        update_decay_epoch: let ``T`` grow to the next multiple of ``decay_epoch``.

    Returns, Raises: as exponential_decay_lr.

    Example:
        >>> polynomial_decay_lr(0.1, 0.0, 3, 1, decay_epoch=2, power=1.0)
        [0.1, 0.05, 0.0]

    References: mindspore.nn.polynomial_decay_lr.
    """
    owner = "polynomial_decay_lr"
    positive_float(owner, "learning_rate", learning_rate)
    non_negative_float(owner, "end_learning_rate", end_learning_rate)
    check_int(owner, "decay_epoch", decay_epoch, minimum=1)
    positive_float(owner, "power", power)
    check_bool(owner, "update_decay_epoch", update_decay_epoch)

    def rate(epoch: int) -> float:
        last = decay_epoch
        if update_decay_epoch:
            last *= max(math.ceil(epoch / decay_epoch), 1)
        left = 1 - min(epoch, last) / last
        return (learning_rate - end_learning_rate) * left**power + end_learning_rate

    return _by_epoch(owner, rate, total_step, step_per_epoch)


def warmup_lr(
    learning_rate: float, total_step: int, step_per_epoch: int, warmup_epoch: int
) -> list[float]:
    """``lr * min(epoch, warmup_epoch) / warmup_epoch`` for each step.

    Args:
        learning_rate: the rate after warming up, a float >= 0.
        total_step, step_per_epoch: as exponential_decay_lr.
        warmup_epoch: an int > 0.

    Returns, Raises: as exponential_decay_lr.

    Example:
        >>> warmup_lr(0.1, 3, step_per_epoch=1, warmup_epoch=2)
        [0.0, 0.05, 0.1]

    References: mindspore.nn.warmup_lr.
    """
    owner = "warmup_lr"
    non_negative_float(owner, "learning_rate", learning_rate)
    check_int(owner, "warmup_epoch", warmup_epoch, minimum=1)

    def rate(epoch: int) -> float:
        return learning_rate * min(epoch, warmup_epoch) / warmup_epoch

    return _by_epoch(owner, rate, total_step, step_per_epoch)


def _by_epoch(
    owner: str, rate: Callable[[int], float], total_step: int, step_per_epoch: int
) -> list[float]:
    """``rate(epoch)`` for each of ``total_step`` steps."""
    check_int(owner, "total_step", total_step, minimum=1)
    check_int(owner, "step_per_epoch", step_per_epoch, minimum=1)
    return [rate(step // step_per_epoch) for step in range(total_step)]


def _check_decay(
    owner: str,
    learning_rate: float,
    decay_rate: float,
    decay_epoch: int,
    is_stair: bool,
) -> None:
    positive_float(owner, "learning_rate", learning_rate)
    positive_float(owner, "decay_rate", decay_rate)
    check_int(owner, "decay_epoch", decay_epoch, minimum=1)
    check_bool(owner, "is_stair", is_stair)
