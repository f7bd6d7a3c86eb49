import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Stage
from cheiron.core.recording import BlockStage, Recording
from cheiron.core.space import Space
from cheiron.engine.offline import on_clock_of, render
from cheiron.engine.patch import Patch
from cheiron.engine.safety import SafeGain

MOTION, CONTROL = Space.of("motion", ["x"]), Space.of("latent", ["z"])


class Double(BlockStage):
    in_space, out_space, latency = MOTION, CONTROL, 0.01

    def init(self):
        return None

    def block(self, state, times, values):
        return state, 2 * values


class Sum:
    """A stage without `run`: it only streams."""

    in_space = out_space = CONTROL
    latency, params = 0.02, ()

    def init(self):
        return 0.0

    def step(self, state, frame):
        state += float(frame.values[0])
        return state, Frame(frame.time, np.array([state], np.float32), CONTROL)


class Toy:
    """Holds each latent for one hop, plus seeded noise."""

    name, sample_rate, hop, latent, latency = "toy", 1000, 10, CONTROL, 0

    def init_decoder(self, seed=0):
        return np.random.default_rng(seed)

    def decode_step(self, state, z):
        return state, np.repeat(z[:, 0], 10) + state.normal(size=10 * len(z)).astype("f4") * 1e-3


class Sink:
    def __init__(self):
        self.blocks = []

    def write(self, block):
        self.blocks.append(block.copy())


def gesture(seconds=2.0, high=0.2):
    times = np.linspace(0, seconds, int(50 * seconds) + 1)
    return Recording(MOTION, times, np.full((len(times), 1), high, np.float32))


def test_a_patch_is_a_stage_and_adds_up_its_parts():
    patch = Patch(Double(), Sum())
    assert isinstance(patch, Stage)
    assert patch.latency == pytest.approx(0.03)
    assert (patch.in_space, patch.out_space) == (MOTION, CONTROL)


def test_stages_that_do_not_fit_are_refused():
    with pytest.raises(CheironError, match=r"one writes z, the next reads x"):
        Patch(Sum(), Double())
    with pytest.raises(CheironError, match="no stages"):
        Patch()


def test_streaming_a_patch_equals_its_trace():
    patch = Patch(Double(), Sum())
    values = np.random.default_rng(0).normal(size=(100, 1)).astype(np.float32)
    recording = Recording(MOTION, np.arange(100) / 100, values)
    trace = patch.trace(recording)
    assert [r.space.name for r in trace.written] == ["latent", "latent"]
    state = patch.init()
    for k, row in enumerate(values):
        state, frame = patch.step(state, Frame(k / 100, row, MOTION))
        assert np.abs(frame.values - trace.out.values[k]).max() < 1e-5


def test_a_gesture_becomes_as_much_sound_as_it_lasts():
    sink, shares = Sink(), []
    motion = on_clock_of(Toy(), gesture())
    done = render(motion, Patch(Double()), Toy(), sink, progress=shares.append)
    assert done.duration == pytest.approx(2.0, abs=0.02)
    assert (np.concatenate(sink.blocks) == done.audio).all()
    assert shares[-1] == 1.0
    assert done.audio[100:1900].mean() == pytest.approx(0.4, abs=1e-3)
    assert abs(done.audio[-1]) < 0.4 / 10  # no click at the end


def test_rendering_repeats_bit_by_bit_and_follows_the_seed():
    def audio(seed):
        motion = on_clock_of(Toy(), gesture())
        return render(motion, Patch(Double()), Toy(), Sink(), seed).audio

    assert (audio(1) == audio(1)).all()
    assert (audio(1) != audio(2)).any()


def test_a_model_that_is_too_loud_is_held_back_and_it_is_said():
    motion = on_clock_of(Toy(), gesture(high=2.0))
    done = render(motion, Patch(Double()), Toy(), Sink())
    assert done.peak <= np.float32(0.99)
    assert done.safety.lowest == pytest.approx(0.99 / 4, rel=0.01)


def test_sound_below_the_ceiling_passes_as_it_is():
    safe, x = SafeGain(1000), np.random.default_rng(0).uniform(-0.98, 0.98, 500).astype("f4")
    state, y = safe.step(safe.init(), x)
    assert (y == x).all()
    assert state.lowest == 1.0


def test_the_safe_gain_never_lets_more_through_and_returns():
    x = np.random.default_rng(1).normal(size=4000).astype(np.float32) * 2
    x[2000:] *= 0.1
    safe = SafeGain(1000, release=0.5)
    _, whole = safe.step(safe.init(), x)
    assert np.abs(whole).max() <= np.float32(0.99)
    assert np.allclose(whole[2600:], x[2600:], atol=1e-6)
    state, pieces = safe.init(), []
    for piece in np.split(x, [1, 7, 1000, 1001, 3000]):
        state, y = safe.step(state, piece)
        pieces.append(y)
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-5


def test_numbers_that_are_none_become_silence_and_are_counted():
    safe = SafeGain(1000)
    state, y = safe.step(safe.init(), np.array([0.1, np.nan, np.inf, -0.1], np.float32))
    assert y.tolist() == pytest.approx([0.1, 0, 0, -0.1])
    assert state.mended == 2
