"""Pitch, its phase lock, and loudness as an axis."""

import numpy as np
import pytest
import torch

from cheiron.core.noise import uniform_noise
from cheiron.nets.ddsp import DdspConfig, FrontEnd
from cheiron.nets.framing import Framing, a_weighting, mel_filters
from cheiron.nets.level import SILENCE, Level, LevelGain, decibels, loudness_gain
from cheiron.nets.pitch import PitchTracker

RATE = 44100
PITCHES = (80.0, 116.5, 196.0, 311.1, 523.3, 740.0, 987.8, 1200.0)


def tone(f0, samples, noise=0.0, seed=0):
    """Harmonics below 8 kHz whose levels fall by 6 dB an octave, and noise."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0, samples)) / RATE
    count = max(1, int(8000 / np.max(f0)))
    y = sum(np.cos(k * phase + rng.uniform(0, 6)) / k for k in range(1, count + 1))
    y = 0.2 * y + noise * uniform_noise(seed, 0, samples)
    return torch.from_numpy(y.astype(np.float32))


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_pitch_is_found_to_five_cents(noise):
    tracker = PitchTracker(RATE, 2048, 60.0, 1400.0)
    frames = torch.stack([tone(f, 2048, noise, i) for i, f in enumerate(PITCHES)])
    f0, periodicity = tracker(frames)
    cents = 1200 * torch.log2(f0 / torch.tensor(PITCHES))
    assert float(cents.abs().max()) < 5
    assert float(periodicity.min()) > 0.9


def test_noise_and_silence_are_not_periodic():
    tracker = PitchTracker(RATE, 2048, 60.0, 1400.0)
    frames = torch.stack([torch.from_numpy(uniform_noise(0, 0, 2048)), torch.zeros(2048)])
    f0, periodicity = tracker(frames)
    assert float(periodicity.max()) < 0.6
    assert f0.isfinite().all()


def test_the_phase_is_that_of_the_middle_of_the_window():
    tracker = PitchTracker(RATE, 2048, 60.0, 1400.0)
    turn = torch.tensor([-0.4, -0.1, 0.0, 0.3])
    n = (torch.arange(2048) - 1023.5) / RATE
    frames = torch.cos(2 * torch.pi * (440.0 * n[None] + turn[:, None]))
    torch.testing.assert_close(
        tracker.phase(frames, torch.full((4,), 440.0)), turn, atol=1e-3, rtol=0
    )


def test_an_oscillator_that_integrates_the_pitch_stays_in_step_with_the_recording():
    config = DdspConfig()
    seconds, hop = 1.5, config.hop
    n = int(seconds * RATE) // hop * hop
    t = np.arange(n) / RATE
    f0 = 220.0 * 2 ** (0.3 * np.sin(2 * np.pi * 5 * t) / 12 + 0.2 * t)  # vibrato and a glide
    front = FrontEnd(config)
    audio = torch.cos(2 * torch.pi * torch.from_numpy(np.cumsum(f0) / RATE)).float()
    with torch.no_grad():
        analysis, _ = front(0.3 * audio[None, None], front.init())
    pitch = 440.0 * 2 ** ((analysis.pitch[0, 0].double().numpy() - 69) / 12)
    oscillator = np.cumsum(pitch) * hop / RATE
    # The oscillator's phase at the end of a frame is that of the middle of the window.
    recorded = np.interp(
        np.arange(1, len(pitch) + 1) * hop - config.window / 2,
        np.arange(1, n + 1),
        np.cumsum(f0) / RATE,
    )
    error = (oscillator - recorded)[60:]
    error -= np.round(error)
    assert np.abs(error).max() < 0.05  # cycles


def test_pitch_is_held_where_there_is_none():
    config = DdspConfig(width=8)
    front = FrontEnd(config)
    audio = torch.cat([tone(330.0, 96 * 128), torch.zeros(96 * 128)])
    with torch.no_grad():
        analysis, _ = front(audio[None, None], front.init())
    pitch = analysis.pitch[0, 0]
    note = 69 + 12 * np.log2(330.0 / 440.0)
    assert float((pitch[60:90] - note).abs().max()) < 0.1
    assert float((pitch[130:] - note).abs().max()) < 0.3
    assert float(analysis.loudness[0, 0, -40:].max()) == SILENCE


def test_levels_are_read_in_decibels():
    level = Level(128, 1024)
    audio = torch.full((1, 1, 16 * 128), 0.1)
    db, _, _ = level(audio, level.init())
    torch.testing.assert_close(db[0, 0, 8:], torch.full((8,), -20.0), atol=1e-3, rtol=0)
    quiet, _, _ = level(torch.zeros(1, 1, 256), level.init())
    assert (quiet == SILENCE).all()
    torch.testing.assert_close(
        decibels(torch.tensor([1.0, 1e-8])), torch.tensor([0.0, -80.0]), atol=1e-3, rtol=0
    )


def _swell():
    t = torch.arange(64 * 128) / RATE
    swell = 10 ** (-1.0 + torch.sin(2 * torch.pi * 3 * t))  # 0 to -40 dB, thrice a second
    return 0.9 * swell * torch.sin(2 * torch.pi * 440 * t)


def _attack():
    audio = 0.5 * torch.sin(torch.arange(64 * 128) * 0.2)
    audio[: 128 * 20 + 37] = 0
    audio[128 * 50 :] = 0
    return audio


@pytest.mark.parametrize("sound", [_swell, _attack])
def test_a_level_that_is_divided_out_and_put_back_changes_nothing(sound):
    level, gain = Level(128, 1024), LevelGain(128)
    audio = sound()[None, None]
    db, unit, _ = level(audio, level.init())
    again, _ = gain(unit, gain.init(), db)
    assert float((again[..., 128:] - audio[..., :-128]).abs().max()) < 1e-5
    assert float(unit.abs().max()) < 8


def test_loudness_is_exact_where_it_is_heard_and_nothing_at_silence():
    loudness = torch.tensor([SILENCE - 10, SILENCE, -60.0, -20.0, 0.0])
    wanted = torch.tensor([0.0, 0.0, 1e-3, 0.1, 1.0])
    torch.testing.assert_close(loudness_gain(loudness), wanted, rtol=1e-4, atol=1e-8)


def test_windows_end_with_their_frame():
    framing = Framing(8, 4)
    x = torch.arange(1.0, 13.0)[None, None]
    frames, state = framing(x, framing.init())
    assert frames[0].tolist() == [[0, 0, 0, 0, 1, 2, 3, 4], [*range(1, 9)], [*range(5, 13)]]
    assert state[0].flatten().tolist() == [9, 10, 11, 12]
    with pytest.raises(ValueError, match="multiple"):
        Framing(10, 4)


def test_every_mel_band_hears_something_and_weighs_one():
    filters = mel_filters(RATE, 512, 24, 30.0, 0.48 * RATE)
    torch.testing.assert_close(filters.sum(0), torch.ones(24))
    weights = a_weighting(RATE, 1024)
    assert float(10 * torch.log10(weights[23])) == pytest.approx(0.0, abs=0.3)  # 990 Hz
    assert float(10 * torch.log10(weights[2])) == pytest.approx(-22.0, abs=2.0)  # 86 Hz
