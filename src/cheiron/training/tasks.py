"""From a preset's name to a network and its way of being trained."""

import importlib
from dataclasses import replace
from typing import Any

import torch

from cheiron.core.errors import CheironError
from cheiron.nets import FAMILIES, PRESETS
from cheiron.nets.network import Network
from cheiron.training.loop import TrainConfig
from cheiron.training.regularise import AXES, WEIGHTS, AttributeOrder, Plain, Regulariser, tie
from cheiron.training.regularise_fader import Fader
from cheiron.training.task import Task

TASKS: dict[str, str] = {
    "rave": "cheiron.training.rave_task:RaveTask",
    "ddsp": "cheiron.training.ddsp_task:DdspTask",
}
"""Each family's way of being trained, as ``module:Class``."""


def make_task(preset: str, config: TrainConfig, sample_rate: int) -> Task:
    """A fresh network of a preset, with its task; seeded.

    Args:
        preset: A name of :data:`cheiron.nets.PRESETS`.
        config: Batch, crop length, seed, threads and regularisation count here.
        sample_rate: Samples per second of the corpus.

    Raises:
        CheironError: If the regularisation does not fit the network.
    """
    family, table = PRESETS[preset]
    settings = replace(_load(table)[preset], sample_rate=sample_rate)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    network = _load(FAMILIES[family])(settings)
    task = _load(TASKS[family])
    tied = make_regulariser(network, config, task.warm_up)
    return task(network, config.batch, config.seconds, regulariser=tied)


def make_regulariser(network: Network, config: TrainConfig, skip: int) -> Regulariser:
    """What a configuration asks for; it names the network's latents.

    Args:
        network: Fresh.
        config: Its kind, axes and weight count here.
        skip: Frames of a crop that count in no loss.

    Raises:
        CheironError: If it does not fit the network.
    """
    kind = config.regularise
    if kind is None:
        if config.axes is not None or config.tie is not None:
            raise CheironError(
                "--axes and --tie say how latents are tied to descriptors; give --regularise too, "
                f"one of {', '.join(WEIGHTS)}."
            )
        return Plain()
    axes = AXES if config.axes is None else tuple(a.strip() for a in config.axes.split(","))
    free = [k for _, _, k in network.latent_axes].count("free")
    tie(network, kind, axes, free)
    weight = WEIGHTS[kind] if config.tie is None else config.tie
    if kind == "fader":
        return Fader(network, free, skip, weight, config.learning_rate)
    return AttributeOrder(network, skip, weight)


def _load(target: str) -> Any:
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)
