"""Control spaces and scenes while somebody plays."""

import time
from dataclasses import replace

import numpy as np
import pytest
from stage import Stage, until

from cheiron.control.linear import LinearSpace
from cheiron.control.scenes import SCENE
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.connection import Connection
from cheiron.models import load_model
from cheiron.studio.chain import control_space
from cheiron.studio.live.loop_path import control_path
from cheiron.studio.live.scene_desk import SceneDesk
from cheiron.studio.play import first_state
from cheiron.studio.render import render_gesture
from cheiron.studio.render_session import given_by
from cheiron.studio.session.state import Knob, OutputChoice
from cheiron.studio.session.store import Session
from cheiron.studio.spaces import space_folder


def turned(model, name="turned", seed=0, low=-4.0, high=4.0):
    """A control space of other knobs: loudness in hundredths, the others rotated."""
    size = model.latent.size
    rotation = np.eye(size)
    free = [i for i, a in enumerate(model.latent.axes) if a.name not in ("pitch", "loudness")]
    random = np.random.default_rng(seed).normal(size=(len(free), len(free)))
    rotation[np.ix_(free, free)] = np.linalg.qr(random)[0]
    axes = [
        a if a.name in ("pitch", "loudness") else Axis(f"turn{i}", low, high, kind="residual")
        for i, a in enumerate(model.latent.axes)
    ]
    loudness = model.latent.index("loudness")
    axes[loudness] = replace(axes[loudness], low=-80.0, high=0.0)
    return LinearSpace(
        Space(name, tuple(axes)), model.latent, np.zeros(size), rotation, np.ones(size), model.name
    )


@pytest.fixture(scope="module")
def sax():
    return load_model("sax")


@pytest.fixture
def stage(tmp_path, monkeypatch, sax):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))
    turned(sax).save(space_folder("sax") / "turned", "turned")
    with Stage(tmp_path / "session") as stage:
        stage.desk = SceneDesk(stage.live)
        stage.conduct(lambda: stage.desk.space({"name": "pca"}))  # whose knobs the tests name
        yield stage


def latents(stage, seconds=0.3):
    """The latents of a while, one row for each that was seen."""
    rows, end = [], time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        voice = stage.live.runner.voice
        now = stage.live.runner.moment().latent
        if voice is not None and (last is None or (now != last).any()):
            rows.append(now)
            last = now
        time.sleep(0.0005)
    return np.array(rows)


def now(stage):
    return stage.live.runner.moment().latent.copy()


def knobs(stage):
    return stage.live.state.knobs


def direct(stage):
    stage.do(type="mapping", kind="direct")
    stage.do(type="source-close", name="pointer")
    stage.do(type="source-close", name="keys")
    stage.do(type="knob", axis="loudness", value=-30.0)
    stage.do(type="knob", axis="pitch", value=60.5)
    stage.do(type="knob", axis="pc1", value=1.25, locked=True)
    until(lambda: abs(now(stage)[0] - 60.5) < 1e-3)
    time.sleep(0.1)


def test_what_the_hand_holds_comes_over_through_the_latents(stage):
    direct(stage)
    before = now(stage)
    stage.conduct(lambda: stage.desk.space({"name": "turned"}))
    until(lambda: len(stage.live.runner.moment().control) == 16)
    time.sleep(0.2)
    np.testing.assert_allclose(now(stage), before, atol=2e-3)
    assert stage.live.state.space == "turned"
    assert knobs(stage)["pitch"].value == pytest.approx(60.5, abs=1e-3)
    assert "pc1" not in knobs(stage) and "turn5" in knobs(stage)
    assert any("pc1 is let go" in text for _, text in stage.notes)


def test_undo_of_a_space_brings_the_old_knobs_back(stage):
    direct(stage)
    before, held = now(stage), knobs(stage)
    stage.conduct(lambda: stage.desk.space({"name": "turned"}))
    stage.conduct(stage.live.undo)
    assert stage.live.state.space == "pca" and knobs(stage) == held
    time.sleep(0.2)
    np.testing.assert_allclose(now(stage), before, atol=2e-3)


