"""What known sensors send over OSC, so that their axes have the names that features know.

- R-IoT (IRCAM, BITalino): ``/N/raw`` with 21 numbers: acceleration in g, turning in thousands of
  degrees per second, magnetic field in gauss, temperature, switch, two analogue inputs,
  quaternion, yaw, pitch, roll, heading. Older ones send the first 12 or fewer.
- CoMote 2: ``/comote/ID/devicemotion`` (interval, x, y, z, alpha, beta, gamma), ``…/buttonA``.
- CoMote 3 and other sensors of its format: ``/SOURCE/API/ID/accelerometer`` (x, y, z, …),
  ``…/gyroscope``, ``…/magnetometer``, ``…/gravity``, ``…/absoluteorientation/quaternion``.

Written from the R-IoT's user manual (BITalino, 2020) and the published description of CoMote's
format.
"""

import math
import re
from dataclasses import dataclass

from cheiron.sources.gesture_csv import FAMILIES

_G = 9.81
_DEGREES = math.pi / 180


@dataclass(frozen=True)
class Argument:
    """One argument of a known message.

    Args:
        index: Which, from 0.
        name: Name of its axis.
        scale: What it is multiplied by, for the axis's unit.
        low: Lower end of the axis.
        high: Upper end.
    """

    index: int
    name: str
    scale: float
    low: float
    high: float


def _three(start: int, sensor: str, scale: float = 1.0, letters: str = "xyz") -> list[Argument]:
    _, _, most = FAMILIES[sensor]
    return [
        Argument(start + k, f"{sensor}_{letter}", scale, -most, most)
        for k, letter in enumerate(letters)
    ]


_RIOT = (
    *_three(0, "accelerometer", _G),
    *_three(3, "gyroscope", 1000 * _DEGREES),
    *_three(6, "magnetometer", 100.0),
    Argument(10, "button", 1.0, 0.0, 1.0),
    Argument(11, "analog_1", 1.0, 0.0, 1.0),
    Argument(12, "analog_2", 1.0, 0.0, 1.0),
)

LAYOUTS: dict[str, tuple[str, tuple[Argument, ...]]] = {
    "riot": (r"/(\d{1,3})/raw", (*_RIOT, *_three(13, "quaternion", letters="wxyz"))),
    "comote-motion": (
        r"/comote/([^/]+)/devicemotion",
        (*_three(1, "accelerometer"), *_three(4, "gyroscope", _DEGREES)),
    ),
    "comote-button": (
        r"/comote/([^/]+)/buttonA",
        (Argument(0, "button", 1.0, 0.0, 1.0),),
    ),
    "comote-accelerometer": (
        r"/\w+/v\d+/([^/]+)/accelerometer",
        tuple(_three(0, "accelerometer")),
    ),
    "comote-gyroscope": (r"/\w+/v\d+/([^/]+)/gyroscope", tuple(_three(0, "gyroscope"))),
    "comote-magnetometer": (r"/\w+/v\d+/([^/]+)/magnetometer", tuple(_three(0, "magnetometer"))),
    "comote-gravity": (r"/\w+/v\d+/([^/]+)/gravity", tuple(_three(0, "gravity"))),
    "comote-quaternion": (
        r"/\w+/v\d+/([^/]+)/absoluteorientation/quaternion",
        tuple(_three(0, "quaternion", letters="xyzw")),
    ),
}
"""Name -> (what the address looks like, its arguments); the group in it names the device."""

_KNOWN = [(re.compile(pattern), arguments) for pattern, arguments in LAYOUTS.values()]


def layout_of(address: str, count: int) -> tuple[str, tuple[Argument, ...]] | None:
    """Device and arguments of an address that a known sensor sends; None for any other.

    Args:
        address: OSC address.
        count: How many arguments came.

    >>> device, arguments = layout_of("/2/raw", 21)
    >>> device, [argument.name for argument in arguments[:2]]
    ('2', ['accelerometer_x', 'accelerometer_y'])
    >>> layout_of("/fader", 1) is None
    True
    """
    for pattern, arguments in _KNOWN:
        found = pattern.fullmatch(address)
        if found:
            there = tuple(a for a in arguments if a.index < count)
            return (found.group(1), there) if there else None
    return None
