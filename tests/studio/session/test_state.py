from dataclasses import replace

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.mapping.connection import CURVES, Connection
from cheiron.studio.session.names import check_file_name, check_name
from cheiron.studio.session.state import (
    Follow,
    Knob,
    OutputChoice,
    Preset,
    SessionState,
    SourceChoice,
)
from cheiron.studio.session.state_file import (
    BACKUP,
    NAME,
    DamagedError,
    parse,
    read_state,
    render,
    write_state,
)
from cheiron.studio.session.state_plain import from_plain, to_plain

SIGNS = list("abcxyzäßé道 ._-/\\\"'#=[]{}\n\t\x7f\u2028🎷0123456789")


def random_text(rng, longest=12):
    return "".join(rng.choice(SIGNS, rng.integers(0, longest)))


def random_number(rng):
    return float(rng.choice([0.0, -0.0, 1e-320, 1e300, 0.1, 7.0]) + rng.standard_normal())


def random_plain(rng, depth=2):
    kinds = ["text", "number", "whole", "flag"] + ["list", "table"] * (depth > 0)
    kind = rng.choice(kinds)
    some = range(rng.integers(0, 3))
    return {
        "text": lambda: random_text(rng),
        "number": lambda: random_number(rng),
        "whole": lambda: int(rng.integers(-(2**40), 2**40)),
        "flag": lambda: bool(rng.integers(2)),
        "list": lambda: [random_plain(rng, depth - 1) for _ in some],
        "table": lambda: {random_text(rng): random_plain(rng, depth - 1) for _ in some},
    }[kind]()


def random_connection(rng):
    def ends():
        low = float(rng.standard_normal())
        return None if rng.integers(2) else (low, low + float(rng.uniform(0.1, 9.0)))

    return Connection(
        "s" + random_text(rng),
        "t" + random_text(rng),
        ends(),
        ends(),
        str(rng.choice(list(CURVES))),
        float(rng.uniform(0, 10)),
        bool(rng.integers(2)),
    )


def random_preset(rng):
    some = lambda: range(rng.integers(0, 4))  # noqa: E731
    return Preset(
        space=random_text(rng),
        mapping=str(rng.choice(["map", "direct", "explore"])),
        connections=tuple(random_connection(rng) for _ in some()),
        loop=random_text(rng),
        knobs={random_text(rng): Knob(random_number(rng), bool(rng.integers(2))) for _ in some()},
        params={random_text(rng): random_number(rng) for _ in some()},
    )


def random_state(rng):
    some = range(rng.integers(0, 4))
    return SessionState(
        **vars(random_preset(rng)),
        model=random_text(rng),
        model_hash=random_text(rng),
        seed=int(rng.integers(0, 2**31)),
        sources=tuple(
            SourceChoice(random_text(rng), {random_text(rng): random_plain(rng) for _ in some})
            for _ in some
        ),
        output=OutputChoice(
            str(rng.choice(["device", "page", "none"])),
            random_text(rng),
            int(rng.choice([0, 16, 128, 8192])),
        ),
        follow=Follow(random_text(rng), random_text(rng)),
        gain=random_number(rng),
        presets={random_text(rng): random_preset(rng) for _ in some},
    )


def test_any_state_comes_back_from_its_file_exactly(tmp_path):
    rng = np.random.default_rng(3)
    for _ in range(60):
        state = random_state(rng)
        assert parse(render(state), NAME) == state
        assert from_plain(to_plain(state), "plain") == state
    write_state(tmp_path, state)
    assert read_state(tmp_path) == (state, ())


