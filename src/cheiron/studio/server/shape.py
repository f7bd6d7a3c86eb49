"""What a page may say: the fields of each message and their types, as protocol.ts writes them."""

import json
import re
from collections.abc import Callable
from typing import Any

GESTURES: dict[str, dict[str, str]] = {
    "pointer": {"time": "number", "hover": "[number, number] | null", "touches": "Touch[]"},
    "keys": {"time": "number", "down": "string[]"},
    "hands": {
        "time": "number",
        "sent": "number",
        "aspect": "number",
        "lost": "number",
        "hands": "Hand[]",
    },
    "ping": {"page": "number"},
}
"""Messages without reply: type -> field -> type of the field."""

COMMANDS: dict[str, dict[str, str]] = {
    "model": {"name": "string"},
    "space": {"name": "string", "scene?": "string"},
    "scene-add": {"name": "string", "at": "number"},
    "scene-remove": {"name": "string"},
    "scene-set": {
        "name": "string",
        "rename?": "string",
        "space?": "string",
        "position?": "number | null",
    },
    "scene-hold": {"name": "string", "on": "boolean"},
    "scene-go": {"to": "number", "seconds": "number"},
    "knob": {"axis": "string", "value": "number", "locked?": "boolean"},
    "release": {"axis": "string"},
    "param": {"name": "string", "value": "number"},
    "mapping": {"kind": "string", "loop?": "string"},
    "connect": {"connection": "Connection"},
    "disconnect": {"target": "string"},
    "learn": {"target": "string", "outputs?": "[number, number]"},
    "source-open": {"kind": "string", "settings": "Record<string, unknown>"},
    "source-close": {"name": "string"},
    "phone-open": {"on": "boolean", "address?": "string"},
    "phone-invite": {"seat": "number"},
    "output": {"kind": '"device" | "page" | "none"', "device?": "string", "block?": "number"},
    "follow": {"osc?": "string", "midi?": "string"},
    "record": {"on": "boolean", "name?": "string"},
    "replay": {"take": "string", "loop?": "boolean"},
    "replay-stop": {},
    "take-rename": {"take": "string", "name": "string"},
    "take-delete": {"take": "string"},
    "loop-from-take": {"take": "string"},
    "loop-delete": {"name": "string"},
    "loop-draw": {"name": "string", "path": "[number, number, number][]"},
    "teach-start": {"gesture": "string", "sound": "string", "count": "number"},
    "teach-stop": {"keep": "boolean"},
    "teach-take": {"take": "string", "gesture": "string", "sound": "string"},
    "gesture-rename": {"gesture": "string", "name": "string"},
    "gesture-delete": {"gesture": "string"},
    "gesture-grammar": {"gesture": "string", "after": "string[]"},
    "shown-delete": {"shown": "string"},
    "interaction": {"name": "string"},
    "preset-save": {"name": "string"},
    "preset-load": {"name": "string"},
    "preset-delete": {"name": "string"},
    "gain": {"value": "number"},
    "mute": {"on": "boolean"},
    "panic": {},
    "undo": {},
    "redo": {},
}
"""Messages that get a reply; each also has the number ``id``."""

INTERFACES: dict[str, dict[str, str]] = {
    "Touch": {"id": "number", "x": "number", "y": "number", "pressure": "number"},
    "Hand": {
        "side": '"left" | "right"',
        "score": "number",
        "points": "number[]",
        "world": "number[]",
    },
    "Connection": {
        "source": "string",
        "target": "string",
        "inputs": "[number, number] | null",
        "outputs": "[number, number] | null",
        "curve": '"linear" | "exp" | "log" | "smooth"',
        "smooth": "number",
        "invert": "boolean",
    },
}
"""What the fields above refer to."""

MAX_TEXT = 500  # characters
MAX_ITEMS = 64
_MAX_NUMBER = 1e15
_MAX_ID = 2**53
_DEPTH = 5
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # would tear a log line, or no UTF-8

Check = Callable[[Any], bool]


class ShapeError(ValueError):
    """A message is not of the protocol; says why in a few words."""


