"""The models that everybody hears first."""

import numpy as np
import pytest

from cheiron.core.artifact import Artifact
from cheiron.core.marks import meaning_of, position_of
from cheiron.features.descriptors import describe
from cheiron.models import load_model, shipped_models
from cheiron.models.landmarks import read_landmarks
from cheiron.studio.chain import control_space

NAMES = ("sax", "storm")


@pytest.fixture(params=NAMES)
def model(request):
    return load_model(request.param)


def held(model, seconds=1.0, **knobs):
    """The sound of a control point that does not move, texture drawn as noise.

    Knobs are given in what their marks say, such as dB.
    """
    space = control_space(model)
    frames = round(seconds * model.sample_rate / model.hop)
    c = np.tile(space.control.default, (frames, 1))
    rng = np.random.default_rng(0)
    for i, axis in enumerate(space.control.axes):
        if axis.kind == "texture":
            c[:, i] = rng.standard_normal(frames) * space.std[i]
        if axis.name in knobs:
            c[:, i] = position_of(axis, knobs[axis.name])
    return model.decode(space.to_latent(c.astype(np.float32)))


def level(audio):
    return 20 * np.log10(np.sqrt(np.mean(audio.astype(np.float64) ** 2)) + 1e-12)


def test_both_are_there():
    assert set(NAMES) <= set(shipped_models())


@pytest.mark.parametrize("name", NAMES)
def test_each_is_small_and_says_what_it_was_made_of(name):
    path = shipped_models()[name]
    assert sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) <= 8_000_000
    artifact = Artifact.open(path, "audio-model")
    assert "CC0" in artifact.manifest["provenance"]["licence"]
    card = artifact.read("card.md").decode()
    assert "cheiron train" in card
    assert "CC0" in card
    assert read_landmarks(artifact, load_model(name).latent.size) is not None


def test_silence_in_is_silence_out(model):
    z = model.encode(np.zeros(model.sample_rate, np.float32))
    assert level(model.decode(z)) < -60


def test_rest_is_silent(model):
    assert level(held(model)) < -80


def test_loudness_is_a_knob(model):
    control = control_space(model).control
    axis = control.axes[control.index("loudness")]
    top = meaning_of(axis, axis.high)
    loud, soft = held(model, loudness=top), held(model, loudness=top - 20.0)
    assert 15 < level(loud) - level(soft) < 25
    assert level(loud) > -35
    assert np.abs(loud).max() < 1.5


def test_streaming_is_offline(model):
    rng = np.random.default_rng(1)
    low, high = model.latent.low, model.latent.high
    z = (low + (high - low) * rng.random((40, model.latent.size))).astype(np.float32)
    whole = model.decode(z, seed=3)
    state = model.init_decoder(3)
    pieces = []
    for frame in z:
        state, block = model.decode_step(state, frame[None])
        pieces.append(block.copy())
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-5
    assert (model.decode(z, seed=3) == whole).all()


def test_a_held_sound_neither_drifts_nor_dies(model):
    sound = held(model, 6.0, loudness=-20.0)
    first, last = sound[model.sample_rate : 2 * model.sample_rate], sound[-model.sample_rate :]
    assert abs(level(first) - level(last)) < 3


@pytest.mark.parametrize("note", [50, 57, 64, 71, 79])
def test_the_sax_plays_the_pitch_it_is_asked_for(note):
    model = load_model("sax")
    sound = held(model, 0.8, pitch=float(note), loudness=-20.0)
    table = describe(sound, model.sample_rate, 512, ["f0"])
    f0 = table[20:-20, 0]
    wanted = 440 * 2 ** ((note - 69) / 12)
    assert abs(1200 * np.log2(np.nanmedian(f0) / wanted)) < 15


def test_a_held_storm_does_not_buzz():
    """Without texture in motion it would repeat at the frame rate: 344 Hz and its multiples."""
    model = load_model("storm")
    sound = held(model, 4.0, loudness=-25.0)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
    rate = model.sample_rate / model.hop
    bins = sound.size / model.sample_rate
    for k in range(1, 12):
        at = round(k * rate * bins)
        line = spectrum[at - 3 : at + 4].max()
        around = np.median(spectrum[at - 200 : at + 200])
        assert line < 100 * around, f"a line at {k * rate:.0f} Hz"
