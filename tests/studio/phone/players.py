"""The phones' server under a supervisor, and phones that are not there."""

import asyncio
import contextlib
import json
import ssl
import threading
import time

import aiohttp

from cheiron.sources.phone import PhoneSource
from cheiron.studio.live.supervisor import Supervisor
from cheiron.studio.phone.house import House

FLAT = [0, 0, 0, 0, 0, 9.81, 0, 0, 90.0, 0, 0, 0]


class Player:
    """An instrument that has nothing but phones."""

    def __init__(self, folder, page):
        self.sources = {"phone": PhoneSource(1), "phone2": PhoneSource(2)}
        self.house = House(lambda: self.sources, folder, page)
        self.problems = []
        self.supervisor = Supervisor([self.house.child], lambda *told: self.problems.append(told))
        self.over = threading.Event()

    def __enter__(self):
        self.supervisor.start()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.house.close()
        self.over.set()
        self.thread.join()
        self.supervisor.stop()

    def _look(self):
        while not self.over.is_set():
            self.supervisor.look(0.02)

    def open(self):
        self.house.open("127.0.0.1", 0)
        self.wait(lambda: self.house.address)

    def wait(self, condition, seconds=20.0):
        """Until something holds; fails when it never does."""
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < until, (self.house.to_json(), self.problems)
            time.sleep(0.01)
        return found

    def seat(self, name="phone"):
        return next(s for s in self.house.to_json()["seats"] if s["source"] == name)

    def trust(self):
        """TLS that trusts the player's certificate and nothing else."""
        context = ssl.create_default_context(cafile=str(self.house.certificate.path))
        context.check_hostname = True
        return context


class Phone:
    """A phone: ``async with Phone(player, token=…) as phone``."""

    def __init__(self, player, token="", secret="", headers=None):
        self.player, self.token, self.secret = player, token, secret
        self.headers = headers or {}
        self.welcome = None

    async def __aenter__(self):
        self.session = aiohttp.ClientSession()
        try:
            self.ws = await self.session.ws_connect(
                self.player.house.address + "ws", ssl=self.player.trust(), headers=self.headers
            )
            await self.say(type="hello", token=self.token, secret=self.secret)
            self.first = await self.hear()
        except BaseException:
            await self.session.close()
            raise
        self.secret = self.first.get("secret", "")
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(ConnectionError):
            await self.ws.close()
        await self.session.close()
        await asyncio.sleep(0.05)  # TLS says good-bye after the session is closed

    async def say(self, **message):
        await self.ws.send_str(json.dumps(message))

    async def hear(self):
        """The next message, pings answered; ``{"closed": code}`` at the end."""
        while True:
            message = await self.ws.receive(timeout=10)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return {"closed": self.ws.close_code}
            said = json.loads(message.data)
            if said["type"] != "ping":
                return said
            with contextlib.suppress(ConnectionError):
                await self.say(type="pong", id=said["id"])

    async def move(self, count=1, start=None, **changed):
        """Send so many samples, one in a message."""
        began = time.monotonic() if start is None else start
        for k in range(count):
            await self.say(type="motion", samples=[[began + k / 60, *FLAT]], button=0, **changed)
            if count > 1:
                await asyncio.sleep(1 / 60)
