import asyncio
import json
import time

import aiohttp
import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.sources.comote import ComoteSource

GRAVITY = {"x": 0, "y": 0, "z": 9.81}
MOTION = {
    "interval": 10,
    "accelerationIncludingGravity": GRAVITY,
    "rotationRate": {"alpha": 0, "beta": 0, "gamma": 90},
}
TWO = {"source": "comote", "id": 7, "devicemotion": MOTION, "buttonA": 1}
THREE = {
    "source": "comote",
    "api": "v3",
    "id": "a",
    "accelerometer": {"x": 1, "y": 0, "z": 9.81, "timestamp": 5000},
    "gyroscope": {"x": 0, "y": 0, "z": 1.5, "timestamp": 5000},
    "gravity": GRAVITY | {"timestamp": 5000},
    "absoluteorientation": {"euler": {"alpha": 0, "beta": 0, "gamma": 0}, "timestamp": 5000},
}


def values(source):
    frame = source.latest()
    return dict(zip(frame.space.names, frame.values.tolist(), strict=True))


def test_both_formats_give_the_same_axes():
    two, three = ComoteSource(), ComoteSource()
    assert two.push(json.dumps(TWO), 1.0) and three.push(json.dumps(THREE), 1.0)
    assert values(two)["accelerometer_z"] == pytest.approx(9.81)
    assert values(two)["gyroscope_z"] == pytest.approx(np.pi / 2)
    assert values(two)["button"] == 1
    assert values(three)["linear_acceleration_x"] == pytest.approx(1)
    assert values(three)["gyroscope_z"] == pytest.approx(1.5)
    assert values(three)["quaternion_w"] == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"source": "comote", "devicemotion": 3}',
        '{"source": "comote", "devicemotion": {"rotationRate": {"alpha": "x"}}}',
        '{"source": "comote", "accelerometer": {"x": 1e999, "timestamp": "never"}}',
        "[" * 9000,
    ],
)
def test_what_is_not_comotes_is_counted_and_changes_nothing(text):
    source = ComoteSource()
    assert not source.push(text, 1.0)
    assert source.malformed == 1 and source.latest() is None


@pytest.mark.parametrize(
    "nonsense",
    [
        {"control": "x"},
        {"buttonA": float("nan")},
        {"gravity": 3},
        {"accelerometer": {"x": 1, "timestamp": float("nan")}},
        {"accelerometer": {"x": 1e300, "timestamp": 1e308}},
    ],
)
def test_nothing_of_a_message_that_is_none_stays(nonsense):
    source = ComoteSource()
    assert source.push(json.dumps(THREE), 1.0)
    source.push(json.dumps({"source": "comote", "id": "a"} | nonsense), 1.1)
    plain = {"source": "comote", "id": "a", "accelerometer": {"x": 1, "y": 0, "z": 9.81}}
    for now in (5.02, 5.04):
        source.push(json.dumps(plain), now)
    assert source.latest().time == 5.04
    assert (
        values(source)["accelerometer_z"] == pytest.approx(9.81) and values(source)["button"] == 0
    )


def test_what_an_app_makes_up_is_not_remembered():
    source = ComoteSource()
    for number in range(100):
        made_up = {f"{number} {k}": "x" * 20 for k in range(100)}
        assert source.push(json.dumps(TWO | made_up), 1.0 + number / 60)
    assert len(json.dumps(source._told)) < 200


def test_a_second_app_is_not_heard_while_the_first_one_plays():
    source = ComoteSource()
    assert source.push(json.dumps(TWO), 1.0)
    assert not source.push(json.dumps(TWO | {"id": 8}), 1.01)
    assert source.push(json.dumps(TWO | {"id": 8}), 3.0)


def test_the_app_plays_over_a_websocket_and_a_page_does_not():
    source = ComoteSource(port=0)
    source.open()

    async def play():
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{source.port}/"
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(url, headers={"Origin": "https://evil.example"})
            async with session.ws_connect(url) as flood:
                for _ in range(4000):
                    if flood.closed:
                        break
                    await flood.send_str("x")
                assert (await flood.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
            async with session.ws_connect(url) as app:
                await app.send_json(TWO)
                until = time.monotonic() + 10
                while source.away and time.monotonic() < until:
                    await asyncio.sleep(0.01)
                assert not source.away
        until = time.monotonic() + 10
        while not source.away and time.monotonic() < until:
            await asyncio.sleep(0.01)

    try:
        asyncio.run(play())
        assert source.away and "CoMote" in source.problem
        assert np.isnan(source.latest().values).all()
        with pytest.raises(CheironError, match="choose another port"):
            ComoteSource(port=source.port).open()
    finally:
        source.close()
