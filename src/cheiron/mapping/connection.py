"""One cable of a direct mapping, as text, as TOML and as numbers."""

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cheiron.core.errors import CheironError

ConnectionCurve = Literal["linear", "exp", "log", "smooth"]

_BEND = 4.0  # exp and log: the middle of the travel reaches 12 % and 83 %

CURVES: dict[str, Callable[[float], float]] = {
    "linear": lambda u: u,
    "exp": lambda u: math.expm1(_BEND * u) / math.expm1(_BEND),
    "log": lambda u: math.log1p(math.expm1(_BEND) * u) / _BEND,
    "smooth": lambda u: u * u * (3.0 - 2.0 * u),
}
"""Name -> travel in [0, 1] to travel in [0, 1], rising from 0 to 1."""

_OPTIONS = ("curve", "smooth", "invert")
_KEYS = ("from", "to", "in", "out", *_OPTIONS)
_TEXT = re.compile(r"^\s*(?P<source>.+?)\s*->\s*(?P<target>[^:]+?)\s*(?::(?P<rest>.*))?$")
_RANGES = re.compile(r"^\s*(?P<in>[^=>,]*?)\s*(?:=>\s*(?P<out>[^=>,]*?)\s*)?$")


@dataclass(frozen=True)
class Connection:
    """One motion axis that drives one control axis.

    Args:
        source: Name of the motion axis.
        target: Name of the control axis.
        inputs: Motion values for the two ends of the travel; the axis's own range when None.
        outputs: Control values at the two ends; the axis's own range when None.
        curve: How travel maps to travel, a key of ``CURVES``: ``exp`` starts gently, ``log`` at
            once, ``smooth`` is gentle at both ends.
        smooth: Time constant of smoothing, seconds.
        invert: Whether more movement means less.

    Raises:
        CheironError: If the input range is empty or an option is out of its range.
    """

    source: str
    target: str
    inputs: tuple[float, float] | None = None
    outputs: tuple[float, float] | None = None
    curve: ConnectionCurve = "linear"
    smooth: float = 0.0
    invert: bool = False

    def __post_init__(self) -> None:
        if self.inputs is not None and self.inputs[0] == self.inputs[1]:
            raise _wrong(self._label, f"has the empty input range {self.inputs[0]:g}..", "two ends")
        if self.curve not in CURVES:
            raise _wrong(
                self._label, f"has the curve {self.curve!r}", f"one of {', '.join(CURVES)}"
            )
        if not 0.0 <= self.smooth <= 10.0:
            raise _wrong(self._label, f"smooths over {self.smooth:g} s", "0 to 10 seconds")

    @property
    def _label(self) -> str:
        return f"{self.source} -> {self.target}"

    @classmethod
    def parse(cls, text: str) -> "Connection":
        """A connection from one line.

        Args:
            text: ``"motion axis -> control axis"``, then if wanted ``": low..high => low..high"``
                and ``", curve=exp"``, ``", smooth=0.05"``, ``", invert"``.

        Raises:
            CheironError: If the line is not of that form or has an unknown option.

        >>> c = Connection.parse("gyro_energy -> loudness : 0..3 => 0..1, curve=exp, smooth=0.05")
        >>> c.source, c.inputs, c.outputs, c.curve, c.smooth
        ('gyro_energy', (0.0, 3.0), (0.0, 1.0), 'exp', 0.05)
        """
        match = _TEXT.match(text)
        if match is None or not match["source"].strip():
            raise _wrong(
                text, "is not a connection", '"motion axis -> control axis : 0..1 => 0..1"'
            )
        fields: dict[str, Any] = {"from": match["source"], "to": match["target"]}
        for index, part in enumerate((match["rest"] or "").split(",")):
            part = part.strip()
            if not part:
                continue
            if index == 0 and ".." in part:
                fields |= _ranges(text, part)
            else:
                key, _, value = part.partition("=")
                fields[key.strip()] = _option(text, key.strip(), value.strip())
        return cls.from_fields(fields, text)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], label: str) -> "Connection":
        """A connection from plain data, as one ``[[map]]`` table of a TOML file holds it.

        Args:
            fields: ``from``, ``to`` and if wanted ``in``, ``out``, ``curve``, ``smooth``,
                ``invert``.
            label: What to call it in a sentence.

        Raises:
            CheironError: If a key is unknown or missing, or a value is of the wrong form.
        """
        for key in fields:
            if key not in _KEYS:
                raise _wrong(label, f"has the key {key!r}", f"only {', '.join(_KEYS)}")
        for key in ("from", "to"):
            if not isinstance(fields.get(key), str):
                raise _wrong(label, f"does not say {key!r}", "the name of an axis")
        curve: Any = str(fields.get("curve", "linear"))
        smooth: Any = fields.get("smooth", 0.0)
        invert = fields.get("invert", False)
        if isinstance(smooth, bool) or not isinstance(smooth, int | float):
            raise _wrong(label, f"has smooth={smooth!r}", "seconds, such as 0.05")
        if not isinstance(invert, bool):
            raise _wrong(label, f"has invert={invert!r}", "true or false")
        ends = {key: _ends(label, key, fields[key]) for key in ("in", "out") if key in fields}
        return cls(
            fields["from"], fields["to"], ends.get("in"), ends.get("out"),
            curve, float(smooth), invert,
        )  # fmt: skip


