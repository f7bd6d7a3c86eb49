import json
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from cheiron.core.errors import CheironError
from cheiron.studio.bench.gesture import bench_gesture
from cheiron.studio.bench.gesture_data import degraded, every_second, read_takes, watch_takes
from cheiron.studio.bench.gesture_recognise import CONDITIONS, draws_of
from cheiron.studio.bench.gesture_stream import moves_of, worse_move


def write_takes(folder, gestures=2, takes=4):
    random = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for gesture in range(gestures):
        for take in range(takes):
            at = np.arange(0.0, 1.6, 0.02)
            turns = np.sin(2 * np.pi * at[:, None] * (1 + gesture) + [0.0, 1.5, 0.0])
            turns += 0.05 * random.standard_normal(turns.shape)
            rows = ["timestamp,label,gyroscope_x,gyroscope_y,gyroscope_z"]
            rows += [
                f"{1000 * t:.0f},{'ab'[gesture]}," + ",".join(f"{v:.4f}" for v in row)
                for t, row in zip(at, 2 * turns, strict=True)
            ]
            (folder / f"{gesture}_{take}.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_takes(tmp_path / "takes")


def test_it_recognises_two_gestures_and_writes_every_figure(folder, tmp_path):
    out, plots = tmp_path / "out.json", tmp_path / "plots"
    arguments = ["--data", folder, "--seeds", "2", "--shots", "1,2", "--json", out]
    done = CliRunner().invoke(
        bench_gesture, [str(a) for a in (*arguments, "--plots", plots)], catch_exceptions=False
    )
    assert done.exit_code == 0
    figures = json.loads(out.read_text())["results"]
    assert figures["vote.2_shots"] == 100.0
    assert figures["chance"] == 50.0
    assert {f"robust.{how}" for how in CONDITIONS} <= set(figures)
    assert {f"drift.hmm.{how}" for how in ("clean", *CONDITIONS)} <= set(figures)
    assert {"regression.told", "regression.hmm.interval"} <= set(figures)
    assert sorted(p.name for p in plots.iterdir()) == ["gesture-early.png", "gesture-shots.png"]


def test_a_zip_is_read_as_its_folder_is(folder, tmp_path):
    packed = tmp_path / "takes.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert read_takes(packed).labels == read_takes(folder).labels == (0,) * 4 + (1,) * 4


def test_halves_share_no_take_and_leave_none_out(folder):
    takes = read_takes(folder)
    even, odd = every_second(takes, 0), every_second(takes, 1)
    assert even.labels == odd.labels == (0, 0, 1, 1)
    kept = {id(recording) for half in (even, odd) for recording in half.recordings}
    assert kept == {id(recording) for recording in takes.recordings}


def test_a_worse_sensor_is_heard_without_looking_ahead_and_means_the_same_sound(folder):
    takes = read_takes(folder)
    clean = moves_of(takes)[0]
    worse = worse_move(takes.recordings[0], "gap", 0, clean)
    assert worse.motion.values.shape == clean.motion.values.shape
    assert worse.sound is clean.sound
    turning = worse.motion.values[:, worse.motion.space.index("direction_x")]
    begins = int(np.argmax(turning != clean.motion.values[:, 0]))
    assert begins > 0 and np.isfinite(worse.motion.values).all()


def test_what_holds_no_gestures_is_refused(tmp_path):
    with pytest.raises(CheironError, match="there is nothing at"):
        read_takes(tmp_path / "none")
    with pytest.raises(CheironError, match="at least two gestures"):
        read_takes(write_takes(tmp_path / "one", gestures=1))
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    with pytest.raises(CheironError, match="is no zip"):
        read_takes(tmp_path / "bad.zip")


def test_examples_are_never_tested_and_seeds_differ():
    labels = [0] * 6 + [1] * 6
    draws = draws_of(labels, 2, 3)
    for examples, tests in draws:
        assert not set(examples) & set(tests)
        assert len(examples) + len(tests) == 12
    assert len({tuple(examples) for examples, _ in draws}) > 1
    assert draws_of(labels, 6, 1) == []


@pytest.mark.parametrize("how", CONDITIONS)
def test_every_condition_changes_a_take_and_leaves_a_take(folder, how):
    take = read_takes(folder).recordings[0]
    worse = degraded(take, how, 1)
    assert len(worse) > 10
    assert len(worse) != len(take) or not np.array_equal(worse.values, take.values)


def test_watch_data_without_their_package_are_refused_with_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(CheironError, match="pip install seglearn"):
        watch_takes()


def test_people_are_asked_for_only_where_it_is_known_who_moved(folder):
    done = CliRunner().invoke(bench_gesture, ["--data", str(folder), "--people", "6-10"])
    assert isinstance(done.exception, CheironError)
    assert "is for the data seglearn" in str(done.exception)


def test_halves_of_the_people_make_up_the_watch_data(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    sets = [np.full((300, 6), person, np.float32) for person in (7, 2, 9, 5)]
    found = {"X": sets, "subject": [7, 2, 9, 5], "y": [0, 0, 1, 1], "y_labels": ["a", "b"]}
    np.save(tmp_path / "data" / "watch_dataset.npy", np.array(found, dtype=object))
    package = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: package)
    assert [watch_takes(p).labels for p in (range(1, 11), range(1, 6), range(6, 11))] == [
        (0, 0, 1, 1),
        (0, 1),
        (0, 1),
    ]
    assert [r.values[0, 3] for r in watch_takes(range(6, 11)).recordings] == [7.0, 9.0]
