import numpy as np

from cheiron.core.noise import uniform_noise
from cheiron.training.colour import equalise, random_curve


def test_a_curve_is_smooth_and_within_its_depth():
    frequency = np.linspace(0, 22050, 4000)
    for seed in range(20):
        decibels = 20 * np.log10(random_curve(frequency, 44100, np.random.default_rng(seed), 6.0))
        assert np.abs(decibels).max() <= 6.0
        octave = np.interp(2 * frequency[100:2000], frequency, decibels)
        assert np.abs(octave - decibels[100:2000]).max() < 12.0
    assert decibels.std() > 0.5


def test_an_equalised_sound_is_coloured_and_often_band_limited():
    noise = uniform_noise(0, 0, 16384)
    limited = 0
    for seed in range(40):
        sound = equalise(noise, 44100, np.random.default_rng(seed))
        assert sound.dtype == np.float32
        assert sound.shape == noise.shape
        assert 0.1 < sound.std() / noise.std() < 2.3
        limited += np.abs(np.fft.rfft(sound))[-200:].max() < 1e-3
    assert 10 <= limited <= 30


def test_noise_fills_what_a_codec_took_away():
    t = np.arange(16384) / 44100
    low = np.sin(2 * np.pi * 500 * t).astype(np.float32)
    tops = []
    for seed in range(40):
        sound = equalise(low, 44100, np.random.default_rng(seed))
        tops.append(np.abs(np.fft.rfft(sound * np.hanning(sound.size)))[6000:].mean())
    assert max(tops) > 100 * min(tops)
