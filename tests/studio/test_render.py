import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import cheiron.studio.render as module
from cheiron.control.linear import LinearSpace
from cheiron.control.scenes import SCENE_AXIS
from cheiron.core.artifact import Artifact, write_artifact
from cheiron.core.audio_files import AudioWriter, encode_audio, read_audio
from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.models.landmarks import Landmarks
from cheiron.studio.chain import control_space, examples_of
from cheiron.studio.render import render, render_gesture

DEMO = Path(module.__file__).parent.parent / "assets" / "gestures" / "demo.csv"
LATENT = Space.of("latent", ["pitch", "loudness", "z2"], low=-1.0, high=1.0)


class Toy:
    """A sine: the first latent is its pitch in octaves, the second its loudness in 40 dB."""

    name, sample_rate, hop, latent, latency = "toy", 44100, 128, LATENT, 0

    def init_decoder(self, seed=0):
        return [0.0, 0.0, np.random.default_rng(seed)]

    def decode_step(self, state, z):
        phase, level, generator = state
        steps = np.repeat(2 * np.pi * 220 * 2.0 ** z[:, 0] / 44100, 128).astype(np.float64)
        phases = phase + np.cumsum(steps)
        levels = np.where(z[:, 1] <= -1.999, 0.0, 0.5 * 10 ** (2 * np.minimum(z[:, 1], 2) - 4))
        curve = np.interp(np.arange(128 * len(z)) / 128, np.arange(len(z) + 1), [level, *levels])
        noise = 1e-4 * generator.normal(size=len(curve))
        audio = (curve * (np.sin(phases) + noise)).astype(np.float32)
        return [phases[-1] % (2 * np.pi), levels[-1], generator], audio


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setattr(module, "load_model", lambda path, trust=False: Toy())


@pytest.fixture
def gesture(tmp_path):
    """A phone that turns for a second between two seconds at rest."""
    path = tmp_path / "gesture.csv"
    t = np.arange(0, 5, 0.02)
    rate = 2.0 * ((t > 2) & (t < 3))
    angle = np.cumsum(rate) * 0.02
    rows = np.stack([t, rate, np.cos(angle / 2), 0 * t, 0 * t, np.sin(angle / 2)], axis=1)
    header = "time,gyroscope_z,quaternion_w,quaternion_x,quaternion_y,quaternion_z"
    np.savetxt(path, rows, delimiter=",", header=header, comments="", fmt="%.6f")
    return path


def run(*arguments):
    return CliRunner().invoke(render, [str(a) for a in arguments])


def level(audio, start, stop):
    return float(np.abs(audio[int(start * 44100) : int(stop * 44100)]).max())


