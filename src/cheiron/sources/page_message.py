"""Fields of the messages that a page sends, checked: a page is a stranger."""

import math
from collections.abc import Mapping
from typing import Any


class BadMessageError(Exception):
    """A field that is not what it should be; counted by the source, seen by nobody else."""


def number(message: Mapping[str, Any], name: str) -> float:
    """A finite number.

    Raises:
        BadMessageError: If it is missing or anything else.

    >>> number({"x": 1}, "x")
    1.0
    """
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessageError(name)
    try:
        value = float(value)
    except OverflowError as error:
        raise BadMessageError(name) from error
    if not math.isfinite(value):
        raise BadMessageError(name)
    return value


def share(message: Mapping[str, Any], name: str) -> float:
    """A finite number, moved into [0, 1].

    >>> share({"x": 1.2}, "x")
    1.0
    """
    return min(max(number(message, name), 0.0), 1.0)


def items(message: Mapping[str, Any], name: str, most: int) -> list[Any]:
    """A list of at most ``most`` things.

    Raises:
        BadMessageError: If it is missing, longer or anything else.
    """
    value = message.get(name)
    if not isinstance(value, list) or len(value) > most:  # pyright: ignore[reportUnknownArgumentType]
        raise BadMessageError(name)
    return value  # pyright: ignore[reportUnknownVariableType]
