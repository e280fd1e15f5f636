"""Initial values of Parameters.

All values are drawn by NumPy from ``cellnet.random.initial_generator()``: a network of
a hundred shapes starts without compiling a program for each.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from cellnet import dtype as mstype
from cellnet._checks import (
    check_choice,
    check_int,
    check_int_tuple,
    check_number,
    check_positive,
)
from cellnet.random import initial_generator
from cellnet.tensor import Tensor


class Initializer:
    """Base of the initializers (mindspore.common.initializer.Initializer).

    A subclass computes its values in ``_values(shape)``; or, as in MindSpore, fills the
    NumPy array that ``_initialize(array)`` is given.

    Args:
        **kwargs: settings that its text form shows.

    Example:
        >>> class Two(Initializer):
        ...     def _initialize(self, arr):
        ...         arr[...] = 2
        >>> Two()((2,), mstype.float32).tolist()
        [2.0, 2.0]
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs

    def __call__(self, shape: Any, dtype: Any = mstype.float32) -> np.ndarray:
        """Values of a shape and dtype.

        Args:
            shape: int or tuple of ints >= 1; () for a single number.
            dtype: of the result.
        """
        shape = _checked_shape(shape)
        target = mstype.to_numpy(mstype.float32 if dtype is None else dtype)
        return np.asarray(self._values(shape)).astype(target)

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        array = np.zeros(shape, np.float32)
        self._initialize(array)
        return array

    def _initialize(self, arr: np.ndarray) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} must define _initialize(arr), which fills a NumPy "
            "array"
        )

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in self._kwargs.items())
        return f"{type(self).__name__}({settings})"


class Zero(Initializer):
    """Zeros (mindspore.common.initializer.Zero)."""

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.zeros(shape, np.float32)


class One(Initializer):
    """Ones (mindspore.common.initializer.One)."""

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """One number everywhere (mindspore.common.initializer.Constant).

    Args:
        value: the number.

    Raises:
        TypeError: no number.
    """

    def __init__(self, value: float) -> None:
        if not isinstance(value, numbers.Number) and np.ndim(value) != 0:
            raise TypeError(f"Constant: value must be a number, got {value!r}")
        super().__init__(value=value)
        self.value = value

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.full(shape, self.value)


class Uniform(Initializer):
    """Uniform on [-scale, scale] (mindspore.common.initializer.Uniform).

    Args:
        scale: the bound.
    """

    def __init__(self, scale: float = 0.07) -> None:
        check_number("Uniform", "scale", scale)
        super().__init__(scale=scale)
        self.scale = scale

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return _uniform(shape, self.scale)


class Normal(Initializer):
    """Normal, N(mean, sigma ** 2) (mindspore.common.initializer.Normal).

    Args:
        sigma: standard deviation >= 0.
        mean: mean.

    Raises:
        ValueError: sigma < 0.
    """

    def __init__(self, sigma: float = 0.01, mean: float = 0.0) -> None:
        check_number("Normal", "sigma", sigma, minimum=0)
        check_number("Normal", "mean", mean)
        super().__init__(sigma=sigma, mean=mean)
        self.sigma = sigma
        self.mean = mean

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return _normal(shape, self.sigma, self.mean)


class TruncatedNormal(Initializer):
    """Normal, drawn again outside [a, b].

    (mindspore.common.initializer.TruncatedNormal)

    Args:
        sigma: standard deviation > 0.
        mean: mean.
        a, b: bounds of the values themselves, as in MindSpore 2.10 (not multiples of
            sigma, as in its first releases); the mean need not lie between them.

    Raises:
        ValueError: sigma <= 0, or a >= b.
    """

    def __init__(
        self, sigma: float = 0.01, mean: float = 0.0, a: float = -2.0, b: float = 2.0
    ) -> None:
        check_positive("TruncatedNormal", "sigma", sigma)
        check_number("TruncatedNormal", "mean", mean)
        check_number("TruncatedNormal", "a", a)
        check_number("TruncatedNormal", "b", b)
        if a >= b:
            raise ValueError(f"TruncatedNormal: a must be < b, got a={a}, b={b}")
        super().__init__(sigma=sigma, mean=mean, a=a, b=b)
        self.sigma = sigma
        self.mean = mean
        self.a = a
        self.b = b

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        low, high = (self.a - self.mean) / self.sigma, (self.b - self.mean) / self.sigma
        return _truncated_normal(shape, low, high) * self.sigma + self.mean


