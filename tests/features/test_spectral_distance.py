import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.features.spectral_distance import SIZES, spectral_distance


def noise(samples, seed=0):
    return np.random.default_rng(seed).normal(size=samples).astype(np.float32) * 0.1


def test_equal_sounds_have_no_distance():
    assert spectral_distance(noise(9000), noise(9000)) == 0.0


def test_silence_instead_of_sound_costs_its_whole_convergence():
    # |S - 0| / |S| is 1, and the logarithms only add to it.
    assert spectral_distance(noise(9000), np.zeros(9000, np.float32)) > 1.0


def test_a_silent_target_gives_a_finite_distance():
    assert np.isfinite(spectral_distance(np.zeros(9000, np.float32), noise(9000)))


def test_half_the_level_costs_half_a_convergence_and_its_logarithm():
    loud = 100 * noise(9000)  # far above the floor of the logarithm
    expected = 0.5 + np.log(2)
    assert spectral_distance(loud, 0.5 * loud) == pytest.approx(expected, abs=1e-3)


def test_cutting_into_chunks_changes_nothing(monkeypatch):
    pair = noise(30_000), noise(30_000, 1)
    whole = spectral_distance(*pair)
    monkeypatch.setattr("cheiron.features.spectral_distance._CHUNK", 5000)
    assert spectral_distance(*pair) == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("samples", [700, 22_050])
def test_it_is_what_training_minimises(samples):
    torch = pytest.importorskip("torch")
    from cheiron.training.losses import SIZES as TRAINED
    from cheiron.training.losses import SpectralDistance

    assert TRAINED == SIZES
    sizes = tuple(s for s in SIZES if s // 2 < samples)
    target, output = noise(samples), 0.7 * noise(samples, 1)
    tensors = (torch.from_numpy(x)[None] for x in (target, output))
    expected = float(SpectralDistance(sizes)(*tensors))
    assert spectral_distance(target, output, sizes) == pytest.approx(expected, rel=2e-4)


def test_different_lengths_are_refused():
    with pytest.raises(CheironError, match="one length"):
        spectral_distance(noise(100), noise(101))
