"""Latents that sound as asked, found by gradient descent through the decoder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cheiron.core.noise import uniform_noise
from cheiron.core.protocols import Latents
from cheiron.core.quantiles import Quantiles
from cheiron.nets.descriptors import measure
from cheiron.nets.network import Network

EVERY = 8
"""Frames between two points of the curves that are sought: half an analysis window at hop 128."""

STRIDE = 4
"""Frames between two that are measured."""

_RATE = 0.3  # of Adam at first, in spreads of the latents; a tenth of it in the end


@dataclass(frozen=True, eq=False)
class Wish:
    """What is to be heard of a stretch of latents.

    Args:
        z: The latents to begin with, shape ``(frames, D)``.
        goal: Positions to be heard at each frame, shape ``(frames, K)``; NaN where it does not
            matter.
        asked: Which columns are to change; the others are to stay as the goal says, shape
            ``(K,)``.
        spread: How far each latent may reasonably move, shape ``(D,)``; 0 for those that stay.
        level: Latents of which only the level is sought, as a logarithm, bool ``(D,)``.
        seed: Of the decoder's noise.
    """

    z: Latents
    goal: NDArray[np.float64]
    asked: NDArray[np.bool_]
    spread: NDArray[np.float64]
    level: NDArray[np.bool_]
    seed: int = 0


def search_latents(
    network: Network, wish: Wish, names: Sequence[str], quantiles: Sequence[Quantiles], steps: int
) -> Latents:
    """The best latents that Adam finds in some steps.

    The loss is the mean distance of what is asked from the goal, plus the mean change of what is
    not asked, in positions.

    Args:
        network: In evaluation mode.
        wish: What is to be heard.
        names: Descriptors, K of them.
        quantiles: What their positions mean.
        steps: Of Adam.

    Raises:
        CheironError: If a descriptor cannot be followed through a decoder.
    """
    hop, rate = network.hop, int(network.config.sample_rate)
    frames = len(wish.z)
    start = torch.from_numpy(wish.z.T.copy())[None]
    noise = torch.from_numpy(uniform_noise(wish.seed, 0, frames * hop))[None, None]
    scale, level = torch.from_numpy(wish.spread).float()[:, None], torch.from_numpy(wish.level)
    points = torch.zeros(1, start.shape[1], frames // EVERY + 2, requires_grad=True)
    goal, place = _goal(wish.goal)
    asked = torch.from_numpy(wish.asked)
    positions = [_lines(q) for q in quantiles]
    optimiser = torch.optim.Adam([points], _RATE)

    def latents() -> Tensor:
        curves = functional.interpolate(points, size=frames, mode="linear", align_corners=True)
        moved = curves * scale
        return torch.where(level[:, None], start * torch.exp(moved), start + moved)

    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1.0 - 0.9 * step / steps)
        sound, _ = network.decode(latents(), network.init_decoder(1), noise)
        values, defined = measure(sound[:, 0], rate, hop * STRIDE, names)
        heard = torch.stack([p(values[0, place, k]) for k, p in enumerate(positions)], -1)
        error = torch.where(defined[0, place], (heard - goal).abs(), 0.0).mean(0)
        loss = error[asked].mean()
        if not bool(asked.all()):
            loss = loss + error[~asked].mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return latents()[0].T.numpy().copy()


def _goal(goal: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    """What is to be heard in the measured frames that matter, and which those are."""
    middle = np.arange(len(goal) // STRIDE) * STRIDE + STRIDE // 2
    keep = np.isfinite(goal[middle]).all(axis=1)
    table = torch.from_numpy(goal[middle[keep]].astype(np.float32))
    return table, torch.from_numpy(np.flatnonzero(keep))


def _lines(quantiles: Quantiles) -> Callable[[Tensor], Tensor]:
    """Values to positions by straight lines through the quantiles, going on beyond the ends."""
    shares = quantiles.probabilities
    unit = (shares - shares[0]) / (shares[-1] - shares[0])
    x = torch.from_numpy(quantiles.knots.astype(np.float32))
    y = torch.from_numpy(unit.astype(np.float32))

    def position(value: Tensor) -> Tensor:
        at = torch.clamp(torch.searchsorted(x, value.detach().contiguous()) - 1, 0, len(x) - 2)
        slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
        return y[at] + (value - x[at]) * slope

    return position