def test_switching_spaces_never_jumps_and_never_makes_the_control_thread_late(stage):
    direct(stage)
    stage.live.runner.taps = (Steps(),)
    taken = []
    for name in ("turned", "pca") * 4:
        began = time.perf_counter()
        stage.conduct(lambda name=name: stage.desk.space({"name": name}))
        taken.append(time.perf_counter() - began)
        time.sleep(0.07)
    rows = latents(stage)
    assert stage.live.runner.problem == ""
    assert np.median(taken) < 0.05
    assert np.abs(np.diff(rows, axis=0)).max(initial=0.0) < 0.5
    assert np.median(stage.live.runner.taps[0].seconds) < 0.0033  # a period is 2.9 ms


class Steps:
    """How long the control thread is from one block to the next."""

    def __init__(self):
        self.seconds, self._last = [], None

    def motion(self, frame):
        pass

    def sound(self, block):
        then, self._last = self._last, time.perf_counter()
        if then is not None:
            self.seconds.append(self._last - then)


def test_a_cable_to_a_knob_that_is_gone_waits_and_says_so(stage):
    cable = Connection("x", "pc1")
    stage.conduct(lambda: stage.live.apply(stage.live.connect(cable), "connect"))
    stage.conduct(lambda: stage.desk.space({"name": "turned"}))
    assert cable in stage.live.state.connections
    assert any("no knob pc1" in text for _, text in stage.notes)
    assert cable not in stage.live.ensemble.chain.connections
    stage.conduct(lambda: stage.desk.space({"name": "pca"}))
    assert cable in stage.live.ensemble.chain.connections


def test_a_cable_says_its_ends_in_the_new_unit(stage, sax):
    percent = turned(sax, "percent")
    axes = list(percent.control.axes)
    index = percent.control.index("pitch")
    axes[index] = Axis("pitch", 0.0, 62.0, "half", kind="descriptor")
    spread = np.eye(sax.latent.size)
    mean = np.zeros(sax.latent.size)
    mean[sax.latent.index("pitch")] = 49.0
    LinearSpace(
        Space("percent", tuple(axes)), sax.latent, mean, spread, np.ones(sax.latent.size), "sax"
    ).save(space_folder("sax") / "percent", "percent")
    stage.do(type="knob", axis="pc2", value=0.5)
    cable = Connection("x", "pitch", None, (60.0, 72.0))
    stage.conduct(lambda: stage.live.apply(stage.live.connect(cable), "connect"))
    stage.conduct(lambda: stage.desk.space({"name": "percent"}))
    [pitch] = [c for c in stage.live.state.connections if c.target == "pitch"]
    assert pitch.outputs == pytest.approx((11.0, 23.0), abs=1e-3)


def test_a_loop_is_played_in_every_space(stage, sax):
    z = np.repeat(sax.latent.default[None], 100, axis=0)
    z[:, 3] = np.sin(np.arange(100) / 8)
    path = Recording(sax.latent, np.arange(100) / 344.5, z)
    stage.session.loops.save("hum", path, "sax", is_latent=True)
    stage.do(type="mapping", kind="explore", loop="hum")
    stage.conduct(lambda: stage.desk.space({"name": "turned"}))
    until(lambda: len(stage.live.runner.moment().control) == 16)
    time.sleep(0.15)
    found = latents(stage)[:, 3]
    assert np.abs(found).max() == pytest.approx(1.0, abs=0.1)
    assert not [text for _, text in stage.notes if "another model or space" in text]


