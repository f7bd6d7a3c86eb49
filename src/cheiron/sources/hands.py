"""Hands that a camera sees: the page finds their landmarks, this turns them into axes."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.frame import Frame
from cheiron.core.hand_shape import HAND, LANDMARKS, SIDES, Side, hand_shape
from cheiron.core.mailbox import Mailbox
from cheiron.core.space import Axis, Space
from cheiron.sources.hand_tracks import HandTracks, Sighting
from cheiron.sources.page_message import BadMessageError, items, number, share
from cheiron.sources.sender_clock import SenderClock

BLINK = 0.12
"""Seconds for which a hand may be missed without having left."""

RESTING = 0.5
"""Seconds without any hand after which nothing more is said until one comes back."""

_MOST_HANDS = 4
_MOST_PAGES = 16
_MOST_DELAY = 2.0  # seconds from the camera to the message
_EASE = 0.1  # how much of a new latency is believed at once
_SILENT = 1.0  # seconds after which another page may take over
_UNSEEN = 3.0  # seconds after which the player is told that nobody watches
_HUGE = 10.0  # pictures or metres; a landmark farther out is none
_IDLE = "no camera is on; open the Hands panel on the page and press Start camera."


def _axes() -> tuple[Axis, ...]:
    seen = Axis("seen", 0.0, 1.0, help="1 while the hand is in the picture.")
    return tuple(
        replace(axis, name=f"{side}_{axis.name}", help=f"{side.capitalize()} hand. {axis.help}")
        for side in SIDES
        for axis in (*HAND, seen)
    )


class HandsSource:
    """Both hands before a camera, as ``left_x left_y … left_seen right_x … right_seen``.

    The page watches the camera and pushes landmarks in; nothing is opened here. For each hand: the
    palm's place ``x y``, ``near``, ``open``, ``pinch``, ``roll pitch yaw``, the bend of ``thumb
    index middle ring little``, ``spread`` (see :data:`cheiron.core.hand_shape.HAND`) and ``seen``.
    A hand that leaves the picture for longer than ``BLINK`` is undefined (NaN) and not seen; when
    none has been seen for ``RESTING`` nothing comes any more and the source is ``away``, so that
    what trusts the hands stops trusting them. Which hand is which follows the movement, also when
    hands cross.

    Frames bear the moment at which the camera took the picture: how long the page took to find the
    hands shows as lateness. Of several pages the one whose camera went on last is heard.

    :meth:`push` and :meth:`release_all` are called by one thread, the rest by any.

    Args:
        mirror: Whether the player faces the camera, so that right is to the left of the picture.
        clock: Monotonic seconds, the engine's clock.

    >>> source = HandsSource()
    >>> empty = {"type": "hands", "time": 0, "sent": 40, "aspect": 1.3, "lost": 0, "hands": []}
    >>> source.push(empty, now=7.0), source.latest() is None
    (True, True)
    """

    def __init__(self, mirror: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self.mirror = bool(mirror)
        self.space = Space("hands", _axes())
        self.mailbox = Mailbox()
        self.malformed = 0
        self.latency = math.nan
        """Seconds from the camera to here, of late; NaN before the first picture."""
        self.lost = 0
        """Pictures that the page's camera took but the page did not look at."""
        self._clock = clock
        self._clocks: dict[str, SenderClock] = {}
        self._page = ""
        self._heard = clock()
        self._met = -math.inf
        self._tracks = HandTracks()
        self._seen: dict[Side, float] = {}
        self._time = -math.inf

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {"mirror": self.mirror}

    @property
    def problem(self) -> str:
        """Why nothing comes, in a sentence; empty while a page watches."""
        return _IDLE if self._clock() - self._heard > _UNSEEN else ""

    @property
    def away(self) -> bool:
        """Whether no hand has been seen of late."""
        return self._clock() - self._met > RESTING

    def open(self) -> None:
        """Nothing to do: a page watches when its player says so."""
        self._heard = self._clock()

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self) -> None:
        """Let both hands go."""
        self.release_all()

    def push(self, message: Mapping[str, Any], now: float, page: str = "") -> bool:
        """Take what a page saw in one picture; whether it was understood.

        A bad message is counted in ``malformed`` and changes nothing.

        Args:
            message: ``{type: "hands", time, sent, aspect, lost, hands}``: when the picture was
                taken and when this was sent, both in the page's milliseconds, how many pictures
                were not looked at, and up to two hands, each ``{side, score, points, world}`` with
                63 numbers each.
            now: When it came, seconds on the engine's clock.
            page: Which page sent it.
        """
        try:
            sent = number(message, "sent") / 1e3
            delay = min(max(sent - number(message, "time") / 1e3, 0.0), _MOST_DELAY)
            lost = min(max(number(message, "lost"), 0.0), 1e9)
            aspect = min(max(number(message, "aspect"), 0.1), 10.0)
            sightings = [_sighting(h, aspect) for h in items(message, "hands", _MOST_HANDS)]
        except BadMessageError:
            self.malformed += 1
            return False
        if page not in self._clocks and len(self._clocks) >= _MOST_PAGES:
            self._clocks.clear()
        new = page not in self._clocks
        local = self._clocks.setdefault(page, SenderClock()).local(sent, now)
        if page != self._page:
            if not new and now - self._heard < _SILENT:
                return True
            self._page = page
            self._tracks.forget()
        self._heard, self.lost = now, int(lost)
        moment = (now if local is None else local) - delay
        late = max(now - moment, 0.0)
        known = self.latency == self.latency  # NaN is not equal to itself
        self.latency = self.latency + _EASE * (late - self.latency) if known else late
        self._see(sightings, moment, now)
        return True

    def release_all(self, page: str | None = None, now: float | None = None) -> None:
        """Let go of the hands that a page saw which has gone, or all pages.

        Args:
            page: Which page; all when absent.
            now: When, on the engine's clock.
        """
        for each in list(self._clocks) if page is None else [page]:
            self._clocks.pop(each, None)
        if page is not None and page != self._page:
            return
        self._page = ""
        self._tracks.forget()
        self._met = -math.inf
        if self._seen:
            self._seen.clear()
            now = self._clock() if now is None else now
            self._publish({}, now, now)

    def _see(self, sightings: list[Sighting], moment: float, now: float) -> None:
        placed = self._tracks.place(sightings, moment)
        for side, sighting in placed.items():
            if sighting is not None:
                self._seen[side], self._met = moment, now
        if any(moment - at <= RESTING for at in self._seen.values()):
            self._publish(placed, moment, now)
        self._seen = {side: at for side, at in self._seen.items() if moment - at <= RESTING}

    def _publish(self, placed: Mapping[Side, Sighting | None], moment: float, now: float) -> None:
        """Time never falls: what the page says last is what holds."""
        self._time = max(moment, self._time + 1e-6)
        parts = [self._values(side, placed.get(side), moment) for side in SIDES]
        self.mailbox.put(Frame(self._time, np.concatenate(parts), self.space), now)

    def _values(self, side: Side, sighting: Sighting | None, moment: float) -> NDArray[np.float32]:
        if sighting is None:
            there = moment - self._seen.get(side, -math.inf) <= BLINK
            return np.array([math.nan] * len(HAND) + [float(there)], np.float32)
        shape = hand_shape(sighting.points, sighting.world, side, sighting.aspect, self.mirror)
        return np.append(shape, np.float32(1.0))


def _sighting(hand: object, aspect: float) -> Sighting:
    if not isinstance(hand, Mapping):
        raise BadMessageError("hands")
    fields: Mapping[str, Any] = hand
    side = fields.get("side")
    if side not in SIDES:
        raise BadMessageError("side")
    points, world = _landmarks(fields, "points"), _landmarks(fields, "world")
    return Sighting(side, share(fields, "score"), points, world, aspect)


def _landmarks(fields: Mapping[str, Any], name: str) -> NDArray[np.float64]:
    row = items(fields, name, 3 * LANDMARKS)
    if len(row) != 3 * LANDMARKS or not all(_is_finite(value) for value in row):
        raise BadMessageError(name)
    return np.array(row, np.float64).reshape(LANDMARKS, 3)


def _is_finite(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and -_HUGE <= value <= _HUGE
    )
