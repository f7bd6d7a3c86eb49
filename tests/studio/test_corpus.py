import errno
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from cheiron.core.audio_files import write_audio
from cheiron.studio.cli import cli
from cheiron.training import corpus as builder
from cheiron.training.corpus import Clip, Corpus, CorpusConfig, build_corpus
from cheiron.training.survey import survey

RATE = 16000


def run(*arguments):
    return CliRunner().invoke(cli, ["corpus", *map(str, arguments)])


def build(folder, out, *options):
    return run("build", folder, "-o", out, "--sample-rate", RATE, *options)


@pytest.fixture
def folder(tmp_path):
    """Three notes an octave apart, a burst of noise and a file that is none."""
    (tmp_path / "in").mkdir()
    t = np.arange(RATE) / RATE
    for name, hertz in (("a3", 220), ("a4", 440), ("a5", 880)):
        tone = 0.5 * np.sin(2 * np.pi * hertz * t) * np.minimum(1, 50 * t)
        write_audio(tmp_path / "in" / f"{name}.wav", tone.astype(np.float32), RATE)
    noise = np.random.default_rng(0).normal(0, 0.05, RATE // 2).astype(np.float32)
    write_audio(tmp_path / "in" / "[bold]noise.wav", noise, RATE)
    (tmp_path / "in" / "broken.wav").write_bytes(b"nonsense")
    return tmp_path / "in"


def test_a_corpus_with_a_picture_and_a_summary(folder, tmp_path):
    out = tmp_path / "corpus"
    result = build(folder, out, "--hold-out", "a4*")
    assert result.exit_code == 0, result.output
    assert (out / "corpus.png").read_bytes().startswith(b"\x89PNG")
    assert [clip.name for clip in Corpus.open(out).held_out] == ["a4.wav"]
    for words in (
        "3.5 s in 4 clips, 16000 Hz", "1 clip, 1.0 s", "1 file", "A3 to A5",
        "left out broken.wav: could not", f"see {out / 'corpus.png'}",
        f"cheiron train {out}", "3.5 s are little",
    ):  # fmt: skip
        assert words in result.output, words
    assert "nothing is held out" not in result.output


def test_info_says_the_same_as_build(folder, tmp_path):
    out = tmp_path / "corpus"
    built = build(folder, out)
    assert run("info", out).stdout == built.stdout
    assert "nothing is held out" in built.output


def test_options_are_those_of_the_corpus(folder, tmp_path):
    out = tmp_path / "corpus"
    result = build(folder, out, "--silence", -40, "--shortest", 0.7, "--hold-out", "a*")
    assert result.exit_code == 1  # all that is left is held out
    result = build(folder, out, "--silence", -40, "--shortest", 0.7)
    assert result.exit_code == 0, result.output
    assert Corpus.open(out).config == CorpusConfig(RATE, -40.0, shortest=0.7)
    assert "left out [bold]noise.wav: shorter than 0.7 s" in result.output


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda f, o: f / "none", "is not a folder"),
        (lambda f, o: (f / "sub").mkdir() or f / "sub", "no sound file"),
        (lambda f, o: (o.mkdir(), (o / "novel.txt").write_text("x")) and f, "not a corpus"),
    ],
)
def test_a_mistake_is_one_sentence(folder, tmp_path, make, says):
    out = tmp_path / "corpus"
    result = build(make(folder, out), out)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_full_disk_is_one_sentence_and_leaves_nothing(folder, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(builder, "gather", full)
    result = build(folder, tmp_path / "corpus")
    assert result.exit_code == 1
    assert "the disk is full" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_a_survey_finds_pitch_where_there_is_one(folder, tmp_path):
    found = survey(build_corpus(folder, tmp_path / "c", CorpusConfig(RATE)))
    low, high = found.pitch_range
    assert low == pytest.approx(220, rel=0.02)
    assert high == pytest.approx(880, rel=0.02)
    assert found.voiced > 0.8
    for path in folder.glob("a*"):
        path.unlink()
    found = survey(build_corpus(folder, tmp_path / "c", CorpusConfig(RATE)))
    assert found.pitch_range is None
    assert found.voiced < 0.3


def test_a_large_corpus_is_measured_in_no_more_frames(tmp_path, monkeypatch):
    length = 200_000_000  # more than an hour, all of it one tone that is never stored
    clips = (Clip("a", 0, length, False, 0.9, 0), Clip("b", length, 100, False, 0.9, 0))
    corpus = Corpus(tmp_path, CorpusConfig(RATE), clips, 1.0, ())
    stretch = np.broadcast_to(np.float32(0.5), (length,))
    monkeypatch.setattr(Corpus, "audio", lambda self, clip: stretch[: min(clip.length, 10**6)])
    found = survey(corpus)
    assert len(found.loudness) <= 20_001
    assert sum(len(p) for p in found.peaks) <= 1502


def test_sound_that_nobody_hears_is_drawn_too(tmp_path):
    (tmp_path / "in").mkdir()
    write_audio(tmp_path / "in" / "dc.wav", np.full(RATE, 0.5, np.float32), RATE)
    result = build(tmp_path / "in", tmp_path / "corpus")
    assert result.exit_code == 0, result.output
    assert "none (0 % of it is periodic)" in result.output or "voiced" in result.output


def test_the_command_needs_no_torch():
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "import cheiron.studio.corpus, cheiron.studio.corpus_picture, cheiron.training.corpus\n"
        "import cheiron.training.landmarks, cheiron.training.space\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
