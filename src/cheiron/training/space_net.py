"""The network of a space before it is fitted, with the moments and directions of the corpus."""

import numpy as np
import torch

from cheiron.nets.flow_space import SpaceNet, SpaceNetConfig
from cheiron.training.space_config import GIVEN, SpaceConfig
from cheiron.training.space_level import QUIET, level_of
from cheiron.training.space_loop import Rows
from cheiron.training.space_proposals import Stage

_SOFTEST = 0.02  # share of the corpus that counts as fading out
_CORRECTIONS = 2
_WIDTH, _NARROW = 128, 96  # of conditioners; the latter where there are twice as many


def make_net(rows: Rows, stage: Stage, config: SpaceConfig) -> SpaceNet:
    """A network that knows the moments of a corpus and turns towards its labels.

    Args:
        rows: The corpus.
        stage: What it is fitted to.
        config: What is asked for.
    """
    given = config.method in GIVEN
    layers = {"conditional": 4, "linear": 0}.get(config.method, 8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        net = SpaceNet(
            SpaceNetConfig(
                rows.z.shape[1],
                rows.labels.shape[1],
                given,
                rows.context.shape[1],
                _level_at(stage),
                bool(torch.isfinite(rows.scene).any()),
                len(stage.split.texture),
                continuous=config.method == "continuous",
                affine=layers,
                corrections=_CORRECTIONS if config.method == "conditional" else 0,
                hidden=_WIDTH if given else _NARROW,
                seed=config.seed,
            )
        )
    texture = stage.ear.texture
    net.get_buffer("context_mean").copy_(torch.from_numpy(stage.context[0]))
    net.get_buffer("context_std").copy_(torch.from_numpy(stage.context[1]))
    net.get_buffer("texture_mean").copy_(torch.from_numpy(texture.mean))
    net.get_buffer("texture_std").copy_(torch.from_numpy(texture.std))
    _bend_level(net, stage)
    net.flow.whitening.fit(rows.z)
    if not given:
        with torch.no_grad():
            white = net.white(rows.z)
            net.flow.aim(torch.linalg.lstsq(white, torch.nan_to_num(rows.labels)).solution.T)
    return net


def _level_at(stage: Stage) -> int:
    """Which part of the context is a level that passes; -1 if none is."""
    level = stage.ear.level
    return stage.split.context.index(level) if level >= 0 else -1


def _bend_level(net: SpaceNet, stage: Stage) -> None:
    """Bring silence near: what lies below the softest sounds of the corpus is two spreads deep."""
    column = level_of(stage.ear.model.latent)
    if column not in stage.split.moved:
        return
    levels = np.concatenate(stage.latents)[:, column]
    knee = max(float(np.quantile(levels, _SOFTEST)), QUIET + 1.0)
    usual = levels[levels > knee]
    depth = 2.0 * float(usual.std()) if len(usual) else 1.0
    slope = min(1.0, max(depth, 1.0) / (knee - QUIET))
    net.flow.whitening.bend(stage.split.moved.index(column), knee, slope)
