"""Several sources as one: named axes on the control clock."""

import itertools
import math
import threading
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.mailbox import Arrivals, Letter, Mailbox
from cheiron.core.protocols import Source
from cheiron.core.space import Axis, Space
from cheiron.engine.clock import ControlClock
from cheiron.engine.delay import AutomaticDelay
from cheiron.engine.source_figures import SourceFigures

_RETRY = 1.0  # seconds until a source that raised is asked again


class _Posted(Protocol):
    """A source that keeps a mailbox, so that nothing it says is missed."""

    @property
    def mailbox(self) -> Mailbox: ...


class _Arriving(Protocol):
    def arriving(self) -> list[dict[str, Any]]: ...


class _Reader:
    """One source on the control clock, for as long as its axes stay; the control thread's."""

    def __init__(self, space: Space, pace: AutomaticDelay) -> None:
        self.space = space
        self._pace = pace
        self._clock = ControlClock(space)
        self._state = self._clock.init()

    def read(self, letters: tuple[Letter, ...], now: float) -> Frame | None:
        for letter in letters:
            if letter.frame.space is self.space:
                self._clock.push(self._state, letter.frame)
                self._pace.see(letter)
        self._clock.delay = self._pace.at(now)
        return self._clock.read(self._state, now)


class _Slot:
    """A source and what fusion knows of it; its axes as they are now are in the plan."""

    def __init__(self, name: str, source: Source, delay: float | None) -> None:
        self.name = name
        self.source = source
        self.pace = AutomaticDelay(delay)
        posted: _Posted | None = source if hasattr(source, "mailbox") else None  # type: ignore[assignment]
        self.mailbox = posted.mailbox if posted is not None else Mailbox()
        self.posted = posted is not None
        lists: _Arriving | None = source if hasattr(source, "arriving") else None  # type: ignore[assignment]
        self.arriving = lists
        self.arrivals = Arrivals(self.mailbox)
        self.count = 0
        self.time = -math.inf
        self.problem = ""
        self.retry = -math.inf

    @property
    def away(self) -> bool:
        """Does the source say that its sensor is not there?"""
        return bool(getattr(self.source, "away", False))

    def fetch(self, now: float) -> tuple[Letter, ...]:
        """What is new; nothing from a source that has just failed."""
        if self.problem and now < self.retry:
            return ()
        try:
            frame = self.source.latest()
        except Exception as error:  # a source is somebody else's code: the sound goes on without it
            self.problem = f"{self.name} failed ({error}) and is left out until it works again."
            self.retry = now + _RETRY
            return ()
        self.problem = ""
        if not self.posted and frame is not None and frame.time > self.time:
            self.time = frame.time
            self.mailbox.put(frame, frame.time)  # it is asked, so what it says is never late
        letters = self.mailbox.since(self.count)
        if letters:
            self.count = letters[-1].count
        return letters


@dataclass(frozen=True)
class _Part:
    slot: _Slot
    space: Space
    """The source's own."""
    reader: _Reader
    axes: tuple[Axis, ...]
    """Under the names they have here."""


@dataclass(frozen=True)
class _Plan:
    parts: tuple[_Part, ...]
    space: Space


