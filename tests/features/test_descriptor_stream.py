import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.features import DESCRIPTORS
from cheiron.features.descriptor_stream import DescriptorStream
from cheiron.features.descriptors import describe

RATE = 44100
NAMES = tuple(DESCRIPTORS)


@pytest.fixture(scope="module")
def sound():
    rng, t = np.random.default_rng(3), np.arange(12000) / RATE
    return (0.3 * np.sin(2 * np.pi * 300 * t**1.1) + 0.01 * rng.standard_normal(t.size)).astype(
        np.float32
    )


def streamed(stream, sound, blocks):
    """The values, and how many samples had come when each was given."""
    state, rows, when, start = stream.init(), [], [], 0
    while start < sound.size:
        size = next(blocks)
        state, values = stream.step(state, sound[start : start + size])
        start = min(start + size, sound.size)
        rows.extend(values)
        when.extend([start] * len(values))
    return np.array(rows), when


def forever(size):
    while True:
        yield size


@pytest.mark.parametrize(("hop", "every"), [(128, 1), (512, 3), (3000, 1), (4097, 2)])
@pytest.mark.parametrize("size", [1, 100, 128, 5000, 99999])
def test_a_stream_is_the_whole_sound_delayed_by_its_latency(sound, hop, every, size):
    names = ["rms", "centroid"] if size == 1 else NAMES
    sound = sound[:6000] if size == 1 else sound
    stream = DescriptorStream(RATE, hop, names, every)
    values, when = streamed(stream, sound, forever(size))
    whole = describe(sound, RATE, hop, names)[::every][: len(values)]
    assert len(values) == max(0, (sound.size - stream.latency) // (hop * every) + 1)
    np.testing.assert_allclose(values, whole.reshape(values.shape), rtol=2e-4, atol=2e-4)
    due = [t * hop * every + stream.latency for t in range(len(values))]
    late = [came - ready for came, ready in zip(when, due, strict=True)]
    assert all(0 <= wait < size for wait in late)


def test_blocks_of_any_sizes_may_follow_each_other(sound):
    rng = np.random.default_rng(0)
    stream = DescriptorStream(RATE, 256, ["loudness", "f0"])
    values, _ = streamed(stream, sound, iter(lambda: int(rng.integers(0, 900)), -1))
    whole = describe(sound, RATE, 256, ["loudness", "f0"])[: len(values)]
    np.testing.assert_allclose(values, whole, rtol=1e-4)


def test_states_are_values_so_a_step_can_be_taken_again(sound):
    stream = DescriptorStream(RATE, 512, ["rms"])
    state, _ = stream.step(stream.init(), sound[:3000])
    first, again = (stream.step(state, sound[3000:6000])[1] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_samples_that_are_no_numbers_are_undefined_and_pass(sound):
    broken = sound.copy()
    broken[3000] = np.nan
    stream = DescriptorStream(RATE, 512, NAMES)
    values, _ = streamed(stream, broken, forever(700))
    assert np.isnan(values[4:7]).all()
    np.testing.assert_array_equal(
        np.isnan(values), np.isnan(describe(broken, RATE, 512, NAMES)[: len(values)])
    )
    assert np.isfinite(values[-3:, 0]).all()


@pytest.mark.parametrize(("hop", "every"), [(0, 1), (128, 0)])
def test_hops_of_nothing_are_refused(hop, every):
    with pytest.raises(CheironError, match="both have to be at least 1"):
        DescriptorStream(RATE, hop, ["rms"], every)
