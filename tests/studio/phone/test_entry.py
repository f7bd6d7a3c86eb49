"""Who gets in from the network, and what becomes of their movement."""

import asyncio
import ssl
import urllib.error
import urllib.request

import numpy as np
import pytest
from players import FLAT

from cheiron.studio.phone.app import REFUSED
from cheiron.studio.phone.tickets import FORGOTTEN, USED, WRONG


def value(source, axis):
    frame = source.latest()
    return float(frame.values[frame.space.index(axis)]) if frame else float("nan")


def get(player, path, **headers):
    request = urllib.request.Request(player.house.address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, context=player.trust(), timeout=10) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def test_a_phone_moves_its_source_over_tls(player, phone):
    source = player.sources["phone"]

    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            assert it.first["type"] == "welcome" and it.first["name"] == "phone"
            await it.move(30)
            return await it.hear()

    status = asyncio.run(play())
    assert status["type"] == "status" and status["rate"] > 20 and 0 <= status["latency"] < 100
    assert value(source, "gravity_z") != value(source, "gravity_z")  # gone: nothing is known
    player.wait(lambda: "closed its page" in source.problem)


def test_one_token_lets_one_phone_in_and_says_why_to_the_second(player, phone):
    async def play():
        token = player.seat()["link"].partition("#")[2]
        async with phone(player, token) as first, phone(player, token) as second:
            assert first.first["type"] == "welcome"
            assert second.first == {"type": "refused", "message": USED, "final": True}
            assert await second.hear() == {"closed": REFUSED}
            await first.move()
            player.wait(lambda: not player.sources["phone"].away)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("shown", "why"),
    [({"token": "x" * 32}, WRONG), ({"token": ""}, WRONG), ({"secret": "y" * 32}, FORGOTTEN)],
)
def test_a_wrong_token_or_secret_is_refused_with_a_sentence(player, phone, shown, why):
    async def play():
        async with phone(player, **shown) as it:
            assert it.first == {"type": "refused", "message": why, "final": True}
            assert await it.hear() == {"closed": REFUSED}

    asyncio.run(play())


def test_a_phone_comes_back_with_its_secret_and_a_replayed_token_does_not(player, phone):
    source = player.sources["phone"]
    token = player.seat()["link"].partition("#")[2]

    async def play():
        async with phone(player, token) as it:
            await it.move()
            player.wait(lambda: not source.away)
            secret = it.secret
        player.wait(lambda: source.away)
        async with phone(player, token) as replayed:
            assert replayed.first["message"] == USED
        async with phone(player, secret=secret) as again:
            assert again.first["type"] == "welcome"
            await again.move()
            player.wait(lambda: not source.away and not source.problem)

    asyncio.run(play())


def test_two_phones_play_two_sources(player, phone):
    async def play():
        tokens = [player.seat(name)["link"].partition("#")[2] for name in player.sources]
        async with phone(player, tokens[0]) as one, phone(player, tokens[1]) as two:
            await one.move()
            player.wait(lambda: not player.sources["phone"].away)
            assert player.sources["phone2"].away
            await two.move()
            player.wait(lambda: not player.sources["phone2"].away)

    asyncio.run(play())


def test_a_page_opened_again_takes_the_place_of_the_old_one(player, phone):
    async def play():
        async with (
            phone(player, player.seat()["link"].partition("#")[2]) as old,
            phone(player, secret=old.secret) as new,
        ):
            while (said := await old.hear())["type"] != "refused":
                pass
            assert "opened again elsewhere" in said["message"]
            assert "closed" in await old.hear()
            await new.move()
            player.wait(lambda: not player.sources["phone"].away)

    asyncio.run(play())


def test_another_phone_in_ones_place_shows_the_first_one_out(player, phone):
    source = player.sources["phone"]

    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            await it.say(type="motion", samples=[[1.0, *FLAT]], button=1)
            player.wait(lambda: value(source, "button") == 1)
            player.house.invite(1)
            assert source.away and np.isnan(source.latest().values).all()  # nothing is held down
            await it.say(type="state", state="asleep")
            while (said := await it.hear())["type"] == "status":
                pass
            assert "another phone in this one's place" in said["message"]
            async with phone(player, secret=it.secret) as back:
                assert back.first["message"] == FORGOTTEN
            assert source.away

    asyncio.run(play())


