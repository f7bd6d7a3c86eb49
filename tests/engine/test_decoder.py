import numpy as np
import pytest
from live_toys import Sine, steepest

from cheiron.engine.decoder import Decoder

Z = np.array([0.5], np.float32)


def blocks(decoder, n, z=Z):
    return [np.array(decoder.block(z)) for _ in range(n)]


def test_at_the_models_own_rate_the_sound_is_the_models():
    model = Sine()
    sound = np.concatenate(blocks(Decoder(model, 44100), 50))
    _, wanted = model.decode_step(model.init_decoder(), np.full((50, 1), 0.5, np.float32))
    assert (sound == wanted).all()


@pytest.mark.parametrize("rate", [22050, 48000, 96000])
def test_at_another_rate_it_keeps_its_pitch_and_comes_in_small_even_blocks(rate):
    decoder = Decoder(Sine(), rate)
    made = blocks(decoder, 400)
    assert max(map(len, made)) <= decoder.samples + 2 and min(map(len, made[8:])) > 0
    sound = np.concatenate(made)[2000:12000]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) * rate / len(sound) == pytest.approx(441, abs=3 * rate / 48000)
    assert len(np.concatenate(made)) == pytest.approx(400 * 128 * rate / 44100, abs=100)
    assert 0 < decoder.delay < 0.002


def test_the_same_seed_gives_the_same_sound_at_every_output_again():
    one = Decoder(Sine(), 48000, seed=3)
    first = np.concatenate(blocks(one, 20))
    assert (np.concatenate(blocks(one.at(48000), 20)) == first).all()
    assert one.at(44100).sample_rate == 44100


def test_nothing_leaves_above_full_scale_or_as_no_number():
    decoder = Decoder(Sine(), 48000)
    loud = np.concatenate(blocks(decoder, 40, np.array([30.0], np.float32)))
    assert abs(loud).max() <= 0.99 and decoder.reduction > 20
    broken = np.concatenate(blocks(decoder, 3, np.array([np.nan], np.float32)))
    assert np.isfinite(broken).all() and decoder.mended > 0


def test_blocks_join_without_a_seam():
    sound = np.concatenate(blocks(Decoder(Sine(), 48000), 100))
    assert steepest(sound[200:]) < 0.5 * 2 * np.pi * 441 / 48000 * 1.05
