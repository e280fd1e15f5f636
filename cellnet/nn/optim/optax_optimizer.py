"""Any optax transformation as an optimizer Cell."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from cellnet.nn.cell import Cell
from cellnet.nn.optim._apply import apply_transform, check_gradients
from cellnet.nn.optim._groups import resolve
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


class OptaxOptimizer(Cell):
    """An optax GradientTransformation that updates Parameters.

    The transformation sees a dict from Parameter name to array, so that masks and
    labels by name work.  Every array of its state is a Parameter of this Cell, named by
    its place, such as ``opt_state.0.mu.conv1.weight``; it is saved and compiled with
    the rest.

    Args:
        params: a list of Parameters with different names.
        transform: a ``optax.GradientTransformation``, learning rate included.

    Inputs:
        gradients: a tuple of Tensors, one for each Parameter, of its shape.
        extra_args: by keyword, what the transformation takes besides, such as
            ``value=loss`` for ``optax.contrib.reduce_on_plateau``.

    Outputs:
        True for each Parameter.

    Raises:
        TypeError: no list of Parameters, or no transformation.
        ValueError: no Parameters, or two of one name.
        RuntimeError: another number of gradients.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = OptaxOptimizer([w], optax.sgd(0.5))((Tensor([1.0]),))
        >>> w.asnumpy().tolist()
        [0.5]

    References: https://optax.readthedocs.io.
    """

    def __init__(self, params: Any, transform: optax.GradientTransformation) -> None:
        super().__init__(auto_prefix=False)
        members = resolve("OptaxOptimizer", params)
        if members.grouped:
            raise TypeError(
                "OptaxOptimizer: params must be a list of Parameters; for groups use "
                "optax.partition with labels by parameter name"
            )
        if not isinstance(transform, optax.GradientTransformation):
            raise TypeError(
                "OptaxOptimizer: transform must be an optax.GradientTransformation, "
                f"got {type(transform).__name__}"
            )
        self.global_step = Parameter(
            np.zeros(1, np.int32), name="global_step", requires_grad=False
        )
        self.parameters = ParameterTuple(row.parameter for row in members.rows)
        self.transform = optax.with_extra_args_support(transform)
        state = _without_keys(transform.init(self._by_name(_copies(self.parameters))))
        leaves, self._structure = jax.tree_util.tree_flatten_with_path(state)
        self.opt_state = ParameterTuple(
            Parameter(leaf, name=_leaf_name(path), requires_grad=False)
            for path, leaf in leaves
        )

    def _by_name(self, values: Any) -> dict[str, Any]:
        names = [parameter.name for parameter in self.parameters]
        return dict(zip(names, values, strict=True))

    def construct(
        self, gradients: tuple[Tensor, ...], **extra_args: Any
    ) -> tuple[bool, ...]:
        """Update the Parameters by ``gradients``."""
        arrays = check_gradients(self, gradients, self.parameters)
        extra = {
            name: value._value if isinstance(value, Tensor) else value
            for name, value in extra_args.items()
        }
        apply_transform(
            optax.GradientTransformationExtraArgs(self.transform.init, self._update),
            jax.tree.unflatten(self._structure, self.opt_state),
            self._by_name(self.parameters),
            self._by_name(arrays),
            widen=False,
            **extra,
        )
        self.global_step._value = self.global_step._value + 1
        return (True,) * len(self.parameters)

    def _update(
        self, updates: Any, state: Any, params: Any = None, **extra_args: Any
    ) -> tuple[Any, Any]:
        updates, state = self.transform.update(
            updates, _with_keys(state), params, **extra_args
        )
        return updates, _without_keys(state)


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=["data"], meta_fields=["impl"]
)
@dataclass(frozen=True)
class _KeyData:
    """A random key as plain numbers, which a Parameter can hold."""

    data: Any
    impl: str


def _without_keys(state: Any) -> Any:
    def plain(leaf: Any) -> Any:
        leaf = jnp.asarray(leaf)
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            return _KeyData(jax.random.key_data(leaf), str(jax.random.key_impl(leaf)))
        return leaf

    return jax.tree.map(plain, state)


def _with_keys(state: Any) -> Any:
    def restored(leaf: Any) -> Any:
        if isinstance(leaf, _KeyData):
            return jax.random.wrap_key_data(leaf.data, impl=leaf.impl)
        return leaf

    return jax.tree.map(restored, state, is_leaf=lambda x: isinstance(x, _KeyData))


def _copies(parameters: ParameterTuple) -> list[Any]:
    # a transformation may keep what it gets, the Parameters' buffers are donated
    return [parameter.value()._value for parameter in parameters]


def _leaf_name(path: Any) -> str:
    place = jax.tree_util.keystr(path, simple=True, separator=".")
    return f"opt_state.{place}" if place else "opt_state"
