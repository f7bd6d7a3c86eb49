"""What the engine says and understands is what protocol.ts says."""

import json
import queue
import re
from dataclasses import replace
from pathlib import Path

import pytest

import cheiron
from cheiron.core.errors import CheironError
from cheiron.mapping.connection import Connection
from cheiron.outputs.page import PageOutput
from cheiron.studio.live.desk import Desk
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.view import View
from cheiron.studio.play import first_state
from cheiron.studio.server.shape import COMMANDS, INTERFACES
from cheiron.studio.session.state import OutputChoice, SourceChoice
from cheiron.studio.session.store import Session

TS = Path(cheiron.__file__).parent / "studio" / "web" / "src" / "link" / "protocol.ts"
SOURCE = re.sub(r"/\*\*.*?\*/", "", TS.read_text(encoding="utf-8"), flags=re.S)
EXAMPLES = {"number": 0.5, "string": "word", "boolean": True, "[number, number]": [0, 1]}
EXAMPLES["[number, number, number][]"] = [[0.1, 0.2, 0.0], [0.5, 0.5, 0.4]]
PLAIN = {"string": str, "number": int | float, "boolean": bool}


class Types:
    """Reads types as protocol.ts writes them, and says where a value is none of them."""

    def __init__(self, text):
        self.tokens = re.findall(r'"[^"]*"|\w+|\S', text)

    def eat(self, token):
        found = self.tokens[:1] == [token]
        del self.tokens[: int(found)]
        return found

    def type(self):
        self.eat("|")
        options = [self.item()]
        while self.eat("|"):
            options.append(self.item())
        return lambda value, at: (
            [] if any(not o(value, at) for o in options) else options[-1](value, at)
        )

    def item(self):
        check = self.primary()
        while self.tokens[:2] == ["[", "]"]:
            del self.tokens[:2]
            check = _each(check)
        return check

    def primary(self):
        word = self.tokens.pop(0)
        if word == "(":
            inner = self.type()
            self.eat(")")
            return inner
        if word == "{":
            return self.fields()
        if word == "[":
            parts = [self.type()]
            while self.eat(","):
                parts.append(self.type())
            self.eat("]")
            return _tuple(parts)
        if word == "Record":
            del self.tokens[:3]  # <string,
            of = self.type()
            self.eat(">")
            return lambda value, at: [f for k, v in value.items() for f in of(v, f"{at}.{k}")]
        return _named(word)

    def fields(self):
        fields = {}
        while not self.eat("}"):
            name = self.tokens.pop(0)
            optional = self.eat("?")
            self.eat(":")
            fields[name] = optional, self.type()
            self.eat(";")
        return lambda value, at: _object(value, fields, at)


def _named(word):
    def check(value, at):
        if word == "unknown":
            return []
        if word == "null" or word.startswith('"'):
            right = value is None if word == "null" else value == word.strip('"')
        elif word in PLAIN:
            right = isinstance(value, PLAIN[word]) and (word == "boolean") == isinstance(
                value, bool
            )
        else:
            return TYPES[word](value, at)
        return [] if right else [f"{at} is {value!r}, not {word}"]

    return check


def _each(check):
    return lambda value, at: (
        [f for i, v in enumerate(value) for f in check(v, f"{at}[{i}]")]
        if isinstance(value, list)
        else [f"{at} is no list"]
    )


def _tuple(parts):
    return lambda value, at: (
        [f for i, part in enumerate(parts) for f in part(value[i], f"{at}[{i}]")]
        if isinstance(value, list) and len(value) == len(parts)
        else [f"{at} is {value!r}"]
    )


def _object(value, fields, at):
    if not isinstance(value, dict):
        return [f"{at} is {value!r}"]
    faults = [f"{at}.{name} is not in protocol.ts" for name in value.keys() - fields.keys()]
    for name, (optional, check) in fields.items():
        if name in value:
            faults += check(value[name], f"{at}.{name}")
        elif not optional:
            faults.append(f"{at}.{name} is missing")
    return faults


TYPES = {
    name: Types(body).type()
    for name, body in (
        *re.findall(r"export interface (\w+) (\{.*?\n\})", SOURCE, re.S),
        *re.findall(r"export type (\w+) =\s*(.*?);\n", SOURCE),
    )
}


