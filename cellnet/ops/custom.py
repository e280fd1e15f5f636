"""Operations of the user's own: Python functions, gradients of their own, hooks."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_choice, check_int_tuple, check_type
from cellnet.dtype import Type, from_numpy, to_numpy
from cellnet.ops._op import raw, wrapped
from cellnet.ops.primitive import Primitive
from cellnet.tensor import Tensor

_FUNC_TYPES = ("jax", "pyfunc", "hybrid", "akg", "tbe", "aicpu", "aot", "julia")


def _specs(inputs: list[Any], out_shape: Any, out_dtype: Any) -> Any:
    """ShapeDtypeStructs of the outputs, one or a tuple."""
    shapes = [tuple(x.shape) for x in inputs]
    shape: Any = out_shape(*shapes) if callable(out_shape) else out_shape
    dtype: Any = out_dtype
    if callable(out_dtype) and not isinstance(out_dtype, Type):
        dtype = out_dtype(*[from_numpy(x.dtype) for x in inputs])
    if not isinstance(dtype, tuple | list):
        return _spec(shape, dtype)
    if not isinstance(shape, tuple | list) or len(shape) != len(dtype):
        raise ValueError(
            f"Custom: for {len(dtype)} outputs out_shape must be as many shapes, got "
            f"{shape!r}"
        )
    return tuple(map(_spec, shape, dtype))


def _spec(shape: Any, dtype: Any) -> jax.ShapeDtypeStruct:
    shape = check_int_tuple("Custom", "out_shape", shape, minimum=0)
    return jax.ShapeDtypeStruct(shape, to_numpy(dtype))


def _on_host(fn: Callable[..., Any], specs: Any) -> Callable[..., Any]:
    """``fn`` of NumPy arrays, its results as arrays of the promised dtypes."""
    name = getattr(fn, "__qualname__", type(fn).__name__)

    def call(*arrays: Any) -> Any:
        results = fn(*[np.asarray(a) for a in arrays])
        if not isinstance(specs, tuple):
            return _as_promised(name, results, specs)
        if not isinstance(results, tuple | list) or len(results) != len(specs):
            found = f"{len(results)}" if isinstance(results, tuple | list) else "one"
            raise ValueError(
                f"Custom: {name} gave {found}, expected a tuple of {len(specs)}, one "
                "for each of out_shape"
            )
        return tuple(_as_promised(name, *each) for each in zip(results, specs))

    return call


def _as_promised(name: str, result: Any, spec: jax.ShapeDtypeStruct) -> np.ndarray:
    array = np.asarray(result, spec.dtype)
    is_number = array.size == math.prod(spec.shape) == 1
    if array.shape != spec.shape and not is_number:
        raise ValueError(
            f"Custom: {name} gave an array of shape {array.shape}, out_shape says "
            f"{spec.shape}"
        )
    return array.reshape(spec.shape)


def _with_gradient(
    forward: Callable[..., Any], bprop: Callable[..., Any] | None, count: int
) -> Callable[..., Any]:
    """``forward`` on arrays with the gradient that ``bprop`` computes on Tensors.

    ``bprop(*inputs, out, dout)`` gives a gradient for each input; without one there is
    no gradient, as if the result were a constant.
    """
    if bprop is None:
        return lambda *xs: jax.lax.stop_gradient(
            forward(*map(jax.lax.stop_gradient, xs))
        )
    # Not `forward` itself: JAX would fill in the defaults of its other arguments.
    custom = jax.custom_vjp(lambda *inputs: forward(*inputs))

    def ahead(*inputs: Any) -> Any:
        output = forward(*inputs)
        return output, (inputs, output)

    def back(residuals: Any, cotangent: Any) -> Any:
        inputs, output = residuals
        given = bprop(*map(Tensor._wrap, inputs), wrapped(output), wrapped(cotangent))
        given = given if isinstance(given, tuple | list) else (given,)
        if len(given) < count:
            raise ValueError(
                f"Custom: bprop gave {len(given)} gradients, expected one for each of "
                f"{count} inputs"
            )
        return tuple(map(_as_cotangent, map(raw, given), inputs))

    custom.defvjp(ahead, back)
    return custom


def _as_cotangent(gradient: Any, value: Any) -> Any:
    """What ``bprop`` gave for an input, as JAX takes it."""
    if not jnp.issubdtype(value.dtype, jnp.inexact):
        return np.zeros(value.shape, jax.dtypes.float0)
    gradient = jnp.asarray(gradient, value.dtype)
    if gradient.shape != value.shape:
        raise ValueError(
            f"Custom: bprop gave a gradient of shape {gradient.shape} for an input of "
            f"shape {value.shape}"
        )
    return gradient


class Custom(Primitive):
    """An operation that a Python function computes (mindspore.ops.Custom).

    With "pyfunc" the function gets NumPy arrays and runs on the host, also inside
    compiled programs, where it costs a copy from the device and back.  With "jax" it
    gets jax arrays and becomes part of the program: anything that JAX traces will do, a
    Pallas kernel included.

    Args:
        func: the function.
        out_shape: the output's shape, or a function of the inputs' shapes; for several
            outputs a tuple or list of shapes.  Not needed for "jax".
        out_dtype: the output's dtype, or a function of the inputs' dtypes; likewise.
        func_type: "pyfunc" or "jax"; other kinds are compiled for other devices.
        bprop: function of (inputs..., output, gradient of the output), all Tensors,
            that gives the gradients of the inputs.  Without it "pyfunc" has gradients
            of 0 and "jax" those that JAX finds.
        reg_info: accepted; there is nothing to register.

    Inputs: Tensors.

    Outputs: a Tensor, or a tuple of Tensors.

    Raises:
        TypeError: no function; no out_shape or out_dtype.
        ValueError: an unknown func_type; gradients of another number or shape than
            the inputs.
        RuntimeError: a func_type other than these two; while it runs, what ``func``
            raised, or outputs of other shapes than out_shape says.

    Example:
        >>> double = Custom(lambda x: 2 * x, lambda s: s, lambda d: d, "pyfunc")
        >>> double(Tensor([1.0, 2.0])).tolist()
        [2.0, 4.0]
        >>> softplus = Custom(jax.nn.softplus, func_type="jax")
        >>> round(float(softplus(Tensor(0.0))), 4)
        0.6931

    Differs: "jax" is not in MindSpore.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        out_shape: Any = None,
        out_dtype: Any = None,
        func_type: str = "pyfunc",
        bprop: Callable[..., Any] | None = None,
        reg_info: Any = None,
    ) -> None:
        super().__init__("Custom")
        if not callable(func) and not isinstance(func, str):
            raise TypeError(
                f"Custom: func must be a function, got {type(func).__name__}"
            )
        check_choice("Custom", "func_type", func_type, _FUNC_TYPES)
        if func_type not in ("pyfunc", "jax") or not callable(func):
            raise RuntimeError(
                f"Custom: func_type {func_type!r} compiles for another backend; give a "
                "Python function with func_type='pyfunc' or 'jax', or write it with "
                "cellnet.ops"
            )
        for name, value in (("out_shape", out_shape), ("out_dtype", out_dtype)):
            if value is None and func_type == "pyfunc":
                raise TypeError(
                    f"Custom: {name} must be given, as it is or as a function of those "
                    "of the inputs"
                )
        if bprop is not None and not callable(bprop):
            raise TypeError(
                f"Custom: bprop must be a function, got {type(bprop).__name__}"
            )
        self.func = func
        self.out_shape = out_shape
        self.out_dtype = out_dtype
        self.func_type = func_type
        self.bprop = bprop
        self.reg_info = reg_info

    def __call__(self, *inputs: Any) -> Any:
        arrays = [Tensor(x)._value if np.isscalar(x) else raw(x) for x in inputs]
        if self.func_type == "jax":
            fn = self.func
            if self.bprop is not None:
                fn = _with_gradient(fn, self.bprop, len(arrays))
            return wrapped(fn(*arrays))
        specs = _specs(arrays, self.out_shape, self.out_dtype)
        host = _on_host(self.func, specs)

        def forward(*values: Any) -> Any:
            return jax.pure_callback(host, specs, *values, vmap_method="sequential")

        return wrapped(_with_gradient(forward, self.bprop, len(arrays))(*arrays))


