import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cheiron.core.audio_files import write_audio
from cheiron.core.errors import CheironError
from cheiron.training import corpus as module
from cheiron.training import corpus_files
from cheiron.training.corpus import Corpus, CorpusConfig, build_corpus, find_audio, with_held_out
from cheiron.training.silence import SilenceCut, cut_silence

RATE = 8000
CONFIG = CorpusConfig(sample_rate=RATE)


def tone(seconds=1.0, size=0.5, rate=RATE):
    return (size * np.sin(np.arange(round(seconds * rate)) * 0.3)).astype(np.float32)


def quiet(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.fixture
def folder(tmp_path):
    """Two notes, one of them in a sub-folder, softer and with silence around it."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    write_audio(tmp_path / "in" / "loud.wav", tone(), RATE)
    soft = np.concatenate([quiet(0.5), tone(size=0.05), quiet(2)])
    write_audio(tmp_path / "in" / "deep" / "soft.flac", soft, RATE)
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "corpus"


def names(out):
    """What lies beside the corpus, hidden or not."""
    return sorted(p.name for p in out.parent.iterdir())


def test_one_gain_for_all_so_that_dynamics_survive(folder, out):
    corpus = build_corpus(folder, out, CONFIG)
    soft, loud = corpus.clips
    assert (soft.name, loud.name) == ("soft.flac", "loud.wav")
    assert loud.peak == pytest.approx(0.9, abs=1e-3)
    assert soft.peak == pytest.approx(0.09, abs=1e-3)
    assert np.abs(corpus.audio(loud)).max() == pytest.approx(0.9, abs=1e-3)
    assert corpus.gain == pytest.approx(1.8, abs=0.01)


def test_silent_ends_are_trimmed_but_for_a_margin(folder, out):
    soft = build_corpus(folder, out, CONFIG).clips[0]
    assert soft.length == pytest.approx(1.2 * RATE, abs=20)
    assert soft.trimmed == pytest.approx(2.3 * RATE, abs=20)


def test_what_is_opened_is_what_was_built(folder, out):
    corpus = build_corpus(folder, out, CONFIG)
    opened = Corpus.open(out)
    assert opened == corpus
    for clip in opened.clips:
        np.testing.assert_array_equal(opened.audio(clip), corpus.audio(clip))
    assert sorted(p.name for p in out.iterdir()) == ["audio.npy", "corpus.json"]
    assert names(out) == ["corpus", "in"]


def test_any_format_rate_and_channels_become_mono_at_one_rate(tmp_path, out):
    (tmp_path / "in").mkdir()
    stereo = np.stack([tone(rate=22050), tone(rate=22050)], axis=1)
    for name in ("a.wav", "b.aiff", "c.ogg", "d.flac", "e.mp3"):
        soundfile.write(tmp_path / "in" / name, stereo, 22050)
    corpus = build_corpus(tmp_path / "in", out, CONFIG)
    assert [c.name[0] for c in corpus.clips] == list("abcde")
    assert {round(c.length / RATE, 1) for c in corpus.clips} == {1.0}


def test_long_silences_inside_are_cut_out_without_a_click():
    rate = 8000
    cut = SilenceCut(1e-3, margin=800, longest=8000, fade=80)
    audio = np.concatenate([tone(0.5), quiet(0.9), tone(0.5), quiet(3), tone(0.5)])
    hum = audio + np.float32(5e-4) * np.cos(np.arange(audio.size) * 0.01).astype(np.float32)
    kept = cut_silence(hum, cut)
    assert kept.size == pytest.approx((0.5 + 0.9 + 0.5 + 0.2 + 0.5) * rate, abs=100)
    seam = kept[round(1.9 * rate) + 10 : round(2.1 * rate) - 100]
    assert np.abs(np.diff(seam)).max() < 2e-5


@pytest.mark.parametrize("margin", [0, 1, 3])
@pytest.mark.parametrize("longest", [0, 4, 50])
def test_nothing_loud_is_ever_cut(margin, longest):
    audio = np.zeros(100, np.float32)
    audio[[0, 3, 10, 40, 99]] = [1, 2, 3, 4, 5]
    kept = cut_silence(audio, SilenceCut(0.5, margin, longest, fade=2))
    assert kept[kept > 0.5].tolist() == [1, 2, 3, 4, 5]


def test_held_out_by_name_or_by_folder(folder, out):
    for pattern in ("soft*", "deep/*"):
        corpus = build_corpus(folder, out, CorpusConfig(RATE, hold_out=(pattern,)))
        assert [c.name for c in corpus.held_out] == ["soft.flac"]
        assert [c.name for c in corpus.training] == ["loud.wav"]
    assert [c.name for c in with_held_out(corpus, ["loud*"]).held_out] == ["loud.wav"]


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        (("soft*", "typo*"), "no file matches --hold-out typo.*the first file is called soft.flac"),
        (("*",), "every clip is held out"),
    ],
)
def test_a_hold_out_that_cannot_be_meant_is_refused(folder, out, patterns, says):
    with pytest.raises(CheironError, match=says):
        build_corpus(folder, out, CorpusConfig(RATE, hold_out=patterns))
    assert names(out) == ["in"]


def test_what_cannot_be_used_is_left_out_and_named(folder, out):
    (folder / "corrupt.wav").write_bytes(b"RIFF0000WAVEnonsense")
    (folder / "empty.flac").write_bytes(b"")
    (folder / "music.m4a").write_bytes(b"\0\0\0\x1cftypM4A ")
    whole = (folder / "deep" / "soft.flac").read_bytes()
    (folder / "truncated.flac").write_bytes(whole[: len(whole) // 2])
    write_audio(folder / "silent.wav", quiet(1), RATE)
    write_audio(folder / "dither.wav", tone(size=1e-4), RATE)
    write_audio(folder / "short.wav", tone(0.02), RATE)
    write_audio(folder / "nothing.wav", quiet(0), RATE)
    soundfile.write(folder / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    corpus = build_corpus(folder, out, CONFIG)
    assert [c.name for c in corpus.clips] == ["soft.flac", "loud.wav"]
    reasons = dict(corpus.left_out)
    assert set(reasons) == {
        "corrupt.wav", "empty.flac", "music.m4a", "truncated.flac", "silent.wav", "dither.wav",
        "short.wav", "nothing.wav", "nan.wav",
    }  # fmt: skip
    assert reasons["silent.wav"] == reasons["dither.wav"] == "silent"
    assert "shorter than 0.25 s" in reasons["short.wav"]
    assert not any(str(folder) in reason for reason in reasons.values())


def test_hidden_files_and_other_things_are_not_sound(folder):
    for name in (".hidden.wav", "notes.txt", "data.raw"):
        (folder / name).write_bytes(b"x")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.wav").write_bytes(b"x")
    (folder / "folder.wav").mkdir()
    assert [p.name for p in find_audio(folder)] == ["soft.flac", "loud.wav"]


@pytest.mark.parametrize("make", ["nothing", "text", "silence", "corrupt"])
def test_a_folder_without_usable_sound_is_refused(tmp_path, out, make):
    folder = tmp_path / "in"
    folder.mkdir()
    if make == "text":
        (folder / "readme.txt").write_text("no sound here")
    if make == "silence":
        write_audio(folder / "silent.wav", quiet(1), RATE)
    if make == "corrupt":
        (folder / "corrupt.wav").write_bytes(b"x" * 100)
    with pytest.raises(CheironError, match=r"no sound file|none of the 1 files"):
        build_corpus(folder, out, CONFIG)
    assert names(out) == ["in"]


def test_a_folder_that_is_none_and_an_output_that_is_something_else_are_refused(folder, out):
    with pytest.raises(CheironError, match="is not a folder"):
        build_corpus(folder / "loud.wav", out, CONFIG)
    for other in (folder, folder / "loud.wav"):
        with pytest.raises(CheironError, match="exists and is not a corpus"):
            build_corpus(folder, other, CONFIG)
    assert (folder / "loud.wav").is_file()


@pytest.mark.parametrize("stage", ["gather", "write", "describe"])
def test_a_full_disk_leaves_the_older_corpus(folder, out, monkeypatch, stage):
    build_corpus(folder, out, CONFIG)
    before = (out / "corpus.json").read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    target = {
        "gather": (module, "gather"),
        "write": (corpus_files.np.lib.format, "write_array_header_1_0"),
        "describe": (Corpus, "describe"),
    }[stage]
    monkeypatch.setattr(*target, full)
    with pytest.raises(CheironError, match="the disk is full; free some space"):
        build_corpus(folder, out, CorpusConfig(RATE, margin=0.2))
    assert (out / "corpus.json").read_bytes() == before
    assert names(out) == ["corpus", "in"]


def test_interrupted_it_leaves_nothing(folder, out):
    def stop(paths):
        yield next(iter(paths))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_corpus(folder, out, CONFIG, stop)
    assert names(out) == ["in"]


def test_killed_it_leaves_nothing_under_the_final_name_and_the_next_build_clears_up(folder, out):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from cheiron.training.corpus import CorpusConfig, build_corpus\n"
        "def slow(paths):\n"
        "    for path in paths:\n"
        "        yield path\n"
        "        print('read', flush=True); time.sleep(60)\n"
        "build_corpus(Path(sys.argv[1]), Path(sys.argv[2]), CorpusConfig(8000), slow)\n"
    )
    command = [sys.executable, "-c", code, str(folder), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "read\n"
        os.kill(process.pid, 9)
    assert not out.exists()
    assert len(names(out)) == 2
    build_corpus(folder, out, CONFIG)
    assert names(out) == ["corpus", "in"]


def test_killed_between_two_renames_the_older_corpus_comes_back(folder, out):
    corpus = build_corpus(folder, out, CONFIG)
    out.rename(out.with_name(".corpus.previous"))
    assert Corpus.open(out) == corpus
    assert names(out) == ["corpus", "in"]


def test_one_file_at_a_time_is_in_memory(folder, out, monkeypatch):
    alive = 0
    most = 0

    class Counted(np.ndarray):
        def __array_finalize__(self, parent):
            nonlocal alive, most
            if parent is None or not isinstance(parent, Counted):
                alive += 1
                most = max(most, alive)
                self.counted = True

        def __del__(self):
            nonlocal alive
            alive -= getattr(self, "counted", False)

    read = corpus_files.read_audio
    monkeypatch.setattr(corpus_files, "read_audio", lambda *a: np.asarray(read(*a)).view(Counted))
    for i in range(8):
        write_audio(folder / f"more{i}.wav", tone(), RATE)
    build_corpus(folder, out, CONFIG)
    assert most <= 2


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda out: (out / "corpus.json").unlink(), "not a corpus"),
        (lambda out: (out / "corpus.json").write_text("{"), "is damaged"),
        (lambda out: (out / "corpus.json").write_text("[]"), "is damaged"),
        (lambda out: (out / "audio.npy").unlink(), "is damaged"),
        (lambda out: (out / "audio.npy").write_bytes(b""), "is damaged"),
        (lambda out: np.save(out / "audio.npy", np.zeros(3, np.float32)), "cut short"),
        (lambda out: np.save(out / "audio.npy", np.float32(3)), "cut short"),
        (lambda out: change(out, format_version=2), "cheiron-corpus 2.*update cheiron"),
        (lambda out: change(out, format="other"), "of the format other"),
        (lambda out: change(out, clips=[{"name": "x"}]), "is damaged"),
    ],
)
def test_a_corpus_that_is_damaged_newer_or_none_is_refused(folder, out, damage, says):
    build_corpus(folder, out, CONFIG)
    damage(out)
    with pytest.raises(CheironError, match=says):
        Corpus.open(out)


def change(out, **fields):
    path = Path(out) / "corpus.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
