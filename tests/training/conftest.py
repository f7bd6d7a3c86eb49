from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cheiron.core.noise import uniform_noise
from cheiron.nets.ddsp import Ddsp, DdspConfig
from cheiron.nets.rave import Rave, RaveConfig
from cheiron.training.ddsp_task import DdspTask
from cheiron.training.rave_task import RaveTask

RATE = 16000
SMALL = {"widths": (8, 8, 8, 16), "encoder_widths": (8, 8, 8, 16), "noise_bins": 17}
NETWORKS = {
    "ddsp": (
        lambda: Ddsp(
            DdspConfig(
                sample_rate=RATE,
                window=1024,
                timbre=4,
                partials=20,
                width=16,
                depth=1,
                encoder_width=16,
                mels=40,
            )
        ),
        DdspTask,
    ),
    "rave": (lambda: Rave(RaveConfig(sample_rate=RATE, latent=4, **SMALL)), RaveTask),
    "texture": (
        lambda: Rave(
            RaveConfig(
                sample_rate=RATE, latent=12, texture=8, loudness=True, smooth=2, taps=144, **SMALL
            )
        ),
        RaveTask,
    ),
}


def _tones():
    """Decaying tones with a few harmonics."""
    t = np.arange(RATE) / RATE
    for f in (220.0, 277.2, 330.0):
        y = sum(np.sin(2 * np.pi * k * f * t) / k for k in (1, 2, 3))
        yield (0.3 * np.exp(-2 * t) * y).astype(np.float32)


def _bursts():
    """Noise in bursts over a quieter noise."""
    for seed in range(3):
        beat = (np.arange(RATE) // 2000 + seed) % 3 == 0
        yield (uniform_noise(seed, 0, RATE) * (0.05 + 0.4 * beat)).astype(np.float32)


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small gain nothing from a second thread, and others may need it."""
    torch.set_num_threads(1)


@pytest.fixture
def sounds():
    """Makes a corpus of three short sounds: all that a task and validation ask of one."""

    def make(family):
        clips = tuple(_tones() if family == "ddsp" else _bursts())
        return SimpleNamespace(sample_rate=RATE, training=clips, audio=lambda clip: clip)

    return make


@pytest.fixture
def tiny_task(sounds):
    """Makes a tiny model of a family, ready to train on its corpus; seeded."""

    def make(family, batch=2, seconds=0.2):
        network, task = NETWORKS[family]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            made = task(network(), batch, seconds)
        made.prepare(sounds(family))
        return made

    return make
