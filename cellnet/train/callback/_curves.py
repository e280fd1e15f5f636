"""Learning curves, drawn by matplotlib."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

_PANEL_INCHES = (4.8, 3.4)
_LAST_STEP, _TRAINING, _VALIDATION = "training, last step", "training", "validation"
_STYLES: dict[str, dict[str, Any]] = {
    # noisy; beside the mean of an epoch it stands back
    _LAST_STEP: {"color": "C0", "linestyle": ":"},
    _TRAINING: {"color": "C0"},
    _VALIDATION: {"color": "C1"},
}


def plot_curves(
    rows: list[dict[str, Any]], names: list[str], path: str | os.PathLike[str] | None
) -> Any:
    """A panel for each quantity; the same one of training and validation in one.

    Args:
        rows: an epoch each, ``{"epoch": 1, name: value, ...}``.
        names: what to draw; what is no number is left out.
        path: where to write the picture, or None.

    Returns:
        The matplotlib Figure; its canvas draws without a display.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: nothing to draw.
    """
    try:
        figures = importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise ImportError(
            "History.plot needs matplotlib, which is not installed: "
            'pip install "cellnet[plot]"'
        ) from error
    panels: dict[str, list[str]] = {}
    for name in names:
        if any(np.size(row[name]) == 1 for row in rows if name in row):
            panels.setdefault(_quantity(name), []).append(name)
    if not panels:
        raise ValueError("History.plot: there is no epoch yet; train first")
    width, height = _PANEL_INCHES
    # a Figure of its own, not pyplot's: no window, and none that stays in memory
    figure = figures.Figure(figsize=(width * len(panels), height), layout="constrained")
    for axes, (quantity, members) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for name in members:
            points = [
                (place, row[name]) for place, row in enumerate(rows, 1) if name in row
            ]
            x, y = zip(*points, strict=True)
            values = [float(np.reshape(value, ())) for value in y]
            label = _label(name)
            axes.plot(
                x, values, **_STYLES[label], marker="o", markersize=3, label=label
            )
        axes.set(xlabel="epoch", title=quantity)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure


def _quantity(name: str) -> str:
    return "loss" if name == "net_output" else name.removeprefix("train_")


def _label(name: str) -> str:
    if name == "net_output":
        return _LAST_STEP
    return _TRAINING if name.startswith("train_") else _VALIDATION
