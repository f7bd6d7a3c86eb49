import numpy as np
import pytest
from live_toys import Sine, chain, frame, steepest, voice

from cheiron.engine.chain import Voice
from cheiron.engine.mixer import FADE, Mixer

RATE = 44100


class Desk:
    def __init__(self, first=None, rate=RATE):
        self.mixer, self.rate, self.blocks = Mixer(rate, first), rate, []

    def run(self, seconds, x=0.5):
        n = 0
        while n < seconds * self.rate:
            block = np.array(self.mixer.tick(0.0, frame(x)))
            self.blocks.append(block)
            n += len(block)

    @property
    def sound(self):
        return np.concatenate(self.blocks)


def slope(level, frequency):
    return level * 2 * np.pi * frequency / RATE


def test_without_a_voice_there_is_silence_and_the_first_one_fades_in():
    desk = Desk()
    desk.run(0.01)
    assert not desk.sound.any()
    desk.mixer.play(voice())
    desk.run(0.2)
    assert steepest(desk.sound) < slope(0.5, 441) * 1.2


def test_voices_of_other_rates_and_hops_cross_fade_without_a_click():
    desk = Desk(voice(Sine(44100, 128, 441.0)))
    desk.run(0.1)
    for model in (Sine(16000, 512, 300.0), Sine(48000, 2048, 600.0), Sine(44100, 64, 441.0)):
        desk.mixer.play(voice(model))
        desk.run(0.15)
    assert steepest(desk.sound[4000:]) < slope(0.5, 600) * 1.3
    assert np.isfinite(desk.sound).all() and not desk.mixer.fading


def test_the_fade_is_50_ms_and_sums_to_one():
    same = Sine(44100, 128, 0.0)
    same.decode_step = lambda state, z: (state, np.repeat(z[:, 0], 128))
    desk = Desk(voice(same))
    desk.run(0.1)
    desk.mixer.play(voice(same))
    start = len(desk.sound)
    desk.run(0.03)
    assert desk.mixer.fading
    desk.run(0.03)
    assert not desk.mixer.fading
    assert desk.sound[start:] == pytest.approx(0.5, abs=1e-6)


def test_voices_that_share_a_decoder_glide_between_their_latents():
    first = voice(Sine(44100, 128, 0.0))
    first.decoder.model.decode_step = lambda state, z: (state, np.repeat(z[:, 0], 128))
    desk = Desk(first)
    desk.run(0.1)
    second = Voice(chain(), first.decoder)
    second.chain.latent.block = lambda state, times, values: (state, values * 0 + 0.9)
    desk.mixer.play(second)
    desk.run(0.1)
    levels = np.unique(desk.sound[-int(0.1 * RATE) :])
    assert levels[-1] == pytest.approx(0.9) and len(levels) >= FADE / first.decoder.period - 1
    assert np.diff(levels).max() < 0.05


def test_a_swap_during_a_swap_waits_and_only_the_newest_follows():
    desk = Desk(voice())
    desk.run(0.1)
    made = [voice(Sine(frequency=100.0 * k)) for k in range(1, 9)]
    for one in made:
        desk.mixer.play(one)
        desk.run(0.004)
    assert desk.mixer.newest() is made[-1]
    desk.run(0.15)
    assert desk.mixer.voice is made[-1] and not desk.mixer.fading
    assert [m.decoder.model.steps > 3 for m in made] == [True] + [False] * 6 + [True]
    assert steepest(desk.sound[4000:]) < slope(0.5, 800) * 1.2


def test_a_model_that_breaks_as_it_comes_in_gives_way_to_the_old_one():
    desk, broken = Desk(voice()), Sine(frequency=300.0)
    desk.run(0.1)
    old = desk.mixer.voice
    desk.mixer.play(voice(broken))
    desk.run(0.02)
    broken.broken = True
    desk.run(0.2)
    assert desk.mixer.voice is old and "sine stopped" in desk.mixer.problem
    assert np.abs(desk.sound[-2000:]).max() > 0.45
    assert steepest(desk.sound[4000:]) < slope(0.5, 441) * 1.3
    desk.mixer.play(voice())
    desk.run(0.1)
    assert desk.mixer.problem == ""


def test_voices_that_are_done_are_kept_until_somebody_else_lets_them_go():
    desk = Desk(voice())
    desk.run(0.1)
    desk.mixer.play(voice())
    desk.run(0.1)
    assert len(desk.mixer._retired) == 1
    desk.mixer.release()
    assert not desk.mixer._retired
