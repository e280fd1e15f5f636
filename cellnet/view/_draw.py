"""draw: a network as a picture, by matplotlib."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from cellnet.view._layout import Place, lay_out
from cellnet.view._network import Node, graph_of

_FORMATS = (".svg", ".png", ".pdf")
# inches
_LAYER, _BOX_HEIGHT, _CHARACTER, _GAP, _MARGIN = 0.62, 0.4, 0.078, 0.25, 0.2
_POINTS = 8  # of the text
_FILLS = {"input": "#e3e3e3", "output": "#e3e3e3"}
_CELL_FILL, _OPERATION_FILL, _EDGE = "#cfe2f3", "#fff2cc", "#555555"


def draw(network: Any, *inputs: Any, path: str | os.PathLike[str]) -> Path:
    """Draw a network: its layers and operations from top to bottom, with shapes.

    Layers are blue, operations of ``construct`` yellow.  The network is traced as it
    predicts; nothing runs.

    Args:
        network: a Cell.
        *inputs: what it takes: Tensors, arrays, or shapes, which stand for float32.
        path: the picture; ``.svg``, ``.png`` or ``.pdf``.

    Returns:
        ``path``.

    Raises:
        TypeError: ``network`` is no Cell, or an input of another kind.
        ValueError: another ending.
        RuntimeError: the network cannot be traced.
        ImportError: matplotlib is not installed.

    Example:
        cellnet.draw(net, (1, 1, 32, 32), path="lenet5.svg")
    """
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise ValueError(
            f"draw: path must end with one of {_FORMATS}, got {str(path)!r}"
        )
    try:
        figures = importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise ImportError(
            'draw needs matplotlib, which is not installed: pip install "cellnet[plot]"'
        ) from error
    nodes = graph_of(network, *inputs)
    number = {id(node): index for index, node in enumerate(nodes)}
    places, ways = lay_out([[number[id(s)] for s in node.sources] for node in nodes])
    texts = [_text(node) for node in nodes]
    widths = [max(map(len, text.split("\n"))) * _CHARACTER + 0.2 for text in texts]
    across = max(widths) + _GAP
    everywhere = [p for way in ways.values() for p in way] + places
    left, right = min(p.x for p in everywhere), max(p.x for p in everywhere)
    size = (
        (right - left) * across + max(widths) + 2 * _MARGIN,
        max(p.layer for p in places) * _LAYER + _BOX_HEIGHT + 2 * _MARGIN,
    )
    figure = figures.Figure(figsize=size)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    axes.axis("off")

    def at(place: Place) -> tuple[float, float]:
        x = (place.x - left) * across + max(widths) / 2 + _MARGIN
        return x, place.layer * _LAYER + _BOX_HEIGHT / 2 + _MARGIN

    for way in ways.values():
        _arrow(axes, [at(place) for place in way])
    for node, place, text, width in zip(nodes, places, texts, widths, strict=True):
        _box(axes, node, at(place), text, width)
    # text stays text: it can be searched, and the file is small
    with importlib.import_module("matplotlib").rc_context({"svg.fonttype": "none"}):
        figure.savefig(path, dpi=150)
    return path


def _text(node: Node) -> str:
    shape = "" if node.shape is None else str(tuple(node.shape))
    if node.is_cell:
        return f"{node.name}: {node.kind}\n{shape}"
    return f"{node.name if node.kind in _FILLS else node.kind}\n{shape}"


def _box(
    axes: Any, node: Node, at: tuple[float, float], text: str, width: float
) -> None:
    patches = importlib.import_module("matplotlib.patches")
    fill = _FILLS.get(node.kind, _CELL_FILL if node.is_cell else _OPERATION_FILL)
    axes.add_patch(
        patches.FancyBboxPatch(
            (at[0] - width / 2, at[1] - _BOX_HEIGHT / 2),
            *(width, _BOX_HEIGHT),
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=fill,
            edgecolor=_EDGE,
            linewidth=0.7,
            zorder=2,
        )
    )
    axes.text(*at, text, ha="center", va="center", fontsize=_POINTS, zorder=3)


def _arrow(axes: Any, points: list[tuple[float, float]]) -> None:
    """A smooth line through ``points``, upright where it passes a layer."""
    patches = importlib.import_module("matplotlib.patches")
    paths = importlib.import_module("matplotlib.path")
    half = _BOX_HEIGHT / 2
    (x, y), (end_x, end_y) = points[0], points[-1]
    points = [(x, y + half), *points[1:-1], (end_x, end_y - half)]
    vertices, codes = [points[0]], [paths.Path.MOVETO]
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [paths.Path.CURVE4] * 3
    axes.add_patch(
        patches.FancyArrowPatch(
            path=paths.Path(vertices, codes),
            arrowstyle="-|>",
            mutation_scale=8,
            color=_EDGE,
            linewidth=0.8,
            zorder=1,
        )
    )