class XavierUniform(Initializer):
    """Uniform with bound gain * sqrt(6 / (fan_in + fan_out)).

    (mindspore.common.initializer.XavierUniform)

    Args:
        gain: factor of the bound.

    References: Glorot and Bengio, AISTATS 2010.
    """

    def __init__(self, gain: float = 1) -> None:
        check_number("XavierUniform", "gain", gain)
        super().__init__(gain=gain)
        self.gain = gain

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        fan_in, fan_out = fans(shape)
        return _uniform(shape, self.gain * math.sqrt(6 / (fan_in + fan_out)))


class XavierNormal(Initializer):
    """Normal with deviation gain * sqrt(2 / (fan_in + fan_out)).

    (mindspore.common.initializer.XavierNormal)

    Args:
        gain: factor of the deviation.

    References: Glorot and Bengio, AISTATS 2010.
    """

    def __init__(self, gain: float = 1) -> None:
        check_number("XavierNormal", "gain", gain)
        super().__init__(gain=gain)
        self.gain = gain

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        fan_in, fan_out = fans(shape)
        return _normal(shape, self.gain * math.sqrt(2 / (fan_in + fan_out)))


class _He(Initializer):
    """What HeUniform and HeNormal share: the deviation gain / sqrt(fan)."""

    def __init__(
        self,
        negative_slope: float = 0,
        mode: str = "fan_in",
        nonlinearity: str = "leaky_relu",
    ) -> None:
        owner = type(self).__name__
        check_number(owner, "negative_slope", negative_slope)
        check_choice(owner, "mode", mode, ("fan_in", "fan_out"))
        self._gain = _gain(owner, nonlinearity, negative_slope)
        super().__init__(
            negative_slope=negative_slope, mode=mode, nonlinearity=nonlinearity
        )
        self.negative_slope = negative_slope
        self.mode = mode
        self.nonlinearity = nonlinearity

    def _deviation(self, shape: tuple[int, ...]) -> float:
        fan_in, fan_out = fans(shape)
        return self._gain / math.sqrt(fan_in if self.mode == "fan_in" else fan_out)


class HeUniform(_He):
    """Uniform with bound gain * sqrt(3 / fan) (mindspore.common.initializer.HeUniform).

    Args:
        negative_slope: of leaky_relu, whose gain is sqrt(2 / (1 + slope ** 2)).
        mode: "fan_in" or "fan_out", which fan counts.
        nonlinearity: the activation behind the layer, which fixes the gain:
            "leaky_relu", "relu", "tanh", "sigmoid", "linear" or a convolution.

    Raises:
        ValueError: another mode or nonlinearity.

    References: He, Zhang, Ren, Sun, ICCV 2015.
    """

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return _uniform(shape, math.sqrt(3) * self._deviation(shape))


class HeNormal(_He):
    """Normal with deviation gain / sqrt(fan) (mindspore.common.initializer.HeNormal).

    Args, Raises and References are those of HeUniform.
    """

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        return _normal(shape, self._deviation(shape))


