"""What pages and the engine say to each other, and pages that say too much or take too little."""

import asyncio
import json
import random
import struct
import time

import pytest

from cheiron.studio.server.shape import COMMANDS, GESTURES

PING = {"type": "ping", "page": 1.5}


def pointer(n, touches=()):
    return {"type": "pointer", "time": n, "hover": [0.5, 0.5], "touches": list(touches)}


def test_a_command_gets_its_reply_and_the_reason_why_not(server, page):
    async def visit():
        async with page(server) as guest:
            assert await guest.command("undo", 4) == {"type": "reply", "id": 4, "ok": True}
            return await guest.command("panic", 5)

    reply = asyncio.run(visit())
    assert reply == {"type": "reply", "id": 5, "ok": False, "message": "no need to panic."}


def test_gestures_reach_the_engine_in_their_order_and_the_end_of_a_page_after_them(server, page):
    async def visit():
        async with page(server) as guest:
            await guest.next("state")
            for n in range(50):
                await guest.say(pointer(n))

    asyncio.run(visit())
    server.wait(lambda: server.engine.all("closed"))
    kinds = [h[0] for h in server.engine.heard]
    assert kinds == ["opened"] + ["gesture"] * 50 + ["closed"]
    assert [h[2]["time"] for h in server.engine.all("gesture")] == list(range(50))
    assert len({h[1] for h in server.engine.heard}) == 1
    assert not server.front.pages


def test_two_pages_hear_the_same_and_each_its_own_answers(server, page):
    async def visit():
        async with page(server) as one, page(server) as two:
            await one.next("state"), await two.next("state")
            reply = await one.command("undo", 7)
            sound = struct.pack("<BxxxIIxxxx", 2, 1, 48000) + bytes(512)
            server.front.send_bytes(sound)
            server.front.send_json({"type": "moment", "time": 1.0})
            for guest in (one, two):
                first = await guest.next()  # no reply to a command of the other page before it
                assert first == sound and (await guest.next())["time"] == 1.0
            return reply

    assert asyncio.run(visit())["id"] == 7


def test_a_ninth_page_is_told_that_there_are_too_many(server, page):
    async def visit():
        guests = [await page(server).__aenter__() for _ in range(8)]
        for guest in guests:
            await guest.next("state")
        async with page(server) as ninth:
            assert await ninth.next() is None
            code = ninth.ws.close_code
        for guest in guests:
            await guest.__aexit__()
        return code

    assert asyncio.run(visit()) == 1013


def test_a_message_that_is_too_long_ends_its_page_only(server, page):
    async def visit():
        async with page(server) as other, page(server) as guest:
            await guest.say({"type": "model", "id": 1, "name": "x" * 70_000})
            while await guest.next() is not None:
                pass
            assert guest.ws.close_code == 1009
            return await other.command("undo", 1)

    assert asyncio.run(visit())["ok"]


def test_of_too_many_gestures_the_newest_still_arrives(server, page):
    async def visit():
        async with page(server) as guest:
            for n in range(2000):
                await guest.say(pointer(n, [{"id": 1, "x": 0, "y": 0, "pressure": 1}]))
            await guest.say(pointer(2000))  # the finger is lifted
            note = await guest.next("note")
            await asyncio.sleep(0.3)
            assert (await guest.command("undo", 1))["ok"]
            return note

    assert "500 gestures" in asyncio.run(visit())["text"]
    server.wait(lambda: server.engine.all("closed"))
    heard = server.engine.all("gesture")
    assert heard[-1][2]["touches"] == [] and len(heard) < 1000


def test_too_many_commands_are_refused_with_one_note(server, page):
    async def visit():
        async with page(server) as guest:
            for n in range(400):
                await guest.say({"type": "undo", "id": n})
            replies, notes = [], 0
            while len(replies) < 400:
                message = await guest.next()
                if message["type"] == "reply":
                    replies.append(message)
                notes += message["type"] == "note"
            return replies, notes

    replies, notes = asyncio.run(visit())
    done = sum(reply["ok"] for reply in replies)
    assert 100 <= done < 200 and notes == 1
    assert len(server.engine.all("command")) == done


