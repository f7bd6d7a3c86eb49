"""One thread that does, in order, what would make a page or a sensor wait."""

import logging
import queue
import threading
import time
from collections.abc import Callable

from cheiron.core.errors import CheironError
from cheiron.engine import priority

Job = Callable[[], None]
Done = Callable[[CheironError | None], None]

FAULT = "something went wrong inside the instrument, which goes on; the log says what."

_log = logging.getLogger(__name__)
_TICK = 0.1  # seconds between looks at what may have changed by itself


def _quietly(error: CheironError | None) -> None:
    """Nobody asked."""


class Conductor:
    """Does jobs one after the other; between them, ten times a second, whatever is due.

    :meth:`submit` may be called by any thread. Jobs, and ``idle``, run on the conductor's own.

    Args:
        idle: Called about every 0.1 s.

    >>> done = threading.Event()
    >>> conductor = Conductor(lambda: None)
    >>> conductor.start()
    >>> conductor.submit(done.set)
    >>> done.wait(5)
    True
    >>> conductor.stop()
    """

    def __init__(self, idle: Job) -> None:
        self._idle = idle
        self._jobs: queue.SimpleQueue[tuple[Job, Done] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)
            self._thread.start()

    def submit(self, job: Job, done: Done = _quietly) -> None:
        """Do a job when those before it are done.

        Args:
            job: May take long, and may raise a ``CheironError``.
            done: Told the error, or None when all went well.
        """
        self._jobs.put((job, done))

    def stop(self) -> None:
        """Finish what was submitted and end the thread; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _run(self) -> None:
        priority.prefer()
        due = time.monotonic() + _TICK
        while True:
            if (wait := due - time.monotonic()) <= 0.0:  # also while jobs come all the time
                _guarded(self._idle)
                due = time.monotonic() + _TICK
                continue
            try:
                job = self._jobs.get(timeout=wait)
            except queue.Empty:
                continue
            if job is None:
                return
            job[1](_guarded(job[0]))


def _guarded(job: Job) -> CheironError | None:
    """Do it; whatever goes wrong is an error that a player can read, and the thread goes on."""
    try:
        job()
    except CheironError as error:
        return error
    except Exception:
        _log.exception("a job failed")
        return CheironError(FAULT)
    return None
