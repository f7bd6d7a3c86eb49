"""A whole instrument for a bench: a session of its own, listened in on."""

import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from cheiron.core.protocols import LiveOutput, Pull
from cheiron.studio.bench.onsets import Probe
from cheiron.studio.live.running import Live, Options, running
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.store import Session

T = TypeVar("T")


class Overheard:
    """An output whose pulls a probe listens in on; everything else is the output's own."""

    def __init__(self, output: LiveOutput, probe: Probe) -> None:
        self._output, self._probe = output, probe

    def open(self, pull: Pull) -> None:
        """Start asking."""
        self._output.open(self._probe.wrap(pull))

    def close(self) -> None:
        """Stop asking."""
        self._output.close()

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self._output.sample_rate

    @property
    def block(self) -> int:
        """Samples that it asks for at once."""
        return self._output.block

    @property
    def latency(self) -> float:
        """Seconds from a pull to the ear."""
        return self._output.latency

    @property
    def problem(self) -> str:
        """Why nothing is heard."""
        return self._output.problem

    @property
    def xruns(self) -> int:
        """Drop-outs that the device reported."""
        return getattr(self._output, "xruns", 0)


@contextmanager
def staged(state: SessionState, probe: Probe | None = None) -> Generator[Live]:
    """An instrument as ``cheiron play`` runs it, in a session that is thrown away.

    Args:
        state: What to play.
        probe: Listens in on the output.

    Raises:
        CheironError: If it cannot be played.
    """
    with tempfile.TemporaryDirectory(prefix="cheiron-bench-") as folder:

        def wrap(output: LiveOutput) -> LiveOutput:
            return output if probe is None else Overheard(output, probe)

        with (
            Session.create(Path(folder) / "bench", state) as session,
            running(session, state, Options(wrap=wrap)) as live,
        ):
            yield live


def conducted(live: Live, work: Callable[[], T]) -> T:
    """Do some work beside a running instrument, whose processes are looked after meanwhile.

    Raises:
        Exception: What the work raised.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            live.listening.wait(30)
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            live.finish()

    thread = threading.Thread(target=run, name="bench")
    thread.start()
    live.wait(lambda _: None)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def free_port() -> int:
    """A UDP port on the loopback address that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
