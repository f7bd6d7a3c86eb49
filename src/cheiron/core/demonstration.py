"""What a player shows: a movement, and the sound that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space

LONGEST = 300.0
"""Seconds; a gesture that is longer is a recording that somebody forgot to stop."""

_LOWEST_RATE = 5.0  # frames per second; below it no movement can be told from another


@dataclass(frozen=True, eq=False)
class Demonstration:
    """A movement that was shown once, with what was sounding meanwhile.

    Several demonstrations of one ``name`` are takes of one gesture.

    Args:
        id: Identifier, unique within a session.
        name: The gesture that it is a take of.
        motion: Motion features; their clock may be any.
        target: Control points or latents on the same time axis as ``motion``; None where the
            movement is only to be recognised.
        notes: Anything that the player wrote.

    Raises:
        CheironError: If it has no id or no name, fewer than two moments of movement, lasts longer
            than ``LONGEST``, or its target does not sound while it moves.

    >>> space = Space.of("motion", ["x"])
    >>> walk = Recording(space, np.array([0.0, 0.1]), np.array([[0.0], [1.0]], np.float32))
    >>> Demonstration("1", "wave", walk).motion.duration
    0.1
    """

    id: str
    name: str
    motion: Recording
    target: Recording | None = None
    notes: str = ""

    def __post_init__(self) -> None:
        if not self.id or not self.name.strip():
            raise CheironError(
                f"a demonstration has the id {self.id!r} and the name {self.name!r}; expected "
                "both to say something, so give the gesture a name."
            )
        self._check_motion()
        if self.target is not None:
            self._check_target(self.target)

    def _check_motion(self) -> None:
        found = self.motion
        moments = int(np.count_nonzero(np.diff(found.times) > 0)) + 1 if len(found) else 0
        if moments < 2:
            raise CheironError(
                f"the demonstration {self.name!r} {'lasts one moment' if moments else 'is empty'}; "
                "expected a movement, so record it again and move."
            )
        if found.duration > LONGEST:
            raise CheironError(
                f"the demonstration {self.name!r} lasts {found.duration / 60:.0f} minutes; "
                f"expected at most {LONGEST / 60:.0f}, so cut out the gesture itself."
            )
        if moments / found.duration < _LOWEST_RATE:
            raise CheironError(
                f"the demonstration {self.name!r} has {moments} moments in "
                f"{found.duration:.1f} s; expected at least {_LOWEST_RATE:.0f} each second, so "
                "check the sensor's connection and record it again."
            )
        if not np.isfinite(found.values).any():
            raise CheironError(
                f"the demonstration {self.name!r} holds no number; expected what a sensor "
                "measured, so check that the sensor sends and record it again."
            )

    def _check_target(self, target: Recording) -> None:
        overlap = (
            min(target.times[-1], self.motion.times[-1])
            - max(target.times[0], self.motion.times[0])
            if len(target)
            else -1.0
        )
        if overlap < 0.5 * self.motion.duration or not np.isfinite(target.values).all():
            raise CheironError(
                f"the sound of the demonstration {self.name!r} does not go along with its "
                f"movement of {self.motion.duration:.1f} s; expected both at the same time, so "
                "record it again while the sound plays."
            )


@dataclass(frozen=True, eq=False)
class Take:
    """A demonstration on a mapping's own clock.

    Args:
        id: Of the demonstration.
        name: Of the gesture.
        motion: float64, shape ``(frames, motion axes)``; NaN where an axis was never there.
        target: float64, shape ``(frames, control axes)``.
    """

    id: str
    name: str
    motion: NDArray[np.float64]
    target: NDArray[np.float64]


def on_clock(demonstration: Demonstration, motion: Space, control: Space, rate: float) -> Take:
    """A demonstration at a mapping's rate, whatever rate it was recorded at.

    Both recordings are interpolated linearly from their own times, missing values from their
    neighbours. Without a target the control axes stay at their defaults.

    Args:
        demonstration: Any.
        motion: The axes that the mapping reads; all of them must be there, by name.
        control: The axes that it writes.
        rate: Frames per second.

    Raises:
        CheironError: If the demonstration was made with other axes.
    """
    found = demonstration.motion
    columns = _columns(demonstration, found.space, motion, "movement")
    count = max(2, int(np.floor(found.duration * rate + 1e-6)) + 1)
    grid = found.times[0] + np.arange(count) / rate
    moved = _interpolate(grid, found.times, found.values[:, columns])
    target = demonstration.target
    if target is None:
        sounded = np.tile(control.default.astype(np.float64), (count, 1))
    else:
        columns = _columns(demonstration, target.space, control, "sound")
        sounded = _interpolate(grid, target.times, target.values[:, columns])
    return Take(demonstration.id, demonstration.name, moved, sounded)


def _columns(of: Demonstration, there: Space, wanted: Space, what: str) -> list[int]:
    missing = [name for name in wanted.names if name not in there.names]
    if missing:
        raise CheironError(
            f"the {what} of the demonstration {of.name!r} has no {_list(missing)}; it was made "
            f"with {_list(there.names)}, so demonstrate it again with today's sensors and knobs, "
            "or choose those again."
        )
    return [there.index(name) for name in wanted.names]


def _interpolate(
    grid: NDArray[np.float64], times: NDArray[np.float64], values: NDArray[np.float32]
) -> NDArray[np.float64]:
    out = np.full((len(grid), values.shape[1]), np.nan)
    for index, column in enumerate(values.T):
        there = np.isfinite(column)
        if there.any():
            out[:, index] = np.interp(grid, times[there], column[there])
    return out


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return f"{shown}, … ({len(names)} in all)" if len(names) > 8 else shown
