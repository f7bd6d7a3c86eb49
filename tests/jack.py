"""A JACK server of one's own, with a dummy sound card."""

import os
import shutil
from contextlib import contextmanager

import pytest

from cheiron.studio.bench.sound_server import own_jack


@contextmanager
def jack_server():
    """A server, not started; ``JACK_DEFAULT_SERVER`` names it while the block runs.

    PortAudio connects when it starts, so what uses it belongs into a process of its own.
    """
    if shutil.which("jackd") is None:
        if os.environ.get("CHEIRON_NO_JACK"):
            pytest.skip("there is no jackd and CHEIRON_NO_JACK is set")
        pytest.fail(
            "these tests need jackd and PortAudio (apt install jackd2 libportaudio2); "
            "set CHEIRON_NO_JACK=1 to leave them out."
        )
    with own_jack() as jack:
        yield jack
