"""Who plays while ``cheiron bench soak`` watches."""

import random
import time
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.models import shipped_models
from cheiron.studio.bench.browser import open_page
from cheiron.studio.live.changes import CHANGES
from cheiron.studio.live.running import Live


class Player:
    """Plays at random: a pointer over the page's own way in, OSC, commands, a browser."""

    def __init__(self, live: Live, port: int, chance: random.Random) -> None:
        from pythonosc.udp_client import SimpleUDPClient

        self.live, self._chance = live, chance
        self._client = SimpleUDPClient("127.0.0.1", port)
        self._number = 0
        self._names = list(shipped_models())
        self.models = self.reloads = self.takes = 0
        self.errors: list[str] = []
        self._x, self._y = 0.5, 0.5
        self._context: Any = None
        self._page: Any = None

    def press(self, down: bool) -> None:
        """The pointer where it is, down or up."""
        touch = {"id": 1, "x": self._x, "y": self._y, "pressure": 0.5}
        message = {
            "type": "pointer",
            "time": 1e3 * time.monotonic(),
            "hover": None,
            "touches": [touch] if down else [],
        }
        self.live.desk.gesture(1_000_000, message)

    def command(self, **message: Any) -> None:
        """A command as a page would send it; what is refused is noted."""
        instrument = self.live.instrument
        change = CHANGES[message["type"]]

        def work() -> None:
            state, name = change(instrument.state, message)
            instrument.apply(state, name)

        instrument.conductor.submit(work, self._done)

    def second(self, number: int) -> None:
        """One second of playing."""
        chance = self._chance
        if number % 20 == 5:
            self.models += 1
            self.command(type="model", name=self._names[self.models % len(self._names)])
        if number % 15 == 9:
            self.load_page()
        if number % 30 == 12:
            self.live.instrument.conductor.submit(self.live.instrument.tape.record, self._done)
        if number % 30 == 22:
            self.takes += 1
            self.live.instrument.conductor.submit(
                self.live.instrument.tape.stop_recording, self._done
            )
        end = time.monotonic() + 1.0
        down = True
        while time.monotonic() < end:
            self._x = min(max(self._x + chance.gauss(0, 0.02), 0.0), 1.0)
            self._y = min(max(self._y + chance.gauss(0, 0.02), 0.0), 1.0)
            down = chance.random() > 0.02
            self.press(down)
            self._client.send_message("/soak/a", chance.random())
            time.sleep(0.01)

    def close(self) -> None:
        """Let go and close the browser."""
        self.press(False)
        if self._context is not None:
            self._context.__exit__(None, None, None)
            self._context = self._page = None

    def load_page(self) -> None:
        """Open the page, or load it again."""
        if self._page is None:
            self._context = open_page(self.live.address)
            self._page = self._context.__enter__()
            self._page.on("pageerror", self._page_failed)
        else:
            self.reloads += 1
            self._page.goto(self.live.address)
            self._page.reload()

    def _page_failed(self, error: object) -> None:
        self.errors.append(f"page: {error}")

    def _done(self, error: CheironError | None) -> None:
        if error is not None:
            self.errors.append(str(error))
