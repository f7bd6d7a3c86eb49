import numpy as np
import pytest
import torch

from cheiron.core.errors import CheironError
from cheiron.features.descriptors import describe, descriptor
from cheiron.nets.descriptors import MEASURES, measure

RATE = 44100
NAMES = list(MEASURES)


def sounds():
    """A fading saw that ends in silence, noise with a NaN, nothing, and a clipped saw."""
    t = np.arange(RATE // 2) / RATE
    saw = 0.3 * (2 * ((110 * t * 4**t) % 1) - 1) * np.exp(-3 * t)
    saw[-9000:] = 0
    noise = 0.1 * np.random.default_rng(0).standard_normal(t.size)
    noise[9000] = np.nan
    return np.stack([saw, noise, 0 * t, np.clip(20 * saw, -1, 1)]).astype(np.float32)


@pytest.mark.parametrize("hop", [512, 3000])
def test_values_are_those_of_numpy_and_defined_where_they_are(hop):
    values, defined = measure(torch.tensor(sounds()), RATE, hop, NAMES)
    theirs = np.stack([describe(sound, RATE, hop, NAMES) for sound in sounds()])
    np.testing.assert_array_equal(defined.numpy(), np.isfinite(theirs))
    axes = [descriptor(name).axis for name in NAMES]
    span = np.array([axis.high - axis.low for axis in axes])
    off = np.abs(values.numpy() - theirs)[defined.numpy()]
    worst = np.where(defined.numpy(), np.abs(values.numpy() - theirs), 0).max((0, 1)) / span
    assert off.size > 100
    assert dict(zip(NAMES, worst > 1e-3, strict=True)) == dict.fromkeys(NAMES, False)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_finite_on_any_sound_and_there_on_sound(name):
    audio = torch.tensor(sounds(), requires_grad=True)
    values, _ = measure(audio, RATE, 1024, [name])
    assert torch.isfinite(values).all()
    values.sum().backward()
    assert audio.grad is not None
    assert torch.isfinite(audio.grad).all()
    assert audio.grad[0].abs().max() > 0
    assert audio.grad[2].abs().max() == 0


@pytest.mark.parametrize("name", NAMES)
def test_following_the_gradient_moves_the_descriptor(name):
    audio = torch.tensor(sounds()[:1, 2000:8000], requires_grad=True)
    before = measure(audio, RATE, 1024, [name])[0].mean()
    before.backward()
    assert audio.grad is not None
    step = audio.grad * (1e-4 * audio.detach().norm() / audio.grad.norm())
    after = measure(audio.detach() + step, RATE, 1024, [name])[0].mean()
    assert after > before


def test_nothing_at_all_has_no_frames():
    values, defined = measure(torch.zeros(2, 0), RATE, 128, ["loudness"])
    assert values.shape == defined.shape == (2, 0, 1)


def test_what_cannot_be_steered_is_refused():
    with pytest.raises(CheironError, match="'f0' cannot be steered through a decoder; choose"):
        measure(torch.zeros(1, 10), RATE, 128, ["f0"])
