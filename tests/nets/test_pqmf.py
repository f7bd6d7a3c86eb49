import pytest
import torch

from cheiron.nets.pqmf import Analysis, Synthesis, prototype

# What the presets use, and how well a bank of that length can rebuild: SNR in dB.
BANKS = [(16, 160, 40.0, 35), (16, 192, 60.0, 45), (16, 272, 60.0, 45), (16, 512, 100.0, 60)]


@pytest.mark.parametrize(("bands", "taps", "attenuation", "bar"), BANKS)
def test_what_is_split_is_rebuilt_as_late_as_it_says(bands, taps, attenuation, bar):
    analysis, synthesis = Analysis(bands, taps, attenuation), Synthesis(bands, taps, attenuation)
    x = torch.randn(1, 1, 8192, generator=torch.Generator().manual_seed(0))
    split, _ = analysis(x, analysis.init())
    y, _ = synthesis(split, synthesis.init())
    late = taps - bands
    assert synthesis.delay == late
    error = y[..., late:] - x[..., : x.shape[-1] - late]
    snr = 10 * torch.log10(x.square().mean() / error.square().mean())
    assert snr > bar


@pytest.mark.parametrize(("bands", "taps", "attenuation", "_"), BANKS)
def test_a_tone_stays_in_its_band(bands, taps, attenuation, _):
    analysis = Analysis(bands, taps, attenuation)
    n = torch.arange(4096, dtype=torch.float64)
    tone = torch.cos(torch.pi * (5.5 / bands) * n).float()[None, None]
    split, _ = analysis(tone, analysis.init())
    level = split[0, :, taps // bands :].square().mean(-1)
    far = torch.cat([level[:4], level[7:]])
    assert int(level.argmax()) == 5
    assert 10 * torch.log10(far.max() / level[5]) < -attenuation + 6


def test_the_prototype_lets_through_what_it_should():
    h = prototype(16, 192, 60.0)
    assert float(h.sum()) == pytest.approx(1.0)
    torch.testing.assert_close(h, h.flip(0))


def test_a_length_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="multiple"):
        Analysis(16, 190, 60.0)