def test_an_older_loop_comes_over_from_the_space_it_was_made_in(stage, sax):
    pca = control_space(sax, "pca")
    z = np.repeat(sax.latent.default[None], 50, axis=0)
    path = Recording(pca.control, np.arange(50) / 344.5, pca.to_control(z))
    stage.session.loops.save("old", path, "sax")
    stage.conduct(lambda: stage.desk.space({"name": "turned"}))
    loop = control_path(stage.live.tape.loop("old"), stage.live.ensemble.player)
    np.testing.assert_allclose(
        stage.live.ensemble.player.space.to_latent(loop.values), z, atol=1e-3
    )


def test_a_space_of_another_model_is_refused_or_left_out_with_a_note(stage, sax):
    storm = load_model("storm")
    alien = LinearSpace.identity(storm.latent, "storm").save(space_folder("sax") / "alien", "alien")
    until(lambda: stage.live.ensemble.player.shelf.spaces.notes)
    assert "turned" in stage.live.ensemble.player.spaces
    assert "alien" not in stage.live.ensemble.player.spaces
    assert "fitted on the model 'storm'" in stage.live.ensemble.player.shelf.spaces.notes[0]
    with pytest.raises(CheironError, match="fitted on the model 'storm'"):
        stage.conduct(lambda: stage.desk.space({"name": str(alien.path)}))
    assert stage.live.state.space == "pca"


def two_scenes(stage):
    """pca with pc1 held, then the turned space with turn2 held."""
    direct(stage)
    stage.conduct(lambda: stage.desk.add({"name": "dawn", "at": 0.0}))
    stage.conduct(lambda: stage.desk.add({"name": "dusk", "at": 0.0}))
    stage.conduct(lambda: stage.desk.space({"name": "turned"}))
    stage.do(type="knob", axis="turn2", value=2.0, locked=True)
    stage.conduct(lambda: stage.desk.hold({"name": "dusk", "on": True}))
    time.sleep(0.1)


def test_adding_a_scene_changes_nothing_that_is_heard(stage):
    direct(stage)
    before = now(stage)
    stage.conduct(lambda: stage.desk.add({"name": "dawn", "at": 0.0}))
    stage.conduct(lambda: stage.desk.add({"name": "", "at": 0.0}))
    time.sleep(0.15)
    np.testing.assert_allclose(now(stage), before, atol=2e-3)
    assert [scene.name for scene in stage.live.state.scenes] == ["dawn", "scene 2"]
    assert set(knobs(stage)) == {SCENE} and knobs(stage)[SCENE].value == 1.0


def test_a_journey_through_all_scenes_is_continuous_and_arrives(stage):
    two_scenes(stage)
    there = now(stage)
    stage.conduct(lambda: stage.desk.go({"to": 0.0, "seconds": 0.0}))
    time.sleep(0.2)
    here = now(stage)
    stage.conduct(lambda: stage.desk.go({"to": 1.0, "seconds": 0.6}))
    rows = latents(stage, 0.8)
    np.testing.assert_allclose(now(stage), there, atol=2e-3)
    assert np.abs(here - there).max() > 0.5
    steps = np.abs(np.diff(rows, axis=0)).max()
    assert steps < 0.25 * np.abs(here - there).max()
    assert knobs(stage)[SCENE] == Knob(1.0)


def test_undo_takes_scenes_back_one_by_one(stage):
    two_scenes(stage)
    state = stage.live.state
    stage.conduct(lambda: stage.desk.remove({"name": "dawn"}))
    assert [scene.name for scene in stage.live.state.scenes] == ["dusk"]
    stage.conduct(lambda: stage.desk.remove({"name": "dusk"}))
    assert stage.live.state.space == "turned" and stage.live.state.knobs["turn2"].value == 2.0
    stage.conduct(stage.live.undo)
    stage.conduct(stage.live.undo)
    assert stage.live.state == state