@dataclass(frozen=True)
class Rest:
    """Where every control axis goes when there is no effort.

    A model without a knob for loudness is silent at a point, not at the end of one axis: there the
    other axes have to go as well.

    Args:
        source: Name of the motion axis that is the effort.
        inputs: Effort at which all axes are at rest, and effort from which none is held back.
        point: Control values at rest, one for each axis.
        smooth: Time constant of the way there and back, seconds.
    """

    source: str
    inputs: tuple[float, float]
    point: tuple[float, ...]
    smooth: float = 0.05


def read_connections(path: str | Path) -> tuple[Connection, ...]:
    """Connections from a TOML file with one ``[[map]]`` table for each.

    Raises:
        CheironError: If it cannot be read, is no TOML, or holds anything else.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheironError(f"{path} could not be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CheironError(f"{path} is not TOML: {error}; mend that line.") from error
    unknown = sorted(set(data) - {"map"})
    tables = data.get("map")
    if unknown or not isinstance(tables, list) or not tables:
        found = f"the keys {', '.join(unknown)}" if unknown else "no [[map]]"
        raise CheironError(f"{path} has {found}; expected one [[map]] table per connection.")
    return tuple(
        Connection.from_fields(table if isinstance(table, dict) else {}, f"{path}, map {i + 1}")
        for i, table in enumerate(tables)
    )


def _ranges(text: str, part: str) -> dict[str, tuple[float, float]]:
    match = _RANGES.match(part)
    if match is None:
        raise _wrong(text, f"has the ranges {part!r}", '"low..high => low..high"')
    return {key: _span(text, value) for key, value in match.groupdict().items() if value}


def _span(text: str, value: str) -> tuple[float, float]:
    low, _, high = value.partition("..")
    try:
        return _ends(text, "range", [float(low), float(high)])
    except ValueError:
        raise _wrong(text, f"has the range {value!r}", "two numbers such as 0..3") from None


def _ends(label: str, key: str, value: Any) -> tuple[float, float]:
    pair = list(value) if isinstance(value, list | tuple) else []
    numbers = [float(v) for v in pair if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(pair) != 2 or len(numbers) != 2 or not all(map(math.isfinite, numbers)):
        raise _wrong(label, f"has {key} = {value!r}", "two finite numbers")
    return numbers[0], numbers[1]


def _option(text: str, key: str, value: str) -> Any:
    if key == "smooth":
        try:
            return float(value)
        except ValueError:
            raise _wrong(text, f"has smooth={value}", "seconds, such as 0.05") from None
    if key == "invert":
        return {"": True, "true": True, "false": False}.get(value.lower(), value)
    if key not in _OPTIONS:
        raise _wrong(text, f"has the option {key!r}", f"only {', '.join(_OPTIONS)}")
    return value


def _wrong(label: str, found: str, expected: str) -> CheironError:
    return CheironError(f"the connection {label!r} {found}; expected {expected}.")
