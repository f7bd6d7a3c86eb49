"""What a hand's 21 landmarks say: where it is, how it is held, how far each finger is bent."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cheiron.core.space import Axis

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

LANDMARKS = 21
"""Wrist, then thumb, index, middle, ring and little finger from the palm outwards, four each."""

PALM = (0, 5, 9, 13, 17)
"""The wrist and the roots of the four fingers: what moves little when fingers do."""

NEAREST, FARTHEST = 0.2, 1.2
"""Metres from the camera that ``near`` calls 1 and 0, for a usual camera and a usual hand."""

_FOCAL = 0.9  # widths of the picture; cameras of laptops see some 58 degrees
_THUMB = (1, 2, 3, 4)
_FINGERS = ((0, 5, 6, 7, 8), (0, 9, 10, 11, 12), (0, 13, 14, 15, 16), (0, 17, 18, 19, 20))
_BENT = ((15.0, 75.0), (35.0, 180.0))  # degrees in all joints: straight, closed; thumb, others
_SPREAD = (4.0, 20.0)  # degrees between neighbours: side by side, wide
_PINCH = (0.2, 0.95)  # lengths of the palm between the tips: touching, apart
_TINY = 1e-9

HAND: tuple[Axis, ...] = (
    Axis("x", 0.0, 1.0, default=0.5, help="Where the palm is, left to right."),
    Axis("y", 0.0, 1.0, default=0.5, help="Where the palm is, bottom to top."),
    Axis("near", 0.0, 1.0, help="How near the camera: 0 at 1.2 m, 1 at 0.2 m, even steps by ear."),
    Axis("open", 0.0, 1.0, help="How open: 0 a fist, 1 all fingers straight."),
    Axis("pinch", 0.0, 1.0, help="1 while thumb and index finger touch, 0 when they are apart."),
    Axis("roll", -180.0, 180.0, "°", help="Leaning to the right; 0 fingers up.", period=360.0),
    Axis("pitch", -90.0, 90.0, "°", help="Fingers leaning towards the camera."),
    Axis("yaw", -180.0, 180.0, "°", help="Palm: 0 to the camera, 90 right.", period=360.0),
    Axis("thumb", 0.0, 1.0, help="How far the thumb is bent."),
    Axis("index", 0.0, 1.0, help="How far the index finger is bent."),
    Axis("middle", 0.0, 1.0, help="How far the middle finger is bent."),
    Axis("ring", 0.0, 1.0, help="How far the ring finger is bent."),
    Axis("little", 0.0, 1.0, help="How far the little finger is bent."),
    Axis("spread", 0.0, 1.0, help="How far the four fingers are spread."),
)
"""What :func:`hand_shape` measures, in order."""


def hand_shape(
    points: ArrayLike, world: ArrayLike, side: Side, aspect: float, mirror: bool = True
) -> NDArray[np.float32]:
    """Position, orientation and fingers of hands, each frame by itself.

    Everything but the position is measured on the metric landmarks, so it does not change with the
    hand's place in the picture. How near the hand is follows from how large the picture shows what
    is so many metres wide, which does not change when the hand turns.

    Args:
        points: Landmarks in the picture, shape ``(..., 21, 3)``: x to the right in widths, y down
            in heights, z away from the camera in widths; as MediaPipe's hand landmarker gives them
            for a picture that is not mirrored.
        world: The same in metres around the hand's middle, shape ``(..., 21, 3)``.
        side: Whose fingers they are.
        aspect: Width of the picture over its height.
        mirror: Whether the player faces the camera, so that to the player's right is to the left of
            the picture.

    Returns:
        Shape ``(..., 14)``, one for each of :data:`HAND`, within their ranges but for x and y,
        which leave [0, 1] with the palm. NaN where the landmarks are not finite.
    """
    at, form = np.asarray(points, np.float64), np.asarray(world, np.float64)
    palm = at[..., PALM, :2].mean(axis=-2)
    x = 1.0 - palm[..., 0] if mirror else palm[..., 0]
    bends = [_bend(form, _THUMB, *_BENT[0]), *(_bend(form, f, *_BENT[1]) for f in _FINGERS)]
    measures = [
        x,
        1.0 - palm[..., 1],
        _near(at, form, aspect),
        1.0 - np.mean(bends[1:], axis=0),
        1.0 - _share(_pinch(form), *_PINCH),
        *_held(form, side, mirror),
        *bends,
        _share(_spread(form), *_SPREAD),
    ]
    return np.stack(measures, axis=-1).astype(np.float32)


def palm_length(world: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the wrist to the root of the middle finger, in the unit of ``(..., 21, 3)``."""
    return np.linalg.norm(world[..., 9, :] - world[..., 0, :], axis=-1)


