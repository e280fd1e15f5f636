"""Where the nodes of a graph go: layers from top to bottom, few crossings.

Source: Sugiyama, Tagawa, Toda: Methods for Visual Understanding of Hierarchical System
Structures, 1981.  Layers by longest path, order by the mean of the neighbours' places,
long edges cut by a bend in every layer that they pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_SWEEPS = 12


@dataclass
class Place:
    """Where a node is, or a bend of an edge.

    Attributes:
        layer: from 0, the top.
        x: from left to right; neighbours in a layer are at least 1 apart.
        above, below: what it is joined to.
    """

    layer: int
    x: float = 0.0
    above: list[Place] = field(default_factory=list, repr=False)
    below: list[Place] = field(default_factory=list, repr=False)


def lay_out(
    sources: Sequence[Sequence[int]],
) -> tuple[list[Place], dict[tuple[int, int], list[Place]]]:
    """Places of nodes and the ways of edges.

    Args:
        sources: for each node the numbers of those before it, all smaller than its own.

    Returns:
        A Place for each node; and for each edge (from, to) the Places it passes, ends
        included.
    """
    places: list[Place] = []
    for found in sources:
        places.append(Place(1 + max((places[s].layer for s in found), default=-1)))
    layers: list[list[Place]] = [[] for _ in range(1 + max(p.layer for p in places))]
    for place in places:
        layers[place.layer].append(place)
    ways: dict[tuple[int, int], list[Place]] = {}
    for node, found in enumerate(sources):
        for source in found:
            ways[source, node] = _way(places[source], places[node], layers)
    for layer in layers:
        for index, place in enumerate(layer):
            place.x = index - (len(layer) - 1) / 2
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            _arrange(layer, down)
    return places, ways


def _way(start: Place, end: Place, layers: list[list[Place]]) -> list[Place]:
    way = [start]
    for number in range(start.layer + 1, end.layer):
        way.append(Place(number))
        layers[number].append(way[-1])
    way.append(end)
    for upper, lower in zip(way, way[1:], strict=False):
        upper.below.append(lower)
        lower.above.append(upper)
    return way


def _arrange(layer: list[Place], down: bool) -> None:
    """Put the places of a layer near their neighbours, 1 apart."""

    def wish(place: Place) -> float:
        neighbours = place.above if down else place.below
        if not neighbours:
            return place.x
        return sum(n.x for n in neighbours) / len(neighbours)

    wishes = {id(place): wish(place) for place in layer}
    layer.sort(key=lambda place: wishes[id(place)])
    xs: list[float] = []
    for place in layer:
        xs.append(max(wishes[id(place)], xs[-1] + 1 if xs else wishes[id(place)]))
    # pushed to the right only: move all back by the mean push
    push = sum(x - wishes[id(p)] for x, p in zip(xs, layer, strict=True)) / len(xs)
    for place, x in zip(layer, xs, strict=True):
        place.x = x - push
