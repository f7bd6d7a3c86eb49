from dataclasses import replace

import numpy as np
import pytest

from cheiron.core.artifact import write_artifact
from cheiron.core.audio_files import encode_audio
from cheiron.core.errors import CheironError
from cheiron.models.landmarks import Landmarks, read_landmarks

TWO = Landmarks(
    z=np.zeros((2, 3), np.float32),
    position=np.zeros((2, 2), np.float32),
    descriptors=np.zeros((2, 1), np.float32),
    names=("loudness",),
    sources=("a.wav", "b.wav"),
    start=np.array([0, 40]),
    length=np.array([40, 40]),
    sample_rate=8000,
    sound=encode_audio(np.zeros(80, np.float32), 8000),
)


def written(path, **change):
    fields = TWO.fields()
    fields["landmarks"].update(change)
    return write_artifact(path, kind="audio-model", name="m", fields=fields, files=TWO.files())


def test_what_is_written_is_read_back(tmp_path):
    read = read_landmarks(written(tmp_path / "m"), 3)
    assert (read.names, read.sources, len(read.previews())) == (TWO.names, TWO.sources, 2)


@pytest.mark.parametrize(
    "change", [{"sample_rate": "x"}, {"sources": 5}, {"descriptors": None}, {"sources": ["a"]}]
)
def test_a_description_that_does_not_fit_is_refused(tmp_path, change):
    with pytest.raises(CheironError, match="do not fit together"):
        read_landmarks(written(tmp_path / "m", **change), 3)


def test_previews_that_are_cut_short_are_refused():
    with pytest.raises(CheironError, match="cut short"):
        replace(TWO, start=np.array([0, 41])).previews()