def test_the_file_is_for_people():
    text = render(SessionState().with_knob("pitch", 220.0, locked=True))
    assert text.startswith("# A session of Cheiron")
    assert '\nmodel = "sax"\n' in text
    assert "\n# Knobs set by hand; a locked one wins over the mapping.\n[knobs]\n" in text
    assert "\npitch = {value = 220.0, locked = true}\n" in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("gian = 1.0", "unknown key 'gian'"),
        ('gain = "loud"', "gain is 'loud'"),
        ("gain = nan", "gain is nan"),
        ("[output]\nblock = 3", "output.block is 3"),
        ("gain = 1" + "0" * 400, "gain is 1000"),
        ("gain = 1" + "0" * 5000, "is not TOML"),
        ("seed = -1", "seed is -1"),
        ("seed = 1.5", "seed is 1.5"),
        ("seed = true", "seed is True"),
        ("[knobs]\npitch = 3.0", "knobs.pitch is 3.0"),
        ("[knobs]\npitch = {locked = true}", "knobs.pitch does not say 'value'"),
        ('[[connections]]\nsource = "x"', "connections[0] does not say 'target'"),
        ('[[connections]]\nsource = "x"\ntarget = "y"\nsmooth = 99', "smooths over 99 s"),
        ('[[connections]]\nsource = "x"\ntarget = "y"\ninputs = [1]', "a list of 1"),
        ('mapping = "magic"', "mapping is 'magic'"),
        ("[output]\nblock = -1", "output.block is -1"),
        ("[[sources]]\nkin = 'osc'", "sources[0] has the unknown key 'kin'"),
        ("[presets.a]\nmodel = 'sax'", "presets.a has the unknown key 'model'"),
        ("presets = 3", "presets is 3"),
    ],
)
def test_what_a_person_wrote_wrong_is_said_with_file_and_key(line, says):
    with pytest.raises(CheironError) as caught:
        parse(f"format = 1\n{line}\n", "evening/session.toml")
    text = str(caught.value)
    assert "evening/session.toml" in text and says in text
    assert text.endswith(".") and "\n" not in text


def test_a_newer_format_is_refused_and_not_replaced_by_the_copy(tmp_path):
    write_state(tmp_path, SessionState())
    (tmp_path / NAME).write_text("format = 2\nhologram = true\n")
    with pytest.raises(CheironError, match=r"newer format 2.*update Cheiron"):
        read_state(tmp_path)


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 4096, b"\xff\xfe", b"format = 1\ngain = 0.", None, b"# only\n"]
)
def test_a_damaged_file_is_opened_from_its_copy(tmp_path, damage):
    state = SessionState(gain=0.125)
    write_state(tmp_path, state)
    if damage is None:
        (tmp_path / NAME).unlink()
    else:
        (tmp_path / NAME).write_bytes(damage)
    found, (note,) = read_state(tmp_path)
    assert found == state and BACKUP in note and note.endswith(".")
    (tmp_path / BACKUP).write_bytes(b"[")
    with pytest.raises(DamagedError):
        read_state(tmp_path)


def test_presets_hold_their_part_only():
    low = SessionState(gain=0.5).with_knob("pitch", 110.0).with_param("explore.radius", 0.2)
    high = replace(low.keeping_preset(" low "), gain=0.9).with_knob("pitch", 880.0)
    back = high.with_preset("low")
    assert back.knobs == low.knobs and back.gain == 0.9
    assert back.without_preset("low").presets == {}
    with pytest.raises(CheironError, match="no preset 'high'; there is low"):
        back.with_preset("high")


def test_a_cable_replaces_the_one_to_the_same_target():
    a, b, c = Connection("x", "p"), Connection("y", "q"), Connection("z", "p", invert=True)
    state = SessionState().with_connection(a).with_connection(b).with_connection(c)
    assert state.connections == (c, b)
    assert state.without_connection("p").connections == (b,)


def test_a_turned_knob_stays_locked_until_it_is_released():
    state = SessionState().with_knob("pitch", 1.0, locked=True).with_knob("pitch", 2.0)
    assert state.knobs == {"pitch": Knob(2.0, locked=True)}
    assert state.without_knob("pitch").knobs == {}


def test_settings_are_plain_data_without_nulls():
    assert SourceChoice("osc", {"port": 9000, "host": None}).settings == {"port": 9000}
    for bad in ({"a": float("nan")}, {"a": object()}, {"a": [None]}, {"a": "\ud800"}):
        with pytest.raises(CheironError, match="settings of the source 'osc'"):
            SourceChoice("osc", bad)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81, "\ud800"])
def test_names_that_no_line_can_show_are_refused(name):
    with pytest.raises(CheironError, match="cannot be a name"):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "a\\b", ".hidden", "c:", "nul", "COM1.x", "a.", "道" * 70]
)
def test_names_that_no_file_can_bear_are_refused(name):
    with pytest.raises(CheironError, match="cannot be the name of a file"):
        check_file_name(name)
