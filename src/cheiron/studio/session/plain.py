"""Plain data from a file, read without trusting it.

A reader takes a value and where it stands, and gives the checked value. What it refuses becomes
one sentence that names the file and the key.
"""

from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Any, TypeVar, cast

from cheiron.core.errors import CheironError

T = TypeVar("T")
Reader = Callable[[Any, str], T]
"""The checked form of a value; the text says where it stands, such as ``"session.toml: gain"``."""


def wrong(at: str, found: str, expected: str) -> CheironError:
    """The sentence for a value that is not as it should be."""
    return CheironError(f"{at} is {found}; expected {expected}, so mend that line.")


def text(value: Any, at: str) -> str:
    """Any text that a file can hold; half of a sign, as a page may send, is none."""
    if not isinstance(value, str) or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise wrong(at, ascii(value), "text in quotes")
    return value


def flag(value: Any, at: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong(at, repr(value), "true or false")
    return value


def whole(value: Any, at: str) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(at, repr(value), "a whole number")
    return int(value)


def number(value: Any, at: str) -> float:
    """A finite number.

    >>> number(3, "session.toml: gain")
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(at, repr(value), "a finite number")
    try:
        found = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        found = inf
    if not isfinite(found):
        raise wrong(at, repr(value)[:40], "a finite number")
    return found


def pair(value: Any, at: str) -> tuple[float, float]:
    """Two finite numbers."""
    ends = list_of(number)(value, at)
    if len(ends) != 2:
        raise wrong(at, f"a list of {len(ends)}", "two numbers")
    return ends[0], ends[1]


def anything(value: Any, at: str) -> Any:
    """Text, numbers, truth values, and lists and tables of them.

    What is null in a table is left out, because TOML has no null.
    """
    if isinstance(value, Mapping):
        items = cast(Mapping[Any, Any], value).items()
        return {text(k, at): anything(v, f"{at}.{k}") for k, v in items if v is not None}
    if isinstance(value, list | tuple):
        return [anything(v, at) for v in cast(list[Any], value)]
    if isinstance(value, str):
        return text(value, at)
    if isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise wrong(at, repr(value), "text, a finite number, true or false, a list or a table")


def list_of(reader: Reader[T]) -> Reader[list[T]]:
    """A list whose items the reader takes."""

    def read(value: Any, at: str) -> list[T]:
        if not isinstance(value, list | tuple):
            raise wrong(at, repr(value), "a list")
        items = cast(list[Any], value)
        return [reader(item, f"{at}[{i}]") for i, item in enumerate(items)]

    return read


def table_of(reader: Reader[T]) -> Reader[dict[str, T]]:
    """A table with any names whose values the reader takes."""

    def read(value: Any, at: str) -> dict[str, T]:
        return {key: reader(item, f"{at}.{key}") for key, item in _table(value, at).items()}

    return read


def record(make: Callable[..., T], readers: Mapping[str, Reader[Any]]) -> Reader[T]:
    """A table with these keys and no others; a key that is absent keeps its default.

    Args:
        make: Takes the keys as keyword arguments.
        readers: Key -> reader.
    """

    def read(value: Any, at: str) -> T:
        table = _table(value, at)
        for key in table:
            if key not in readers:
                raise CheironError(
                    f"{at} has the unknown key {key!r}; expected only {', '.join(readers)}, so "
                    "rename or remove it."
                )
        joint = "." if ": " in at else ": "
        fields = {k: readers[k](v, f"{at}{joint}{k}") for k, v in table.items()}
        try:
            return make(**fields)
        except TypeError as error:
            missing = str(error).partition("argument")[2].strip(": s")
            raise CheironError(f"{at} does not say {missing}; add that line.") from error
        except CheironError as error:
            raise CheironError(f"{at}: {error}") from error

    return read


def _table(value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise wrong(at, repr(value), "a table")
    return dict(cast(Mapping[str, Any], value))