class VarianceScaling(Initializer):
    """Variance scale / fan (mindspore.common.initializer.VarianceScaling).

    Args:
        scale: number > 0.
        mode: "fan_in", "fan_out" or "fan_avg", their mean.
        distribution: "uniform", "untruncated_normal" or "truncated_normal", the last
            one cut at two deviations and widened to the same variance.

    Raises:
        ValueError: a setting out of range.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
    ) -> None:
        check_positive("VarianceScaling", "scale", scale)
        modes = ("fan_in", "fan_out", "fan_avg")
        check_choice("VarianceScaling", "mode", mode, modes)
        kinds = ("uniform", "truncated_normal", "untruncated_normal")
        check_choice("VarianceScaling", "distribution", distribution, kinds)
        super().__init__(scale=scale, mode=mode, distribution=distribution)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        deviation = math.sqrt(self.scale / fan[self.mode])
        if self.distribution == "uniform":
            return _uniform(shape, math.sqrt(3) * deviation)
        if self.distribution == "untruncated_normal":
            return _normal(shape, deviation)
        # 0.8796... is the deviation of N(0, 1) cut at 2
        return _truncated_normal(shape, -2, 2) * (deviation / 0.87962566103423978)


class Identity(Initializer):
    """The identity matrix (mindspore.common.initializer.Identity).

    Raises:
        ValueError: not 2 axes.
    """

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"Identity: expected a shape of 2 axes, got {shape}")
        return np.eye(*shape, dtype=np.float32)


class Dirac(Initializer):
    """Convolution kernels that hand channels on (mindspore.common.initializer.Dirac).

    Args:
        groups: number of groups, which must divide the output channels.

    Raises:
        ValueError: not 3 to 5 axes, or groups that do not divide.
    """

    def __init__(self, groups: int = 1) -> None:
        check_int("Dirac", "groups", groups, minimum=1)
        super().__init__(groups=groups)
        self.groups = groups

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        if not 3 <= len(shape) <= 5:
            raise ValueError(f"Dirac: expected a shape of 3 to 5 axes, got {shape}")
        if shape[0] % self.groups:
            raise ValueError(
                f"Dirac: {self.groups} groups do not divide {shape[0]} output channels"
            )
        kernels = np.zeros(shape, np.float32)
        per_group = shape[0] // self.groups
        centre = tuple(n // 2 for n in shape[2:])
        for group in range(self.groups):
            for channel in range(min(per_group, shape[1])):
                kernels[(group * per_group + channel, channel, *centre)] = 1
        return kernels


class Orthogonal(Initializer):
    """A random (semi-)orthogonal matrix (mindspore.common.initializer.Orthogonal).

    Axes behind the first count as one.

    Args:
        gain: factor.

    Raises:
        ValueError: less than 2 axes.

    References: Saxe, McClelland, Ganguli, ICLR 2014.
    """

    def __init__(self, gain: float = 1.0) -> None:
        check_number("Orthogonal", "gain", gain)
        super().__init__(gain=gain)
        self.gain = gain

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: expected at least 2 axes, got {shape}")
        rows, columns = shape[0], math.prod(shape[1:])
        flat = initial_generator().standard_normal(
            (max(rows, columns), min(rows, columns))
        )
        q, r = np.linalg.qr(flat)
        q *= np.sign(np.diag(r))  # makes the distribution uniform
        q = q if rows >= columns else q.T
        return (self.gain * q).reshape(shape)


class Sparse(Initializer):
    """Normal, with a share of each column 0 (mindspore.common.initializer.Sparse).

    Args:
        sparsity: share of zeros in a column, in [0, 1].
        sigma: standard deviation of the rest.

    Raises:
        ValueError: not 2 axes, or a share out of range.
    """

    def __init__(self, sparsity: float, sigma: float = 0.01) -> None:
        check_number("Sparse", "sparsity", sparsity, minimum=0, maximum=1)
        check_number("Sparse", "sigma", sigma, minimum=0)
        super().__init__(sparsity=sparsity, sigma=sigma)
        self.sparsity = sparsity
        self.sigma = sigma

    def _values(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"Sparse: expected a shape of 2 axes, got {shape}")
        values = _normal(shape, self.sigma)
        zeros = math.ceil(self.sparsity * shape[0])
        order = np.argsort(initial_generator().random(shape), axis=0)
        np.put_along_axis(values, order[:zeros], 0, axis=0)
        return values


# -- what they draw from --------------------------------------------------------------
def _uniform(shape: tuple[int, ...], bound: float) -> np.ndarray:
    unit = initial_generator().random(shape, np.float32)
    return (2 * unit - 1) * np.float32(bound)


def _normal(shape: tuple[int, ...], sigma: float, mean: float = 0.0) -> np.ndarray:
    drawn = initial_generator().standard_normal(shape, np.float32)
    return drawn * np.float32(sigma) + np.float32(mean)


# below this share of accepted draws, bounds are far out in a tail
_REJECTION_LIMIT = 0.05


def _truncated_normal(shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """N(0, 1) within [low, high]."""
    if _normal_cdf(high) - _normal_cdf(low) < _REJECTION_LIMIT:
        return _by_inversion(shape, low, high)
    values = _normal(shape, 1.0)
    flat = values.reshape(-1)
    wrong = np.flatnonzero((flat < low) | (flat > high))
    while wrong.size:
        flat[wrong] = _normal((wrong.size,), 1.0)
        redrawn = flat[wrong]
        wrong = wrong[(redrawn < low) | (redrawn > high)]
    return flat.reshape(shape)


def _by_inversion(shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """N(0, 1) within [low, high] where rejection would hardly ever accept."""
    from scipy.stats import truncnorm  # slow to import, and rarely needed

    drawn = truncnorm.rvs(low, high, size=shape, random_state=initial_generator())
    return np.asarray(drawn)


def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight: (out, in, *window).

    Raises:
        ValueError: less than 2 axes.
    """
    if len(shape) < 2:
        raise ValueError(
            f"fan_in and fan_out need a shape of at least 2 axes, got {shape}"
        )
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


