import threading

import numpy as np
import pytest

from cheiron.core.audio_files import write_audio
from cheiron.core.errors import CheironError
from cheiron.learning.encode import encode, load_space
from cheiron.learning.task import Cancelled, Task
from cheiron.models import load_model


@pytest.fixture(scope="module")
def tone(tmp_path_factory):
    """A second and a bit of a falling tone."""
    path = tmp_path_factory.mktemp("sound") / "tone.wav"
    t = np.arange(50_000) / 44100
    write_audio(path, (0.3 * np.sin(2 * np.pi * (400 * t - 50 * t * t))).astype(np.float32), 44100)
    return path


def asked(path, **more):
    return {"audio": str(path), "model": "sax", "space": "pca", **more}


def test_a_sound_becomes_control_points_that_give_its_latents_back(tone):
    told = []
    result = encode(Task(asked(tone), report=told.append))
    model = load_model("sax")
    z, control = result.arrays["z"], result.arrays["control"]
    assert z.shape == control.shape == (result.words["frames"], model.latent.size)
    assert result.words["frames"] == -(-50_000 // model.hop)
    assert result.words["rate"] == model.sample_rate / model.hop
    assert result.words["seconds"] == pytest.approx(50_000 / 44100)
    np.testing.assert_allclose(load_space(model, "pca").to_latent(control), z, atol=1e-4)
    assert told == sorted(told) and len(told) >= 4


def test_in_pieces_it_is_the_same_as_whole(tone):
    from cheiron.core.audio_files import read_audio

    model = load_model("sax")
    audio, late = read_audio(tone, model.sample_rate), model.latency // model.hop
    frames = -(-len(audio) // model.hop)
    padded = np.zeros((frames + late) * model.hop, np.float32)
    padded[: len(audio)] = audio
    result = encode(Task(asked(tone, space="")))
    np.testing.assert_allclose(result.arrays["control"], model.encode(padded)[late:], atol=1e-5)


def test_it_stops_when_nobody_wants_it(tone):
    cancelled = threading.Event()
    task = Task(asked(tone), report=lambda _: cancelled.set(), cancelled=cancelled)
    with pytest.raises(Cancelled):
        encode(task)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"audio": "/nowhere.wav"}, "no sound file"),
        ({"model": "nothing"}, "no model"),
        ({"space": "nothing"}, "no control space"),
    ],
)
def test_what_is_not_there_is_said(tone, change, sentence):
    with pytest.raises(CheironError, match=sentence):
        encode(Task(asked(tone) | change))


def test_a_sound_that_is_too_long_is_refused(tone, monkeypatch):
    monkeypatch.setattr("cheiron.learning.encode.LONGEST", 1.0)
    with pytest.raises(CheironError, match="cut out"):
        encode(Task(asked(tone)))
