import asyncio
import json
import threading
import time

import aiohttp
import pytest

from cheiron.core.errors import CheironError
from cheiron.studio.live.supervisor import Supervisor
from cheiron.studio.server.door import Door
from cheiron.studio.server.front import Front

STATE = {"type": "state", "version": "0"}


class Engine:
    """A stand-in that keeps what pages said."""

    def __init__(self):
        self.heard, self.ready = [], threading.Event()

    def listening(self):
        self.ready.set()

    def opened(self, page):
        self.heard.append(("opened", page))

    def closed(self, page):
        self.heard.append(("closed", page))

    def gesture(self, page, message):
        self.heard.append(("gesture", page, message))

    def command(self, page, message):
        self.heard.append(("command", page, message))
        if message["type"] == "panic":
            raise CheironError("no need to panic.")

    def all(self, what):
        return [h for h in self.heard if h[0] == what]


class Server:
    """A server process under a supervisor, with a stand-in for the engine."""

    def __init__(self, page):
        self.engine, self.door = Engine(), Door.open()
        self.front = Front(self.engine, self.door, page)
        self.problems = []
        self.supervisor = Supervisor([self.front.child], lambda *told: self.problems.append(told))

    def __enter__(self):
        self.supervisor.start()
        assert self.engine.ready.wait(30)
        self.front.send_json(STATE)
        return self

    def __exit__(self, *_):
        self.supervisor.stop()
        self.door.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.door.port}"

    def get(self, path, **headers):
        """(status, headers, body) of a GET whose path is sent as it is."""
        headers = {"Host": f"127.0.0.1:{self.door.port}", **headers}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}

        async def ask():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
            lines = [f"GET {path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
            writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

        head, _, body = asyncio.run(asyncio.wait_for(ask(), 20)).partition(b"\r\n\r\n")
        first, *rest = head.decode("latin1").split("\r\n")
        found = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in rest}
        return int(first.split()[1]), found, body

    def fetch(self, path):
        """The same with the token."""
        return self.get(path, Authorization=f"Bearer {self.door.token}")

    def wait(self, condition, seconds=15.0):
        """Until something holds, with the supervisor at work; fails when it never does."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, (self.engine.heard[-5:], self.problems)
            self.supervisor.look(0.01)


class Page:
    """A page: ``async with Page(server) as page``."""

    def __init__(self, server, token=None, origin="own", hello=True):
        self.server, self.hello = server, hello
        self.token = server.door.token if token is None else token
        self.headers = {} if origin is None else {"Origin": origin}
        if origin == "own":
            self.headers = {"Origin": server.url}

    async def __aenter__(self):
        self.session = aiohttp.ClientSession()
        try:
            self.ws = await self.session.ws_connect(
                self.server.url + "/ws", headers=self.headers, max_msg_size=0
            )
        except BaseException:
            await self.session.close()
            raise
        if self.hello:
            await self.say({"type": "hello", "token": self.token})
        return self

    async def __aexit__(self, *_):
        await self.session.close()

    async def say(self, message):
        await self.ws.send_str(message if isinstance(message, str) else json.dumps(message))

    async def next(self, kind=None, seconds=10.0):
        """The next message, or the next one of a type; bytes as they are; None when it is over."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    if kind is None:
                        return message.data
                elif message.type is not aiohttp.WSMsgType.TEXT:
                    return None
                else:
                    found = json.loads(message.data)
                    if kind in (None, found["type"]):
                        return found

    async def command(self, kind, number=1, **fields):
        """Send a command; its reply."""
        await self.say({"type": kind, "id": number, **fields})
        while (reply := await self.next("reply")) is not None:
            if reply["id"] == number:
                return reply
        return None


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Cheiron</title>")
    (folder / "assets" / "index-B5LMLRJS.js").write_text("export {};")
    (folder.parent / "secret.js").write_text("secret")
    with Server(folder) as server:
        yield server


@pytest.fixture
def server(running):
    """A server without pages, of which nothing has been heard."""
    yield running

    async def knock():  # what was on its way before this has arrived after it
        async with Page(running) as page:
            return await page.command("undo")

    assert asyncio.run(knock())["ok"]
    running.wait(lambda: len(running.engine.all("opened")) == len(running.engine.all("closed")))
    running.engine.heard.clear()


@pytest.fixture
def page():
    return Page


@pytest.fixture
def start():
    return Server
