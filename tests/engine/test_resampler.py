import numpy as np
import pytest

from cheiron.engine.resampler import Resampler

PAIRS = [(44100, 48000), (48000, 44100), (16000, 48000), (48000, 96000), (44100, 22050)]


def run(pair, sound, block):
    resampler = Resampler(*pair)
    return [resampler.step(sound[i : i + block]) for i in range(0, len(sound), block)]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.4])
def test_a_sine_keeps_pitch_level_and_place(pair, share):
    frequency = share * min(pair)
    sound = np.sin(2 * np.pi * frequency * np.arange(8192) / pair[0]).astype(np.float32)
    got = np.concatenate(run(pair, sound, 128))
    wanted = np.sin(2 * np.pi * frequency * np.arange(len(got)) / pair[1])
    assert got[200:] == pytest.approx(wanted[200:], abs=0.003)


@pytest.mark.parametrize("pair", PAIRS)
def test_every_block_gives_what_it_is_worth(pair):
    blocks = [len(b) for b in run(pair, np.zeros(12800, np.float32), 128)][2:]
    worth = 128 * pair[1] / pair[0]
    assert min(blocks) >= worth - 1 and max(blocks) <= worth + 1


def test_blocks_of_any_size_give_the_same_sound():
    sound = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    whole = np.concatenate(run((44100, 48000), sound, 4000))
    for block in (1, 7, 128, 999):
        assert np.concatenate(run((44100, 48000), sound, block)) == pytest.approx(whole, abs=1e-6)


def test_nothing_that_goes_in_moves_a_rest():
    resampler = Resampler(44100, 48000)
    assert len(resampler.step(np.zeros(0, np.float32))) == 0
    level = np.concatenate([resampler.step(np.ones(128, np.float32)) for _ in range(20)])
    assert level[100:] == pytest.approx(1.0, abs=1e-5)
