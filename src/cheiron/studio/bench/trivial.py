"""The least that a Python program can do with a sound device, as a measure of the machine."""

import time
from multiprocessing.connection import Connection

import numpy as np

from cheiron.core.protocols import Audio


def trivial_callback(device: str | None, block: int, done: Connection) -> None:
    """Play silence until told to stop; runs in a process of its own.

    Args:
        device: Name of the sound device; the default when absent.
        block: Samples that it asks for at once.
        done: Anything received ends it; it then sends drop-outs, seconds and the standard
            deviation of the time between calls in milliseconds.
    """
    from cheiron.outputs.device import DeviceOutput

    times = np.zeros(1_000_000)
    count = 0

    def silence(out: Audio) -> None:
        nonlocal count
        if count < len(times):
            times[count] = time.perf_counter()
            count += 1
        out.fill(0.0)

    output = DeviceOutput(device, None, block)
    output.open(silence)
    start = time.monotonic()
    done.recv()
    elapsed = time.monotonic() - start
    output.close()
    steps = np.diff(times[:count])
    spread = float(1e3 * steps.std()) if len(steps) else float("nan")
    done.send((output.xruns, elapsed, spread))
