"""``cheiron teach`` and the worked examples of the three interactions."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.mapping import TAUGHT
from cheiron.mapping.live_taught import axes_to_learn
from cheiron.mapping.rehearsal import Score
from cheiron.mapping.taught_kinds import PARAMS, make_taught
from cheiron.studio.cli import cli
from cheiron.studio.examples import PERFORMANCE, gesture, make_example, performance
from cheiron.studio.interactions import INTERACTIONS
from cheiron.studio.render_session import given_by, render_session
from cheiron.studio.session.gestures import write_gesture
from cheiron.studio.session.journal import RefusedError
from cheiron.studio.session.state import SessionState, Shown
from cheiron.studio.session.store import Session


@pytest.fixture
def evening(tmp_path, monkeypatch):
    """A session, and a second of a tone."""
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))
    with Session.create(tmp_path / "evening", SessionState(model="sax", space="pca")):
        pass
    times = np.arange(6 * 16000) / 16000
    soundfile.write(tmp_path / "tone.wav", 0.3 * np.sin(2 * np.pi * 330 * times), 16000)
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000), 16000)
    for which in ("digit_0", "digit_7"):
        for take in "12":
            write_gesture(tmp_path / f"{which}_{take}.csv", gesture(which, take))
    return tmp_path


def teach(folder, *words):
    done = CliRunner().invoke(cli, ["teach", str(folder / "evening"), *map(str, words)])
    assert "Traceback" not in done.output
    return done


def test_gestures_are_taught_listed_scored_and_removed_by_command(evening):
    for which, name in (("digit_0", "zero"), ("digit_7", "seven")):
        for take in "12":
            file = evening / f"{which}_{take}.csv"
            done = teach(
                evening, "--gesture", file, "--sound", evening / "tone.wav", "--name", name
            )
            assert done.exit_code == 0, done.output
    assert "seven, take 2" in done.output
    scored = teach(evening, "--score").output
    assert "100 %" in scored and "zero" in scored and "tone.wav" in scored
    assert teach(evening, "--remove", "zero").exit_code == 0
    listed = teach(evening, "--list").output
    assert "seven" in listed and "zero" not in listed


def test_files_that_teach_nothing_are_refused_in_a_sentence(evening):
    (evening / "empty.csv").write_text("time,gyroscope_x,gyroscope_y,gyroscope_z\n")
    rows = "".join(f"{t / 10},{t / 100},0.5,0\n" for t in range(40))
    (evening / "pen.csv").write_text("time,x,y,pressure\n" + rows)
    long = "".join(f"{t / 10},{t % 7},0.5\n" for t in range(12_000))
    (evening / "long.csv").write_text("time,x,y\n" + long)
    good, tone = evening / "digit_0_1.csv", evening / "tone.wav"
    cases = [
        ((evening / "empty.csv", tone), "none with numbers"),
        ((evening / "long.csv", tone), "20 minutes"),
        ((good, evening / "silence.wav"), "silent"),
        ((good, evening / "nowhere.wav"), "there is no file"),
    ]
    for (file, sound), words in cases:
        done = teach(evening, "--gesture", file, "--sound", sound, "--name", "a")
        assert done.exit_code == 1 and words in done.output, done.output
    assert "no name" in teach(evening, "--gesture", good).output
    assert "nothing to sound with" in teach(evening, "--gesture", good, "--name", "a").output
    assert teach(evening, "--gesture", good, "--sound", tone, "--name", "a").exit_code == 0
    done = teach(evening, "--gesture", evening / "pen.csv", "--sound", tone, "--name", "b")
    assert done.exit_code == 1 and "use the same sensors" in done.output
    assert "no demonstration 'b'" in teach(evening, "--remove", "b").output


def test_what_another_model_was_taught_hinders_nobody(evening):
    words = ("--gesture", evening / "digit_0_1.csv", "--sound", evening / "tone.wav")
    assert teach(evening, *words, "--name", "old").exit_code == 0
    with Session.open(evening / "evening") as session:
        lost = Shown("99", "lost")
        shown = (*session.state.demonstrations, lost)
        session.save(replace(session.state, model="storm", space="", demonstrations=shown))
    done = teach(evening, *words, "--name", "new")
    assert done.exit_code == 0, done.output
    listed = teach(evening, "--list").output
    assert "99: lost (does not count)" in listed and "new" in listed
    assert teach(evening, "--remove", "99").exit_code == 0


def test_a_gesture_that_is_refused_leaves_the_mapping_alone(evening):
    tone = evening / "tone.wav"
    words = ("--mapping", "gmr", "--sound", tone, "--name", "a")
    assert teach(evening, *words, "--gesture", evening / "nowhere.csv").exit_code == 1
    assert "mapping: gmr" not in teach(evening, "--list").output
    assert teach(evening, *words, "--gesture", evening / "digit_0_1.csv").exit_code == 0
    assert "mapping: gmr" in teach(evening, "--list").output


def test_what_cannot_be_kept_is_said_and_not_called_taught(evening, monkeypatch):
    words = ("--gesture", evening / "digit_0_1.csv", "--sound", evening / "tone.wav")

    def full(*_):
        raise RefusedError("the disk is full.")

    for place in ("Journal.open", "write_state"):
        with monkeypatch.context() as broken:
            broken.setattr(f"cheiron.studio.session.store.{place}", full)
            done = teach(evening, *words, "--name", "a")
            assert done.exit_code == 1 and "the disk is full" in done.output, done.output
            assert "take 1" not in done.output


@pytest.mark.parametrize("name", INTERACTIONS)
def test_the_worked_example_of_each_interaction_sounds(name, tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))
    folder = make_example(name, "sax", tmp_path / name)
    write_gesture(tmp_path / "short.csv", performance(9.0))
    done, _ = render_session(given_by(folder, str(tmp_path / "short.csv")), tmp_path / "o.wav")
    assert (folder / PERFORMANCE).is_file()
    assert done.duration > 8.9 and 0.01 < done.peak <= 1.0
    assert np.isfinite(done.audio).all()
    with pytest.raises(CheironError, match="no interaction"):
        make_example("I4", "sax", tmp_path / "other")


def test_in_the_third_example_each_digit_plays_its_own_path(tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))
    folder = make_example("I3", "sax", tmp_path / "I3")
    rows = []
    for which in ("digit_0", "digit_7"):
        write_gesture(tmp_path / "one.csv", gesture(which, "3"))
        given = given_by(folder, str(tmp_path / "one.csv"))
        done, _ = render_session(given, tmp_path / "o.wav")
        control = done.trace.written[-2].values
        rows.append(np.nanmedian(control[len(control) // 2 :], axis=0))
    assert np.nanmax(np.abs(rows[0] - rows[1])) > 0.5


@pytest.mark.parametrize("kind", TAUGHT)
def test_every_taught_kind_is_made_by_its_params(kind):
    motion, knobs = Space.of("motion", ["x", "y"]), Space.of("knobs", ["pitch"])
    board = ParamBoard(PARAMS[kind])
    assert PARAMS[kind] and all(param.help for param in PARAMS[kind])
    assert make_taught(kind, motion, knobs, 50.0, board.values, {}).out_space is knobs


def test_what_is_learned_from_follows_from_the_sensors():
    own = ("a", "b")
    assert axes_to_learn(Space.of("motion", ["speed", *own]), own).names == own


def test_a_score_says_what_it_means():
    assert Score("a", 1).share is None and "shown once" in Score("a", 1).words
    assert Score("a", 3, 3, 3, off=0.2).words == "understood"
    assert "taken for b" in Score("a", 3, 3, 1, "b").words
