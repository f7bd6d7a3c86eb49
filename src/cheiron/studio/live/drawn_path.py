"""A path on the map as a sound: what is drawn becomes a loop."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cheiron.control.scenes import knobs_of
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.mapping.level import Level
from cheiron.studio.chain import examples_of
from cheiron.studio.live.player import Player

LONGEST_PATH = 60.0
"""Seconds."""

_EVEN = 0.5  # how equally loud all places are made, as on the map


def drawn(path: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """The points of a drawn path, shape ``(points, 3)``: x, y in [0, 1], rising seconds.

    Args:
        path: Points as they were drawn, each x, y and seconds.

    Raises:
        CheironError: If it is no path, or no movement.

    >>> drawn([[0.0, 0.0, 10.0], [0.5, 0.25, 12.0]]).tolist()
    [[0.0, 0.0, 0.0], [0.5, 0.25, 2.0]]
    """
    points = np.array(path, dtype=np.float64).reshape(-1, 3)
    if len(points):
        points[:, 2] = np.maximum.accumulate(points[:, 2]) - points[0, 2]
        points[:, :2] = np.clip(points[:, :2], 0.0, 1.0)
    if len(points) < 2 or not 0.2 <= points[-1, 2] <= LONGEST_PATH:
        raise CheironError(
            f"the path has {len(points)} points in {points[-1, 2] if len(points) else 0:.1f} s; "
            f"expected a movement of 0.2 to {LONGEST_PATH:.0f} s, so draw it again."
        )
    return points


def path_of(points: NDArray[np.float64], player: Player) -> Recording:
    """The sounds along a path, as latents with one row for each frame.

    Args:
        points: As :func:`drawn` gives them.
        player: The model and control space whose map it was drawn on.
    """
    rate = player.model.sample_rate / player.model.hop
    times = np.arange(max(2, round(float(points[-1, 2]) * rate))) / rate
    x, y = (np.interp(times, points[:, 2], points[:, axis]) for axis in (0, 1))
    knobs = knobs_of(player.space.control)
    level = Level.of(knobs, examples_of(player.model, player.space))
    rows = np.tile(player.space.control.default.astype(np.float32), (len(times), 1))
    for row, place in zip(rows, zip(x.tolist(), y.tolist(), strict=True), strict=True):
        point = np.array(level.shaped(player.places.to_control(*place), _EVEN, 0.0), np.float32)
        known = np.isfinite(point)
        row[: knobs.size][known] = point[known]
    return Recording(player.model.latent, times, player.space.to_latent(rows))