def test_the_demo_gesture_becomes_sound_with_one_line_of_summary(tmp_path):
    out = tmp_path / "out.wav"
    result = run("toy", DEMO, "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 1
    for words in ("s of sound", "x real time", "dBFS"):
        assert words in result.stdout
    assert "gyro_energy -> loudness" in result.stderr
    assert "orientation_yaw -> pitch" in result.stderr
    assert 15 <= len(read_audio(out, 44100)) / 44100 <= 20
    assert list(tmp_path.iterdir()) == [out]


def test_silent_at_rest_and_loud_in_movement(tmp_path, gesture):
    render_gesture("toy", gesture, tmp_path / "out.wav")
    audio = read_audio(tmp_path / "out.wav", 44100)
    assert level(audio, 0.0, 1.9) == 0.0
    assert level(audio, 2.3, 2.9) > 0.1
    assert level(audio, 4.0, 5.0) < 1e-3


def test_rendering_twice_gives_the_same_bytes(tmp_path, gesture):
    files = [tmp_path / name for name in ("a.wav", "b.wav", "c.wav")]
    for file, seed in zip(files, (5, 5, 6), strict=True):
        render_gesture("toy", gesture, file, seed=seed)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes() != files[2].read_bytes()


def test_a_mapping_that_is_given_is_used(tmp_path, gesture):
    line = "gyro_energy -> loudness : 0..1 => 1..1.5, smooth=0.01"
    file = tmp_path / "map.toml"
    file.write_text('[[map]]\nfrom = "orientation_yaw"\nto = "pitch"\n')
    done = render_gesture("toy", gesture, tmp_path / "out.wav", maps=[line, str(file)])
    assert [c.target for c in done.connections] == ["loudness", "pitch"]
    controls = done.rendering.trace.written[2]
    assert controls.column("loudness")[100] == pytest.approx(1.0, abs=0.01)
    assert np.isnan(controls.column("z2")).all()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nose -> pitch", "there is no motion axis 'nose'; choose one of gyro_rate"),
        ("gyro_energy -> nose", "there is no control axis 'nose'; choose one of pitch, loudness"),
        ("nothing.toml", "neither a connection"),
        ("a -> b -> c : x", "has the option 'x'"),
    ],
)
def test_a_mapping_that_does_not_fit_leaves_no_file(tmp_path, gesture, line, says):
    with pytest.raises(CheironError) as error:
        render_gesture("toy", gesture, tmp_path / "out.wav", maps=[line])
    assert says in str(error.value)
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("x,y\n1,2\n", "no time"),
        ("t,x\n0,1\n", "at least two"),
        ("t,x\n0,nan\n1,nan\n", "none with numbers"),
    ],
)
def test_a_gesture_that_is_none_is_refused_and_leaves_no_file(tmp_path, text, says):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(CheironError, match=says):
        render_gesture("toy", tmp_path / "bad.csv", tmp_path / "out.wav")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.csv"]


