"""How far a model can follow at all: latents found by optimising each task through the decoder."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.core.protocols import Latents
from cheiron.studio.bench.control_curves import Ask
from cheiron.studio.bench.control_material import Excerpt, Material, movable
from cheiron.studio.bench.control_trial import Heard, heard_of

_EVERY = 8  # frames between two points of the curve that is sought; half an analysis window
_STRIDE = 4  # frames between two that are measured
_RATE = 0.1  # of Adam at first, in spreads of the latents; a tenth of it in the end


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

    Adam moves points of the latent curves (of texture: its level), from the unchanged latents on,
    against the mean distance to the targets and the mean change of what was not asked for, in
    positions. What is found is then decoded and measured like any other answer.

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
    excerpts = [material.excerpts[a.excerpt] for a in asks]
    sounds: list[NDArray[np.float32]] = []
    for index, (ask, excerpt) in enumerate(zip(asks, excerpts, strict=True)):
        z = _search(material, network, ask, excerpt, steps)
        sounds.append(material.model.decode(z, ask.seed))
        progress((index + 1) / len(asks))
    return heard_of(material, asks, excerpts, sounds)


def _search(material: Material, network: Any, ask: Ask, excerpt: Excerpt, steps: int) -> Latents:
    import torch
    from torch.nn import functional

    from cheiron.nets.descriptors import measure

    model, hop = material.model, material.model.hop
    frames, free = len(excerpt.z), movable(model.latent)
    start = torch.from_numpy(excerpt.z.T.copy())[None]
    noise = torch.from_numpy(uniform_noise(ask.seed, 0, frames * hop))[None, None]
    texture = torch.tensor([a.kind == "texture" for a in model.latent.axes])[:, None]
    scale = texture.float()
    scale[free, 0] = torch.from_numpy(np.maximum(material.z[:, free].std(axis=0), 1e-6))
    points = torch.zeros(1, model.latent.size, frames // _EVERY + 2, requires_grad=True)
    goal, place = _goal(material, ask, excerpt)
    asked = torch.from_numpy(np.isfinite(ask.wanted[0]))
    optimiser = torch.optim.Adam([points], _RATE)
    positions = [_lines(q.knots, q.probabilities) for q in material.quantiles]

    def latents() -> Any:
        curves = functional.interpolate(points, size=frames, mode="linear", align_corners=True)
        moved = curves * scale
        return torch.where(texture, start * torch.exp(moved), start + moved)

    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1.0 - 0.9 * step / steps)
        sound, _ = network.decode(latents(), network.init_decoder(1), noise)
        values, defined = measure(sound[:, 0], model.sample_rate, hop * _STRIDE, material.names)
        heard = torch.stack([p(values[0, place, k]) for k, p in enumerate(positions)], -1)
        error = torch.where(defined[0, place], (heard - goal).abs(), 0.0).mean(0)
        loss = error[asked].mean() + (error[~asked].mean() if (~asked).any() else 0.0)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return latents()[0].T.numpy().copy()


def _goal(material: Material, ask: Ask, excerpt: Excerpt) -> tuple[Any, Any]:
    """Positions to be heard in the measured frames, and which frames of the measure those are."""
    import torch

    wanted = np.where(np.isfinite(ask.wanted), ask.wanted, np.nan)
    late = np.full_like(wanted, np.nan)
    late[material.delay :] = wanted[: len(wanted) - material.delay]
    goal = np.where(np.isfinite(late), late, excerpt.curves)
    middle = np.arange(len(goal) // _STRIDE) * _STRIDE + _STRIDE // 2
    keep = (middle >= material.edge) & (middle < len(goal) - material.edge)
    keep &= np.isfinite(goal[middle]).all(axis=1)
    table = torch.from_numpy(goal[middle[keep]].astype(np.float32))
    return table, torch.from_numpy(np.flatnonzero(keep))


def _lines(knots: NDArray[np.float64], shares: NDArray[np.float64]) -> Callable[[Any], Any]:
    """Values to positions by straight lines through the quantiles, going on beyond the ends."""
    import torch

    x = torch.from_numpy(knots.astype(np.float32))
    unit = (shares - shares[0]) / (shares[-1] - shares[0])
    y = torch.from_numpy(unit.astype(np.float32))

    def position(value: Any) -> Any:
        at = torch.clamp(torch.searchsorted(x, value.detach().contiguous()) - 1, 0, len(x) - 2)
        slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
        return y[at] + (value - x[at]) * slope

    return position