def parse(text: str) -> dict[str, Any]:
    """A message from a page, once its shape is right.

    Args:
        text: What came.

    Raises:
        ShapeError: If it is no JSON object, of no known type, lacks a field, has one too many or
            one of another type.

    >>> parse('{"type": "gain", "value": 1, "id": 7}')
    {'type': 'gain', 'value': 1, 'id': 7}
    >>> parse('{"type": "gain", "value": "loud", "id": 7}')
    Traceback (most recent call last):
    cheiron.studio.server.shape.ShapeError: gain has a value that is no number
    """
    message = _read(text)
    kind = message.get("type")
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise ShapeError("it is of no known type")
    for name, value in message.items():
        if name not in shape:
            raise ShapeError(f"{kind} has a field too many")
        check, expected = shape[name][1:]
        if not check(value):
            raise ShapeError(f"{kind} has a {name} that is no {expected}")
    missing = [name for name, (needed, *_) in shape.items() if needed and name not in message]
    if missing:
        raise ShapeError(f"{kind} has no {missing[0]}")
    return message


def read_hello(text: str) -> str:
    """The token in the first message of a page; empty when it is another message."""
    try:
        message = _read(text)
    except ShapeError:
        return ""
    token = message.get("token")
    return token if message.get("type") == "hello" and isinstance(token, str) else ""


def id_of(text: str) -> int | None:
    """The id of a command, even a misshapen one, so that it can be answered; None without any."""
    try:
        number = _read(text).get("id")
    except ShapeError:
        return None
    return number if _is_id(number) else None


def _read(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ShapeError("it is no JSON") from error
    if not isinstance(message, dict):
        raise ShapeError("it is no JSON object")
    return message  # pyright: ignore[reportUnknownVariableType]


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _is_number(value: Any) -> bool:
    # A comparison, since a whole number may be too long for a float.
    return (
        isinstance(value, int | float)
        and value is not True
        and value is not False
        and (-_MAX_NUMBER <= value <= _MAX_NUMBER)
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_ID


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT and not _CONTROL.search(value)


def _is_plain(value: Any, depth: int = _DEPTH) -> bool:
    """Settings of a source: nested lists and objects of words and numbers, not deep, not long."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, list | dict):
        parts = [*value, *value.values()] if isinstance(value, dict) else value  # pyright: ignore
        short = len(value) <= MAX_ITEMS  # pyright: ignore[reportUnknownArgumentType]
        return depth > 0 and short and all(_is_plain(part, depth - 1) for part in parts)
    return _is_text(value) or _is_number(value)


def _checker(expression: str) -> Check:
    """A check for a type as TypeScript writes it; only the forms that the protocol uses."""
    if " | " in expression:
        parts = [_checker(part) for part in expression.split(" | ")]
        return lambda value: any(part(value) for part in parts)
    if expression.startswith('"'):
        word = expression.strip('"')
        return lambda value: value == word
    if expression.endswith("[]"):
        item = _checker(expression[:-2])
        return lambda value: (
            isinstance(value, list) and len(value) <= MAX_ITEMS and all(map(item, value))  # pyright: ignore
        )
    if expression.startswith("["):
        items = [_checker(part) for part in expression[1:-1].split(", ")]
        return lambda value: (
            isinstance(value, list)
            and len(value) == len(items)  # pyright: ignore[reportUnknownArgumentType]
            and all(check(part) for check, part in zip(items, value, strict=True))  # pyright: ignore
        )
    if expression in INTERFACES:
        fields = {name: _checker(kind) for name, kind in INTERFACES[expression].items()}
        return lambda value: (
            isinstance(value, dict)
            and value.keys() == fields.keys()
            and all(check(value[name]) for name, check in fields.items())
        )
    return _SIMPLE[expression]


_SIMPLE: dict[str, Check] = {
    "number": _is_number,
    "string": _is_text,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "Record<string, unknown>": lambda value: isinstance(value, dict) and _is_plain(value),
}

# Type -> field -> (is it needed?, check, what was expected).
_Shape = dict[str, tuple[bool, Check, str]]


def _shape(fields: dict[str, str], *, command: bool) -> _Shape:
    shape: _Shape = {"type": (True, _is_text, "string")}
    if command:
        shape["id"] = (True, _is_id, "whole number")
    for name, kind in fields.items():
        shape[name.rstrip("?")] = (not name.endswith("?"), _checker(kind), kind)
    return shape


_SHAPES: dict[str, _Shape] = {
    **{name: _shape(fields, command=False) for name, fields in GESTURES.items()},
    **{name: _shape(fields, command=True) for name, fields in COMMANDS.items()},
}
