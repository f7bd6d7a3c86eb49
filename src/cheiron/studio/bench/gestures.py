"""A player that never tires: gestures over OSC from a process of its own."""

import random
import time
from multiprocessing.connection import Connection

PRESS, REST = 0.12, 0.16
"""Seconds that a note is held, and at least between two."""


def send_gestures(port: int, address: str, count: int, seed: int, done: Connection) -> None:
    """Press and release at random moments; runs in a process of its own.

    Args:
        port: UDP port on the loopback address.
        address: OSC address; it gets 1 for a press and 0 for a release.
        count: How many presses.
        seed: Fixes the moments.
        done: Is sent the list of the moments of the presses, seconds of the monotonic clock.
    """
    from pythonosc.udp_client import SimpleUDPClient

    client = SimpleUDPClient("127.0.0.1", port)
    chance = random.Random(seed)
    client.send_message(address, 0.0)
    time.sleep(0.5)
    moments: list[float] = []
    for _ in range(count):
        moments.append(time.monotonic())
        client.send_message(address, 1.0)
        time.sleep(PRESS)
        client.send_message(address, 0.0)
        time.sleep(REST + chance.random() * 0.02)
    done.send(moments)
    done.close()