def test_a_flood_ends_its_page_while_others_play_on(server, page):
    async def flood(guest):
        try:
            while not guest.ws.closed:
                for _ in range(200):
                    await guest.say('{"type": "ping", "page": 1}')
                await asyncio.sleep(0)
        except ConnectionError:
            pass

    async def visit():
        async with page(server) as other, page(server) as guest:
            await other.next("state")
            running = asyncio.create_task(flood(guest))
            slowest = 0.0
            for n in range(20):
                start = time.monotonic()
                assert (await other.command("undo", n))["ok"]
                slowest = max(slowest, time.monotonic() - start)
                await asyncio.sleep(0.02)
            while await guest.next(seconds=30) is not None:
                pass
            await running
            return guest.ws.close_code, slowest

    code, slowest = asyncio.run(visit())
    assert code == 1008 and slowest < 1.0


def nonsense(rng):
    """A message that is nearly right, or not at all."""
    kind = rng.choice([*GESTURES, *COMMANDS])
    values = [None, True, -1, 1e300, "", "x", "\u2028", [], {}, [1, 2], [0.1, "a"], {"a": [1]}]
    names = [n.rstrip("?") for n in (GESTURES.get(kind) or COMMANDS.get(kind))]
    message = {"type": kind, "id": rng.choice([1, -1, "1", None, 2**60])}
    message |= {name: rng.choice(values) for name in rng.sample(names, rng.randint(0, len(names)))}
    text = json.dumps(message)
    choice = rng.random()
    if choice < 0.2:
        cut = rng.randrange(len(text))
        text = text[:cut] + chr(rng.randrange(1, 0xD800)) + text[cut:]
    elif choice < 0.3:
        text = rng.choice("[{") * rng.randrange(1, 5000)
    return text


def test_fuzzed_messages_change_nothing(server, page):
    rng = random.Random(3)

    async def visit():
        async with page(server) as guest:
            for _ in range(90):
                await guest.say(nonsense(rng))
                await guest.ws.send_bytes(rng.randbytes(rng.randrange(200)))
            await asyncio.sleep(0.5)
            return await guest.command("undo", 123456)

    for _ in range(4):
        assert asyncio.run(visit())["ok"]
    assert not server.problems and server.supervisor.process("server").is_alive()


def test_a_page_of_which_nothing_is_understood_is_shown_out(server, page):
    async def visit():
        async with page(server) as guest:
            for _ in range(250):
                await guest.say("{")
            while await guest.next() is not None:
                pass
            return guest.ws.close_code

    assert asyncio.run(visit()) == 1008


def test_bytes_that_are_no_websocket_end_that_connection_only(server, page):
    rng = random.Random(4)
    upgrade = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{server.door.port}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    async def visit():
        for n in range(40):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.door.port)
            if n % 4:
                writer.write(upgrade.encode())
                await reader.readuntil(b"\r\n\r\n")
            writer.write(rng.randbytes(rng.randrange(1, 3000)))
            writer.close()
        async with page(server) as guest:
            return await guest.command("undo", 1)

    assert asyncio.run(visit())["ok"]


@pytest.mark.timeout(60)
def test_a_page_that_reads_nothing_delays_no_other_and_is_cut_off(server, page):
    """Its process stands still while megabytes are sent to it."""

    async def visit():
        async with page(server) as asleep, page(server) as awake:
            for guest in (asleep, awake):
                assert (await guest.command("undo"))["ok"]
            asleep.ws._response.connection.transport.pause_reading()
            moment = {"type": "moment", "time": 0.0, "filling": "x" * 20_000}
            slowest, start = 0.0, time.monotonic()
            while len(server.front.pages) == 2:
                moment["time"] = sent = time.monotonic()
                assert sent - start < 40, "it was not cut off"
                server.front.send_json(moment)
                while (await awake.next("moment"))["time"] < sent:
                    pass
                slowest = max(slowest, time.monotonic() - sent)
            return slowest

    assert asyncio.run(visit()) < 1.0
