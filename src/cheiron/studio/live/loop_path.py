"""Loops in the control space that is played now, whatever they were kept in."""

import numpy as np
from numpy.typing import NDArray

from cheiron.control.scenes import knobs_of
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.studio.live.player import Player
from cheiron.studio.session.loops import LoopPath


def control_path(path: LoopPath, player: Player) -> Recording | None:
    """A loop as control points of what is played; None where it is of another model.

    A loop that was kept as latents is turned into control points here. One of before latents were
    kept is in some control space: in this one it is taken as it is, and out of another one of
    the same model it comes over through the latents.
    """
    knobs = knobs_of(player.space.control)
    loop = path.points
    if path.is_latent:
        same = loop.space.names == player.model.latent.names and path.of in ("", player.model.name)
        return _at(loop, player, knobs, loop.values) if same else None
    if loop.space.names == knobs.names:
        return Recording(knobs, loop.times, loop.values)
    z = _latents(loop, player)
    return None if z is None else _at(loop, player, knobs, z)


def _at(loop: Recording, player: Player, knobs: Space, z: NDArray[np.float32]) -> Recording:
    points = player.space.to_control(z)[:, : knobs.size]
    return Recording(knobs, loop.times, points)


def _latents(loop: Recording, player: Player) -> NDArray[np.float32] | None:
    """Latents of control points of any of the model's spaces."""
    for name in player.spaces:
        try:
            space = player.shelf.get(name)
        except CheironError:  # damaged since: not the one that is looked for
            continue
        if space.control.names == loop.space.names:
            return space.to_latent(loop.values)
    return None