_GAINS = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0)}
_LINEAR = (
    *("sigmoid", "linear", "conv1d", "conv2d", "conv3d", "conv1d_transpose"),
    *("conv2d_transpose", "conv3d_transpose"),
)


def _gain(owner: str, nonlinearity: str, negative_slope: float) -> float:
    if nonlinearity in _LINEAR:
        return 1.0
    if nonlinearity in _GAINS:
        return _GAINS[nonlinearity]
    check_choice(owner, "nonlinearity", nonlinearity, ("leaky_relu", *_GAINS, *_LINEAR))
    return math.sqrt(2.0 / (1 + negative_slope**2))


# -- by name --------------------------------------------------------------------------
_BY_NAME: dict[str, type[Initializer]] = {
    "zero": Zero,
    "zeros": Zero,
    "one": One,
    "ones": One,
    "normal": Normal,
    "uniform": Uniform,
    "truncatednormal": TruncatedNormal,
    "xavier_uniform": XavierUniform,
    "xavieruniform": XavierUniform,
    "xavier_normal": XavierNormal,
    "xaviernormal": XavierNormal,
    "he_uniform": HeUniform,
    "heuniform": HeUniform,
    "he_normal": HeNormal,
    "henormal": HeNormal,
    "orthogonal": Orthogonal,
    "identity": Identity,
    "dirac": Dirac,
    "sparse": Sparse,
    "variancescaling": VarianceScaling,
}


def initializer(init: Any, shape: Any = None, dtype: Any = mstype.float32) -> Tensor:
    """A Tensor of initial values (mindspore.common.initializer.initializer).

    Args:
        init: an Initializer; its name in any case, such as "normal" or "he_uniform"; a
            number to fill with; or a Tensor, which is given back.
        shape: int, or tuple or list of ints >= 1.  May be left out for a Tensor.
        dtype: of the values.

    Returns:
        Tensor of ``shape`` and ``dtype``.

    Raises:
        TypeError: an ``init`` of another kind, or a dtype that is no data type.
        ValueError: an unknown name; no shape, one with a length < 1, or one that is not
            the Tensor's.

    Example:
        >>> initializer("ones", (2, 2)).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """
    if isinstance(init, Tensor):
        if shape is not None and _checked_shape(shape) != init.shape:
            raise ValueError(
                f"initializer: shape {shape} is not that of the Tensor, {init.shape}"
            )
        return init
    if not isinstance(dtype, mstype.Type) or dtype.np_dtype is None:
        raise TypeError(
            f"initializer: dtype must be a type such as cellnet.float32, got {dtype!r}"
        )
    return Tensor(_found(init)(shape, dtype))


def _found(init: Any) -> Initializer:
    if isinstance(init, Initializer):
        return init
    if isinstance(init, str):
        if init.lower() not in _BY_NAME:
            raise ValueError(
                f"initializer: the class corresponding to {init!r} was not found; the "
                f"names are {', '.join(sorted(_BY_NAME))}"
            )
        return _BY_NAME[init.lower()]()
    if isinstance(init, numbers.Number) and not isinstance(init, np.ndarray):
        return Constant(init)  # type: ignore[arg-type]
    raise TypeError(
        "initializer: init must be an Initializer, its name, a number or a Tensor, got "
        f"{type(init).__name__}"
    )


def _checked_shape(shape: Any) -> tuple[int, ...]:
    try:
        return check_int_tuple("initializer", "shape", shape, minimum=1)
    except TypeError as error:
        raise ValueError(str(error)) from None


__all__ = [
    "Constant",
    "Dirac",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "Normal",
    "One",
    "Orthogonal",
    "Sparse",
    "TruncatedNormal",
    "Uniform",
    "VarianceScaling",
    "XavierNormal",
    "XavierUniform",
    "Zero",
    "fans",
    "initializer",
]
