"""The learner process: does one job after the other until the engine hangs up."""

import importlib
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.learning import JOBS
from cheiron.learning.parcel import Arrays, pack, unpack
from cheiron.learning.task import Cancelled, Job, Result, Task

_EVERY = 0.1  # seconds between two reports of one job

_Asked = tuple[int, str, Task]


def work(connection: "Connection[bytes, bytes]") -> None:
    """The life of the learner process.

    A thread of its own reads, so that a job can be cancelled, and so that the process never
    outlives the engine, whatever a job does.

    Args:
        connection: To the engine; messages as :class:`cheiron.learning.jobs.Jobs` sends them.
    """
    asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(connection, asked), name="jobs", daemon=True)
    reader.start()
    while True:
        number, kind, task = asked.get()
        words, arrays = _do(kind, task)
        _send(connection, {"id": number, **words}, arrays)


def ping(_: Task) -> Result:
    """Answer at once."""
    return Result()


def burn(task: Task) -> Result:
    """Keep a core busy for ``seconds``, as a fit would: for benches."""
    seconds = float(task.parameters["seconds"])
    start = time.monotonic()
    turns = 0
    while (spent := time.monotonic() - start) < seconds:
        if turns % 10_000 == 0:
            task.progress(spent / seconds)
        turns += 1
    return Result({"turns": turns})


def _read(connection: "Connection[bytes, bytes]", asked: "queue.SimpleQueue[_Asked]") -> None:
    """Take orders; whatever ends this thread ends the process."""
    running: dict[int, threading.Event] = {}
    try:
        while True:
            _take(connection, asked, running)
    except (EOFError, OSError):
        os._exit(0)
    except Exception:
        traceback.print_exc()
        os._exit(1)


def _take(
    connection: "Connection[bytes, bytes]",
    asked: "queue.SimpleQueue[_Asked]",
    running: dict[int, threading.Event],
) -> None:
    words, arrays = unpack(connection.recv_bytes())
    number = int(words["id"])
    if words["do"] == "cancel":
        if number in running:
            running[number].set()
        return
    report = _reporter(connection, number)
    task = Task(words["parameters"], arrays, report)
    running[number] = task.cancelled
    asked.put((number, words["kind"], task))


def _reporter(connection: "Connection[bytes, bytes]", number: int) -> Callable[[float], None]:
    told = 0.0

    def report(done: float) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _EVERY:
            told = now
            _send(connection, {"id": number, "say": "progress", "done": done})

    return report


def _do(kind: str, task: Task) -> tuple[dict[str, Any], Arrays]:
    """Do a job; a failure is a sentence, never the end of the process."""
    try:
        if task.cancelled.is_set():
            raise Cancelled
        if kind not in JOBS:
            raise CheironError(f"there is no job {kind!r}; there are {', '.join(JOBS)}.")
        module, name = JOBS[kind].split(":")
        job: Job = getattr(importlib.import_module(module), name)
        result = job(task)
    except Cancelled:
        return {"say": "failed", "message": "it was cancelled."}, {}
    except CheironError as error:
        return {"say": "failed", "message": str(error)}, {}
    except MemoryError:
        why = f"there was not enough memory for the job {kind!r}; give it less to work on."
        return {"say": "failed", "message": why}, {}
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        why = f"the job {kind!r} met a fault of this program ({what}); please report it."
        return {"say": "failed", "message": why}, {}
    return {"say": "done", "result": dict(result.words)}, result.arrays


def _send(
    connection: "Connection[bytes, bytes]", words: dict[str, Any], arrays: Arrays | None = None
) -> None:
    try:
        connection.send_bytes(pack(words, arrays))  # jobs report from this one thread only
    except OSError:
        os._exit(0)
