"""Pointer and touch on the page: up to five fingers."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.mailbox import Mailbox
from cheiron.core.space import Axis, Space
from cheiron.sources.page_message import BadMessageError, items, number, share
from cheiron.sources.sender_clock import SenderClock

FINGERS = 5
"""How many fingers have axes; further ones are not heard."""

_MOST_TOUCHES = 32
_MOST_PAGES = 16


def _axes() -> tuple[Axis, ...]:
    axes: list[Axis] = []
    for finger in range(1, FINGERS + 1):
        which, end = ("", "") if finger == 1 else (f" of finger {finger}", str(finger))
        axes += [
            Axis(f"x{end}", 0.0, 1.0, default=0.5, help=f"Position{which}, left to right."),
            Axis(f"y{end}", 0.0, 1.0, default=0.5, help=f"Position{which}, bottom to top."),
            Axis(f"pressure{end}", 0.0, 1.0, help=f"Pressure{which}; 0 when it is up."),
            Axis(f"touch{end}", 0.0, 1.0, help=f"Touch{which}: 1 while it is down."),
        ]
    return tuple(axes)


@dataclass(frozen=True)
class _Touch:
    id: int
    x: float
    y: float
    pressure: float


class PointerSource:
    """What fingers, pens and mice do on the page, as ``x y pressure touch x2 … touch5``.

    The page's messages are pushed in; nothing is opened. A finger keeps its place as long as it is
    down, the next one takes the first place that is free. When a finger goes up, x and y stay and
    touch and pressure go to 0; before its first touch a further finger's place is at rest.
    Of several pages the one that began to touch last is heard. The page's time stamps are moved to
    the engine's clock, so that a slow network does not become a movement.

    :meth:`push` and :meth:`release_all` are called by one thread, :meth:`latest` by any.

    Args:
        hover: Whether a mouse that hovers moves x and y (with touch 0) while nothing touches.
        clock: Monotonic seconds, the engine's clock.

    >>> source = PointerSource()
    >>> touch = {"id": 1, "x": 0.25, "y": 0.5, "pressure": 1.0}
    >>> source.push({"type": "pointer", "time": 0.0, "hover": None, "touches": [touch]}, now=7.0)
    True
    >>> source.latest().values[:4].tolist()
    [0.25, 0.5, 1.0, 1.0]
    """

    problem = ""

    def __init__(self, hover: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.hover = hover
        self.space = Space("pointer", _axes())
        self.mailbox = Mailbox()
        self.malformed = 0
        self._clock = clock
        self._clocks: dict[str, SenderClock] = {}
        self._touching: dict[str, bool] = {}
        self._page = ""
        self._places: list[int | None] = [None] * FINGERS
        self._values = self.space.default
        self._time = -math.inf

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {"hover": self.hover}

    def open(self) -> None:
        """Nothing to do: the page sends by itself."""

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self) -> None:
        """Lift all fingers."""
        self.release_all()

    def push(self, message: Mapping[str, Any], now: float, page: str = "") -> bool:
        """Take a pointer message; whether it was one. A bad one is counted in ``malformed``.

        Args:
            message: ``{type: "pointer", time, hover, touches}``, time in the page's milliseconds.
            now: When it came, seconds on the engine's clock.
            page: Which page sent it.
        """
        try:
            stamp = number(message, "time") / 1e3
            touches = [_touch(item) for item in items(message, "touches", _MOST_TOUCHES)]
            hover = _hover(message.get("hover"))
        except BadMessageError:
            self.malformed += 1
            return False
        if page not in self._clocks and len(self._clocks) >= _MOST_PAGES:
            self._clocks.clear()
        moment = self._clocks.setdefault(page, SenderClock()).local(stamp, now)
        began = bool(touches) and not self._touching.get(page, False)
        self._touching[page] = bool(touches)
        free = all(place is None for place in self._places)
        if page != self._page:
            if not (began or (free and (touches or self.hover))):
                return True
            self._page = page
            self._lift(set())
        self._lay(touches)
        if self.hover and hover is not None and not touches:
            self._values[:2] = hover
        self._publish(now if moment is None else moment, now)
        return True

    def release_all(self, page: str | None = None, now: float | None = None) -> None:
        """Lift the fingers of a page that has gone, or of all pages.

        Args:
            page: Which page; all when absent.
            now: When, on the engine's clock.
        """
        gone = list(self._clocks) if page is None else [page]
        for each in gone:
            self._clocks.pop(each, None)
            self._touching.pop(each, None)
        if page is not None and page != self._page:
            return
        if any(place is not None for place in self._places):
            self._lift(set())
            now = self._clock() if now is None else now
            self._publish(now, now)

    def _lay(self, touches: list[_Touch]) -> None:
        """Give each touch its place."""
        self._lift({touch.id for touch in touches})
        for touch in touches:
            if touch.id not in self._places:
                if None not in self._places:
                    continue
                self._places[self._places.index(None)] = touch.id
            start = 4 * self._places.index(touch.id)
            self._values[start : start + 4] = (touch.x, touch.y, touch.pressure, 1.0)

    def _lift(self, keep: set[int]) -> None:
        """Free the places of all touches but these."""
        for place, touch in enumerate(self._places):
            if touch is not None and touch not in keep:
                self._places[place] = None
                self._values[4 * place + 2 : 4 * place + 4] = 0.0

    def _publish(self, moment: float, now: float) -> None:
        """Time never falls: what the page says last is what holds."""
        self._time = max(moment, self._time + 1e-6)
        self.mailbox.put(Frame(self._time, np.array(self._values), self.space), now)


def _touch(item: object) -> _Touch:
    if not isinstance(item, Mapping):
        raise BadMessageError("touches")
    fields: Mapping[str, Any] = item
    finger = number(fields, "id")
    if finger != int(finger):
        raise BadMessageError("id")
    return _Touch(int(finger), share(fields, "x"), share(fields, "y"), share(fields, "pressure"))


def _hover(point: object) -> tuple[float, float] | None:
    if point is None:
        return None
    if not isinstance(point, list) or len(point) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise BadMessageError("hover")
    x: Any = point[0]
    y: Any = point[1]
    return share({"x": x}, "x"), share({"y": y}, "y")
