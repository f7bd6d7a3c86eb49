"""What a browser says of a phone's movement, in the axes that all inertial sensors have here."""

import math
from collections.abc import Sequence

from cheiron.core.filters import alpha_of
from cheiron.core.space import Axis
from cheiron.sources.gesture_csv import FAMILIES

SAMPLE = 13
"""Numbers in a sample: time, then three each of acceleration, acceleration including gravity,
rotation rate and orientation (alpha, beta, gamma), as DeviceMotion and DeviceOrientation give
them; None where the phone gives none."""

_G = 9.81  # m/s²
_TAU = 0.5  # seconds; the slow part of the accelerometer stands in for gravity
_RATE = 60.0  # frames a second that browsers aim at
_SURE = 3.0  # samples that must agree before a sign is turned
_MEMORY = 30.0

_HELP = {
    "accelerometer": "Acceleration with gravity",
    "linear_acceleration": "Acceleration without gravity",
    "gravity": "Gravity's share; where up is",
    "gyroscope": "Speed of turning about the axis",
}


def phone_axes() -> tuple[Axis, ...]:
    """The axes of a phone, in order.

    x points to the right of the screen held upright, y to its top, z out of it; that is the body
    of the phone, however the picture on the screen is turned.

    >>> [axis.name for axis in phone_axes()][-5:]
    ['quaternion_w', 'quaternion_x', 'quaternion_y', 'quaternion_z', 'button']
    """
    axes: list[Axis] = []
    for sensor, says in _HELP.items():
        _, unit, most = FAMILIES[sensor]
        for letter in "xyz":
            axes.append(Axis(f"{sensor}_{letter}", -most, most, unit, help=f"{says}, {letter}."))
    for part in "wxyz":
        rest = float(part == "w")
        text = f"How the phone is held, part {part} of a unit quaternion."
        axes.append(Axis(f"quaternion_{part}", -1.0, 1.0, default=rest, help=text))
    axes.append(Axis("button", 0.0, 1.0, help="1 while a finger is on the phone's page."))
    return tuple(axes)


class PhoneMotion:
    """Makes one row of :func:`phone_axes` of each sample.

    Some phones (those of Apple) point acceleration the other way from what the standard says. No
    name of a browser is asked: gravity must point down where the orientation says that down is,
    and when it does not for a few samples the sign is turned. Where a phone gives acceleration
    with gravity only, its slow part is taken for gravity.

    >>> motion = PhoneMotion()
    >>> flat = [0.0, 0, 0, 0, 0, 0, 9.81, 0, 0, 90.0, 0, 0, 0]
    >>> row = motion.row(flat, button=0.0)
    >>> [round(value, 2) for value in row[6:12]]
    [0.0, 0.0, 9.81, 0.0, 0.0, 1.57]
    """

    def __init__(self) -> None:
        self._score = 0.0
        self._slow: list[float] | None = None
        self._alpha = alpha_of(_TAU, _RATE)

    def row(self, sample: Sequence[float | None], button: float) -> list[float]:
        """The axes at one moment; NaN for what the phone does not give.

        Args:
            sample: :data:`SAMPLE` numbers; rates and angles in degrees.
            button: 1 while a finger is on the page.
        """
        numbers = [math.nan if value is None else value for value in sample]
        linear, total = numbers[1:4], numbers[4:7]
        turning, angles = numbers[7:10], numbers[10:13]
        sign = self._sign(linear, total, angles)
        linear, total = [sign * v for v in linear], [sign * v for v in total]
        linear, gravity = self._split(linear, total)
        rates = [math.radians(value) for value in turning]
        return [*total, *linear, *gravity, *rates, *_quaternion(angles), button]

    def _sign(self, linear: list[float], total: list[float], angles: list[float]) -> float:
        up = _up(angles)
        down = [t - v for t, v in zip(total, linear, strict=True)]
        if any(map(math.isnan, down)):
            down = total
        agreement = sum(a * b for a, b in zip(up, down, strict=True)) / _G
        if math.isfinite(agreement):
            step = min(max(agreement, -1.0), 1.0)
            self._score = min(max(self._score + step, -_MEMORY), _MEMORY)
        return -1.0 if self._score < -_SURE else 1.0

    def _split(self, linear: list[float], total: list[float]) -> tuple[list[float], list[float]]:
        """Acceleration without gravity, and gravity."""
        if not any(map(math.isnan, linear)):
            return linear, [t - v for t, v in zip(total, linear, strict=True)]
        if any(map(math.isnan, total)):
            return linear, linear
        slow = total if self._slow is None else self._slow
        slow = [s + self._alpha * (t - s) for s, t in zip(slow, total, strict=True)]
        self._slow = slow
        return [t - s for t, s in zip(total, slow, strict=True)], slow


def _up(angles: list[float]) -> tuple[float, float, float]:
    """Where up is, on the phone's axes: the last row of its rotation."""
    beta, gamma = math.radians(angles[1]), math.radians(angles[2])
    return (-math.cos(beta) * math.sin(gamma), math.sin(beta), math.cos(beta) * math.cos(gamma))


def _quaternion(angles: list[float]) -> tuple[float, float, float, float]:
    """Device to world, w x y z, of turns about z, then x, then y (W3C DeviceOrientation)."""
    alpha, beta, gamma = (math.radians(angle) / 2 for angle in angles)
    ca, cb, cg = math.cos(alpha), math.cos(beta), math.cos(gamma)
    sa, sb, sg = math.sin(alpha), math.sin(beta), math.sin(gamma)
    return (
        ca * cb * cg - sa * sb * sg,
        ca * sb * cg - sa * cb * sg,
        ca * cb * sg + sa * sb * cg,
        sa * cb * cg + ca * sb * sg,
    )