def test_what_was_mended_in_a_gesture_is_told(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("t,x,y\n0,0,0\n0.2,1,nan\n0.1,2,1\n0.1,3,1\n0.3,4,1\n")
    result = run("toy", path, "-o", tmp_path / "out.wav")
    assert result.exit_code == 0, result.output
    for words in ("out of order", "repeat a time", "hold no number"):
        assert words in result.stderr
    assert np.isfinite(read_audio(tmp_path / "out.wav", 44100)).all()


@pytest.mark.parametrize("option", ["output", "plot"])
@pytest.mark.parametrize("where", ["no/such/file", "folder", "file.txt"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    tmp_path, gesture, monkeypatch, option, where
):
    monkeypatch.setattr(module, "load_model", lambda *a, **k: pytest.fail("it started to work"))
    suffix = {"output": ".wav", "plot": ".png"}[option]
    (tmp_path / f"folder{suffix}").mkdir()
    places = {"output": tmp_path / "out.wav", "plot": tmp_path / "out.png"}
    places[option] = tmp_path / (where if "." in where else where + suffix)
    with pytest.raises(CheironError) as error:
        render_gesture("toy", gesture, places["output"], plot=places["plot"])
    assert str(places[option].name) in str(error.value)
    assert not (tmp_path / "out.wav").exists()


def test_a_disk_that_fills_up_leaves_the_older_file(tmp_path, gesture, monkeypatch):
    out = tmp_path / "out.wav"
    out.write_bytes(b"older")
    written = AudioWriter.write

    def full(self, block):
        if self._written > 44100:
            self.discard()
            raise OSError(errno.ENOSPC, "No space left on device")
        written(self, block)

    monkeypatch.setattr(AudioWriter, "write", full)
    with pytest.raises(OSError, match="No space"):
        render_gesture("toy", gesture, out)
    assert out.read_bytes() == b"older"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gesture.csv", "out.wav"]


def test_killed_in_the_middle_it_leaves_nothing_under_the_final_name(tmp_path, gesture):
    code = (
        "import sys, time\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import test_render as t, cheiron.studio.render as module\n"
        "class Slow(t.Toy):\n"
        "    def decode_step(self, state, z):\n"
        "        print('decoding', flush=True); time.sleep(0.5)\n"
        "        return super().decode_step(state, z)\n"
        "module.load_model = lambda *a, **k: Slow()\n"
        "module.render_gesture('toy', sys.argv[2], sys.argv[3])\n"
    )
    out = tmp_path / "out.wav"
    folder = str(Path(__file__).parent)
    command = [sys.executable, "-c", code, folder, str(gesture), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "decoding\n"
        assert process.stdout.readline() == "decoding\n"
        os.kill(process.pid, 9)
    assert not out.exists()


def test_the_plot_is_a_picture_and_only_drawing_needs_matplotlib(tmp_path, gesture):
    result = run("toy", gesture, "-o", tmp_path / "o.wav", "--plot", tmp_path / "o.png")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "o.png").read_bytes().startswith(b"\x89PNG")
    code = (
        "import sys, cheiron.studio.render; "
        "sys.exit(bool({'torch', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_model_without_an_artifact_is_played_by_its_latents():
    space = control_space(Toy())
    assert space.control.names == LATENT.names
    assert set(space.control.high.tolist()) == {2.0}
    with pytest.raises(CheironError, match="no control space 'pca', none"):
        control_space(Toy(), "pca")


@pytest.fixture
def packed(tmp_path):
    """A model with two control spaces and landmarks."""
    z = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    landmarks = Landmarks(
        z=z,
        position=np.zeros((50, 2), np.float32),
        descriptors=np.stack([z[:, 1], -z[:, 2]], axis=1),
        names=("pitch", "loudness"),
        sources=("",) * 50,
        start=np.zeros(50, np.int64),
        length=np.ones(50, np.int64),
        sample_rate=44100,
        sound=encode_audio(np.zeros(1, np.float32), 44100),
    )
    write_artifact(
        tmp_path / "toy",
        kind="audio-model",
        name="toy",
        fields=landmarks.fields(),
        files=landmarks.files(),
    )
    axes = tuple(Axis(f"pc{i}", -1.5, 1.5) for i in range(3))
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    for name in ("pca", "other"):
        space = LinearSpace(Space(name, axes), LATENT, np.zeros(3), turn, np.ones(3), "toy")
        space.save(tmp_path / "toy" / "spaces" / name, name)
    model = Toy()
    model.artifact = Artifact.open(tmp_path / "toy")
    return model


def test_the_control_space_of_the_artifact_is_taken(packed):
    assert control_space(packed).control.name == "pca"
    assert control_space(packed, "other").control.name == "other"
    with pytest.raises(CheironError, match="only other, pca"):
        control_space(packed, "third")


def test_landmarks_tell_which_way_is_loud(packed, tmp_path, gesture, monkeypatch):
    examples = examples_of(packed, control_space(packed))
    assert examples.controls.shape == (50, 3)
    monkeypatch.setattr(module, "load_model", lambda path, trust=False: packed)
    first = render_gesture("toy", gesture, tmp_path / "out.wav").connections[0]
    assert (first.target, first.outputs) == ("pc0", (1.5, -1.5))


class Staged:
    """A space with a place on a time line of scenes as its last knob."""

    model, latent, std = "toy", LATENT, np.ones(4, np.float32)

    def __init__(self, space):
        self.inner, self.control = space, Space("staged", (*space.control.axes, SCENE_AXIS))

    def to_latent(self, c):
        return self.inner.to_latent(c[:, :-1])

    def to_control(self, z):
        return np.pad(self.inner.to_control(z), ((0, 0), (0, 1)))


def test_a_place_on_a_time_line_is_left_alone_by_the_mapping_that_is_chosen(
    packed, tmp_path, gesture, monkeypatch
):
    space = Staged(control_space(packed))
    monkeypatch.setattr(module, "load_model", lambda path, trust=False: packed)
    monkeypatch.setattr(module, "control_space", lambda model, name=None: space)
    done = render_gesture("toy", gesture, tmp_path / "out.wav")
    assert "scene" not in [c.target for c in done.connections]
    assert done.rendering.peak > 0