def test_a_gesture_can_hold_the_place_and_the_hand_wins(stage):
    two_scenes(stage)
    stage.do(type="source-open", kind="pointer", settings={})
    cable = Connection("x", SCENE)
    stage.conduct(lambda: stage.live.apply(stage.live.connect(cable), "connect"))
    stage.press(0.25, 0.5)
    until(lambda: abs(stage.live.runner.moment().control[-1] - 0.25) < 0.01)
    stage.conduct(
        lambda: stage.live.apply(stage.live.state.with_knob(SCENE, 0.75, locked=True), "knob")
    )
    until(lambda: abs(stage.live.runner.moment().control[-1] - 0.75) < 0.01)


def test_scenes_are_there_again_when_the_session_is_opened(stage, tmp_path):
    two_scenes(stage)
    stage.do(type="preset-save", name="both")
    stage.conduct(lambda: stage.desk.set({"name": "dusk", "position": 0.5}))
    state = stage.live.state
    stage.live.stop()
    stage.session.close()
    with Session.open(tmp_path / "session") as session:
        assert session.state == state
        assert session.state.presets["both"].scenes[1].position is None


def test_senseless_scenes_are_refused_in_a_sentence(stage):
    with pytest.raises(CheironError, match="no scenes to go to"):
        stage.conduct(lambda: stage.desk.go({"to": 1.0, "seconds": 1.0}))
    stage.conduct(lambda: stage.desk.add({"name": "dawn", "at": 0.0}))
    for work in (
        lambda: stage.desk.add({"name": "dawn", "at": 0.0}),
        lambda: stage.desk.remove({"name": "noon"}),
        lambda: stage.desk.set({"name": "dawn", "space": "nowhere"}),
    ):
        with pytest.raises(CheironError):
            stage.conduct(work)
    assert [scene.name for scene in stage.live.state.scenes] == ["dawn"]


def test_a_session_of_before_there_was_a_choice_means_its_old_space(tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))
    old = replace(first_state("sax"), output=OutputChoice("page"), knobs={"loudness": Knob(-20.0)})
    with Stage(tmp_path / "old", old) as stage:
        assert stage.live.state.space == "pca"


def test_closing_one_of_two_sources_leaves_the_other_its_name(stage):
    for port in (0, 0):
        stage.do(type="source-open", kind="osc", settings={"port": port, "axes": [f"/a{port}"]})
    stage.do(type="source-open", kind="osc", settings={"port": 47811})
    names = list(stage.live.rack.choices())
    assert "osc2" in names
    stage.do(type="source-close", name="osc")
    assert "osc2" in stage.live.rack.choices() and "osc" not in stage.live.rack.choices()


def test_rendering_a_session_sounds_as_it_is_played(stage, tmp_path):
    two_scenes(stage)
    cable = Connection("x", "pc14", None, (0.0, 0.0))  # else the mapping would choose some
    stage.conduct(lambda: stage.live.apply(stage.live.connect(cable), "connect"))
    stage.conduct(lambda: stage.desk.go({"to": 0.0, "seconds": 0.0}))
    time.sleep(0.2)
    dawn = now(stage)
    stage.conduct(lambda: stage.desk.go({"to": 1.0, "seconds": 0.0}))
    time.sleep(0.2)
    dusk = now(stage)
    stage.live.stop()
    stage.session.close()
    still = tmp_path / "still.csv"
    still.write_text("time,x,y\n" + "".join(f"{t / 50:.2f},{t},0.5\n" for t in range(51)))
    done = render_gesture(tmp_path / "session", still, tmp_path / "o.wav", scenes=(0.0, 1.0))
    z = done.rendering.trace.out.values
    np.testing.assert_allclose(z[0], dawn, atol=5e-3)
    np.testing.assert_allclose(z[-1], dusk, atol=2e-2)
    assert np.abs(np.diff(z, axis=0)).max() < 0.05 * np.abs(dusk - dawn).max()
    here = render_gesture(tmp_path / "session", still, tmp_path / "o.wav")
    np.testing.assert_allclose(here.rendering.trace.out.values[-1], dusk, atol=5e-3)
    assert given_by(tmp_path / "session", str(still)).state.scenes