class Fusion:
    """Named sources, read as one frame at the control rate.

    Every source is resampled onto the control clock from its own time stamps. It is read a little
    in the past, by as much as its frames vary in how late they come (0 to 30 ms, slowly adapting),
    so jitter of the network does not become jitter of pitch, while a source that is always equally
    late is not delayed at all. Missing and undefined values are held, frames out of order and
    repeated ones ignored. A source that raises, or whose ``away`` says that its sensor is not
    there, is undefined until it works again.

    Axis names are unique: where two sources have the same, the one added later has
    ``SOURCE.AXIS``, for as long as it stays.

    :meth:`read` is called by the control thread, :meth:`figures` by one thread that publishes,
    the rest by one thread that takes commands. A change swaps one immutable plan; the lock guards
    only changes against each other, and the control thread never waits for it.

    >>> from cheiron.core.recording import Recording
    >>> class Still:
    ...     space = Space.of("still", ["x"])
    ...     def open(self): pass
    ...     def latest(self): return Frame(1.0, np.array([0.5], np.float32), self.space)
    ...     def close(self): pass
    >>> fusion = Fusion()
    >>> fusion.add("pointer", Still())
    >>> fusion.add("other", Still())
    >>> fusion.space.names, fusion.read(now=2.0).values.tolist()
    (('x', 'other.x'), [0.5, 0.5])
    """

    def __init__(self) -> None:
        self._plan = _Plan((), Space("motion", ()))
        self._change = threading.Lock()
        self._time = -math.inf

    @property
    def space(self) -> Space:
        """All axes of all sources; a new object whenever one of them changes."""
        return self._plan.space

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sources, in the order they were added."""
        return tuple(part.slot.name for part in self._plan.parts)

    def source(self, name: str) -> Source:
        """The source of that name.

        Raises:
            CheironError: If there is none.
        """
        return self._part(name).slot.source

    def axes(self, name: str) -> tuple[Axis, ...]:
        """The axes of one source, under the names they have here.

        Raises:
            CheironError: If there is no such source.
        """
        return self._part(name).axes

    def problem(self, name: str) -> str:
        """Why a source does not work, in a sentence; empty when it does.

        Raises:
            CheironError: If there is no such source.
        """
        slot = self._part(name).slot
        return slot.problem or str(getattr(slot.source, "problem", ""))

    def add(self, name: str, source: Source, delay: float | None = None) -> None:
        """Read one more source; the caller opens and closes it.

        Args:
            name: A name of its own.
            source: The source.
            delay: Seconds to wait for late frames; as many as it takes when absent.

        Raises:
            CheironError: If the name is taken.
        """
        if name in self.names:
            raise CheironError(
                f"there is already a source called {name!r}; close it first or choose another name."
            )
        slot = _Slot(name, source, delay)
        with self._change:
            parts = self._plan.parts
            taken = {axis.name for part in parts for axis in part.axes}
            self._plan = _planned((*parts, _part(slot, source.space, taken)))

    def remove(self, name: str) -> None:
        """Read a source no longer.

        Raises:
            CheironError: If there is no such source.
        """
        self._part(name)
        with self._change:
            self._plan = _planned(tuple(p for p in self._plan.parts if p.slot.name != name))

    def read(self, now: float) -> Frame | None:
        """What all sources say at ``now``, seconds on the engine's clock; never waits.

        Returns:
            A frame in :attr:`space`; None before the first frame of any source. Its time is that
            of the newest part of it and stands still while nothing comes.
        """
        plan = self._plan
        frames: list[tuple[_Part, Frame | None]] = []
        stale = False
        for part in plan.parts:
            letters = part.slot.fetch(now)
            stale |= part.slot.source.space is not part.space
            silent = part.slot.problem or part.slot.away
            frame = None if silent else part.reader.read(letters, now)
            frames.append((part, frame))
        if stale:
            self._renew()
        values = np.full(plan.space.size, np.nan, np.float32)
        start, newest = 0, -math.inf
        for part, frame in frames:
            end = start + part.space.size
            if frame is not None:
                values[start:end] = frame.values
                newest = max(newest, frame.time)
            start = end
        if newest == -math.inf and self._time == -math.inf:
            return None
        self._time = max(self._time, newest)
        return Frame(self._time, values, plan.space)

    def figures(self, now: float) -> tuple[SourceFigures, ...]:
        """How every source is doing, to be asked about twice a second."""
        return tuple(_figures(part, now) for part in self._plan.parts)

    def _part(self, name: str) -> _Part:
        for part in self._plan.parts:
            if part.slot.name == name:
                return part
        there = ", ".join(self.names) or "none"
        raise CheironError(f"there is no source {name!r} (there is {there}); open it first.")

    def _renew(self) -> None:
        """Take over what axes the sources have by now; at the next tick if somebody else is."""
        if not self._change.acquire(blocking=False):
            return
        try:
            parts = self._plan.parts
            for index, part in enumerate(parts):
                space = part.slot.source.space
                if space is not part.space:
                    others = (p for p in parts if p is not part)
                    taken = {axis.name for other in others for axis in other.axes}
                    kept = {a.name: b.name for a, b in zip(part.space.axes, part.axes, strict=True)}
                    renewed = _part(part.slot, space, taken, kept)
                    part.slot.count = 0  # what came with the new axes is read once more
                    parts = (*parts[:index], renewed, *parts[index + 1 :])
            self._plan = _planned(parts)
        finally:
            self._change.release()


def _part(slot: _Slot, space: Space, taken: set[str], kept: dict[str, str] | None = None) -> _Part:
    """A source's axes under names that nobody else has; a name once given stays."""
    axes: list[Axis] = []
    for axis in space.axes:
        wanted = (kept or {}).get(axis.name, axis.name)
        numbers = (f"{slot.name}.{axis.name}.{k}" for k in itertools.count(2))
        tries = itertools.chain((wanted, f"{slot.name}.{axis.name}"), numbers)
        name = next(name for name in tries if name not in taken)
        taken.add(name)
        axes.append(replace(axis, name=name))
    return _Part(slot, space, _Reader(space, slot.pace), tuple(axes))


def _planned(parts: tuple[_Part, ...]) -> _Plan:
    return _Plan(parts, Space("motion", tuple(axis for part in parts for axis in part.axes)))


def _figures(part: _Part, now: float) -> SourceFigures:
    slot = part.slot
    arrived = slot.arrivals.read(now)
    size = part.space.size
    values = arrived.values if arrived.values is not None and len(arrived.values) == size else None
    return SourceFigures(
        name=slot.name,
        rate=arrived.rate,
        jitter=arrived.jitter,
        lateness=arrived.lateness,
        delay=slot.pace.delay,
        values=(math.nan,) * size if values is None else tuple(values.tolist()),
        stuck=arrived.stuck if len(arrived.stuck) == size else (False,) * size,
        problem=slot.problem or str(getattr(slot.source, "problem", "")),
        arriving=None if slot.arriving is None else tuple(slot.arriving.arriving()),
        latency=float(getattr(slot.source, "latency", math.nan)),
        lost=int(getattr(slot.source, "lost", getattr(slot.source, "dropped", 0))),
    )
