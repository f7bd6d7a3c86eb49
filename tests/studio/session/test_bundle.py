import hashlib
import json
import threading
import zipfile

import numpy as np
import pytest
import soundfile

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.studio.session import bundle
from cheiron.studio.session.bundle import export_session, import_session, is_bundle
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.state_file import render
from cheiron.studio.session.store import Session

STATE = SessionState(gain=0.5).with_knob("pitch", 220.0).keeping_preset("low")
RATE = 48000


@pytest.fixture
def filled(session, record):
    record(session, "one")
    record(session, "two")
    session.takes.delete("two")
    loop = Recording(Space.of("control", ["a"]), np.arange(3.0), np.zeros((3, 1)))
    session.loops.save("round", loop)
    session.history.do("change", STATE)
    session.save(STATE)
    return session


@pytest.fixture
def exported(filled, tmp_path):
    return export_session(filled, tmp_path / "gift")


def refused(path, tmp_path):
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(CheironError) as caught:
        import_session(path, tmp_path / "came")
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    assert sorted(p.name for p in tmp_path.rglob("*")) == before  # nothing is left
    return text


def forge(path, files, index=None, listed=None, entries=None):
    """A zip whose index is right unless said otherwise."""
    entries = entries or {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in (files if listed is None else listed).items()
    }
    about = {"format": bundle.FORMAT, "format_version": 1, "files": entries}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("bundle.json", json.dumps(about) if index is None else index)
    return path


def test_a_session_travels_whole(exported, tmp_path):
    assert exported.name == "gift.cheiron" and is_bundle(exported)
    with Session.open(import_session(exported, tmp_path / "came")) as came:
        assert came.state == STATE and came.notes == ()
        assert [take.name for take in came.takes.list()] == ["one"]
        assert soundfile.info(came.takes.path("one")).frames == RATE // 2
        assert len(came.takes.gesture("one")) == 50
        assert [loop.name for loop in came.loops.list()] == ["round"]
        assert came.history.undo_name == "change"


def test_it_is_exported_while_it_is_recorded(filled, tmp_path):
    writer = filled.takes.begin(RATE, start=0.0)
    space = Space.of("motion", ["x"])
    stop = threading.Event()
    written = []

    def play():
        while not stop.is_set():
            writer.write_sound(np.zeros(480, np.float32))
            writer.write_motion(np.array([len(written) / 100]), np.zeros((1, 1)), space)
            written.append(480)
            stop.wait(0.002)

    player = threading.Thread(target=play)
    player.start()
    try:
        while len(written) < 30:
            stop.wait(0.01)
        at_least = sum(written)
        path = export_session(filled, tmp_path / "gift.cheiron")
    finally:
        stop.set()
        player.join()
    writer.finish()
    with Session.open(import_session(path, tmp_path / "came")) as came:
        assert came.notes[0].startswith("Recovered take 1")
        take = came.takes.list()[-1]
        assert at_least <= round(take.length * RATE) <= sum(written)
        assert take.has_gesture


def test_exporting_again_replaces_and_a_refusal_leaves_the_old_one(
    exported, filled, tmp_path, monkeypatch
):
    old = exported.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(bundle, "_pack", full)
        with pytest.raises(CheironError, match="disk is full"):
            export_session(filled, exported)
    assert exported.read_bytes() == old
    assert [p.name for p in exported.parent.glob(".*")] == []
    export_session(filled, exported)
    import_session(exported, tmp_path / "came")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused(exported, tmp_path, share):
    data = exported.read_bytes()
    exported.write_bytes(data[: int(len(data) * share)])
    assert "cut short" in refused(exported, tmp_path) or share == 0.0


def test_any_damaged_byte_is_noticed_or_harmless(exported, filled, tmp_path):
    """Some bytes of a zip say nothing about the session, such as dates."""
    sound = filled.takes.path("one").read_bytes()
    data = exported.read_bytes()
    rng = np.random.default_rng(7)
    came = 0
    for position in rng.integers(0, len(data), 60):
        damaged = bytearray(data)
        damaged[position] ^= 0x55
        exported.write_bytes(damaged)
        try:
            folder = import_session(exported, tmp_path / f"came {came}")
        except CheironError as error:
            assert str(error).endswith(".")
        else:
            came += 1
            assert (folder / "takes" / "one.flac").read_bytes() == sound
    assert came < 10


def test_foreign_files_are_refused(tmp_path):
    text = tmp_path / "letter.cheiron"
    text.write_text("Dear mum")
    assert "is not a session" in refused(text, tmp_path)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("cat.jpg", b"meow")
    assert "holds no bundle.json" in refused(tmp_path / "photos.zip", tmp_path)
    assert "there is no file" in refused(tmp_path / "nothing.cheiron", tmp_path)
    assert "there is no file" in refused(tmp_path, tmp_path)


