from dataclasses import replace

import numpy as np
import pytest

from cheiron.core.artifact import write_artifact
from cheiron.core.audio_files import write_audio
from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.features import DESCRIPTORS
from cheiron.models.landmarks import Landmarks, read_landmarks
from cheiron.training.corpus import CorpusConfig, build_corpus
from cheiron.training.cover import medoids, spread_out
from cheiron.training.landmarks import aligned_latents, choose_landmarks
from cheiron.training.previews import make_previews
from cheiron.training.space import fit_pca

RATE, HOP, LATE = 16000, 64, 2


class Toy:
    """Level in dB and brightness of each hop, two frames late; plays a sine of that level."""

    name, sample_rate, hop, latency = "toy", RATE, HOP, LATE * HOP
    latent = Space("latent", (Axis("z0"), Axis("z1"), Axis("t", kind="texture")))

    def encode(self, audio):
        line = np.concatenate([np.zeros(LATE * HOP), audio])[: -(-len(audio) // HOP) * HOP]
        hops = np.pad(line, (0, -len(line) % HOP)).reshape(-1, HOP)
        level = 10 * np.log10((hops**2).mean(axis=1) + 1e-8)
        bright = 10 * np.log10((np.diff(hops, axis=1) ** 2).mean(axis=1) + 1e-8) - level
        return np.stack([level, bright, hops[:, 0]], axis=1).astype(np.float32)

    def decode(self, z, seed=0):
        level = np.repeat(10 ** (z[:, 0] / 20) * (z[:, 0] > -75), HOP)
        return (level * np.sin(np.arange(len(level)) * 0.2)).astype(np.float32)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Notes of different pitch and level with silence around; one is held out."""
    folder = tmp_path_factory.mktemp("sounds")
    t = np.arange(RATE) / RATE
    shape = np.minimum(1, 20 * t) * np.exp(-4 * t) * (t < 0.9)
    for i in range(6):
        tone = np.sign(np.sin(2 * np.pi * 150 * 1.3**i * t)) * shape * 0.9 / (i + 1)
        write_audio(folder / f"note{i}.wav", tone.astype(np.float32), RATE)
    config = CorpusConfig(sample_rate=RATE, hold_out=("note5*",))
    return build_corpus(folder, tmp_path_factory.mktemp("corpus") / "c", config)


@pytest.fixture(scope="module")
def latents(corpus):
    return [aligned_latents(Toy(), corpus.audio(clip)) for clip in corpus.clips]


@pytest.fixture(scope="module")
def space(latents):
    return fit_pca(np.concatenate(latents), Toy.latent, "toy")


@pytest.fixture(scope="module")
def landmarks(corpus, latents, space):
    return choose_landmarks(Toy(), space, corpus, latents, count=40)


def test_latents_are_put_where_their_sound_is():
    click = np.zeros(20 * HOP, np.float32)
    click[7 * HOP + 5] = 1.0
    z = aligned_latents(Toy(), click)
    assert len(z) == 20
    assert z[:, 0].argmax() == 7


def test_landmarks_are_moments_of_training_clips_and_cover_them(landmarks, corpus):
    assert len(landmarks) == 40
    assert set(landmarks.names) <= set(DESCRIPTORS) and {"loudness", "centroid"} <= set(
        landmarks.names
    )
    assert (
        {f"note{i}.wav" for i in range(5)}
        <= set(landmarks.sources)
        <= {"", *(clip.name for clip in corpus.training)}
    )
    assert np.ptp(landmarks.column("loudness")[1:]) > 30
    assert len(np.unique(landmarks.z, axis=0)) >= 39


def test_exactly_one_landmark_is_quiet_and_its_loudness_is_a_number(landmarks):
    loudness = landmarks.column("loudness")
    assert np.isfinite(loudness).all()
    quiet = int(loudness.argmin())
    assert loudness[quiet] < -70
    assert np.abs(landmarks.previews()[quiet]).max() == 0
    assert (loudness < -75).sum() == 1


def test_descriptors_are_those_of_the_recording_at_that_moment(landmarks):
    level = landmarks.column("rms")
    pitched = np.isfinite(landmarks.column("f0"))
    assert pitched.any()
    heard = landmarks.z[:, 0] > -40
    assert np.corrcoef(level[heard], landmarks.z[heard, 0])[0, 1] > 0.9


def test_a_preview_is_the_model_at_that_moment_and_fades(landmarks):
    previews = landmarks.previews()
    assert landmarks.sample_rate == RATE
    assert {len(p) for p in previews[1:]} == {round(0.4 * RATE)}
    assert max(abs(float(p[0])) + abs(float(p[-1])) for p in previews) < 1e-2
    loudest = int(landmarks.z[:, 0].argmax())
    assert np.abs(previews[loudest]).max() > 0.3


def test_places_fill_the_map_and_none_covers_another(landmarks):
    place = landmarks.position
    assert ((place >= 0) & (place <= 1)).all()
    assert (np.ptp(place, axis=0) > 0.7).all()
    assert closest(place) > 0.5 / np.sqrt(len(place))


def closest(place):
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)
    return (distance + 9 * np.eye(len(place))).min()


@pytest.mark.parametrize("count", [1, 2, 3, 30, 240])
@pytest.mark.parametrize("kind", ["cloud", "line", "point"])
def test_no_two_places_are_one_even_where_the_points_are(count, kind):
    rng = np.random.default_rng(count)
    points = {
        "cloud": rng.normal(size=(count, 5)),
        "line": np.outer(rng.normal(size=count), np.ones(5)),
        "point": np.zeros((count, 1)),
    }[kind]
    place = spread_out(points)
    assert place.shape == (count, 2)
    assert closest(place) > 0.4 / np.sqrt(count)
    np.testing.assert_array_equal(place, spread_out(points))


def test_medoids_reach_the_rare_and_are_never_more_than_there_are():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(500, 2)), [[50, 50]], [[-60, 0]]])
    assert {500, 501} <= set(medoids(points, 10, rng).tolist())
    assert len(medoids(np.ones((9, 2)), 5, rng)) == 1
    assert len(medoids(np.ones((0, 2)), 5, rng)) == 0


def test_the_same_seed_gives_the_same_landmarks(landmarks, corpus, latents, space):
    again = choose_landmarks(Toy(), space, corpus, latents, count=40)
    assert again.files() == landmarks.files()
    other = choose_landmarks(Toy(), space, corpus, latents, count=40, seed=1)
    assert other.files() != landmarks.files()


def test_a_corpus_that_is_never_silent_has_a_quiet_landmark_all_the_same(tmp_path):
    noise = 0.3 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    (tmp_path / "in").mkdir()
    write_audio(tmp_path / "in" / "rain.wav", noise, RATE)
    corpus = build_corpus(tmp_path / "in", tmp_path / "out", CorpusConfig(sample_rate=RATE))
    z = [aligned_latents(Toy(), corpus.audio(corpus.clips[0]))]
    landmarks = choose_landmarks(Toy(), fit_pca(z[0], Toy.latent, "toy"), corpus, z, count=20)
    quiet = int(landmarks.column("loudness").argmin())
    assert landmarks.sources[quiet] == ""
    assert np.abs(landmarks.previews()[quiet]).max() == 0


def test_previews_become_poorer_until_they_fit():
    noise = np.random.default_rng(0)

    class Noisy(Toy):
        def decode(self, z, seed=0):
            return noise.uniform(-0.5, 0.5, len(z) * HOP).astype(np.float32)

    moments = [(np.zeros((300, 3), np.float32), 100)] * 5
    sizes = [make_previews(Noisy(), moments, limit) for limit in (10**6, 40_000, 17_000)]
    assert [p.sample_rate for p in sizes] == [RATE, RATE // 2, RATE // 2]
    assert all(len(p.sound) <= limit for p, limit in zip(sizes[1:], (40_000, 17_000), strict=True))
    assert sizes[2].length[0] == round(0.2 * RATE / 2)
    with pytest.raises(CheironError, match="choose fewer landmarks"):
        make_previews(Noisy(), moments, 100)


@pytest.fixture
def artifact(tmp_path, landmarks):
    return write_artifact(
        tmp_path / "toy", kind="audio-model", name="toy",
        fields=landmarks.fields(), files=landmarks.files(),
    )  # fmt: skip


def test_what_is_read_from_the_artifact_is_what_was_written(artifact, landmarks):
    read = read_landmarks(artifact, 3)
    assert (read.names, read.sources) == (landmarks.names, landmarks.sources)
    np.testing.assert_array_equal(read.z, landmarks.z)
    np.testing.assert_array_equal(read.previews()[7], landmarks.previews()[7])


def test_landmarks_that_do_not_fit_are_refused(artifact, tmp_path, landmarks):
    with pytest.raises(CheironError, match="have 3 latents, expected 4"):
        read_landmarks(artifact, 4)
    write_artifact(
        tmp_path / "bare", kind="audio-model", name="bare", fields={}, files=landmarks.files()
    )
    with pytest.raises(CheironError, match="description in the manifest"):
        read_landmarks(type(artifact).open(tmp_path / "bare"), 3)
    with pytest.raises(CheironError, match="do not fit together"):
        replace(landmarks, position=landmarks.position[:5])
    with pytest.raises(CheironError, match="cut short"):
        replace(landmarks, start=landmarks.start + 10**9).previews()
    with pytest.raises(CheironError, match="no descriptor 'nose'"):
        landmarks.column("nose")


def test_a_model_without_landmarks_has_none(tmp_path):
    bare = write_artifact(tmp_path / "b", kind="audio-model", name="b", fields={}, files={})
    assert read_landmarks(bare, 3) is None


def test_a_corpus_of_another_rate_and_latents_of_other_clips_are_refused(corpus, latents, space):
    class Fast(Toy):
        sample_rate = 44100

    with pytest.raises(CheironError, match="--sample-rate 44100"):
        choose_landmarks(Fast(), space, corpus, latents)
    with pytest.raises(ValueError, match="6 clips have 5 arrays"):
        choose_landmarks(Toy(), space, corpus, latents[1:])
    broken = [np.full_like(z, np.nan) for z in latents]
    with pytest.raises(CheironError, match="no finite latents"):
        choose_landmarks(Toy(), space, corpus, broken)


def test_landmarks_are_more_than_tensors():
    empty = np.zeros((0, 2), np.float32)
    with pytest.raises(CheironError, match="do not fit together"):
        Landmarks(empty, empty, empty, ("a",), (), empty[:, 0], empty[:, 0], RATE, b"")
