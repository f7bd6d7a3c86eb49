"""From a phone to changed sound: what this software adds, with the phone's clock told apart."""

import asyncio
import json
import random
import ssl
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.mapping.connection import Connection as Cable
from cheiron.studio.bench.onsets import Probe, quantiles
from cheiron.studio.bench.stage import conducted, staged
from cheiron.studio.bench.steal import Steal
from cheiron.studio.live.running import Live
from cheiron.studio.session.state import OutputChoice, SessionState, SourceChoice

RATE = 60.0
"""Samples a second, as browsers give them."""

SKEW = 8e-5
"""How much faster the simulated phone's clock runs: 80 in a million, more than a crystal's."""

_WITHIN = 0.25  # seconds in which a press must be heard
_OFFSET = 1234.5  # seconds between the two clocks
_HELD, _REST = 12, 18  # samples that a press is held, and at least between two
_SETTLE = 4.0  # seconds until everything has started
_PATIENCE = 30.0


def measure_phone(
    model: str, device: str | None, block: int, presses: int, caution: float
) -> dict[str, float]:
    """Press the button of a simulated phone, and look when it is heard.

    The phone is a process of its own: a WebSocket client that speaks TLS and sends 60 samples a
    second with stamps of a clock that is off by an offset and a skew. A press happens at any
    moment; the sensor sees it with its next sample. What passes until then is the waiting for the
    sensor, counted apart; what passes from then until the device takes the sound is ours.

    Args:
        model: What sounds; it needs a knob for loudness and to be silent at its low end.
        device: Sound device; the default when absent.
        block: Samples asked for at once.
        presses: How many.
        caution: How much delay may be added against drop-outs, 0 to 1.

    Returns:
        Figures by name; times in ms, the skew in parts in a million.

    Raises:
        CheironError: If the device cannot be opened, or nothing was heard.
    """
    from cheiron.engine.lead import CAUTION

    state = SessionState(
        model=model,
        mapping="direct",
        connections=(Cable("button", "loudness", (0.0, 1.0)),),
        sources=(SourceChoice("phone", {"seat": 1}),),
        output=OutputChoice("device", device or "", block),
        params={CAUTION.name: caution},
    )
    seconds = 2 * _SETTLE + presses * (_HELD + _REST + 3) / RATE + _PATIENCE
    probe = Probe(seconds, 48000)
    with staged(state, probe) as live:
        if live.instrument.speaker.kind != "device":
            raise CheironError(live.instrument.speaker.problem)
        probe.sample_rate = live.instrument.runner.sample_rate
        return conducted(live, lambda: _measure(live, probe, presses))


def _measure(live: Live, probe: Probe, presses: int) -> dict[str, float]:
    from cheiron.studio.bench.latency import process

    phones = live.instrument.phones
    phones.open("127.0.0.1", 0)
    until = time.monotonic() + _PATIENCE
    while not phones.address:
        if time.monotonic() > until:
            raise CheironError(phones.problem or "the server for phones did not start; try again.")
        time.sleep(0.05)
    time.sleep(_SETTLE)
    certificate = phones.certificate
    assert certificate is not None
    steal, before = Steal(), live.instrument.runner.figures()
    arguments = phones.address, str(certificate.path), phones.token(1), presses, 1
    with process(play_phone, *arguments) as sender:
        pressed, seen = np.array(sender.recv())
        source = live.instrument.rack.phones()["phone"]
        skew, trip, lost = getattr(source, "skew", 0.0), getattr(source, "latency", 0.0), source
    after = live.instrument.runner.figures()
    time.sleep(0.3)
    delays = np.array([probe.onset_after(moment, _WITHIN) for moment in seen])
    heard = delays[np.isfinite(delays)]
    if not len(heard):
        raise CheironError("no press was heard; look at the log and try another model or device.")
    p50, p99 = quantiles(1e3 * delays, (0.5, 0.99))
    waits = 1e3 * (seen - pressed)
    # The phone's clock runs fast, so the engine falls behind it.
    return {
        "presses": float(len(delays)),
        "heard": len(heard) / len(delays),
        "p50_ms": p50,
        "p99_ms": p99,
        "sd_ms": float(1e3 * heard.std()),
        "sensor_wait_mean_ms": float(waits.mean()),
        "sensor_wait_max_ms": float(waits.max()),
        "skew_error_ppm": float(1e6 * abs(skew - (1 / (1 + SKEW) - 1))),
        "latency_estimate_ms": float(1e3 * trip),
        "lost": float(getattr(lost, "lost", 0)),
        "underruns": float(after.underruns - before.underruns),
        "stolen_percent": steal.percent,
    }


def play_phone(
    address: str, certificate: str, token: str, presses: int, seed: int, done: Connection
) -> None:
    """A phone; runs in a process of its own.

    Args:
        address: Where phones are let in.
        certificate: PEM file that it trusts, and nothing else.
        token: Lets it in.
        presses: How often its button is pressed, at random moments.
        seed: Fixes them.
        done: Is sent two lists: when each press happened, and when the sensor saw it, seconds of
            the monotonic clock.
    """
    done.send(asyncio.run(_play(address, certificate, token, presses, random.Random(seed))))
    done.close()


async def _play(
    address: str, certificate: str, token: str, presses: int, chance: random.Random
) -> tuple[list[float], list[float]]:
    import aiohttp

    trust = ssl.create_default_context(cafile=certificate)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{address}ws", ssl=trust) as socket,
    ):
        await socket.send_json({"type": "hello", "token": token, "secret": ""})
        answering = asyncio.create_task(_answer(socket))
        try:
            return await _press(socket, presses, chance)
        finally:
            answering.cancel()


async def _answer(socket: Any) -> None:
    """Pongs, as the phone's page gives them."""
    async for message in socket:
        said = json.loads(message.data)
        if said["type"] == "ping":
            await socket.send_json({"type": "pong", "id": said["id"]})


async def _press(
    socket: Any, presses: int, chance: random.Random
) -> tuple[list[float], list[float]]:
    pressed: list[float] = []
    seen: list[float] = []
    tick = time.monotonic()
    wait = round(2 * RATE)  # the first seconds are for the clock
    left, button = wait, 0
    while len(seen) < presses or button:
        tick += 1 / RATE
        await asyncio.sleep(max(0.0, tick - time.monotonic()))
        now = time.monotonic()
        left -= 1
        if left <= 0:
            button = 1 - button
            left = _HELD if button else _REST + chance.randrange(6)
            if button:  # it happened at some moment since the sample before
                seen.append(now)
                pressed.append(now - chance.random() / RATE)
        stamp = (now + _OFFSET) * (1 + SKEW)
        sample = [stamp, 0, 0, 0, 0, 0, 9.81, 0, 0, 0, 0, 0, 0]
        await socket.send_json({"type": "motion", "samples": [sample], "button": button})
    return pressed, seen