class Stage:
    """The engine side of ``cheiron play``; what it would send to pages is kept."""

    def __init__(self, session):
        self.notes, self.sent = [], queue.Queue()
        self.live = Instrument(
            session,
            lambda block: PageOutput(len, block=block),
            lambda *note: self.notes.append(note),
        )
        self.view = View(self.live, lambda: True, lambda: None)
        self.desk = Desk(self.live, lambda: self, self.view, None, lambda: None)

    def send_json(self, message, page=0):
        self.sent.put(message)

    def ask(self, kind, /, **fields):
        """Send a command as a page would; the reply."""
        reply = {"type": "reply", "id": 7}  # as the front makes it
        try:
            if self.desk.command(1, {"type": kind, "id": 7, **fields}) is None:
                return reply | {"ok": True}
        except CheironError as error:
            return reply | {"ok": False, "message": str(error)}
        return self.sent.get(timeout=30)

    @property
    def cables(self):
        return {c["target"]: c["source"] for c in self.view.state()["mapping"]["connections"]}


@pytest.fixture
def stage(tmp_path):
    state = replace(first_state("sax"), output=OutputChoice("page"))
    with Session.create(tmp_path / "session", state) as session:
        stage = Stage(session)
        stage.live.start()
        yield stage
        stage.live.stop()


def example(kind):
    if kind in INTERFACES:
        return {name: example(k.removesuffix(" | null")) for name, k in INTERFACES[kind].items()}
    if kind.startswith("Record"):
        return {"port": "9000"}
    return EXAMPLES[kind] if kind in EXAMPLES else kind.split(" | ")[0].strip('"')


def test_state_and_moment_are_those_of_the_page(stage):
    assert stage.ask("source-open", kind="osc", settings={"port": 0, "axes": ["/a.0"]})["ok"]
    assert stage.ask("preset-save", name="one")["ok"]
    assert stage.ask("knob", axis="pitch", value=60, locked=True)["ok"]
    assert stage.ask("follow", osc="127.0.0.1:9")["ok"]
    for kind in ("map", "direct", "explore"):
        assert stage.ask("mapping", kind=kind)["ok"]
        assert TYPES["State"](stage.view.state(), "state") == []
    assert TYPES["Moment"](stage.view.look(figures=True, sources=True)[1], "moment") == []


def test_every_command_is_understood_and_refused_in_a_sentence(stage):
    """One without a handler, or one that trips over its values, would be a fault inside."""
    for kind, shape in COMMANDS.items():
        if kind == "output":
            continue
        fields = {name.rstrip("?"): example(k) for name, k in shape.items()}
        reply = stage.ask(kind, **fields)
        assert reply["ok"] or "inside" not in reply["message"], (kind, reply)
        assert TYPES["Reply"](reply, kind) == []
    assert stage.ask("output", kind="none")["ok"]


def test_a_cable_that_the_mapping_chose_can_be_removed(stage):
    assert stage.ask("mapping", kind="direct")["ok"]
    before = stage.cables
    assert "pitch" in before and len(before) > 1
    assert stage.ask("disconnect", target="pitch")["ok"]
    assert stage.cables == {k: v for k, v in before.items() if k != "pitch"}
    assert not stage.ask("disconnect", target="pitch")["ok"]
    stage.live.conductor.submit(stage.live.undo)
    assert stage.ask("release", axis="pitch")["ok"]
    assert stage.cables == before


def test_cables_of_one_mapping_leave_the_choice_of_another_alone(stage):
    assert stage.ask("connect", connection=cable("x", "pitch"))["ok"]
    assert stage.ask("mapping", kind="explore")["ok"]
    before = stage.cables
    steering = {a["name"] for a in stage.view.state()["mapping"]["steering"]}
    assert before["pitch"] == "x" and len(before.keys() & steering) > 1
    assert stage.ask("connect", connection=cable("pressure", "explore.3"))["ok"]
    assert stage.cables == before | {"explore.3": "pressure"}
    assert stage.ask("disconnect", target="explore.1")["ok"]
    assert "explore.1" not in stage.cables and "explore.2" in stage.cables


