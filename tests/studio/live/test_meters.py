"""What the meters show is what is heard, and costs the sound nothing that matters."""

import statistics
import time
from types import SimpleNamespace

import numpy as np
import pytest

from cheiron.core.hearing import WINDOW
from cheiron.features.descriptors import measure_windows
from cheiron.studio.live.meters import NAMES, Meters, meter_axes
from cheiron.studio.live.publisher import Publisher

RATE = 48000
TONE = (0.3 * np.sin(2 * np.pi * 441 * np.arange(WINDOW) / RATE)).astype(np.float32)


class Stage:
    """What a publisher looks at, with this sound."""

    def __init__(self, sound, watched=True):
        self.sound, self.looked_at = sound, watched
        self.scopes = 0

    def look(self, figures, sources):
        return SimpleNamespace(), {"type": "moment"}

    def scope(self, samples):
        self.scopes += 1
        return self.sound[-samples:].tobytes(), RATE

    def watched(self):
        return self.looked_at

    def watch(self, moment):
        pass

    def state_if_new(self):
        return None

    def tidy(self):
        pass


def published(stage, seconds=0.3):
    """The moments that pages get."""
    messages = []
    publisher = Publisher(stage, messages.append, lambda _: None)
    publisher.start()
    time.sleep(seconds)
    publisher.stop()
    return messages


def test_every_moment_says_what_is_heard():
    messages = published(Stage(TONE))
    assert len(messages) > 3
    assert all(len(message["descriptors"]) == len(NAMES) for message in messages)
    heard = dict(zip(NAMES, messages[-1]["descriptors"], strict=True))
    assert heard["f0"] == pytest.approx(441, rel=2e-3)
    assert heard["loudness"] == pytest.approx(-17.5, abs=0.5)


@pytest.mark.parametrize("sound", [0 * TONE, np.nan * TONE])
def test_silence_and_what_is_no_sound_have_no_qualities(sound):
    assert published(Stage(sound))[-1]["descriptors"] == [None] * len(NAMES)


def test_nothing_is_measured_while_nobody_looks():
    stage = Stage(TONE, watched=False)
    assert published(stage) == []
    assert stage.scopes == 0


def test_measuring_is_cheap_enough_for_25_times_a_second():
    meters, spent = Meters(), []
    for i in range(60):
        start = time.thread_time()
        meters.look(float(i), TONE.tobytes(), RATE)
        spent.append(time.thread_time() - start)
    assert statistics.median(spent) < 2e-3
    eight, spent = (*NAMES, "flux", "roughness"), []
    for _ in range(60):
        start = time.thread_time()
        measure_windows(TONE[None], RATE, eight)
        spent.append(time.thread_time() - start)
    assert statistics.median(spent) < 3e-3


def test_meters_have_a_range_that_speech_and_music_fill():
    loudness = meter_axes()[0]
    assert (loudness.low, loudness.high, loudness.unit) == (-70.0, 0.0, "dB")
