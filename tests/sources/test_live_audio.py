import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Source
from cheiron.core.space import Axis, Space
from cheiron.sources.live_audio import LiveAudioSource

sys.path.insert(0, str(Path(__file__).parents[1]))
from jack import jack_server

LATENT = Space.of("latent", ["z"])


class Meter:
    """A model whose latent is the root mean square of each hop, doubled by its control space."""

    def __init__(self, sample_rate=48000, hop=128):
        self.name, self.sample_rate, self.hop, self.latent = "meter", sample_rate, hop, LATENT
        self.control = Space("control", (Axis("loud", 0.0, 2.0, default=0.25),))
        self.blocks = []

    def init_encoder(self):
        return 0

    def encode_step(self, state, audio):
        assert len(audio) % self.hop == 0
        self.blocks.append(len(audio))
        rms = np.sqrt((audio.reshape(-1, self.hop) ** 2).mean(axis=1))
        return state + 1, rms[:, None].astype(np.float32)

    def to_control(self, z):
        return 2 * z


class FakeInput:
    """A sound card that a test plays into."""

    def __init__(self, sample_rate=48000):
        self.sample_rate, self.opened, self.closed, self.broken = sample_rate, 0, False, False

    def __call__(self, device, block, hear):
        if self.broken:
            raise CheironError("there is no sound input 'it'; choose one of a, b.")
        self.opened += 1
        self.hear = hear
        card = self

        class Opened:
            sample_rate = card.sample_rate

            def close(self):
                card.closed = True

        return Opened()


def sine(seconds, level, rate=48000):
    return (level * np.sin(2 * np.pi * 750 * np.arange(int(seconds * rate)) / rate)).astype("f4")


class Rig:
    def __init__(self, card_rate=48000, model=None, **settings):
        self.now = 100.0
        self.model, self.card = model or Meter(), FakeInput(card_rate)
        self.model.latent = LATENT
        self.source = LiveAudioSource(
            self.model, self.model, device_input=self.card, clock=lambda: self.now, **settings
        )

    def play(self, sound, block=256):
        for start in range(0, len(sound), block):
            piece = sound[start : start + block]
            self.now += len(piece) / self.card.sample_rate
            self.card.hear(piece)
            until(self.source._blocks.empty)
        time.sleep(0.05)

    def says(self, name):
        frame = self.source.latest()
        return float(frame.values[frame.space.index(name)])


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.0005)


@pytest.fixture
def rig():
    made = Rig()
    made.source.open()
    yield made
    made.source.close()


def test_it_is_a_source_with_the_control_axes_and_the_level(rig):
    assert isinstance(rig.source, Source)
    assert rig.source.space.names == ("in.loud", "in.level")
    assert rig.source.space.axes[0].high == 2.0
    assert rig.source.latest() is None


def test_what_is_heard_becomes_a_control_point(rig):
    rig.play(sine(0.6, 0.5))
    assert rig.says("in.loud") == pytest.approx(2 * 0.5 / np.sqrt(2), rel=0.05)
    assert rig.says("in.level") == pytest.approx(-9.03, abs=0.4)


def test_silence_is_rest(rig):
    rig.play(sine(0.3, 0.5))
    rig.play(sine(0.5, 1e-4))
    assert rig.says("in.loud") == pytest.approx(0.25, abs=0.01)
    assert rig.says("in.level") == pytest.approx(-80, abs=4)


def test_every_hop_has_the_moment_of_its_last_sample(rig):
    rig.play(sine(0.5, 0.5))
    letters = rig.source.mailbox.since(0)
    steps = np.diff([letter.frame.time for letter in letters])
    assert steps == pytest.approx(128 / 48000, abs=1e-5)
    assert letters[-1].frame.time == pytest.approx(100 + 187 * 128 / 48000, abs=1e-5)


@pytest.mark.parametrize("rate", [16000, 44100, 96000])
def test_a_device_of_another_rate_is_heard_alike(rate):
    rig = Rig(card_rate=rate)
    rig.source.open()
    rig.play(sine(0.6, 0.5, rate))
    assert rig.says("in.loud") == pytest.approx(2 * 0.5 / np.sqrt(2), rel=0.05)
    assert rig.source.mailbox.latest().count == pytest.approx(0.6 * 48000 / 128, abs=1)
    rig.source.close()
    assert rig.card.closed


def test_sound_that_is_not_finite_does_no_harm(rig):
    rig.play(np.full(4096, np.nan, np.float32))
    rig.play(sine(0.4, 0.5))
    assert rig.says("in.loud") == pytest.approx(2 * 0.5 / np.sqrt(2), rel=0.05)


def test_old_sound_is_thrown_away_rather_than_played_late(rig, monkeypatch):
    held = threading.Event()
    step = rig.model.encode_step
    rig.model.encode_step = lambda state, audio: (held.wait(5), step(state, audio))[1]
    for _ in range(200):
        rig.card.hear(np.zeros(256, np.float32))
    assert rig.source.dropped > 100
    held.set()


def test_a_device_that_is_gone_is_a_problem_and_comes_back(rig, monkeypatch):
    rig.play(sine(0.1, 0.5))
    rig.card.broken = True
    rig.now += 3.0
    until(lambda: "connect it again" in rig.source.problem)
    rig.card.broken = False
    rig.now += 3.0
    until(lambda: rig.card.opened == 2)
    rig.play(sine(0.1, 0.5))
    until(lambda: rig.source.problem == "")


def test_a_missing_device_is_said_when_it_is_opened():
    rig = Rig()
    rig.card.broken = True
    with pytest.raises(CheironError, match="choose one of"):
        rig.source.open()
    rig.source.close()


def test_a_control_space_of_another_model_is_refused():
    model, other = Meter(), Meter()
    other.latent = Space.of("latent", ["a", "b"])
    with pytest.raises(CheironError, match="control space of this model"):
        LiveAudioSource(model, other)


def test_it_leaves_no_thread(rig):
    rig.source.open()
    rig.source.close()
    rig.source.close()
    assert not [t for t in threading.enumerate() if t.name == "live audio"]


LISTEN = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_live_audio import Meter
from cheiron.sources.audio_input import inputs
from cheiron.sources.live_audio import LiveAudioSource
from cheiron.core.errors import CheironError
model = Meter(44100)
source = LiveAudioSource(model, model)
source.open()
end = time.monotonic() + 10
while time.monotonic() < end and not (source.latest() and source.mailbox.latest().count > 100):
    time.sleep(0.01)
print(len(inputs()) > 0, source.mailbox.latest().count > 100, source.problem)
source.close()
try:
    LiveAudioSource(model, model, device="nothing of that name").open()
except CheironError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="JACK's dummy device is tested on Linux")
def test_a_real_device_is_heard():
    with jack_server() as jack:
        jack.start()
        play = [sys.executable, "-c", LISTEN]
        ran = subprocess.run(play, capture_output=True, text=True, timeout=60, check=False)
    first, second = ran.stdout.splitlines()
    assert first.split() == ["True", "True"], ran.stderr
    assert "there is no sound input 'nothing of that name'; choose one of system" in second
