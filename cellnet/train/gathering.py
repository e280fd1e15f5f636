"""What metrics take of a batch, and their states while a program gathers them.

Evaluation (``evaluation.py``) and training (``training_metrics.py``) gather alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.metrics._device import initial_state
from cellnet.train.metrics._metric import chosen, no_samples


def arguments(metric: Any, indexes: Sequence[int] | None, outputs: Any) -> tuple:
    """What of (loss, outputs, label) the ``update`` of a metric takes.

    Args:
        metric: the Metric.
        indexes: positions of (loss, outputs, label); None for 0, 1, 2.
        outputs: what the network gives.
    """
    if getattr(metric, "indexes", None) is not None:
        return tuple(outputs)  # the metric picks for itself: Metric.set_indexes
    order = indexes or [0, 1, 2]
    if getattr(metric, "takes_loss", False):
        return (outputs[order[0]],)
    if indexes is None and len(outputs) != 3:
        return tuple(outputs)
    return tuple(outputs[i] for i in order[1:])


class GatheredState:
    """The state of a metric's device form, in Parameters that no checkpoint has.

    They are made when a batch, or the trace of one, first shows the shapes of what the
    metric takes; a trace finds them as it finds any Parameter.  Batches that need a
    state of other shapes (a network that got another head) have Parameters of their
    own, as each program goes on writing those that it was traced with.

    The metric is an argument everywhere, for whoever traces to read it: its settings
    are then guarded.

    Args:
        name: of the metric, for the Parameters.
    """

    # Without a __dict__ guards know it by identity: it may grow while a trace runs.
    __slots__ = ("_name", "_states")

    def __init__(self, name: str) -> None:
        self._name = name
        self._states: dict[Any, _State] = {}

    def take(self, metric: Any, indexes: Sequence[int] | None, outputs: Any) -> None:
        """Accumulate a batch; arguments as those of :func:`arguments`."""
        # on the host ``update`` chooses for itself
        taken = chosen(metric, arguments(metric, indexes, outputs))
        arrays = [a._value if isinstance(a, Tensor) else a for a in taken]
        state = self._of(metric, arrays)
        state.set(metric.accumulate(state.get(), *arrays))

    def clear(self) -> None:
        """Begin again."""
        for state in self._states.values():
            state.clear()

    def result(self, metric: Any) -> Any:
        """The metric over the batches since ``clear``; waits for the device.

        Raises:
            RuntimeError: there were none.
            ValueError: they do not belong together, or the metric says so.
        """
        known = list(self._states.values())
        states = [s for s in known if s.changed] or known[:1]
        if not states:
            raise no_samples(metric)
        if len(states) > 1:
            raise ValueError(
                f"{self._name} ({type(metric).__name__}): batches of one pass need "
                f"states of different shapes, {' and '.join(s.shapes for s in states)},"
                " as of different numbers of classes; pass them one kind at a time"
            )
        return metric.result(states[0].final())

    def _of(self, metric: Any, arrays: Sequence[Any]) -> _State:
        with jax.ensure_compile_time_eval():  # values, also where a trace runs
            leaves, tree = jax.tree.flatten(initial_state(metric, arrays))
            leaves = [np.asarray(leaf) for leaf in leaves]
            key = tree, tuple((leaf.shape, leaf.dtype) for leaf in leaves)
            if key not in self._states:
                self._states[key] = _State(self._name, leaves, tree)
        return self._states[key]


class _State:
    """A pytree of arrays in Parameters."""

    def __init__(self, name: str, leaves: list[np.ndarray], tree: Any) -> None:
        self._initial = leaves
        self._tree = tree
        self._kept = [
            Parameter(leaf, name=f"{name}.{i}", requires_grad=False)
            for i, leaf in enumerate(leaves)
        ]
        self._cleared = self._buffers

    @property
    def _buffers(self) -> list[Any]:
        return [p._data for p in self._kept]

    @property
    def changed(self) -> bool:
        """Whether a batch came since ``clear``: each writes new buffers."""
        return any(
            old is not new
            for old, new in zip(self._cleared, self._buffers, strict=True)
        )

    @property
    def shapes(self) -> str:
        return str([leaf.shape for leaf in self._initial])

    def get(self) -> Any:
        return jax.tree.unflatten(self._tree, [p._value for p in self._kept])

    def set(self, state: Any) -> None:
        for parameter, value in zip(self._kept, jax.tree.leaves(state), strict=True):
            parameter._value = value

    def final(self) -> Any:
        return jax.tree.unflatten(self._tree, self._buffers)

    def clear(self) -> None:
        for parameter, value in zip(self._kept, self._initial, strict=True):
            # a transfer, where set_data would be a program; and a buffer of its own
            parameter._value = jax.device_put(value, may_alias=False)
        self._cleared = self._buffers