def test_a_phone_whose_source_was_closed_comes_in_with_the_token_of_another(player, phone):
    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            secret = it.secret
        token = player.seat("phone2")["link"].partition("#")[2]
        gone = player.sources.pop("phone")
        try:
            async with phone(player, token, secret) as again:
                assert again.first["name"] == "phone2"
        finally:
            player.sources = {"phone": gone} | player.sources

    asyncio.run(play())


def test_samples_at_ten_thousand_a_second_are_shown_out(player, phone):
    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            for k in range(60):
                rows = [[(32 * k + i) / 1e4, *FLAT] for i in range(32)]
                await it.say(type="motion", samples=rows, button=0)
            while (said := await it.hear())["type"] != "refused":
                pass
            assert "far too much" in said["message"]

    asyncio.run(play())


@pytest.mark.parametrize(("state", "why"), [("asleep", "sleeps"), ("refused", "motion sensors")])
def test_a_phone_that_sleeps_or_refuses_leaves_its_axes_undefined(player, phone, state, why):
    source = player.sources["phone"]

    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            await it.move()
            player.wait(lambda: value(source, "accelerometer_z") == pytest.approx(9.81))
            await it.say(type="state", state=state)
            player.wait(lambda: why in source.problem)
            assert source.away and np.isnan(source.latest().values).all()
            await it.move()  # it wakes up
            player.wait(lambda: value(source, "accelerometer_z") == pytest.approx(9.81))
            assert not source.away and source.problem == ""

    asyncio.run(play())


def test_a_phone_that_falls_silent_is_noticed(player, phone):
    source = player.sources["phone"]

    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            await it.move()
            player.wait(lambda: not source.away)
            player.wait(lambda: "sends no movement" in source.problem, seconds=5)
            assert source.away

    asyncio.run(play())


def test_what_is_no_motion_is_ignored_and_too_much_of_it_ends_the_visit(player, phone):
    source = player.sources["phone"]
    bad = [
        '{"type":"motion","samples":[[1,2]],"button":0}',
        '{"type":"motion","samples":[[NaN,0,0,0,0,0,0,0,0,0,0,0,0]],"button":0}',
        '{"type":"motion","samples":[[1,0,0,0,0,0,0,0,0,0,0,0,1e300]],"button":0}',
        '{"type":"motion","samples":[],"button":0}',
        '{"type":"command"}',
        "[" * 5000,
    ]

    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            for text in bad:
                await it.ws.send_str(text)
            await it.move()
            player.wait(lambda: not source.away)
            for _ in range(30):
                await it.ws.send_str("nonsense")
            while (said := await it.hear())["type"] != "refused":
                pass
            assert "nobody understands" in said["message"]

    asyncio.run(play())


def test_a_flood_is_shown_out(player, phone):
    async def play():
        async with phone(player, player.seat()["link"].partition("#")[2]) as it:
            try:
                for _ in range(1000):
                    await it.say(type="state", state="live")
            except ConnectionError:
                return
            while (said := await it.hear())["type"] != "refused":
                pass
            assert "far too much" in said["message"]

    asyncio.run(play())


def test_pages_from_elsewhere_and_other_names_are_refused(player, phone):
    assert get(player, "", Host="cheiron.example:8443")[0] == 403
    assert get(player, "ws", Origin="https://evil.example")[0] == 403


def test_only_the_phones_page_is_handed_out(player):
    status, text, headers = get(player, "")
    assert status == 200 and "phone" in text
    assert "wss://127.0.0.1" in headers["Content-Security-Policy"]
    assert get(player, "phone/phone-1.js")[0] == 200
    for path in ("index.html", "assets/index.js", "api/landmarks", "phone/../index.html"):
        assert get(player, path)[0] in (401, 404), path


def test_who_speaks_no_tls_gets_nothing(player):
    port = player.house.address.rpartition(":")[2].strip("/")
    with pytest.raises((OSError, ssl.SSLError, urllib.error.URLError)):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)


def test_guessing_is_slowed_down(player, phone):
    async def play():
        said = []
        for _ in range(16):
            async with phone(player, "guess") as it:
                said.append(it.first["message"])
        return said

    said = asyncio.run(play())
    assert said[0] == WRONG or "too many" in said[0]
    assert "too many attempts" in said[-1]