class PyFunc(Primitive):
    """A Python function of NumPy arrays as an operation (mindspore.ops.PyFunc).

    Args:
        fn: the function.
        in_types, in_shapes: of the inputs; only their number is looked at.
        out_types, out_shapes: of the outputs.
        stateful: whether calls may differ; each call runs ``fn`` either way.

    Inputs: Tensors, or one tuple or list of them.

    Outputs: tuple of Tensors, without gradient.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        in_types: Any,
        in_shapes: Any,
        out_types: Any,
        out_shapes: Any,
        stateful: bool = True,
    ) -> None:
        super().__init__("PyFunc")
        if len(in_types) != len(in_shapes) or len(out_types) != len(out_shapes):
            raise TypeError(
                "PyFunc: expected as many types as shapes, got "
                f"{len(in_types)} and {len(in_shapes)} of inputs, {len(out_types)} and "
                f"{len(out_shapes)} of outputs"
            )
        self.fn = fn
        self.out_types = tuple(out_types)
        self.out_shapes = tuple(map(tuple, out_shapes))
        self.stateful = stateful

    def __call__(self, *inputs: Any) -> tuple[Tensor, ...]:
        if len(inputs) == 1 and isinstance(inputs[0], tuple | list):
            inputs = tuple(inputs[0])
        specs = _specs([], self.out_shapes, self.out_types)
        assert isinstance(specs, tuple)

        def as_tuple(*arrays: Any) -> tuple[Any, ...]:
            result = self.fn(*arrays)
            return tuple(result) if isinstance(result, tuple | list) else (result,)

        host = _on_host(as_tuple, specs)
        arrays = [jax.lax.stop_gradient(raw(x)) for x in inputs]
        return wrapped(
            jax.pure_callback(host, specs, *arrays, vmap_method="sequential")
        )


def _hooked(x: Any, hook: Callable[[Tensor], Any]) -> Any:
    """``x``, whose gradient passes through ``hook``, which may return None."""

    @jax.custom_vjp
    def same(value: Any) -> Any:
        return value

    def back(_: None, gradient: Any) -> Any:
        changed = hook(Tensor._wrap(gradient))
        return (gradient if changed is None else raw(changed).astype(gradient.dtype),)

    same.defvjp(lambda value: (value, None), back)
    return same(x)


class InsertGradientOf(Primitive):
    """The input, whose gradient passes through a function (mindspore.ops).

    Args:
        f: function of the gradient that gives another one, or None to keep it.

    Raises:
        TypeError: no function.

    Example:
        >>> from cellnet.graph import grad
        >>> double = InsertGradientOf(lambda g: 2 * g)
        >>> float(grad(lambda x: double(x) * 3)(Tensor(1.0)))
        6.0
    """

    def __init__(self, f: Callable[[Tensor], Any]) -> None:
        super().__init__("InsertGradientOf")
        if not callable(f):
            raise TypeError(f"{self.name}: expected a function, got {type(f).__name__}")
        self.f = f

    def __call__(self, input_x: Tensor) -> Tensor:
        return Tensor._wrap(_hooked(raw(input_x), self.f))


class HookBackward(Primitive):
    """The inputs, whose gradients pass through a hook (mindspore.ops.HookBackward).

    Args:
        hook_fn: function of a tuple of gradients that gives others, or None.
        cell_id: accepted; a name for messages.

    Raises:
        TypeError: no function, or a cell_id that is no str.
    """

    def __init__(self, hook_fn: Callable[..., Any], cell_id: str = "") -> None:
        super().__init__("HookBackward")
        if not inspect.isfunction(hook_fn) and not inspect.ismethod(hook_fn):
            raise TypeError(
                "HookBackward: hook_fn must be a function, got "
                f"{type(hook_fn).__name__}"
            )
        self.hook_fn = hook_fn
        self.cell_id = check_type("HookBackward", "cell_id", cell_id, str)

    def __call__(self, *inputs: Tensor) -> Any:
        def each(gradient: Tensor) -> Any:
            changed = self.hook_fn((gradient,))
            return changed[0] if isinstance(changed, tuple | list) else changed

        outputs = tuple(Tensor._wrap(_hooked(raw(x), each)) for x in inputs)
        return outputs[0] if len(outputs) == 1 else outputs


class PrimitiveWithInfer(Primitive):
    """Base of operations that programs define (mindspore.ops.PrimitiveWithInfer).

    Shapes and dtypes are found by tracing ``__call__``; ``infer_shape`` and
    ``infer_dtype`` are not needed.
    """


class PrimitiveWithCheck(Primitive):
    """Base of operations that programs define (mindspore.ops.PrimitiveWithCheck)."""


def prim_attr_register(fn: Callable[..., None]) -> Callable[..., None]:
    """Keep the arguments of an operation's ``__init__`` as its attributes.

    (mindspore.ops.prim_attr_register)
    """

    @functools.wraps(fn)
    def init(self: Primitive, *args: Any, **kwargs: Any) -> None:
        name = getattr(self, "name", None) or type(self).__name__
        Primitive.__init__(self, name)
        bound = inspect.signature(fn).bind(self, *args, **kwargs)
        bound.apply_defaults()
        for key, value in list(bound.arguments.items())[1:]:
            self.add_prim_attr(key, value)
        fn(self, *args, **kwargs)

    return init


def custom_info_register(*reg_info: Any) -> Callable[..., Any]:
    """A decorator that leaves a function as it is (mindspore.ops).

    MindSpore registers kernels for its backends by it; XLA needs none.
    """
    del reg_info
    return lambda fn: fn
