"""What a hand has drawn in the air: a path that depends on neither heading, place, size nor pace.

From a whole recording, after the gesture; it is what recognition of finished gestures compares.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.features.motion_inertial import family, linear_inputs

Array = NDArray[np.float64]

POINTS = 40
"""Points along each course."""

_RATE = 50.0  # frames per second of the inner clock
_REST = 0.12  # rad/s; slower turning is never a gesture
_G = 8  # cells along each side of the picture


@dataclass(frozen=True, eq=False)
class Drawing:
    """One gesture in several ways of looking at it.

    Args:
        path: Direction of pointing along the arc, centred, of unit spread, with its tangents;
            ``(POINTS, 6)``.
        firm: The same of the gesture cut more firmly, without a slow approach or retreat.
        turning: Angular velocity over time, unit power; ``(POINTS, 3)``.
        push: Linear acceleration over time, without heading, unit power; ``(POINTS, 3)``; None
            without an accelerometer.
        speed: The integral of ``push``; the same.
        picture: How much of the path goes where in which of eight directions; ``(512,)``, norm 1.
        cloud: Points of the path without order, with their undirected tangents; ``(32, 4)``.
    """

    path: Array
    firm: Array
    turning: Array
    push: Array | None
    speed: Array | None
    picture: Array
    cloud: Array


def draw(recording: Recording) -> Drawing:
    """The drawing in a recording, its rests at both ends cut off.

    Args:
        recording: Raw sensor axes: a gyroscope, better a quaternion too, and linear acceleration
            or an accelerometer where there is one; rad/s and m/s².

    Raises:
        CheironError: If there is no gyroscope, it is shorter than half a second, or never turns.
    """
    names = family(recording.space, "gyroscope")
    if len(names) != 3 or recording.duration < 0.5:
        raise CheironError(
            f"a movement of {recording.duration:.1f} s with {', '.join(recording.space.names[:8])} "
            "cannot be drawn; expected at least half a second with a gyroscope's three axes."
        )
    grid = np.arange(0.0, recording.duration, 1 / _RATE) + recording.times[0]
    turning = on_grid(grid, recording, names)
    attitude = _attitude(grid, recording, turning)
    inside, core = _active(attitude, 0.25), _active(attitude, 0.45)
    firm = smooth(_away(attitude[core]), 2)
    attitude, turning = attitude[inside], smooth(turning, 2)[inside]
    turned = smooth(_away(attitude), 2)
    if np.ptp(turned, axis=0).max() < 1e-4:
        raise CheironError("the movement never turns; expected a gesture, so move the wrist too.")
    push = _push(grid, recording, attitude, inside)
    flat = along(turned[:, :2], 64)[:, ::-1] * [-1.0, 1.0]
    return Drawing(
        _path(turned),
        _path(firm),
        _power(over(turning, POINTS)),
        None if push is None else _power(over(push, POINTS)),
        None if push is None else _power(over(_integral(push), POINTS)),
        _picture(flat),
        _cloud(flat[::2]),
    )


def smooth(x: Array, deviation: int) -> Array:
    """Rows smoothed by a Gaussian of some frames, the ends held."""
    reach = 3 * deviation
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(x, ((reach, reach), (0, 0)), "edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=1)


def over(x: Array, count: int) -> Array:
    """Rows at equal steps of time."""
    at = np.linspace(0, len(x) - 1, count)
    return np.stack([np.interp(at, np.arange(len(x)), column) for column in x.T], axis=1)


def along(x: Array, count: int) -> Array:
    """Rows at equal steps along the path that they make.

    >>> along(np.array([[0.0], [1.0], [1.0], [2.0]]), 3).ravel().round(6).tolist()
    [0.0, 1.0, 2.0]
    """
    steps = np.linalg.norm(np.diff(x, axis=0), axis=1)
    length = np.append(0.0, np.cumsum(steps)) / max(float(steps.sum()), 1e-12)
    length = length + np.arange(len(x)) * 1e-9  # so that rests are no step back
    at = np.linspace(0, length[-1], count)
    return np.stack([np.interp(at, length, column) for column in x.T], axis=1)


def on_grid(grid: Array, recording: Recording, names: tuple[str, ...]) -> Array:
    """Some axes of a recording at other times, gaps bridged; shape ``(len(grid), len(names))``.

    Raises:
        CheironError: If an axis holds no number.
    """
    columns: list[Array] = []
    for name in names:
        column = recording.column(name).astype(np.float64)
        there = np.isfinite(column)
        if not there.any():
            raise CheironError(f"the axis {name} holds no number; check the sensor.")
        columns.append(np.interp(grid, recording.times[there], column[there]))
    return np.stack(columns, axis=1)


def _attitude(grid: Array, recording: Recording, turning: Array) -> Array:
    """Unit quaternions w x y z, device to world; integrated where no sensor gives them."""
    names = family(recording.space, "quaternion", "wxyz")
    if len(names) == 4:
        raw = np.stack([recording.column(n).astype(np.float64) for n in names], axis=1)
        there = np.isfinite(raw).all(axis=1)
        raw = raw[there]
        # q and -q are one attitude; between them lies no movement.
        flips = np.cumprod(np.append(1.0, np.where((raw[1:] * raw[:-1]).sum(axis=1) < 0, -1, 1)))
        raw *= flips[:, None]
        times = recording.times[there]
        q = np.stack([np.interp(grid, times, column) for column in raw.T], axis=1)
        return q / np.maximum(np.linalg.norm(q, axis=1, keepdims=True), 1e-12)
    q = np.empty((len(grid), 4))
    q[0] = (1.0, 0.0, 0.0, 0.0)
    for index in range(1, len(grid)):
        step = turning[index - 1] / (2 * _RATE)
        angle = float(np.linalg.norm(step))
        turn = np.append(np.cos(angle), np.sinc(angle / np.pi) * step)
        q[index] = times_q(q[index - 1], turn)
    return q


def times_q(a: Array, b: Array) -> Array:
    """Product of quaternions, shapes ``(..., 4)``.

    >>> times_q(np.array([0.0, 1, 0, 0]), np.array([0.0, 1, 0, 0])).tolist()
    [-1.0, 0.0, 0.0, 0.0]
    """
    w, x, y, z = np.moveaxis(a, -1, 0)
    s, i, j, k = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            w * s - x * i - y * j - z * k,
            w * i + x * s + y * k - z * j,
            w * j - x * k + y * s + z * i,
            w * k + x * j - y * i + z * s,
        ],
        axis=-1,
    )


_INVERSE = np.array([1.0, -1.0, -1.0, -1.0])


def _vector(q: Array) -> Array:
    """Rotation vectors of unit quaternions, radians."""
    q = np.where(q[..., :1] < 0, -q, q)
    size = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(size, q[..., :1])
    return q[..., 1:] * np.where(size > 1e-9, angle / np.maximum(size, 1e-12), 2.0)


def _away(q: Array) -> Array:
    """Rotation from the mean attitude, in the device's own axes: free of heading."""
    middle = np.linalg.eigh(q.T @ q)[1][:, -1]
    return _vector(times_q(middle * _INVERSE, q))


