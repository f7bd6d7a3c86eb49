"""Harmonics, filtered noise and texture: what they make is what the formulas say."""

import math

import numpy as np
import pytest
import torch

from cheiron.nets.filtered_noise import FilteredNoise, bounded_exp
from cheiron.nets.harmonics import Harmonics
from cheiron.nets.texture import TextureTransform

RATE, HOP = 44100, 128


def play(f0, partials, weights):
    """Sound of a pitch curve (Hz by frame) with constant cosine amplitudes."""
    bank = Harmonics(RATE, HOP, partials)
    amplitudes = torch.zeros(1, 2 * partials, len(f0))
    amplitudes[0, : len(weights)] = torch.tensor(weights)[:, None]
    y, _ = bank(amplitudes, bank.init(), torch.tensor(f0, dtype=torch.float32)[None, None])
    return y[0, 0].double().numpy()


def test_a_partial_has_its_frequency_and_phase_to_the_end():
    y = play([441.0] * 2000, 8, [0.0, 0.0, 1.0])
    n = np.arange(1, y.size + 1)
    wanted = np.cos(2 * np.pi * 3 * 441.0 * n / RATE)
    np.testing.assert_allclose(y[HOP:], wanted[HOP:], atol=2e-4)


def test_all_partials_are_the_plain_sum_of_cosines_and_sines():
    partials, frames = 12, 6
    bank = Harmonics(RATE, HOP, partials)
    amplitudes = torch.randn(1, 24, 1, generator=torch.Generator().manual_seed(0))
    y, _ = bank(amplitudes.expand(-1, -1, frames), bank.init(), torch.full((1, 1, frames), 220.0))
    n = np.arange(1, frames * HOP + 1)[:, None]
    angle = 2 * np.pi * 220.0 / RATE * n * np.arange(1, partials + 1)
    a, b = amplitudes[0, :partials, 0].numpy(), amplitudes[0, partials:, 0].numpy()
    wanted = (a * np.cos(angle) + b * np.sin(angle)).sum(1)
    np.testing.assert_allclose(y[0, 0, HOP:].numpy(), wanted[HOP:], atol=1e-3)


def test_a_leap_of_the_pitch_does_not_click():
    f0 = [100.0] * 4 + [900.0] * 4 + [250.0] * 4
    y = play(f0, 4, [1.0])[HOP:]
    fastest = 2 * math.pi * np.repeat(f0, HOP)[HOP:] / RATE
    assert (np.abs(np.diff(y)) <= 1.02 * np.maximum(fastest[1:], fastest[:-1]) + 1e-4).all()


@pytest.mark.parametrize("f0", [523.3, 1237.0, 3011.0])
def test_no_partial_folds_back(f0):
    y = play([f0] * 64, 100, [1.0] * 100)[1024:]
    power = np.abs(np.fft.rfft(y * np.kaiser(y.size, 16))) ** 2
    f = np.fft.rfftfreq(y.size, 1 / RATE)
    power /= power.max()
    assert power[f > 0.472 * RATE].max() < 1e-7
    between = np.abs(f / f0 - np.round(f / f0)) * f0 > 40  # Hz from every harmonic
    assert power[between].max() < 1e-7


@pytest.mark.parametrize(("hop", "bins"), [(128, 65), (128, 129), (256, 65), (40, 9), (64, 65)])
def test_training_and_playing_filter_alike(hop, bins):
    filtered = FilteredNoise(hop, bins)
    generator = torch.Generator().manual_seed(0)
    magnitudes = torch.rand(2, bins, 5, generator=generator)
    noise = torch.rand(2, 1, 5 * hop, generator=generator) * 2 - 1
    direct, _ = filtered.eval()(magnitudes, filtered.init(2), noise)
    fourier, _ = filtered.train()(magnitudes, filtered.init(2), noise)
    torch.testing.assert_close(direct, fourier, atol=2e-5, rtol=1e-4)


def test_flat_magnitudes_only_delay():
    filtered, frames = FilteredNoise(HOP, 65).eval(), 8
    noise = torch.rand(1, 1, frames * HOP, generator=torch.Generator().manual_seed(0)) * 2 - 1
    y, _ = filtered(torch.ones(1, 65, frames), filtered.init(), noise)
    late = filtered.taps // 2
    torch.testing.assert_close(y[..., HOP:], noise[..., HOP - late : -late], atol=1e-5, rtol=0)


def test_magnitudes_are_the_spectrum():
    filtered, frames = FilteredNoise(HOP, 65).eval(), 400
    shape = torch.full((65,), 0.01)
    shape[16:33] = 1.0
    noise = torch.rand(1, 1, frames * HOP, generator=torch.Generator().manual_seed(0)) * 2 - 1
    y, _ = filtered(shape[None, :, None].expand(1, 65, frames), filtered.init(), noise)
    window = torch.hann_window(512)

    def spectrum(x):
        return (
            torch.stft(x[0], 512, 256, window=window, return_complex=True).abs().square().mean(-1)
        )

    gain = (spectrum(y) / spectrum(noise))[0].sqrt()
    where = torch.linspace(0, 64, 257)
    torch.testing.assert_close(
        gain[(where > 19) & (where < 29)].mean(), torch.tensor(1.0), atol=0.05, rtol=0
    )
    assert gain[(where < 13) | (where > 36)].max() < 0.03


def test_a_change_of_the_filter_does_not_click():
    filtered = FilteredNoise(HOP, 65).eval()
    noise = torch.ones(1, 1, 12 * HOP)  # what a filter passes at 0 Hz
    magnitudes = torch.ones(1, 65, 12)
    magnitudes[..., 6:] = 0.0
    y, _ = filtered(magnitudes, filtered.init(), noise)
    assert float(y[0, 0, 2 * HOP :].diff().abs().max()) < 2.0 / HOP


def test_no_exponent_overflows():
    x = torch.tensor([-1e9, 0.0, 1e9])
    assert bounded_exp(x).isfinite().all()


@pytest.mark.parametrize(("axes", "block"), [(16, 8), (8, 8), (6, 3)])
def test_texture_is_the_bands_again_and_keeps_their_power(axes, block):
    transform = TextureTransform(axes, block)
    bands = torch.randn(2, 16, 5 * block, generator=torch.Generator().manual_seed(0))
    coefficients = transform(bands)
    assert coefficients.shape == (2, axes, 5)
    lowest = bands[:, : axes // block]
    torch.testing.assert_close(transform.inverse(coefficients), lowest, atol=1e-5, rtol=0)
    torch.testing.assert_close(coefficients.square().sum(), lowest.square().sum())


def test_texture_that_fills_no_whole_band_is_refused():
    with pytest.raises(ValueError, match="multiple"):
        TextureTransform(12, 8)
