"""A density on the map of the world."""

from pathlib import Path

import numpy as np

from cheiron.studio.bench.manifold_judge import LogProb
from cheiron.training.manifold_kernels import Points
from cheiron.training.manifold_places import to_sphere

_STEP = 2.0  # degrees between two points of the picture


def draw_map(path: Path, title: str, density: LogProb, points: Points) -> None:
    """Draw a density and the places that it was fitted on into a PNG file, equal areas.

    Args:
        path: File to write.
        title: What it is of.
        density: Its log, at unit vectors.
        points: Unit vectors, shape ``(places, 3)``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lat = np.arange(-90 + _STEP / 2, 90, _STEP)
    lon = np.arange(-180 + _STEP / 2, 180, _STEP)
    grid = to_sphere(*np.meshgrid(lat, lon, indexing="ij"))
    values = density(grid.reshape(-1, 3)).reshape(grid.shape[:2]) / np.log(10)
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(projection="mollweide")
    # Matplotlib wants the edges of the cells.
    edges = (
        np.radians(np.append(lon - _STEP / 2, 180.0)),
        np.radians(np.append(lat - _STEP / 2, 90)),
    )
    floor = float(np.quantile(values, 0.1))
    image = axes.pcolormesh(*edges, np.maximum(values, floor), cmap="magma", rasterized=True)
    place = np.arctan2(points[:, 1], points[:, 0]), np.arcsin(np.clip(points[:, 2], -1, 1))
    axes.plot(*place, ".", color="white", markersize=0.8, alpha=0.35)
    axes.set_xticklabels([])
    axes.grid(alpha=0.25)
    axes.set_title(f"{title}: density, log10 (dots: places it was fitted on)")
    figure.colorbar(image, ax=axes, shrink=0.7)
    figure.savefig(path, dpi=110)