GOOD = {"session.toml": render(SessionState()).encode()}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../evil.toml", "no part of a session"),
        ("takes/../../evil", "no part of a session"),
        ("/etc/evil", "no part of a session"),
        ("takes\\evil", "no part of a session"),
        ("C:/evil", "no part of a session"),
        (".bashrc", "no part of a session"),
        ("other/evil", "no part of a session"),
        ("takes//evil", "no part of a session"),
        ("SESSION.toml", "no part of a session"),
        ("takes/evil\0.flac", ""),
    ],
)
def test_names_that_lead_outside_are_refused(tmp_path, name, says):
    assert says in refused(forge(tmp_path / "x.cheiron", {**GOOD, name: b"x"}), tmp_path)


def test_links_in_a_zip_make_no_links(tmp_path):
    path = forge(tmp_path / "x.cheiron", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("takes/one.flac")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "not those that bundle.json lists" in refused(path, tmp_path)
    files = {**GOOD, "takes/one.flac": b"/etc/passwd"}
    with zipfile.ZipFile(tmp_path / "y.cheiron", "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, data)
        entries = {
            n: {"bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in files.items()
        }
        about = {"format": bundle.FORMAT, "format_version": 1, "files": entries}
        archive.writestr("bundle.json", json.dumps(about))
    folder = import_session(tmp_path / "y.cheiron", tmp_path / "came")
    assert not (folder / "takes" / "one.flac").is_symlink()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path):
    for names in (("takes/a", "takes/a"), ("takes/a", "takes/A")):
        path = forge(tmp_path / "x.cheiron", {**GOOD, names[0]: b"x"})
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(names[1], b"y")
        assert "two files of one name" in refused(path, tmp_path)


def test_more_than_is_listed_is_never_unpacked(tmp_path, monkeypatch):
    bomb = {**GOOD, "takes/bomb.flac": b"\0" * 50_000_000}
    listed = {**GOOD, "takes/bomb.flac": b"\0" * 10}
    wrote = []
    write = bundle._read
    monkeypatch.setattr(bundle, "_read", lambda *a: wrote.append(piece := write(*a)) or piece)
    path = forge(tmp_path / "x.cheiron", bomb, listed=listed)
    assert path.stat().st_size < 100_000
    assert "not as it was written" in refused(path, tmp_path)
    assert sum(map(len, wrote)) < 5000


def test_what_is_too_large_is_refused_before_it_is_unpacked(tmp_path):
    entry = {"bytes": 2**50, "sha256": "0" * 64}
    files = {**GOOD, "takes/x.flac": b"x"}
    listed = {n: {"bytes": len(d), "sha256": ""} for n, d in GOOD.items()}
    path = forge(tmp_path / "x.cheiron", files, entries={**listed, "takes/x.flac": entry})
    assert "would unpack to 1048576 GB" in refused(path, tmp_path)
    entry["bytes"] = bundle.SIZE_LIMIT - 2**20
    path = forge(tmp_path / "x.cheiron", files, entries={**listed, "takes/x.flac": entry})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**20}))
        assert "free some space" in refused(path, tmp_path)


@pytest.mark.parametrize(
    ("index", "says"),
    [
        ("{", "not a session"),
        ("[]", "not a session"),
        ('{"format": "cheiron-artifact"}', "not a session"),
        ('{"format": "cheiron-session", "format_version": 2}', "newer format 2"),
        ('{"format": "cheiron-session", "format_version": 1}', "incomplete"),
        ('{"format": "cheiron-session", "files": {"session.toml": 3}}', "incomplete"),
        ('{"format": "cheiron-session", "files": []}', "incomplete"),
        ('{"format": "cheiron-session", "files": {}}', "not those that"),
        ("[" * 100_000, "not a session"),
    ],
)
def test_an_index_of_another_form_is_refused(tmp_path, index, says):
    assert says in refused(forge(tmp_path / "x.cheiron", GOOD, index=index), tmp_path)


def test_a_state_that_cannot_be_opened_is_refused_on_import(tmp_path):
    for text, says in (
        (b"format = 9\n", "newer"),
        (b"format = 1\nx = 1", "'x'"),
        (b"\xff", "text"),
    ):
        path = forge(tmp_path / "x.cheiron", {"session.toml": text})
        assert says in refused(path, tmp_path)


def test_nothing_that_is_there_is_overwritten(exported, filled):
    with pytest.raises(CheironError, match="exists already"):
        import_session(exported, filled.path)
