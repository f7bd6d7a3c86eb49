"""The computer's keyboard on the page, as a source."""

import math
import string
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.mailbox import Mailbox
from cheiron.core.space import Axis, Space
from cheiron.sources.page_message import BadMessageError, items, number
from cheiron.sources.sender_clock import SenderClock

HOME_ROW = ("KeyA", "KeyS", "KeyD", "KeyF", "KeyG", "KeyH", "KeyJ", "KeyK", "KeyL", "Semicolon")
"""Codes of the keys that play steps, left to right; codes name places, not letters."""

_MOST_KEYS = 32
_MOST_PAGES = 16


def _axes() -> dict[str, Axis]:
    """The axis of each key code, in order."""
    keys = {f"Key{letter}": letter.lower() for letter in string.ascii_uppercase}
    keys |= {f"Digit{digit}": digit for digit in string.digits}
    return {
        code: Axis(f"key_{name}", 0.0, 1.0, help=f"1 while the key {name} is down.")
        for code, name in keys.items()
    }


class KeysSource:
    """Which keys are down on the page: letters and digits as switches, the home row as steps.

    ``key_a`` … ``key_9`` are 1 while the key is down. ``step`` is the place of the home-row key
    (A to the one right of L) that was pressed last and is still down, from 0 to 1; it stays when
    all are up. ``gate`` is 1 while any key of the home row is down. The codes of the keys are
    those of their places on an English keyboard, so other layouts play alike.

    :meth:`push` and :meth:`release_all` are called by one thread, :meth:`latest` by any.

    Args:
        clock: Monotonic seconds, the engine's clock.

    >>> source = KeysSource()
    >>> source.push({"type": "keys", "time": 0.0, "down": ["KeyA", "Semicolon"]}, now=7.0)
    True
    >>> frame = source.latest()
    >>> [float(frame.values[frame.space.index(name)]) for name in ("key_a", "step", "gate")]
    [1.0, 1.0, 1.0]
    """

    problem = ""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        axes = _axes()
        self._index = {code: i for i, code in enumerate(axes)}
        step = Axis("step", 0.0, 1.0, help="The home-row key pressed last, left to right.")
        gate = Axis("gate", 0.0, 1.0, help="1 while a home-row key is down.")
        self.space = Space("keys", (*axes.values(), step, gate))
        self.mailbox = Mailbox()
        self.malformed = 0
        self._clock = clock
        self._clocks: dict[str, SenderClock] = {}
        self._page = ""
        self._held: list[str] = []
        self._step = 0.0
        self._time = -math.inf

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {}

    def open(self) -> None:
        """Nothing to do: the page sends by itself."""

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self) -> None:
        """Lift all keys."""
        self.release_all()

    def push(self, message: Mapping[str, Any], now: float, page: str = "") -> bool:
        """Take a keys message; whether it was one. A bad one is counted in ``malformed``.

        Args:
            message: ``{type: "keys", time, down}``, time in the page's milliseconds.
            now: When it came, seconds on the engine's clock.
            page: Which page sent it; the one that wrote last is heard.
        """
        try:
            stamp = number(message, "time") / 1e3
            down = items(message, "down", _MOST_KEYS)
            if not all(isinstance(code, str) for code in down):
                raise BadMessageError("down")
        except BadMessageError:
            self.malformed += 1
            return False
        if page not in self._clocks and len(self._clocks) >= _MOST_PAGES:
            self._clocks.clear()
        moment = self._clocks.setdefault(page, SenderClock()).local(stamp, now)
        if page != self._page and not down:
            return True
        self._page = page
        fresh = [code for code in down if code not in self._held]
        self._held = [code for code in self._held if code in down] + fresh
        self._publish(now if moment is None else moment, now)
        return True

    def release_all(self, page: str | None = None, now: float | None = None) -> None:
        """Lift the keys of a page that has gone, or of all pages.

        Args:
            page: Which page; all when absent.
            now: When, on the engine's clock.
        """
        for each in list(self._clocks) if page is None else [page]:
            self._clocks.pop(each, None)
        if self._held and page in (None, self._page):
            self._held = []
            now = self._clock() if now is None else now
            self._publish(now, now)

    def _publish(self, moment: float, now: float) -> None:
        values = np.zeros(self.space.size, np.float32)
        for code in self._held:
            if code in self._index:
                values[self._index[code]] = 1.0
        steps = [HOME_ROW.index(code) for code in self._held if code in HOME_ROW]
        if steps:
            self._step = steps[-1] / (len(HOME_ROW) - 1)
        values[-2:] = self._step, float(bool(steps))
        self._time = max(moment, self._time + 1e-6)
        self.mailbox.put(Frame(self._time, values, self.space), now)
