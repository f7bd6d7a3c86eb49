"""Knobs that are held by hand: the stage between the mapping and the control space."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cheiron.core.circle import turn, within, wrapped
from cheiron.core.errors import CheironError
from cheiron.core.filters import alpha_of
from cheiron.core.recording import TickStage
from cheiron.core.space import Space

GLIDE = 0.02
"""Seconds in which a knob takes over, follows a new value or lets go."""


@dataclass(frozen=True, slots=True)
class Held:
    """A knob that a hand has set.

    Args:
        value: Where it is set, in the axis's unit.
        locked: Whether the hand wins over the mapping; else it only fills in where the mapping
            leaves the axis undefined.
    """

    value: float
    locked: bool = False


class HandBoard:
    """What the hand has set, for all stages that are built while somebody plays.

    One thread at a time (the link thread) writes, the control thread reads :attr:`snapshot`: each
    change swaps in a whole new mapping, which is never changed afterwards, so a reader sees all of
    a preset or nothing of it and no lock is needed.

    Args:
        control: The control axes.

    >>> board = HandBoard(Space.of("control", ["pitch", "loudness"]))
    >>> board.set("pitch", 0.5, locked=True)
    >>> board.held
    {'pitch': Held(value=0.5, locked=True)}
    """

    def __init__(self, control: Space) -> None:
        self.control = control
        self.snapshot: Mapping[int, Held] = {}
        """Position of the axis -> what holds it."""

    @property
    def held(self) -> dict[str, Held]:
        """Every knob that is held, by name."""
        return {self.control.names[index]: held for index, held in self.snapshot.items()}

    def set(self, axis: str, value: float, locked: bool | None = None) -> None:
        """Set one knob.

        Args:
            axis: Name of the control axis.
            value: Where to; outside its range it becomes the nearer end, or the same place where
                the axis comes round.
            locked: Whether it wins over the mapping; as it was before when None.

        Raises:
            CheironError: If there is no such axis or the value is no finite number.
        """
        index = self.control.index(axis)
        if locked is None:
            locked = index in self.snapshot and self.snapshot[index].locked
        self.snapshot = {**self.snapshot, index: self._held(index, value, locked)}

    def release(self, axis: str) -> None:
        """Let one knob go; one that is not held stays so."""
        index = self.control.index(axis)
        self.snapshot = {i: held for i, held in self.snapshot.items() if i != index}

    def load(self, held: Mapping[str, Held]) -> None:
        """Hold exactly these; all others let go.

        Raises:
            CheironError: If there is no such axis or a value is no finite number.
        """
        index = self.control.index
        self.snapshot = {index(n): self._held(index(n), h.value, h.locked) for n, h in held.items()}

    def _held(self, index: int, value: float, locked: bool) -> Held:
        axis = self.control.axes[index]
        if not math.isfinite(value):
            raise CheironError(f"the knob {axis.name!r} was set to {value}; give a finite number.")
        return Held(within(axis, float(value)), locked)


@dataclass
class _Grip:
    """One knob on its way: how much of it is the hand's (NaN: not known yet), and where it is."""

    share: float
    value: float


@dataclass
class _State:
    grips: dict[int, _Grip] = field(default_factory=dict[int, _Grip])


class HandStage(TickStage):
    """Lets the hand's knobs into the control point.

    A locked knob replaces what the mapping says; any other fills in where the mapping leaves its
    axis undefined. Taking hold, turning and letting go glide over ``GLIDE`` seconds. A knob that
    nobody drives goes back to its default when it is let go, one of the kind ``texture`` to
    *undefined*.

    The control thread calls it; the board may change at any time.

    Args:
        hands: The knobs.
        rate: Frames per second.

    >>> hands = HandBoard(Space.of("control", ["pitch", "loudness"]))
    >>> hands.set("loudness", 0.5)
    >>> stage = HandStage(hands, rate=100.0)
    >>> stage.tick(stage.init(), 0.0, [0.25, math.nan])
    [0.25, 0.5]
    """

    def __init__(self, hands: HandBoard, rate: float) -> None:
        self.in_space = self.out_space = hands.control
        self._hands = hands
        self._step = 1.0 / max(GLIDE * rate, 1.0)
        self._follow = alpha_of(GLIDE / 3, rate)
        axes = hands.control.axes
        self._round = [(a.low, a.period) for a in axes]
        self._rest = [math.nan if a.kind == "texture" else a.default for a in axes]

    def init(self) -> _State:
        """A fresh state: what is held now is held from the first frame on."""
        held = self._hands.snapshot
        return _State({index: _Grip(math.nan, hold.value) for index, hold in held.items()})

    def tick(self, state: _State, time: float, x: list[float]) -> list[float]:
        """The control row with the hand in it."""
        held, grips = self._hands.snapshot, state.grips
        if not held and not grips:
            return x
        for index, hold in held.items():
            if index not in grips:
                grips[index] = _Grip(0.0, hold.value)
        out = x.copy()
        for index, grip in tuple(grips.items()):
            mapped = x[index]
            undriven = mapped != mapped  # NaN is not equal to itself
            low, period = self._round[index]
            self._move(grip, held.get(index), undriven, period)
            below = self._rest[index] if undriven else mapped
            if below != below:  # texture that nobody drives is noise: nothing to glide from
                out[index] = grip.value if index in held else below
            else:
                glide = below + grip.share * turn(below, grip.value, period)
                out[index] = wrapped(glide, low, period)
            if index not in held and grip.share == 0.0:
                del grips[index]
        return out

    def _move(self, grip: _Grip, hold: Held | None, undriven: bool, period: float) -> None:
        """One frame further towards what holds it now."""
        goal = 0.0
        if hold is not None:
            grip.value += self._follow * turn(grip.value, hold.value, period)
            goal = 1.0 if hold.locked or undriven else 0.0
        if grip.share != grip.share:
            grip.share = goal
        grip.share += min(max(goal - grip.share, -self._step), self._step)
