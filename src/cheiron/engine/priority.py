"""How the engine process gets its time: thread priorities, the interpreter lock, the collector."""

import gc
import os
import sys
from contextlib import suppress

CONTROL, CALLBACK = 10, 15
"""Real-time priorities, below those of a JACK server and its clients (from 20)."""

_OTHERS = 1
_SWITCH_SECONDS, _USUAL_SWITCH_SECONDS = 1e-4, 5e-3


def realtime(priority: int) -> bool:
    """Ask for real-time scheduling of the calling thread.

    What is not permitted is left as it is, without a word: everything works, with a longer lead.
    Threads and processes that it starts do not inherit it.

    Args:
        priority: 1 to 99, for SCHED_FIFO.

    Returns:
        Whether the thread is now real-time.
    """
    return _schedule(0, priority)


def adopt() -> int:
    """Lift every other thread of this process above all other programs, where permitted.

    A real-time thread waits for whoever holds the interpreter lock. A holder that shares its core
    with busy programs kept it for 10 to 250 ms, measured with two cores and eight busy programs;
    a nice level does not help on desktops, where it counts within one terminal only
    (``sched_autogroup``). So the others get the lowest real-time priority.

    For a process that does nothing but play. Call it when threads have started, and now and then
    for those that libraries start (:func:`tidy` does); child processes do not inherit it.

    Returns:
        How many threads were lifted.
    """
    try:
        threads = [int(name) for name in os.listdir("/proc/self/task")]  # noqa: PTH208 - quicker
        ordinary = [thread for thread in threads if not os.sched_getscheduler(thread)]
    except (AttributeError, OSError):  # not Linux, or a thread ended in this moment
        return 0
    return sum(_schedule(thread, _OTHERS) for thread in ordinary)


def _schedule(thread: int, priority: int) -> bool:
    with suppress(AttributeError, OSError):
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(thread, policy, os.sched_param(priority))
        return True
    return False


def prefer() -> None:
    """What :func:`adopt` does, for the calling thread: its first line."""
    realtime(_OTHERS)


def calm() -> None:
    """Set up this process's interpreter for threads that must be on time; once, at its start.

    Call it when the modules are loaded. The interpreter lock is asked back after 0.1 ms instead of
    5 ms. The collector no longer runs by itself, within whichever thread happens to allocate, and
    no longer looks at what exists already: 45,000 objects, for which it held the lock for 33 ms.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.disable()


def tidy() -> None:
    """Free what only cycles hold, and adopt new threads; every few seconds, from one that may wait.

    Collecting takes about 1 ms for all that a running engine makes, since :func:`calm` has set
    aside the rest.
    """
    adopt()
    gc.collect()


def restore() -> None:
    """Undo :func:`calm`, when nothing has to be on time any more."""
    sys.setswitchinterval(_USUAL_SWITCH_SECONDS)
    gc.unfreeze()
    gc.enable()
    gc.collect()