def _path(turned: Array) -> Array:
    path = along(turned, POINTS)
    return np.concatenate([_unit(path - path.mean(axis=0)), _tangents(path)], axis=1)


def _active(q: Array, share: float) -> slice:
    """From the first turning to the last that is as fast as this share of the fastest."""
    pace = np.linalg.norm(_vector(times_q(q[:-1] * _INVERSE, q[1:])), axis=1) * _RATE
    pace = smooth(pace[:, None], 4)[:, 0]
    moving = np.flatnonzero(pace > max(share * float(np.percentile(pace, 90)), _REST))
    if len(moving) < 10:
        return slice(None)
    return slice(max(int(moving[0]) - 3, 0), int(moving[-1]) + 3)


def _push(grid: Array, recording: Recording, q: Array, inside: slice) -> Array | None:
    """Linear acceleration in a level frame that faces as the device does on average."""
    names = linear_inputs(recording.space)
    if len(names) != 3:
        return None
    own = smooth(on_grid(grid, recording, names), 2)[inside]
    world = _turn(q, own)
    if names[0].startswith("accelerometer"):
        world = world - world.mean(axis=0)
    middle = np.linalg.eigh(q.T @ q)[1][:, -1]
    facing = _turn(middle, np.array([0.0, 0.0, 1.0]))
    heading = np.arctan2(facing[1], facing[0])
    c, s = np.cos(heading), np.sin(heading)
    return world @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _turn(q: Array, v: Array) -> Array:
    pure = np.concatenate([np.zeros((*v.shape[:-1], 1)), v], axis=-1)
    return times_q(times_q(q, pure), q * _INVERSE)[..., 1:]


def _integral(x: Array) -> Array:
    moved = np.cumsum(x - x.mean(axis=0), axis=0)
    return moved - moved.mean(axis=0)


def _power(x: Array) -> Array:
    return x / max(float(np.sqrt((x**2).mean())), 1e-9)


def _unit(x: Array) -> Array:
    return x / max(float(np.sqrt((x**2).sum(axis=1).mean())), 1e-9)


def _tangents(x: Array) -> Array:
    step = np.gradient(x, axis=0)
    size = np.linalg.norm(step, axis=1, keepdims=True)
    return step / np.maximum(np.sqrt(size**2 + (0.3 * size.mean()) ** 2), 1e-12)


def _picture(flat: Array) -> Array:
    low, high = flat.min(axis=0), flat.max(axis=0)
    span = np.maximum(high - low, 0.5 * (high - low).max())  # a bar stays a bar
    p = (flat - (low + high) / 2) / span
    step, middle = np.diff(p, axis=0), (p[1:] + p[:-1]) / 2
    cells = np.linspace(-0.55, 0.55, _G)
    across, up = (np.exp(-0.5 * ((m[:, None] - cells) / 0.12) ** 2) for m in middle.T)
    angle = np.arctan2(step[:, 1], step[:, 0])[:, None] - np.arange(8) * np.pi / 4
    which = np.maximum(np.cos(angle), 0) ** 2 * np.linalg.norm(step, axis=1)[:, None]
    ink = np.sqrt(np.einsum("nx,ny,no->xyo", across, up, which).ravel())
    return ink / max(float(np.linalg.norm(ink)), 1e-12)


def _cloud(flat: Array) -> Array:
    p = _unit(flat - flat.mean(axis=0)) / 2.2
    step = np.gradient(p, axis=0)
    double = 2 * np.arctan2(step[:, 1], step[:, 0])  # a stroke and its reverse are one
    return np.concatenate([p, 0.25 * np.stack([np.cos(double), np.sin(double)], axis=1)], axis=1)
