"""What a callback is told: the facts of the run, and the way to stop it."""

from __future__ import annotations

from typing import Any


class _MissingFieldError(AttributeError, KeyError):
    """AttributeError for ``getattr(..., default)``, KeyError as MindSpore raises it."""

    def __str__(self) -> str:
        return str(self.args[0])


class CallbackParam(dict):
    """A dict whose entries are attributes too (mindspore's InternalCallbackParam).

    Fields in training: mode, network, train_network, train_dataset, epoch_num,
    batch_num, cur_epoch_num (from 1), cur_step_num (from 1, over all epochs),
    dataset_sink_mode, net_outputs, ...; in evaluation eval_network, valid_dataset and
    metrics.  Tensors among them are lazy: reading their values waits for the device.

    Raises:
        KeyError, AttributeError: a field that is not there (one error that is both).

    Example:
        >>> params = CallbackParam(cur_step_num=3)
        >>> params.batch_num = 10
        >>> params.cur_step_num, params["batch_num"]
        (3, 10)
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise _MissingFieldError(
                f"no field {name!r} at this point of the run; there are "
                f"{', '.join(sorted(map(str, self))) or 'none'}"
            ) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        self.__getattr__(name)
        del self[name]


class RunContext:
    """Hands the run's fields to callbacks and takes their wish to stop.

    Args:
        original_args: the fields, usually a CallbackParam.

    Raises:
        TypeError: ``original_args`` is no dict.

    Source: mindspore.train.RunContext.
    """

    def __init__(self, original_args: dict[str, Any]) -> None:
        if not isinstance(original_args, dict):
            raise TypeError(
                "RunContext: original_args must be a dict, got "
                f"{type(original_args).__name__}"
            )
        self._original_args = original_args
        self._stop_requested = False

    def original_args(self) -> Any:
        """The fields of the run."""
        return self._original_args

    def request_stop(self) -> None:
        """Stop after this step; the hooks at the end still run."""
        self._stop_requested = True

    def get_stop_requested(self) -> bool:
        """Whether some callback asked to stop."""
        return self._stop_requested
