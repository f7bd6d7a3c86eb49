import resource
import signal

import numpy as np
import pytest
import soundfile

from cheiron.core.audio_files import AudioWriter, encode_audio, read_audio, write_audio
from cheiron.core.errors import CheironError

RATE = 44100


def tone(samples=RATE, frequency=440.0):
    return (0.5 * np.sin(2 * np.pi * frequency / RATE * np.arange(samples))).astype(np.float32)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "A.WAV"])
def test_what_is_written_is_read_back(tmp_path, name):
    write_audio(tmp_path / name, tone(), RATE)
    back = read_audio(tmp_path / name, RATE)
    assert back.dtype == np.float32
    assert np.abs(back - tone()).max() < 2**-23
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_equal_samples_give_equal_bytes_in_blocks_of_any_size(tmp_path, suffix):
    write_audio(tmp_path / f"whole{suffix}", tone(), RATE)
    with AudioWriter(tmp_path / f"blocks{suffix}", RATE) as writer:
        for start in range(0, RATE, 1000):
            writer.write(tone()[start : start + 1000])
    whole = (tmp_path / f"whole{suffix}").read_bytes()
    assert (tmp_path / f"blocks{suffix}").read_bytes() == whole
    assert encode_audio(tone(), RATE, suffix, "PCM_24") == whole


def test_channels_are_averaged(tmp_path):
    soundfile.write(tmp_path / "stereo.wav", np.stack([tone(), -tone() / 2], 1), RATE, "PCM_24")
    assert np.abs(read_audio(tmp_path / "stereo.wav", RATE) - tone() / 4).max() < 1e-6


def test_resampling_keeps_level_and_length(tmp_path):
    write_audio(tmp_path / "a.wav", tone(), RATE)
    back = read_audio(tmp_path / "a.wav", 48000)
    expected = 0.5 * np.sin(2 * np.pi * 440 / 48000 * np.arange(48000))
    assert len(back) == 48000
    assert np.abs(back - expected)[500:-500].max() < 1e-4


def test_bytes_read_as_the_file(tmp_path):
    assert np.array_equal(
        read_audio(encode_audio(tone(), RATE), RATE), np.round(tone() * 2**15) / 2**15
    )


def test_loud_samples_clip_and_do_not_wrap(tmp_path):
    write_audio(tmp_path / "a.wav", np.array([2.0, -2.0, 0.1], np.float32), RATE)
    assert np.abs(read_audio(tmp_path / "a.wav", RATE) - [1, -1, 0.1]).max() < 1e-6


@pytest.mark.parametrize("cut", [0, 10, 30, 60, 20000])
def test_a_flac_cut_short_is_refused(tmp_path, cut):
    (tmp_path / "a.flac").write_bytes(encode_audio(tone(), RATE, subtype="PCM_24")[:cut])
    with pytest.raises(CheironError, match=r"a\.flac .*\.$"):
        read_audio(tmp_path / "a.flac", RATE)


def test_a_wav_cut_short_gives_what_is_there(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode_audio(tone(), RATE, ".wav")[:20044])
    assert len(read_audio(tmp_path / "a.wav", RATE)) == 10000


@pytest.mark.parametrize("content", [b"", b"hello" * 100, b"RIFF\x00\x00\x00\x00WAVE"])
def test_what_is_not_sound_is_refused(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(CheironError, match="could not be read as sound"):
        read_audio(tmp_path / "a.wav", RATE)


def test_missing_empty_and_nan_are_refused(tmp_path):
    with pytest.raises(CheironError, match="no sound file"):
        read_audio(tmp_path / "absent.wav", RATE)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), RATE)
    with pytest.raises(CheironError, match="empty"):
        read_audio(tmp_path / "empty.wav", RATE)
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan]), RATE, "FLOAT")
    with pytest.raises(CheironError, match="not numbers"):
        read_audio(tmp_path / "nan.wav", RATE)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_named_and_leaves_nothing(tmp_path, bad):
    audio = tone(1000)
    audio[700] = bad
    with pytest.raises(CheironError, match="sample 700 "):
        write_audio(tmp_path / "a.wav", audio, RATE)
    with (
        pytest.raises(CheironError, match="sample 1700 "),
        AudioWriter(tmp_path / "b.wav", RATE) as writer,
    ):
        writer.write(tone(1000))
        writer.write(audio)
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_middle_leaves_the_old_file(tmp_path):
    write_audio(tmp_path / "a.wav", tone(), RATE)
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(KeyboardInterrupt), AudioWriter(tmp_path / "a.wav", RATE) as writer:
        writer.write(tone(50))
        raise KeyboardInterrupt
    assert (tmp_path / "a.wav").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


@pytest.fixture
def no_space():
    # The system stops a file at this size as it does on a full disk, in the middle of a write.
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, no_space, name):
    with pytest.raises(CheironError, match="could not be written"):
        write_audio(tmp_path / name, tone(), RATE)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_folder_and_a_strange_suffix_are_one_sentence(tmp_path):
    with pytest.raises(CheironError, match="folder does not exist"):
        write_audio(tmp_path / "no/a.wav", tone(), RATE)
    with pytest.raises(CheironError, match=r"expected \.wav or \.flac"):
        write_audio(tmp_path / "a.mp3", tone(), RATE)
    with pytest.raises(CheironError, match="PCM_16"):
        write_audio(tmp_path / "a.wav", tone(), RATE, "FLOAT")


def test_open_close_and_discard_may_be_repeated(tmp_path):
    writer = AudioWriter(tmp_path / "a.wav", RATE)
    with pytest.raises(CheironError, match="not open"):
        writer.write(tone())
    writer.open()
    writer.open()
    writer.write(tone(10))
    writer.close()
    writer.close()
    writer.discard()
    assert len(read_audio(tmp_path / "a.wav", RATE)) == 10
