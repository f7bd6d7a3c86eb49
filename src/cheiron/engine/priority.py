"""How the engine process gets its time: thread priorities, the interpreter lock, the collector."""

import gc
import os
import sys
import threading
from contextlib import suppress

CONTROL, CALLBACK = 10, 15
"""Real-time priorities, below those of a JACK server and its clients (from 20)."""

_NICE = -11
_SWITCH_SECONDS = 1e-4
_USUAL_SWITCH = 5e-3


def realtime(priority: int) -> bool:
    """Ask for real-time scheduling of the calling thread; a higher nice level where refused.

    What is not permitted is left as it is, without a word: everything works, with a longer lead.
    Threads and processes that it starts do not inherit it.

    Args:
        priority: 1 to 99, for SCHED_FIFO.

    Returns:
        Whether the thread is now real-time.
    """
    with suppress(AttributeError, OSError):  # not Linux; not permitted
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(priority))
        return True
    prefer()
    return False


def prefer() -> None:
    """Ask for a larger share for the calling thread, for threads that hold the interpreter lock.

    A real-time thread waits for whoever holds that lock, so that one must not wait for long
    behind other programs. What the thread starts does not inherit it.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def calm() -> None:
    """Set up this process's interpreter for threads that must be on time; once, at its start.

    Call it when the modules are loaded. The interpreter lock is asked back after 0.1 ms instead of
    5 ms; the collector no longer runs by itself, within whichever thread happens to allocate, and
    no longer looks at what exists already.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.disable()


def tidy() -> int:
    """Collect what only cycles hold; every few seconds, from a thread that may be late.

    Returns:
        Objects that were freed.
    """
    return gc.collect()


def restore() -> None:
    """Undo :func:`calm`, when nothing has to be on time any more."""
    sys.setswitchinterval(_USUAL_SWITCH)
    gc.unfreeze()
    gc.enable()
    gc.collect()
