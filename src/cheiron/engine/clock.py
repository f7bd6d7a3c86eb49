"""The control clock: frames that come when they come, read at the model's frame rate."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cheiron.core.circle import round_axes, short_way
from cheiron.core.filters import hold_missing
from cheiron.core.frame import Frame
from cheiron.core.recording import Recording, Values
from cheiron.core.space import Space

MAX_GAP = 0.25
"""Seconds between two frames beyond which the first is held instead of gliding to the second."""

_QUATERNION = ("quaternion_w", "quaternion_x", "quaternion_y", "quaternion_z")


@dataclass
class ClockState:
    """What a stream of frames has said so far; made by :meth:`ControlClock.init`."""

    times: deque[float] = field(default_factory=deque[float])
    rows: deque[NDArray[np.float64]] = field(default_factory=deque[NDArray[np.float64]])


class ControlClock:
    """Reads a stream of timed frames at any moment, causally, from the frames' own timestamps.

    A reading at time ``t`` is the straight line between the frames around ``t - delay``; where the
    later one has not come yet, or came more than ``MAX_GAP`` after the earlier one, the earlier
    one is held. So with a delay of one sensor period the glide is exact and network jitter does
    not become pitch jitter; with none it is a sample-and-hold. Values that are missing are held;
    once an axis has had a value it never reads NaN. A quaternion keeps its sign from frame to
    frame (q and -q are one rotation) and its length stays 1. An axis that comes round goes the
    short way.

    :meth:`push` and :meth:`read` are both called by the control thread.

    Args:
        space: The sensor's axes.
        delay: Seconds, at least 0.

    >>> clock = ControlClock(Space.of("pointer", ["x"]), delay=0.1)
    >>> state = clock.init()
    >>> for t in (0.0, 0.1):
    ...     clock.push(state, Frame(t, np.array([10 * t], np.float32), clock.space))
    >>> round(float(clock.read(state, 0.15).values[0]), 6)
    0.5
    """

    def __init__(self, space: Space, delay: float = 0.0) -> None:
        self.space = space
        self.delay = delay
        self._turn = _quaternion_columns(space)

    def init(self) -> ClockState:
        """A fresh state for one stream."""
        return ClockState()

    def push(self, state: ClockState, frame: Frame) -> None:
        """Take a frame; one that is not newer than the last is ignored."""
        if state.times and frame.time <= state.times[-1]:
            return
        row = _known(frame.values[None, :], self._turn)[0]
        last = state.rows[-1] if state.rows else np.full(self.space.size, np.nan)
        row = np.where(np.isnan(row), last, row)
        if self._turn is not None and float(row[self._turn] @ last[self._turn]) < 0:
            row[self._turn] *= -1.0
        state.times.append(frame.time)
        state.rows.append(row)

    def read(self, state: ClockState, now: float) -> Frame | None:
        """The values at ``now``; None before the first frame.

        The frame's time is the moment it speaks of; when nothing new comes that time stands still.
        """
        wanted = now - self.delay
        while len(state.times) > 1 and state.times[1] <= wanted:
            state.times.popleft()
            state.rows.popleft()
        if not state.times:
            return None
        time, row = state.times[0], state.rows[0]
        if len(state.times) > 1 and time < wanted and state.times[1] - time <= MAX_GAP:
            share = (wanted - time) / (state.times[1] - time)
            row = _in_range(row + share * short_way(state.rows[1] - row, self.space), self.space)
            time = wanted
        values = _unit(row[None, :], self._turn)[0].astype(np.float32)
        return Frame(time, values, self.space)


def resample(recording: Recording, rate: float) -> Recording:
    """A recording as the control clock reads it, with the clock's delay taken out.

    Args:
        recording: At least one frame.
        rate: Frames per second.

    Returns:
        Frames at ``t_0 + k / rate`` up to the end. Their times are the moments they speak of: in
        a gap the time stands still at the frame that is held.
    """
    times, turn = recording.times, _quaternion_columns(recording.space)
    rows = _known(recording.values, turn)
    _, rows = hold_missing(np.full(recording.space.size, np.nan), rows)
    if turn is not None:
        rows[:, turn] *= _signs(rows[:, turn])[:, None]
    ticks = times[0] + np.arange(int(recording.duration * rate) + 1) / rate
    index = np.clip(np.searchsorted(times, ticks, side="right") - 1, 0, len(times) - 1)
    after = np.minimum(index + 1, len(times) - 1)
    step = times[after] - times[index]
    glide = (step > 0) & (step <= MAX_GAP)
    share = np.where(glide, (ticks - times[index]) / np.where(step > 0, step, 1.0), 0.0)
    before = rows[index]
    way = short_way(rows[after] - before, recording.space)
    values = before + share[:, None] * np.where(glide[:, None], way, 0.0)
    values = _in_range(values, recording.space)
    moments = np.where(glide, ticks, times[index])
    return Recording(recording.space, moments, _unit(values, turn).astype(np.float32))


def _in_range(values: NDArray[np.float64], space: Space) -> NDArray[np.float64]:
    """Values or rows of them whose axes that come round are within their range."""
    for index, low, period in round_axes(space):
        values[..., index] = low + (values[..., index] - low) % period
    return values


def _quaternion_columns(space: Space) -> NDArray[np.intp] | None:
    if not set(_QUATERNION) <= set(space.names):
        return None
    return np.array([space.index(name) for name in _QUATERNION])


def _known(values: Values, turn: NDArray[np.intp] | None) -> NDArray[np.float64]:
    """A copy with NaN for what is not finite, and for all of a quaternion that lacks a part."""
    rows = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    if turn is not None:
        lacking = np.isnan(rows[:, turn]).any(axis=1)
        rows[np.ix_(lacking, turn)] = np.nan
    return rows


def _signs(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """+1 or -1 for each row, so that each points the way of the row before it."""
    flips = np.where((turns[1:] * turns[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    return np.cumprod(np.concatenate([[1.0], flips]), dtype=np.float64)


def _unit(rows: NDArray[np.float64], turn: NDArray[np.intp] | None) -> NDArray[np.float64]:
    """Rows whose quaternion has length 1; one of length 0 stays."""
    if turn is None:
        return rows
    norm = np.linalg.norm(rows[:, turn], axis=1, keepdims=True)
    out = rows.copy()
    out[:, turn] /= np.where(norm > 0, norm, 1.0)
    return out
