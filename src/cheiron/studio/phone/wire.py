"""What the engine and the phones' server say to each other, and what phones may say.

On the pipe each message is a JSON object with a ``kind``. From the engine: ``open`` (host, port,
certificate, page), ``answer`` (to a knock), ``dismiss``. From the server: ``listening``,
``failed``, ``knock``, ``motion``, ``state``, ``gone``.
"""

import json
from typing import Any

from cheiron.sources.phone_motion import SAMPLE
from cheiron.studio.live.lanes import Lane

TO_PHONES = (Lane("open", 1), Lane("text", 1024, lossy=False))
"""From the engine to the server."""

TO_HOUSE = (Lane("motion", 256), Lane("text", 1024, lossy=False))
"""From the server to the engine."""

STATES = ("live", "asleep", "refused", "without", "quiet", "lost")
"""How a phone is; it says the first four itself, the last two are seen."""

MOST_SAMPLES = 32
"""In one message."""

_LARGEST = 1e9


class NonsenseError(ValueError):
    """A phone's message is not of the protocol; says why in a few words."""


def pack(kind: str, **parts: Any) -> bytes:
    """A message for the pipe.

    >>> unpack(pack("gone", page=3))
    {'kind': 'gone', 'page': 3}
    """
    return json.dumps({"kind": kind, **parts}, separators=(",", ":"), allow_nan=False).encode()


def unpack(message: bytes) -> dict[str, Any]:
    """A message from the pipe."""
    return json.loads(message)


def read_knock(text: str) -> tuple[str, str]:
    """Token and secret of a phone's first message.

    Raises:
        NonsenseError: If it is another message.

    >>> read_knock('{"type": "hello", "token": "abc", "secret": ""}')
    ('abc', '')
    """
    message = _read(text)
    words = message.get("token"), message.get("secret")
    if message.get("type") != "hello" or not all(
        isinstance(w, str) and len(w) < 100 for w in words
    ):
        raise NonsenseError("the first message is no hello")
    return str(words[0]), str(words[1])


def read_message(text: str) -> dict[str, Any]:
    """Any later message of a phone, once its shape is right: ``motion``, ``state`` or ``pong``.

    Raises:
        NonsenseError: If it is none.

    >>> read_message('{"type": "pong", "id": 3}')
    {'type': 'pong', 'id': 3}
    """
    message = _read(text)
    kind = message.get("type")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None or not check(message):
        raise NonsenseError("it is no message of a phone")
    return message


def _read(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NonsenseError("it is no JSON") from error
    if not isinstance(message, dict):
        raise NonsenseError("it is no JSON object")
    return message  # pyright: ignore[reportUnknownVariableType]


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value is not True and value is not False


def _is_sample(sample: Any) -> bool:
    return (
        isinstance(sample, list)
        and len(sample) == SAMPLE  # pyright: ignore[reportUnknownArgumentType]
        and sample[0] is not None
        and all(
            value is None or (_is_number(value) and -_LARGEST <= value <= _LARGEST)
            for value in sample  # pyright: ignore[reportUnknownVariableType]
        )
    )


def _is_motion(message: dict[str, Any]) -> bool:
    samples = message.get("samples")
    return (
        message.keys() == {"type", "samples", "button"}
        and message["button"] in (0, 1)
        and isinstance(samples, list)
        and 0 < len(samples) <= MOST_SAMPLES  # pyright: ignore[reportUnknownArgumentType]
        and all(map(_is_sample, samples))  # pyright: ignore[reportUnknownArgumentType]
    )


def _is_state(message: dict[str, Any]) -> bool:
    return message.keys() == {"type", "state"} and message["state"] in STATES[:4]


def _is_pong(message: dict[str, Any]) -> bool:
    return message.keys() == {"type", "id"} and isinstance(message["id"], int)


_CHECKS = {"motion": _is_motion, "state": _is_state, "pong": _is_pong}
