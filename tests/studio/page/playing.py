"""A real instrument in a process of its own, ended in order."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

_PLAY = [sys.executable, "-c", "from cheiron.studio.cli import main; main()", "play"]


@contextmanager
def playing(home, *arguments):
    """Start ``cheiron play`` with a home of its own; its address, and no traceback at its end."""
    process = subprocess.Popen(
        [*_PLAY, "--no-browser", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"CHEIRON_HOME": str(home)},
    )
    try:
        lines = iter(process.stdout.readline, "")
        yield next(m.group() for line in lines if (m := re.search(r"http://\S+", line)))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors, errors
    finally:
        process.kill()
        process.communicate()
