"""The server's table of messages and protocol.ts are one."""

import json
import re
from pathlib import Path

import pytest

import cheiron
from cheiron.studio.server.shape import COMMANDS, GESTURES, INTERFACES, ShapeError, id_of, parse

TS = Path(cheiron.__file__).parent / "studio" / "web" / "src" / "link" / "protocol.ts"
SOURCE = re.sub(r"/\*\*.*?\*/", "", TS.read_text(encoding="utf-8"), flags=re.S)
EXAMPLES = {
    "number": 0.5,
    "string": "word",
    "boolean": True,
    "[number, number]": [0, 1],
    "Record<string, unknown>": {"port": 9000, "axes": ["/acc.0"], "deep": {"on": None}},
    "string[]": ["KeyA"],
    "number[]": [0.5] * 63,
    "[number, number, number][]": [[0, 0, 0], [1, 0.5, 2]],
}


def fields(body):
    found = re.findall(r"(\w+\??): ([^;}]+?)\s*(?:[;}]|$)", body)
    return {name: kind for name, kind in found if name != "type"}


def union(name):
    body = re.search(rf"export type {name} =(.*?)(?=\nexport|\Z)", SOURCE, re.S).group(1)
    members = re.findall(r'\{ type: "([\w-]+)"(.*?)\};?\s*(?=\||\Z|\n)', body)
    return {kind: fields(rest) for kind, rest in members}


def example(kind):
    kind = kind.removesuffix(" | null")
    if kind in INTERFACES:
        return {name: example(k) for name, k in INTERFACES[kind].items()}
    if kind == "Touch[]":
        return [example("Touch")] * 5
    if kind == "Hand[]":
        return [example("Hand")] * 2
    return EXAMPLES[kind] if kind in EXAMPLES else kind.split(" | ")[0].strip('"')


def message(kind, **changes):
    shape = GESTURES.get(kind) or COMMANDS.get(kind) or {}
    made = {"type": kind, **{name.rstrip("?"): example(k) for name, k in shape.items()}}
    return made | ({"id": 1} if kind in COMMANDS else {}) | changes


def test_the_tables_are_those_of_the_page():
    assert union("Gesture") == GESTURES
    assert union("Command") == COMMANDS
    for name, shape in INTERFACES.items():
        body = re.search(rf"export interface {name} \{{(.*?)\n\}}", SOURCE, re.S).group(1)
        assert fields(body) == shape


@pytest.mark.parametrize("kind", [*GESTURES, *COMMANDS])
def test_every_message_passes_and_none_with_a_part_amiss(kind):
    whole = message(kind)
    assert parse(json.dumps(whole)) == whole
    with pytest.raises(ShapeError, match="too many"):
        parse(json.dumps(whole | {"extra": 1}))
    shape = {**(GESTURES.get(kind) or COMMANDS.get(kind))} | (
        {"id": "number"} if kind in COMMANDS else {}
    )
    for name in shape:
        less = {k: v for k, v in whole.items() if k != name.rstrip("?")}
        if name.endswith("?"):
            assert parse(json.dumps(less)) == less
        else:
            with pytest.raises(ShapeError, match="no"):
                parse(json.dumps(less))
        for wrong in (object, [[]], {"a": {}}, "\n", "x" * 501):
            value = {"x": []} if wrong is object else wrong
            if shape[name].startswith("Record") and isinstance(value, dict):
                continue
            with pytest.raises(ShapeError):
                parse(json.dumps(whole | {name.rstrip("?"): value}))


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "1", "[]", "{}", '{"type": 1}', '{"type": ["gain"]}', '{"type": "nothing"}',
        "[" * 60_000, '{"a":' * 10_000, "1" * 60_000, '{"type": "gain", "value": NaN, "id": 1}',
        '{"type": "gain", "value": 1e999, "id": 1}',
        '{"type": "gain", "value": -Infinity, "id": 1}',
        '{"type": "gain", "value": ' + "9" * 4000 + ', "id": 1}',
        '{"type": "gain", "value": true, "id": 1}', '{"type": "gain", "value": 1, "id": true}',
        '{"type": "gain", "value": 1, "id": -1}', '{"type": "gain", "value": 1, "id": 1.5}',
        '{"type": "model", "name": "\\ud800", "id": 1}',
        '{"type": "model", "name": "a\\u0000", "id": 1}',
        '{"type": "keys", "time": 1, "down": [' + ",".join(['"a"'] * 65) + "]}",
        '{"type": "source-open", "kind": "osc", "id": 1, "settings": {"a": [[[[[[1]]]]]]}}',
    ],
)  # fmt: skip
def test_nonsense_is_refused(text):
    with pytest.raises(ShapeError):
        parse(text)


def test_a_misshapen_command_can_still_be_answered():
    assert id_of('{"type": "gain", "id": 4}') == 4
    assert id_of('{"id": "4"}') is None and id_of("[") is None