def test_a_cable_that_waits_for_its_sensor_is_shown(stage):
    assert stage.ask("connect", connection=cable("wrist", "pitch"))["ok"]
    assert stage.cables["pitch"] == "wrist"
    assert any("wrist" in text for _, text in stage.notes)
    assert stage.ask("disconnect", target="pitch")["ok"]
    assert "pitch" not in stage.cables


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("osc", {"port": "9000"}),
        ("osc", {"port": 0, "host": 5}),
        ("osc", {"port": 0, "axes": [{"address": 5}]}),
        ("osc", {"port": 0, "axes": [{"address": "/a", "index": 0.5}]}),
        ("osc", {"port": 0, "axes": 5}),
        ("osc", {"port": 0, "clock": 3}),
        ("midi", {"backend": "x"}),
        ("pointer", {"clock": 5}),
        ("keys", {"what": 1}),
        ("replay", {"path": 5}),
    ],
)
def test_settings_of_the_wrong_kind_are_a_problem_of_their_source_only(kind, settings):
    from cheiron.engine.fusion import Fusion
    from cheiron.studio.live.rack import Rack

    rack = Rack(Fusion())
    rack.follow((SourceChoice(kind, settings), SourceChoice("osc", {"port": 0, "axes": []})), None)
    try:
        assert rack.problem(kind).endswith(".") and rack.source(kind) is None
        assert rack.source("osc2" if kind == "osc" else "osc") is not None
    finally:
        rack.close()


def cable(source, target):
    made = vars(Connection(source, target))
    return {**made, "inputs": None, "outputs": None}


def test_hostile_values_of_the_right_shape_are_done_or_refused_in_a_sentence(stage):
    far, odd = 1e15, "../../etc/passwd"
    wild = {**cable("x", "pitch"), "inputs": [far, -far], "outputs": [-far, far], "smooth": 10}
    hostile = [
        ("knob", {"axis": "pitch", "value": far, "locked": True}),
        ("param", {"name": "explore.radius", "value": -far}),
        ("param", {"name": odd, "value": far}),
        ("gain", {"value": -far}),
        ("connect", {"connection": wild}),
        ("connect", {"connection": {**wild, "inputs": [0, 0]}}),
        ("connect", {"connection": {**wild, "outputs": [1, 1]}}),
        ("connect", {"connection": {**wild, "smooth": -1}}),
        ("connect", {"connection": cable("", "")}),
        ("learn", {"target": odd}),
        ("learn", {"target": "pitch", "outputs": [far, far]}),
        ("model", {"name": ""}),
        ("model", {"name": odd}),
        ("space", {"name": odd}),
        ("mapping", {"kind": "explore", "loop": odd}),
        ("output", {"kind": "none", "block": -1}),
        ("output", {"kind": "none", "block": 0.5}),
        ("output", {"kind": "device", "device": odd, "block": 128}),
        ("follow", {"osc": odd, "midi": odd}),
        ("record", {"on": True, "name": odd}),
        ("replay", {"take": odd, "loop": True}),
        ("take-rename", {"take": odd, "name": odd}),
        ("take-delete", {"take": odd}),
        ("loop-from-take", {"take": odd}),
        ("loop-delete", {"name": odd}),
        ("preset-save", {"name": odd}),
        ("preset-save", {"name": ""}),
        ("preset-load", {"name": ""}),
        ("source-open", {"kind": "replay", "settings": {"path": odd}}),
        ("source-open", {"kind": "osc", "settings": {"port": 0, "axes": [odd, "/a", "/a"]}}),
        ("source-open", {"kind": "pointer", "settings": {"hover": {"deep": [None]}}}),
        ("source-close", {"name": ""}),
    ]
    for kind, fields in hostile:
        reply = stage.ask(kind, **fields)
        assert reply["ok"] or "inside" not in reply["message"], (kind, fields, reply)
        assert TYPES["State"](stage.view.state(), "state") == []
    moment = stage.view.look(figures=True, sources=True)[1]
    assert TYPES["Moment"](moment, "moment") == [] and not stage.live.runner.problem
    json.dumps(moment, allow_nan=False)
