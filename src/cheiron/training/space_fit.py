"""Fit a control space of named knobs to a frozen model."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from cheiron.core.protocols import AudioModel, Latents
from cheiron.core.quantiles import Quantiles
from cheiron.nets.flow_space import Reader, SpaceNet, SpaceNetConfig
from cheiron.training.space_config import SpaceConfig, Steps
from cheiron.training.space_frames import (
    Ear,
    Frames,
    Split,
    Texture,
    decoder_delay,
    gather_frames,
)
from cheiron.training.space_loop import LoopConfig, Rows, SpaceLoop
from cheiron.training.space_proposals import Stage, hear_proposals, heard_of
from cheiron.training.space_reader import teach
from cheiron.training.space_targets import Target

Progress = Callable[[str, float], None]
"""Told what is being done and the share of the whole that is done; may raise to stop."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted space as torch has it.

    Args:
        net: The flow and the texture gains.
        stage: Model, corpus and normalisers.
        frames: What it was fitted on.
        rows: The same as tensors.
        config: What was asked for.
        figures: How it went.
    """

    net: SpaceNet
    stage: Stage
    frames: Frames
    rows: Rows
    config: SpaceConfig
    figures: dict[str, float] = field(default_factory=dict[str, float])


def fit_space(
    model: AudioModel,
    latents: Sequence[Latents],
    config: SpaceConfig,
    progress: Progress = lambda _what, _share: None,
) -> Fitted:
    """Fit a space.

    Args:
        model: The frozen model; only its decoder is used.
        latents: A corpus through its encoder, one array ``(frames, D)`` for each clip.
        config: What to fit.
        progress: Told how far it is.
    """
    start = time.perf_counter()
    generator = torch.Generator().manual_seed(config.seed)
    steps = Steps.of(config)
    split = Split.of(model.latent)
    whole = np.concatenate(latents)
    texture = Texture.of(whole, split)
    ear = Ear(model, config.axes, texture, decoder_delay(model, whole))
    frames = gather_frames(ear, latents, config.seconds, lambda s: progress("listening", 0.1 * s))
    quantiles = tuple(
        Quantiles.fit(v, name=n) for n, v in zip(config.axes, frames.values.T, strict=True)
    )
    figures = {"seconds_listening": time.perf_counter() - start}
    context = whole[:, split.context].astype(np.float64)
    spread = np.maximum(context.std(axis=0), 1e-3)
    stage = Stage(ear, latents, quantiles, split, np.stack([context.mean(axis=0), spread]))
    rows = stage.rows(frames)
    net = make_net(rows, stage, config)
    targets = (Target(),) * len(config.axes)
    heard = heard_of(net, rows)
    reader = net.reader or Reader(heard.place.shape[1], heard.normal.shape[1])
    if config.method != "flow-open":
        figures["reader"] = teach(reader, heard, steps.reader // 2, generator)
    loop = SpaceLoop(net, rows, targets, LoopConfig(), generator)
    for step in range(steps.open):
        loss = loop.open_step(step / steps.open)
        if step % 100 == 0:
            progress(f"likelihood {loss:.2f}", 0.1 + 0.2 * step / steps.open)
    figures["seconds_open"] = time.perf_counter() - start
    for turn in range(steps.rounds if config.method != "flow-open" else 0):
        t = time.perf_counter()
        share = 0.3 + 0.7 * turn / steps.rounds
        new = hear_proposals(net, stage, rows.labels, steps.proposals, generator)
        with torch.no_grad():
            figures[f"unseen{turn}"] = float((reader(new.place) - new.normal).abs().nanmean())
        heard = heard.joined(new)
        t1 = time.perf_counter()
        figures[f"reader{turn}"] = teach(reader, heard, steps.reader, generator)
        t2 = time.perf_counter()
        misses: list[tuple[float, float]] = []
        for step in range(steps.closed):
            whole = (turn + step / steps.closed) / steps.rounds
            misses.append(loop.closed_step(reader, whole))
            if step % 50 == 0:
                asked, others = np.mean(misses[-50:], axis=0)
                progress(f"round {turn}: {asked:.3f} {others:.3f}", share)
        asked, others = np.mean(misses[-100:], axis=0)
        figures |= {
            f"asked{turn}": float(asked),
            f"others{turn}": float(others),
            f"t{turn}_hear": t1 - t,
            f"t{turn}_sur": t2 - t1,
            f"t{turn}_loop": time.perf_counter() - t2,
        }
    figures["seconds"] = time.perf_counter() - start
    return Fitted(net.eval(), stage, frames, rows, config, figures)


def make_net(rows: Rows, stage: Stage, config: SpaceConfig) -> SpaceNet:
    """A network that knows the corpus's moments and turns towards its labels."""
    torch.manual_seed(config.seed)
    size, context = rows.z.shape[1], rows.context.shape[1]
    textures = len(stage.split.texture)
    conditional = config.method == "conditional"
    net = SpaceNet(
        SpaceNetConfig(
            size,
            rows.labels.shape[1],
            conditional,
            context,
            textures,
            affine=4 if conditional else 8,
            seed=config.seed,
        )
    )
    texture = stage.ear.texture
    net.get_buffer("context_mean").copy_(torch.from_numpy(stage.context[0]))
    net.get_buffer("context_std").copy_(torch.from_numpy(stage.context[1]))
    net.get_buffer("texture_mean").copy_(torch.from_numpy(texture.mean))
    net.get_buffer("texture_std").copy_(torch.from_numpy(texture.std))
    net.flow.whitening.fit(rows.z)
    if not conditional:
        with torch.no_grad():
            white = net.white(rows.z)
            net.flow.aim(torch.linalg.lstsq(white, torch.nan_to_num(rows.labels)).solution.T)
    return net
