"""The newest frames of a source, handed from its thread to the readers without a lock."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.recording import Values
from cheiron.core.space import Space

PAUSE = 0.25
"""Seconds; a longer interval is a rest of the player, not jitter of the sensor."""

_WINDOW = 1.0  # seconds over which rate and jitter are told
_STILL = 1.0  # seconds after which an axis that others outlive is called stuck


@dataclass(frozen=True, slots=True)
class Letter:
    """One frame on its way, with what the writer knows of all before it.

    Args:
        frame: What was said.
        arrival: When it came, seconds on the engine's clock.
        count: How many frames there have been, this one included.
        intervals: How many intervals between arrivals were no longer than ``PAUSE``.
        total: Their sum, in seconds.
        squares: The sum of their squares.
        late: The sum of all ``arrival - frame.time``, in seconds.
    """

    frame: Frame
    arrival: float
    count: int = 1
    intervals: int = 0
    total: float = 0.0
    squares: float = 0.0
    late: float = 0.0


class Mailbox:
    """Holds the last few letters; a reader sees a consistent set of them at any moment.

    One thread calls :meth:`put`, any thread the rest; publishing is the assignment of one tuple,
    so nobody ever waits. The few letters kept let a reader that comes every few milliseconds see
    all of a burst, such as a wireless network delivers.

    Args:
        history: Letters kept.

    >>> box = Mailbox()
    >>> for k in range(3):
    ...     box.put(Frame(float(k), np.zeros(1, np.float32), Space.of("a", ["x"])), float(k))
    >>> box.latest().count, [letter.count for letter in box.since(1)]
    (3, [2, 3])
    """

    def __init__(self, history: int = 8) -> None:
        self._history = history
        self._letters: tuple[Letter, ...] = ()

    def put(self, frame: Frame, arrival: float) -> None:
        """Publish a frame; its values must not be changed afterwards."""
        letters = self._letters
        if not letters:
            self._letters = (Letter(frame, arrival, late=arrival - frame.time),)
            return
        last = letters[-1]
        step = arrival - last.arrival
        usual = 0.0 <= step <= PAUSE
        letter = Letter(
            frame,
            arrival,
            last.count + 1,
            last.intervals + usual,
            last.total + (step if usual else 0.0),
            last.squares + (step * step if usual else 0.0),
            last.late + arrival - frame.time,
        )
        self._letters = (*letters[1 - self._history :], letter)

    def latest(self) -> Letter | None:
        """The newest letter, or None before the first."""
        letters = self._letters
        return letters[-1] if letters else None

    def since(self, count: int) -> tuple[Letter, ...]:
        """The letters after the one of that count, oldest first; the oldest may be gone."""
        letters = self._letters
        if not letters or letters[-1].count <= count:
            return ()
        return letters[max(0, len(letters) - (letters[-1].count - count)) :]


@dataclass(frozen=True)
class ArrivalFigures:
    """How a source has been arriving during the last second or so.

    Args:
        rate: Frames per second; 0 when nothing comes.
        jitter: Standard deviation of the time between arrivals, in seconds; rests left out.
        lateness: Mean of arrival minus frame time, in seconds.
        seen: When the newest frame came; None before the first.
        values: The newest frame's values, shape ``(axes,)``; None before the first.
        stuck: For each axis, whether it has stood still for a second though another one moved.
    """

    rate: float = 0.0
    jitter: float = 0.0
    lateness: float = 0.0
    seen: float | None = None
    values: Values | None = None
    stuck: tuple[bool, ...] = ()


class Arrivals:
    """Tells how a mailbox is being filled; for one reader that looks about twice a second.

    An axis that has only ever stood at an end of its range is a switch and never stuck.

    Args:
        mailbox: Whose.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._past: deque[tuple[float, Letter]] = deque()
        self._space: Space | None = None
        self._stillness = _Stillness(0)

    def read(self, now: float) -> ArrivalFigures:
        """The figures at ``now``, seconds on the engine's clock."""
        letter = self._mailbox.latest()
        if letter is None:
            return ArrivalFigures()
        past = self._past
        past.append((now, letter))
        while len(past) > 2 and past[1][0] <= now - _WINDOW:
            past.popleft()
        began, first = past[0]
        frames, seconds = letter.count - first.count, now - began
        if seconds <= 0:  # the first look: all that came, over the time it took
            frames, seconds = letter.intervals, letter.total
            first = Letter(letter.frame, letter.arrival, 0)
        return ArrivalFigures(
            rate=frames / seconds if seconds > 0 else 0.0,
            jitter=_deviation(letter, first),
            lateness=(letter.late - first.late) / max(letter.count - first.count, 1),
            seen=letter.arrival,
            values=letter.frame.values,
            stuck=self._stuck(letter.frame, now),
        )

    def _stuck(self, frame: Frame, now: float) -> tuple[bool, ...]:
        if frame.space is not self._space:
            self._space, self._stillness = frame.space, _Stillness(frame.space.size)
        return self._stillness.look(frame, now)


class _Stillness:
    """When each axis last moved, and whether it is more than a switch."""

    def __init__(self, size: int) -> None:
        self._last = np.full(size, np.nan, np.float32)
        self._moved = np.full(size, -math.inf)
        self._between = np.zeros(size, bool)
        self._began: float | None = None

    def look(self, frame: Frame, now: float) -> tuple[bool, ...]:
        values, space = frame.values, frame.space
        if self._began is None:
            self._began, self._last, self._moved[:] = now, values, now
            self._between = (values > space.low) & (values < space.high)
            return (False,) * space.size
        changed = (values != self._last) & np.isfinite(values)
        self._moved[changed] = now
        self._last = values
        self._between |= (values > space.low) & (values < space.high)
        still = (now - self._moved >= _STILL) & self._between
        lively = bool((now - self._moved < _STILL).any())
        return tuple((still & lively).tolist())


def _deviation(letter: Letter, first: Letter) -> float:
    """Standard deviation of the intervals between two letters, in seconds."""
    intervals = letter.intervals - first.intervals
    if intervals < 2:
        return 0.0
    mean = (letter.total - first.total) / intervals
    return math.sqrt(max(0.0, (letter.squares - first.squares) / intervals - mean * mean))
