import importlib
from functools import cache

import numpy as np
import pytest
import torch

from cheiron.core.noise import uniform_noise
from cheiron.nets import FAMILIES, PRESETS


def load(target):
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)


@cache
def build(preset):
    family, table = PRESETS[preset]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return load(FAMILIES[family])(load(table)[preset]).eval()


@pytest.fixture(autouse=True)
def one_thread():
    """Blocks this small gain nothing from a second thread, and others may need it."""
    torch.set_num_threads(1)


@pytest.fixture(params=PRESETS)
def network(request):
    """Every preset, untrained; made once."""
    with torch.inference_mode():
        yield build(request.param)


@pytest.fixture
def sound():
    """Makes a tone with noise, shape ``(1, 1, samples)``."""

    def make(samples, sample_rate=44100, level=0.3):
        t = np.arange(samples) / sample_rate
        tone = sum(np.sin(2 * np.pi * 311 * k * t) / k for k in range(1, 6))
        both = level * tone + 0.1 * level * uniform_noise(1, 0, samples)
        return torch.from_numpy(both.astype(np.float32))[None, None]

    return make


@pytest.fixture
def noise():
    """Makes white noise, shape ``(1, 1, samples)``."""
    return lambda samples: torch.from_numpy(uniform_noise(0, 0, samples))[None, None]
