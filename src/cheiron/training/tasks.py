"""From a preset's name to a network and its way of being trained."""

import importlib
from dataclasses import replace
from typing import Any

import torch

from cheiron.nets import FAMILIES, PRESETS
from cheiron.training.loop import TrainConfig
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
        config: Batch, crop length, seed and threads count here.
        sample_rate: Samples per second of the corpus.
    """
    family, table = PRESETS[preset]
    settings = replace(_load(table)[preset], sample_rate=sample_rate)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    network = _load(FAMILIES[family])(settings)
    return _load(TASKS[family])(network, config.batch, config.seconds)


def _load(target: str) -> Any:
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)
