"""What a flow itself proposes, heard through the decoder: where its surrogate must be right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cheiron.core.protocols import Latents
from cheiron.core.quantiles import Quantiles
from cheiron.nets.flow_space import Reader, SpaceNet
from cheiron.training.space_frames import Ear, Frames, Split
from cheiron.training.space_loop import Rows, draw_targets
from cheiron.training.space_reader import Heard

LENGTH = 96
"""Frames of a stretch: the first part settles the decoder, the rest is measured."""

_SETTLE = 24
_TAIL = 8


@dataclass(frozen=True, eq=False)
class Stage:
    """What a space is fitted to.

    Args:
        ear: Decodes and measures.
        latents: The corpus, one array for each clip.
        quantiles: Of each descriptor.
        split: Which latents move.
        context: Mean and spread of the context, ``(2, C)``.
    """

    ear: Ear
    latents: Sequence[Latents]
    quantiles: tuple[Quantiles, ...]
    split: Split
    context: NDArray[np.float64]

    def rows(self, frames: Frames) -> Rows:
        """Frames as tensors."""
        return Rows(
            torch.from_numpy(frames.z[:, self.split.moved].copy()),
            self.context_of(frames.z),
            torch.from_numpy(frames.levels),
            torch.from_numpy(frames.sparks),
            to_normal(frames.values, self.quantiles),
            torch.full((len(frames), 1), torch.nan),
        )

    def context_of(self, z: Latents) -> torch.Tensor:
        """The standardised context of latents, ``(frames, C)``."""
        mean, spread = self.context
        return torch.from_numpy(((z[:, self.split.context] - mean) / spread).astype(np.float32))


def to_normal(values: NDArray[np.float64], quantiles: Sequence[Quantiles]) -> torch.Tensor:
    """Values to normal scores within a reader's bounds, float32; NaN stays NaN."""
    columns = [q.to_normal(v) for q, v in zip(quantiles, values.T, strict=True)]
    return torch.from_numpy(
        np.clip(np.stack(columns, 1), -Reader.most, Reader.most).astype(np.float32)
    )


def hear_proposals(
    net: SpaceNet, stage: Stage, labels: torch.Tensor, count: int, generator: torch.Generator
) -> Heard:
    """Edit stretches of the corpus by the flow, decode them and measure.

    Args:
        net: As it is now.
        stage: Everything else.
        labels: Normal scores of the corpus, to draw targets from.
        count: How many stretches.
        generator: Draws them.
    """
    z = np.concatenate(_stretches(stage.latents, count, generator))
    with torch.no_grad():
        edited = _edit(net, stage, z, labels, count, generator)
    frames = stage.ear.hear(edited)
    within = frames.place % LENGTH
    kept = np.flatnonzero((within >= _SETTLE) & (within < LENGTH - _TAIL - stage.ear.delay))
    rows = stage.rows(frames).take(torch.from_numpy(kept))
    with torch.no_grad():
        place = net.place(rows.z, rows.context, rows.levels)
    return Heard(place, rows.labels, torch.from_numpy(frames.louder[kept])[:, None])


def _stretches(latents: Sequence[Latents], count: int, generator: torch.Generator) -> list[Latents]:
    sizes = torch.tensor([float(max(0, len(z) - LENGTH + 1)) for z in latents])
    if float(sizes.sum()) == 0:  # nothing but short clips: each is held at its end
        padded = [np.pad(z, ((0, max(0, LENGTH - len(z))), (0, 0)), mode="edge") for z in latents]
        clips = torch.randint(len(latents), (count,), generator=generator).tolist()
        return [padded[i][:LENGTH] for i in clips]
    clips = torch.multinomial(sizes, count, replacement=True, generator=generator)
    shares = torch.rand(count, generator=generator)
    starts = (shares * sizes[clips]).long().tolist()
    return [latents[i][s : s + LENGTH] for i, s in zip(clips.tolist(), starts, strict=True)]


def _edit(
    net: SpaceNet,
    stage: Stage,
    z: Latents,
    labels: torch.Tensor,
    count: int,
    generator: torch.Generator,
) -> Latents:
    """Other knobs for each stretch; the latents that come of it."""
    split, known = stage.split, labels.shape[1]
    order = [*split.moved, *split.context, *split.texture]
    x = torch.from_numpy(z[:, order].copy())
    a, b = len(split.moved), len(split.moved) + len(split.context)
    if split.texture:
        # Half of the stretches as analysed, half as noise; both louder and softer.
        mean, std = net.get_buffer("texture_mean"), net.get_buffer("texture_std")
        fresh = torch.randn(len(z), len(split.texture), generator=generator)
        noise = (torch.arange(len(z))[:, None] // LENGTH) % 2 == 0
        texture = torch.where(noise, fresh, (x[:, b:] - mean) / std)
        x[:, b:] = mean + std * texture * torch.exp(_offsets(net, count, generator))
    c, _ = net(x)
    wanted, asked = _curves(labels, count, generator)
    c[:, :known] = torch.where(asked, wanted, c[:, :known])
    own = c.shape[1] - int(net.config.scene) - x.shape[1] + a  # knobs before those that pass
    if net.config.scene:
        places = torch.rand(count, 1, generator=generator)
        c[:, -1:] = _per_stretch(places, generator)
    nudge = 0.5 * torch.randn(count, own - known, generator=generator)
    c[:, known:own] += _per_stretch(nudge, generator)
    if split.context:
        columns = slice(own, own + b - a)
        shift = _per_stretch(torch.randn(count, b - a, generator=generator), generator)
        mean, std = net.get_buffer("context_mean"), net.get_buffer("context_std")
        c[:, columns] = mean + std * torch.clamp(net.standard(c[:, columns]) + shift, -2.0, 2.0)
    out = net.inverse(c)
    white = net.white(out[:, :a])
    explore = _per_stretch(0.3 * torch.randn(count, a, generator=generator), generator)
    white = torch.clamp(white + explore, -9.0, 9.0)
    out[:, :a] = net.flow.whitening.inverse(white, white[:, :0])
    edited = np.empty_like(z)
    edited[:, order] = out.numpy()
    return edited


def _offsets(net: SpaceNet, count: int, generator: torch.Generator) -> torch.Tensor:
    """Log factors of the textures, constant over each stretch."""
    assert net.gains is not None
    groups = 0.5 * torch.randn(count, 1, generator=generator)
    groups = groups + 0.4 * torch.randn(count, net.gains.groups, generator=generator)
    return net.gains.each(_per_stretch(groups, generator))


def _curves(
    labels: torch.Tensor, count: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Straight lines between two targets for some descriptors of each stretch."""
    start, asked = draw_targets(labels, count, generator)
    end, _ = draw_targets(labels, count, generator)
    end = start + 0.5 * (end - start)
    line = torch.linspace(0.0, 1.0, LENGTH)[None, :, None]
    curve = start[:, None] + line * (end - start)[:, None]
    wide = asked[:, None].expand(-1, LENGTH, -1)
    return curve.reshape(-1, labels.shape[1]), wide.reshape(-1, labels.shape[1])


def _per_stretch(values: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One row for each stretch, zero for half of them, repeated for all its frames."""
    on = (torch.rand(len(values), 1, generator=generator) < 0.5).to(values.dtype)
    return (values * on).repeat_interleave(LENGTH, 0)
