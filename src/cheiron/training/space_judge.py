"""How well each knob of a space does: turned, decoded, measured again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import ControlSpace, Latents
from cheiron.core.quantiles import Quantiles
from cheiron.training.space_frames import EVERY, Ear, measure

_SECONDS = 2.5
_EXCERPTS = 6
_LEAST_FRAMES = 48


@dataclass(frozen=True)
class KnobScore:
    """One knob, turned alone.

    Args:
        name: Of the knob.
        pearson: Between the positions asked for and those heard, over all excerpts together.
        l1: Mean distance of the two.
        leak: Mean change of the other descriptors.
    """

    name: str
    pearson: float
    l1: float
    leak: float


def judge_knobs(
    space: ControlSpace,
    ear: Ear,
    quantiles: Sequence[Quantiles],
    latents: Sequence[Latents],
    progress: Callable[[float], None] = lambda _: None,
    seed: int = 0,
) -> tuple[KnobScore, ...]:
    """Turn every descriptor knob through excerpts, as a slow sine or from one level to another.

    Args:
        space: With the descriptors of the ear as its first knobs.
        ear: Decodes and measures.
        quantiles: Of each descriptor.
        latents: Sounds, best those that nothing was fitted on.
        progress: Told the share that is done.
        seed: Fixes the curves.
    """
    rng = np.random.default_rng(seed)
    frames = round(_SECONDS * ear.model.sample_rate / ear.model.hop)
    usable = [z for z in latents if len(z) >= _LEAST_FRAMES] or list(latents)
    chosen = [usable[i] for i in np.unique(np.linspace(0, len(usable) - 1, _EXCERPTS).astype(int))]
    asked: list[list[NDArray[np.float64]]] = [[] for _ in ear.names]
    heard: list[list[NDArray[np.float64]]] = [[] for _ in ear.names]
    leak: list[list[float]] = [[] for _ in ear.names]
    for number, whole in enumerate(chosen):
        z = whole[:frames]
        c = space.to_control(z)
        before = _positions(ear, quantiles, z)
        for k in range(len(ear.names)):
            curve = _curve(rng, len(z), number)
            turned = c.copy()
            turned[:, k] = curve
            after = _positions(ear, quantiles, space.to_latent(turned))
            asked[k].append(curve[EVERY // 2 :: EVERY][: len(after)])
            heard[k].append(after[: len(asked[k][-1]), k])
            others = np.delete(np.abs(after - before), k, axis=1)
            leak[k].append(float(np.nanmean(others)) if others.size else 0.0)
        progress((number + 1) / len(chosen))
    return tuple(
        _score(name, np.concatenate(asked[k]), np.concatenate(heard[k]), leak[k])
        for k, name in enumerate(ear.names)
    )


def _score(
    name: str, asked: NDArray[np.float64], heard: NDArray[np.float64], leak: Sequence[float]
) -> KnobScore:
    known = np.isfinite(heard)
    x, y = asked[known], heard[known]
    if len(x) < 2 or x.std() == 0 or y.std() == 0:
        return KnobScore(name, 0.0, 1.0, float(np.mean(leak)))
    pearson = float(np.mean((x - x.mean()) * (y - y.mean())) / (x.std() * y.std()))
    return KnobScore(name, pearson, float(np.abs(x - y).mean()), float(np.mean(leak)))


def _positions(ear: Ear, quantiles: Sequence[Quantiles], z: Latents) -> NDArray[np.float64]:
    """Descriptors of latents as positions in [0, 1], every :data:`EVERY` frames."""
    values = measure(ear.model.decode(z), ear.model, ear.names, EVERY)
    columns = [q.to_unit(v) for q, v in zip(quantiles, values.T, strict=True)]
    return np.clip(np.stack(columns, axis=1), 0.0, 1.0)


def _curve(rng: np.random.Generator, frames: int, number: int) -> NDArray[np.float64]:
    if number % 2:
        turns = np.arange(frames) / max(frames, 1) + rng.uniform()
        return 0.5 + rng.uniform(0.2, 0.4) * np.sin(2 * np.pi * turns)
    start = rng.uniform(0.05, 0.35)
    line = np.linspace(start, start + rng.uniform(0.35, 0.6), frames)
    return line if rng.uniform() < 0.5 else line[::-1]
