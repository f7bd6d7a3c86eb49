"""Pictures of paths: where they lead on the map, how fast and how likely they are."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic import Path as Curve
from cheiron.control.geometry import Geometry
from cheiron.mapping.scattered import Scattered
from cheiron.models.landmarks import Landmarks
from cheiron.studio.plots import BACKGROUND, COLOURS, GRID, INK, dress
from cheiron.training.geometry_travel import Travel

_DRAWN = 97  # points of a path
_NEIGHBOURS = 6


def draw_paths(
    geometry: Geometry,
    landmarks: Landmarks | None,
    path: Curve,
    line: Curve,
    heard: Travel,
    heard_straight: Travel,
    file: Path,
    title: str = "",
) -> None:
    """Draw a path and its straight line on the map, beside their speed and their likelihood.

    Args:
        geometry: Of the model.
        landmarks: Dots of the map; the graph's nodes where there are none.
        path: The way.
        line: The straight line.
        heard: What is heard along the way.
        heard_straight: What is heard along the line.
        file: PNG file to write.
        title: Above the map.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6), dpi=100, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2)
    on_map = figure.add_subplot(grid[:, 0])
    speed, level = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
    dots, place = _map_of(geometry, landmarks)
    on_map.scatter(*dots.T, s=9, color=GRID)
    moments = np.linspace(0.0, 1.0, _DRAWN)
    curves = (("straight", line, heard_straight), ("geodesic", path, heard))
    for (name, curve, travel), colour in zip(curves, (COLOURS[3], COLOURS[0]), strict=True):
        track = np.array([place.at(point.tolist()) for point in curve.at(moments)])
        on_map.plot(*track.T, "-", color=colour, lw=1.6, label=name)
        on_map.plot(*track[[0, -1]].T, "o", color=colour, ms=5)
        edges = np.linspace(0.0, 1.0, len(travel.speed) + 1)
        speed.stairs(travel.speed, edges, color=colour, label=f"{name}, {travel.variation:.2f}")
        level.plot(edges, travel.log_prob, color=colour, label=f"{name}, lowest {travel.least:.1f}")
    speed.set_ylim(0.0, None)
    for axes, what in ((on_map, "map"), (speed, "perceptual speed"), (level, "log p")):
        dress(axes, what)
        _legend(axes)
    on_map.set_title(title, color=INK, fontsize=10)
    on_map.set_xticks([])
    on_map.set_yticks([])
    level.set_xlabel("travel", color=INK)
    figure.savefig(file, format="png", facecolor=BACKGROUND)


def _map_of(
    geometry: Geometry, landmarks: Landmarks | None
) -> tuple[NDArray[np.float64], Scattered]:
    """Dots, and the place of any point between them."""
    if landmarks is not None and len(landmarks):
        laid = geometry.places(landmarks.z)
        dots = (landmarks.position if laid is None else laid).astype(np.float64)
        known = geometry.frame.point(landmarks.z)
    else:
        known = geometry.atlas.nodes
        _, _, turn = np.linalg.svd(geometry.phi - geometry.phi.mean(axis=0), full_matrices=False)
        dots = (geometry.phi - geometry.phi.mean(axis=0)) @ turn[:2].T
    return dots, Scattered(known, dots, _NEIGHBOURS)


def _legend(axes: Any) -> None:
    axes.legend(fontsize=8, frameon=False, labelcolor=INK, loc="best")
