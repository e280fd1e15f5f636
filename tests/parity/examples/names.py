"""The public names of the installed MindSpore, by family, with their examples.

Runs in MindSpore's process. A name is public when its module lists it in `__all__`, or
when it is a method of one of the classes below and does not begin with "_".
"""

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import extract

MODULES = (
    *("nn", "nn.probability.distribution", "nn.probability.bijector"),
    *("ops", "numpy", "scipy.linalg", "scipy.optimize"),
    *("mint", "mint.nn", "mint.nn.functional", "mint.optim", "mint.linalg"),
    *("mint.special", "train", "amp", "experimental.optim"),
    *("experimental.optim.lr_scheduler", "common.initializer", "communication"),
    *("dataset", "dataset.vision", "dataset.transforms", "dataset.config"),
    *("mindrecord", "hal", "context", ""),
)
CLASSES = (
    *("Tensor", "Parameter", "nn.Cell", "nn.CellList", "nn.CellDict"),
    *("nn.SequentialCell", "nn.Optimizer", "nn.probability.distribution.Distribution"),
    *("train.Model", "train.Callback", "train.CheckpointConfig", "train.RunContext"),
    *("train.DatasetHelper", "train.SummaryRecord", "train.Metric"),
    *("train.FixedLossScaleManager", "train.ModelCheckpoint", "amp.DynamicLossScaler"),
    *("dataset.Dataset", "mindrecord.FileWriter", "mindrecord.FileReader"),
    "experimental.optim.lr_scheduler.LRScheduler",
)
_FAMILY_OF_MODULE = {
    **{"scipy": "numpy", "amp": "train", "experimental": "optim"},
    **{"mindrecord": "dataset", "common": "common", "": "common", "hal": "common"},
    **{"communication": "common", "context": "common"},
}


def examples() -> Iterator[dict[str, str]]:
    """Each public name with an example: {"name", "family", "program"}."""
    seen: set[str] = set()
    for name, family, value in _public():
        text = getattr(value, "__doc__", None)
        of_python = isinstance(value, int | float | str | tuple | list | dict)
        if of_python or not isinstance(text, str) or name in seen:
            continue
        seen.add(name)
        found = extract.program(text)
        if found:
            yield {"name": name, "family": family, "program": found}


def _public() -> Iterator[tuple[str, str, Any]]:
    for path in MODULES:
        module = resolve(".".join(filter(None, ("mindspore", path))))
        listed = getattr(module, "__all__", None) or _defined(module)
        for each in sorted(set(listed)):
            value = getattr(module, each, None)
            if value is not None and not inspect.ismodule(value):
                yield (
                    f"mindspore.{path}.{each}".replace("..", "."),
                    _family(path, value),
                    value,
                )
    for path in CLASSES:
        cls = resolve(f"mindspore.{path}")
        family = "tensor_methods" if path == "Tensor" else "methods"
        for each in sorted(dir(cls) if path == "Tensor" else vars(cls)):
            if not each.startswith("_"):
                value = inspect.getattr_static(cls, each)
                yield f"mindspore.{path}.{each}", family, value


def _defined(module: Any) -> list[str]:
    """What a module without `__all__` has of MindSpore's own."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and str(getattr(value, "__module__", "")).startswith("mindspore.")
    ]


def _family(path: str, value: Any) -> str:
    where = getattr(value, "__module__", None) or ""
    if where.startswith("mindspore.train."):
        return "train"
    if path == "nn":
        if where.startswith("mindspore.nn.loss"):
            return "loss"
        if where.startswith(
            ("mindspore.nn.optim", "mindspore.nn.dynamic_lr", "mindspore.nn.learning")
        ):
            return "optim"
    top = path.partition(".")[0]
    return _FAMILY_OF_MODULE.get(top, top)


def resolve(name: str) -> Any:
    """What the dotted `name` means.

    Raises:
        AttributeError, ImportError: nothing.
    """
    parts = name.split(".")
    value: Any = importlib.import_module(parts[0])
    for position, part in enumerate(parts[1:], 2):
        try:
            value = getattr(value, part)
        except AttributeError:
            if not inspect.ismodule(value):
                raise
            value = importlib.import_module(".".join(parts[:position]))
    return value
