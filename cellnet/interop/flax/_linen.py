"""A linen module, with its variables, as a Cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen

from cellnet.interop.flax._common import (
    Opaque,
    dotted,
    mode_keywords,
    to_arrays,
    to_tensors,
)
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.random import next_key

PARAMS = "params"


class LinenCell(Cell):
    """A Cell that runs a linen module.

    The collection "params" becomes trainable Parameters named by their path in it,
    ``Dense_0.kernel``; other collections become state named ``batch_stats.<path>``,
    which changes only while training.  If ``__call__`` takes ``train``, ``training``,
    ``is_training``, ``deterministic`` or ``use_running_average``, it is told the Cell's
    mode.  While training, each call draws one key of ``cellnet.random`` for each name
    in ``rngs``, in that order.

    Args:
        module: the unbound module.
        variables: what ``module.init`` returned; copied.
        rngs: names of the module's random streams.

    Inputs: what ``module.__call__`` takes, with Tensors for arrays.

    Outputs: what it returns, with Tensors for arrays.

    Raises:
        TypeError: no linen module.
        ValueError: variables without the collection "params".

    Example:
        >>> from cellnet import Tensor
        >>> dense = linen.Dense(3)
        >>> variables = dense.init(jax.random.key(0), jnp.ones((1, 2)))
        >>> LinenCell(dense, variables)(Tensor([[1.0, 2.0]])).shape
        (1, 3)
    """

    def __init__(
        self,
        module: linen.Module,
        variables: Mapping[str, Any],
        *,
        rngs: Sequence[str] = ("dropout",),
    ) -> None:
        super().__init__()
        if not isinstance(module, linen.Module):
            raise TypeError(
                f"LinenCell: expected a linen module, got {type(module).__name__}"
            )
        if variables and PARAMS not in variables:
            raise ValueError(
                f"LinenCell: got variables with the collections {sorted(variables)}, "
                "expected 'params' among them, as module.init returns it"
            )
        self._guest = _Guest(module, variables)
        self.rngs = tuple(rngs)
        for path, leaf in jax.tree_util.tree_leaves_with_path(dict(variables)):
            array, name = jnp.asarray(leaf), _name(path)
            floating = jnp.issubdtype(array.dtype, jnp.inexact)
            trained = _collection(path) == PARAMS and floating
            parameter = Parameter(array, name, requires_grad=bool(trained))
            self.insert_param_to_cell(name, parameter, check_name_contain_dot=False)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        guest = self._guest
        module, collections = guest.module, guest.collections
        values = [self._params[name]._value for name in guest.names]
        keys = {name: next_key() for name in self.rngs} if self.training else {}
        # False, not an empty list, has apply return the outputs alone
        mutable = [c for c in collections if c != PARAMS] if self.training else []
        result = module.apply(
            guest.variables(values),
            *to_arrays(args),
            rngs=keys,
            mutable=mutable or False,
            **to_arrays(kwargs),
            **mode_keywords(type(module).__call__, kwargs, self.training),
        )
        outputs, changed = result if mutable else (result, {})
        for path, leaf in jax.tree_util.tree_leaves_with_path(dict(changed)):
            if _name(path) in self._params:
                self._params[_name(path)]._value = leaf
        return to_tensors(outputs, values)

    @property
    def variables(self) -> dict[str, Any]:
        """Copies of the present values, in the form that ``module.init`` gave."""
        return self._guest.variables(
            [jnp.array(self._params[n]._value, copy=True) for n in self._guest.names]
        )

    def extend_repr(self) -> str:
        return type(self._guest.module).__name__


class _Guest(Opaque):
    """The module and the form of its variables; neither ever changes."""

    __slots__ = ("_treedef", "collections", "module", "names")

    def __init__(self, module: linen.Module, variables: Mapping[str, Any]) -> None:
        self.module = module
        self.collections = tuple(variables)
        paths, self._treedef = jax.tree_util.tree_flatten_with_path(dict(variables))
        self.names = tuple(_name(path) for path, _ in paths)

    def __deepcopy__(self, memo: dict) -> _Guest:
        del memo
        return self

    def variables(self, values: Sequence[Any]) -> dict[str, Any]:
        """Nested collections of one value for each name."""
        return jax.tree.unflatten(self._treedef, values)


def _collection(path: Sequence[Any]) -> str:
    return path[0].key


def _name(path: Sequence[Any]) -> str:
    return dotted(path[1:] if _collection(path) == PARAMS else path)
