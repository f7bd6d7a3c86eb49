import numpy as np
import pytest
import torch

from cheiron.training.discriminator import Discriminator, discriminator_loss, generator_loss
from cheiron.training.losses import SIZES, SpectralDistance, TextureDistance, kl_divergence


def sound(seed, batch=1, samples=6000, level=0.3):
    return level * torch.randn(batch, samples, generator=torch.Generator().manual_seed(seed))


def magnitudes(x, size):
    """Centred Hann STFT, hop a quarter, edges mirrored; straight from the definition."""
    window = np.hanning(size + 1)[:-1]
    padded = np.pad(x, size // 2, mode="reflect")
    starts = range(0, len(padded) - size + 1, size // 4)
    return np.abs([np.fft.rfft(window * padded[i : i + size]) for i in starts])


def formula(x, y):
    total = 0.0
    for n in SIZES:
        s, t = magnitudes(x, n), magnitudes(y, n)
        total += np.linalg.norm(s - t) / np.linalg.norm(s)
        total += np.abs(np.log(s + 1e-4) - np.log(t + 1e-4)).mean()
    return total / len(SIZES)


@pytest.mark.parametrize("per_item", [False, True])
def test_the_distance_is_its_formula(per_item):
    x, y = sound(0), sound(1, level=0.1)
    wanted = formula(x[0].double().numpy(), y[0].double().numpy())
    assert float(SpectralDistance(per_item=per_item)(x, y)) == pytest.approx(wanted, rel=1e-4)


def test_the_distance_of_a_sound_from_itself_is_nothing_and_grows_with_the_error():
    distance, x = SpectralDistance(), sound(0)
    assert float(distance(x, x)) == 0.0
    far = [float(distance(x, x + e * sound(1))) for e in (0.01, 0.1, 1.0)]
    assert 0 < far[0] < far[1] < far[2]


def test_the_distance_depends_on_the_order_only_through_the_norm():
    distance, x, y = SpectralDistance(), sound(0), sound(1)
    assert float(distance(x, y)) == pytest.approx(float(distance(y, x)), rel=0.02)


def test_quiet_items_count_as_loud_ones_do():
    distance = SpectralDistance(per_item=True)
    loud, quiet = sound(0), sound(1, level=0.01)
    pair, wrong = torch.cat([loud, quiet]), torch.cat([loud, 0.5 * quiet])
    alone = float(distance(quiet, 0.5 * quiet))
    assert float(distance(pair, wrong)) == pytest.approx(alone / 2, rel=0.05)


def test_a_silent_item_does_not_outweigh_the_others():
    distance, silence = SpectralDistance(per_item=True), torch.zeros(1, 6000)
    hum = sound(1, level=0.01)
    assert 1 < float(distance(silence, hum)) < 30


def test_silence_on_either_side_gives_numbers_and_gradients():
    for distance in (SpectralDistance(), SpectralDistance(per_item=True), TextureDistance()):
        for target, output in ((sound(0), 0 * sound(0)), (0 * sound(0), sound(0))):
            leaf = output.clone().requires_grad_()
            value = distance(target, leaf)
            value.backward()
            assert value.isfinite()
            assert leaf.grad is not None
            assert leaf.grad.isfinite().all()


def test_texture_distance_hears_statistics_and_not_samples():
    texture, spectral = TextureDistance(), SpectralDistance()
    one, other, quiet = sound(0, samples=22050), sound(1, samples=22050), sound(2, samples=22050)
    assert float(texture(one, one)) == 0.0
    assert float(texture(one, other)) < 0.3
    assert float(texture(one, 0.1 * quiet)) == pytest.approx(np.log(10), abs=0.3)
    assert float(spectral(one, other)) > 3 * float(texture(one, other))


@pytest.mark.parametrize("samples", [300, 1024])
def test_sounds_shorter_than_a_window_have_a_distance(samples):
    distance, x, y = SpectralDistance(), sound(0, samples=samples), sound(1, samples=samples)
    assert 0 < float(distance(x, y)) < 100


def test_texture_distance_takes_short_crops():
    assert TextureDistance()(sound(0, samples=1100), sound(1, samples=1100)).isfinite()


def test_kl_is_that_of_two_gaussians():
    mean = torch.tensor([0.0, 2.0])[None, :, None].expand(3, 2, 5)
    log_scale = torch.tensor([0.0, -1.0])[None, :, None].expand(3, 2, 5)
    normal = torch.distributions.Normal
    wanted = torch.distributions.kl_divergence(
        normal(mean[0, :, 0], log_scale[0, :, 0].exp()), normal(0.0, 1.0)
    )
    torch.testing.assert_close(kl_divergence(mean, log_scale), wanted)


def test_a_discriminator_learns_to_tell_apart_and_its_opinion_guides():
    torch.manual_seed(0)
    judge = Discriminator(sizes=(256,), channels=4)
    real, fake = 3 * sound(0, 2, 2000), 0.03 * sound(1, 2, 2000)
    optimizer = torch.optim.Adam(judge.parameters(), 1e-2)
    first, _ = discriminator_loss(judge, real, fake)
    for _ in range(15):
        loss, accuracy = discriminator_loss(judge, real, fake)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < float(first.detach())
    assert accuracy > 0.9
    with torch.no_grad():
        worse, features = generator_loss(judge, real, fake)
        better, none = generator_loss(judge, real, real)
    assert float(better) < float(worse)
    assert float(none) == 0.0 < float(features)
