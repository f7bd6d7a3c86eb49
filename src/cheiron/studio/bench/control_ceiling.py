"""How far a model can follow at all: latents found by optimising each task through the decoder."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.studio.bench.control_curves import Ask
from cheiron.studio.bench.control_material import Excerpt, Material, movable
from cheiron.studio.bench.control_trial import Heard, heard_of

if TYPE_CHECKING:
    from cheiron.training.ceiling import Wish


def shortened(material: Material, seconds: float) -> Material:
    """The same material with shorter excerpts, for what costs much a second."""
    hop = material.model.hop
    frames = round(seconds * material.rate)

    def cut(excerpt: Excerpt) -> Excerpt:
        samples = max(2, frames * hop - material.model.latency)
        return replace(
            excerpt,
            original=excerpt.original[:samples],
            z=excerpt.z[:frames],
            sound=excerpt.sound[: frames * hop],
            curves=excerpt.curves[:frames],
            again=excerpt.again[: frames * hop],
        )

    return replace(material, excerpts=tuple(cut(e) for e in material.excerpts))


def ceiling(
    material: Material,
    asks: Sequence[Ask],
    steps: int,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Heard]:
    """Do tasks by searching the latents themselves, and measure what is heard.

    What :func:`cheiron.training.ceiling.search_latents` finds (of texture: its level) is decoded
    and measured like any other answer.

    Args:
        material: With short excerpts; see :func:`shortened`.
        asks: Tasks about those excerpts.
        steps: Of Adam, for each task.
        progress: Told the share of the work that is done.

    Raises:
        CheironError: If the model is no artifact of a network, or a descriptor cannot be followed
            through a decoder.
    """
    network = material.coder.network
    if network is None:
        raise CheironError(
            f"{material.model.name} is no network that PyTorch could optimise through, so it has "
            "no ceiling; leave out --ceiling."
        )
    from cheiron.training.ceiling import search_latents

    excerpts = [material.excerpts[a.excerpt] for a in asks]
    sounds: list[NDArray[np.float32]] = []
    for index, (ask, excerpt) in enumerate(zip(asks, excerpts, strict=True)):
        wish = _wish(material, ask, excerpt)
        z = search_latents(network, wish, material.names, material.quantiles, steps)
        sounds.append(material.model.decode(z, ask.seed))
        progress((index + 1) / len(asks))
    return heard_of(material, asks, excerpts, sounds)


def _wish(material: Material, ask: Ask, excerpt: Excerpt) -> "Wish":
    """A task in the terms of the search: what was not asked for stays, the edges do not matter."""
    from cheiron.training.ceiling import Wish

    late = np.full_like(ask.wanted, np.nan)
    late[material.delay :] = ask.wanted[: len(late) - material.delay]
    goal = np.where(np.isfinite(late), late, excerpt.curves)
    goal[: material.edge] = goal[len(goal) - material.edge :] = np.nan
    level = np.array([axis.kind == "texture" for axis in material.model.latent.axes])
    spread = level.astype(np.float64)
    free = movable(material.model.latent)
    spread[free] = np.maximum(material.z[:, free].std(axis=0), 1e-6)
    return Wish(excerpt.z, goal, np.isfinite(ask.wanted[0]), spread, level, ask.seed)