def _near(at: NDArray[np.float64], form: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    """Distance from the scale between metres and picture; equal steps are equal ratios."""
    flat = at[..., :2] / np.array([1.0, aspect])
    seen = np.std(flat, axis=-2)
    real = np.std(form[..., :2], axis=-2)
    widths = np.linalg.norm(seen, axis=-1) / np.maximum(np.linalg.norm(real, axis=-1), _TINY)
    far = _FOCAL / np.maximum(widths, _TINY)
    return np.clip(np.log(FARTHEST / far) / np.log(FARTHEST / NEAREST), 0.0, 1.0)


def _held(form: NDArray[np.float64], side: Side, mirror: bool) -> list[NDArray[np.float64]]:
    """Roll, pitch and yaw in degrees, as the player sees them: x right, y up, z to the camera."""
    along = _unit(form[..., 9, :] - form[..., 0, :])
    across = form[..., 5, :] - form[..., 17, :]
    facing = np.cross(across, along) if side == "right" else np.cross(along, across)
    view = np.array([-1.0 if mirror else 1.0, -1.0, -1.0])
    along, facing = along * view, facing * view
    roll = np.arctan2(along[..., 0], along[..., 1])
    pitch = np.arcsin(np.clip(along[..., 2], -1.0, 1.0))
    camera = np.array([0.0, 0.0, 1.0])
    ahead = camera - along[..., 2:] * along
    aside = np.cross(along, ahead)
    yaw = np.arctan2(np.sum(facing * aside, axis=-1), np.sum(facing * ahead, axis=-1))
    return [np.degrees(roll), np.degrees(pitch), np.degrees(yaw)]


def _bend(
    form: NDArray[np.float64], chain: tuple[int, ...], straight: float, closed: float
) -> NDArray[np.float64]:
    """How far a finger is bent, from the angles at all of its joints."""
    bones = _unit(np.diff(form[..., chain, :], axis=-2))
    turns = np.sum(bones[..., :-1, :] * bones[..., 1:, :], axis=-1)
    total = np.degrees(np.arccos(np.clip(turns, -1.0, 1.0)).sum(axis=-1))
    return _share(total, straight, closed)


def _pinch(form: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between the tips of thumb and index finger, in lengths of the palm."""
    gap = np.linalg.norm(form[..., 4, :] - form[..., 8, :], axis=-1)
    return gap / np.maximum(palm_length(form), _TINY)


def _spread(form: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean angle between neighbouring fingers in the plane of the palm, degrees."""
    roots = form[..., (5, 9, 13, 17), :]
    across = _unit(roots[..., 0, :] - roots[..., 3, :])[..., None, :]
    along = _unit(form[..., 9, :] - form[..., 0, :])[..., None, :]
    fingers = form[..., (6, 10, 14, 18), :] - roots
    # A finger that points out of the plane says nothing: it counts with the length that it shows.
    angles = np.arctan2(
        np.sum(fingers * across, axis=-1), np.maximum(np.sum(fingers * along, axis=-1), 0.02)
    )
    return np.degrees(-np.diff(angles, axis=-1)).mean(axis=-1)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)


def _share(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return np.clip((value - low) / (high - low), 0.0, 1.0)
