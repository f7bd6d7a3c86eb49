"""Which OSC arguments are which axes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.sources.osc_layouts import Argument, layout_of
from cheiron.sources.ranges import LearntRange

MOST_AXES = 64
"""How many axes come by themselves; more are listed, and can be chosen."""


@dataclass(frozen=True)
class OscAxis:
    """One argument of an OSC address, or of every address that a pattern matches.

    Args:
        address: Address or OSC 1.0 pattern: ``?``, ``*``, ``[a-c]``, ``[!a]``, ``{left,right}``.
        index: Which of its arguments, from 0.
        name: What the axis is called; made from the address when empty.
        low: Lower end; learnt from what comes when absent.
        high: Upper end; learnt from what comes when absent.
        scale: What the argument is multiplied by.

    Raises:
        CheironError: If it is no address, or the range is empty.

    >>> OscAxis("/wrist/acc", 2).label, OscAxis("/fader").label
    ('wrist.acc.2', 'fader.0')
    """

    address: str
    index: int = 0
    name: str = ""
    low: float | None = None
    high: float | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        given = vars(self)  # settings may hold anything, whatever the types say
        told = [given[key] for key in ("address", "name")]
        numbers = [given[key] for key in ("low", "high", "scale")]
        if (
            not all(isinstance(word, str) for word in told)
            or not all(n is None or isinstance(n, int | float) for n in numbers)
            or type(self.index) is not int
        ):
            raise CheironError(
                f"an OSC axis has the address {self.address!r}, the argument {self.index!r}, the "
                f"name {self.name!r} and the range [{self.low!r}, {self.high!r}]; expected texts, "
                "a whole number and numbers."
            )
        if not self.address.startswith("/") or len(self.address) < 2 or self.index < 0:
            raise CheironError(
                f"{self.address!r} with argument {self.index} is no OSC axis; expected an address "
                "such as /wrist/acc and an argument from 0 on."
            )
        if (self.low is None) != (self.high is None) or (
            self.low is not None and self.high is not None and not self.low < self.high
        ):
            raise CheironError(
                f"the OSC axis {self.address} has the range [{self.low}, {self.high}]; expected "
                "two numbers, the first one smaller, or none to learn them."
            )

    @classmethod
    def of(cls, text: str) -> "OscAxis":
        """From ``/address.INDEX``, as settings write it; without an index the first argument.

        >>> OscAxis.of("/acc.1")
        OscAxis(address='/acc', index=1, name='', low=None, high=None, scale=1.0)
        """
        address, dot, index = text.rpartition(".")
        return cls(address, int(index)) if dot and index.isdecimal() else cls(text)

    @property
    def label(self) -> str:
        """The name of its axis."""
        return self.name or f"{_plain(self.address)}.{self.index}"


def _plain(address: str) -> str:
    """An address as the beginning of an axis name: ``/wrist/acc`` is ``wrist.acc``."""
    return re.sub(r"[^\w.-]", "_", address.strip("/").replace("/", ".")) or "_"


def pattern_of(address: str) -> re.Pattern[str]:
    """What an OSC 1.0 address pattern matches; ``*`` stays within one part of the address.

    >>> bool(pattern_of("/*/acc{X,Y}").fullmatch("/wrist/accY"))
    True
    >>> bool(pattern_of("/*").fullmatch("/wrist/accY"))
    False
    """
    words = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    try:
        pieces = re.split(r"(\[!?[^\[\]]+\])", address)
        return re.compile(
            "".join(
                "[" + piece[1:-1].replace("!", "^", 1).replace("\\", "") + "]"
                if piece.startswith("[")
                else "".join(words.get(c, re.escape(c)) for c in piece)
                for piece in pieces
            )
        )
    except re.error as error:
        raise CheironError(
            f"{address!r} is no OSC address pattern ({error}); expected one such as /hand/*/x."
        ) from error


@dataclass
class AxisTable:
    """The axes of an OSC source, chosen or automatic; all calls from the thread that receives.

    Args:
        chosen: The axes; when empty, every numeric argument that comes becomes an axis, up to 64;
            those of sensors that are known (:mod:`cheiron.sources.osc_layouts`) with their names,
            units and ranges.
    """

    chosen: tuple[OscAxis, ...] = ()
    automatic: bool = field(init=False)
    space: Space = field(init=False)

    def __post_init__(self) -> None:
        self.automatic = not self.chosen
        self._axes = list(self.chosen)
        self._ranges = [LearntRange() if axis.low is None else None for axis in self._axes]
        self._patterns = [pattern_of(axis.address) for axis in self._axes]
        self._columns: dict[str, tuple[tuple[int, int], ...]] = {}
        self._sensors: dict[str, int] = {}
        self._rebuild()

    def columns(self, address: str, arguments: Sequence[float]) -> tuple[tuple[int, int], ...]:
        """Pairs of (argument, column) for a message; an automatic table may grow by it."""
        known = self._columns.get(address)
        if known is not None and not (self.automatic and self._is_more(address, arguments, known)):
            return known
        if self.automatic:
            self._grow(address, arguments)
        self._columns[address] = tuple(
            (axis.index, column)
            for column, (axis, pattern) in enumerate(zip(self._axes, self._patterns, strict=True))
            if axis.address == address or (not self.automatic and pattern.fullmatch(address))
        )
        return self._columns[address]

    def see(self, column: int, value: float) -> None:
        """Learn the range of a column that has none."""
        learnt = self._ranges[column]
        if learnt is not None and learnt.see(value):
            self._rebuild()

    def _is_more(
        self, address: str, arguments: Sequence[float], known: tuple[tuple[int, int], ...]
    ) -> bool:
        numbers = sum(value == value for value in arguments)  # NaN is not equal to itself
        if address in self._sensors:  # of which some numbers are nobody's axis
            return len(arguments) > self._sensors[address] and len(self._axes) < MOST_AXES
        return numbers > len(known) and len(self._axes) < MOST_AXES

    def scale(self, column: int) -> float:
        """What the argument of a column is multiplied by."""
        return self._axes[column].scale

    def _grow(self, address: str, arguments: Sequence[float]) -> None:
        known = layout_of(address, len(arguments))
        if known is not None:
            self._sensors[address] = len(arguments)
            self._grow_known(address, *known)
        else:
            self._grow_plain(address, arguments)
        self._rebuild()

    def _grow_known(self, address: str, device: str, arguments: tuple[Argument, ...]) -> None:
        """The axes of a known sensor; those of a second one have its number before the name."""
        have = {axis.index for axis in self._axes if axis.address == address}
        names = {axis.label for axis in self._axes}
        for each in arguments:
            if each.index in have or len(self._axes) >= MOST_AXES:
                continue
            name = each.name if each.name not in names else f"{device}.{each.name}"
            while name in names:
                name += "_"
            names.add(name)
            made = OscAxis(address, each.index, name, each.low, each.high, each.scale)
            self._axes.append(made)
            self._ranges.append(None)
            self._patterns.append(re.compile(re.escape(address)))

    def _grow_plain(self, address: str, arguments: Sequence[float]) -> None:
        have = {axis.index for axis in self._axes if axis.address == address}
        names = {axis.label for axis in self._axes}
        alone = len(arguments) == 1 and not have
        for index, value in enumerate(arguments):
            if index in have or value != value or len(self._axes) >= MOST_AXES:
                continue
            name = _plain(address) if alone else f"{_plain(address)}.{index}"
            while name in names:  # two addresses that differ in what a name cannot hold
                name += "_"
            names.add(name)
            self._axes.append(OscAxis(address, index, name))
            self._ranges.append(LearntRange())
            self._patterns.append(re.compile(re.escape(address)))

    def _rebuild(self) -> None:
        axes: list[Axis] = []
        for axis, learnt in zip(self._axes, self._ranges, strict=True):
            low, high = (learnt.low, learnt.high) if learnt else (axis.low or 0.0, axis.high or 0.0)
            rest = min(max(0.0, low), high)
            says = f"Argument {axis.index} of {axis.address}."
            axes.append(Axis(axis.label, low, high, default=rest, help=says))
        self.space = Space("osc", tuple(axes))
