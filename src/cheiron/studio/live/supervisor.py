"""Keeps the processes around the engine alive, and none of them longer than the engine."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from cheiron.studio.live.link import Link

_SPAWN = multiprocessing.get_context("spawn")
_PATIENCE = 0.5  # seconds between looks at a link that hung up on a living process
_WINDOW = 30.0  # seconds
_DEATHS = 5  # within the window: then something is wrong that a new start does not mend
_FIRST_PAUSE = 0.05  # seconds before the second start; doubled each time
_LONGEST_PAUSE = 5.0
_FAREWELL = 2.0  # seconds that a process has to leave by itself


@dataclass(frozen=True)
class Child:
    """A process beside the engine.

    Args:
        name: What to call it in a sentence.
        run: Its life, a function of a module: ``run(connection, *arguments)``. It returns when the
            connection ends, which is also how it learns that the engine has died.
        arguments: What it is started with; pickled anew at each start.
        link: The engine's end of the talk with it.
        nice: How far it steps behind the engine in the scheduler.
        wanted: Whether it is to be there; one that is no longer wanted leaves by itself, soon, or
            is killed. May be answered by any thread.
    """

    name: str
    run: Callable[..., None]
    arguments: tuple[Any, ...]
    link: Link
    nice: int = 0
    wanted: Callable[[], bool] = lambda: True


@dataclass
class _Post:
    """A child's place, and who stands there."""

    child: Child
    process: BaseProcess | None = None
    due: float = 0.0
    deaths: deque[float] = field(default_factory=lambda: deque[float](maxlen=_DEATHS))
    given_up: bool = False
    leaving: float | None = None


def _ignore(*told: str) -> None:
    """Nobody wants to know."""


class Supervisor:
    """Starts the children, starts them again when they die, and ends them.

    A child that dies five times within 30 s is given up. All methods belong to one thread, by
    preference the main thread: only there are Ctrl-C and SIGTERM heard. ``problem`` is called by
    that thread too.

    Args:
        children: Whom to look after.
        problem: Told of each child that is given up: its name and a sentence.
    """

    def __init__(
        self,
        children: Sequence[Child],
        problem: Callable[[str, str], None] = _ignore,
    ) -> None:
        self._posts = [_Post(child) for child in children]
        self._problem = problem
        self._over = False
        self._bell, self._door = _SPAWN.Pipe(duplex=False)

    def start(self) -> None:
        """Start every child; returns without waiting for them to be ready."""
        for post in self._posts:
            if post.child.wanted():
                self._spawn(post)

    def run(self) -> None:
        """Look after the children until :meth:`finish`, Ctrl-C or SIGTERM."""
        with _heard(self.finish):
            while not self._over:
                self.look(timeout=_PATIENCE)

    def finish(self) -> None:
        """Make :meth:`run` return; from any thread or signal handler."""
        if not self._over:
            self._over = True
            self._door.send_bytes(b"!")

    def look(self, timeout: float = 0.0) -> None:
        """One round: wait for something to happen, at most ``timeout`` seconds, and mend it."""
        now = time.monotonic()
        for post in self._posts:
            if not post.child.wanted():
                self._let_go(post, now)
            elif post.process is None and not post.given_up:
                if post.due <= now:
                    self._spawn(post)
                else:
                    timeout = min(timeout, post.due - now)
        alive = {p.process.sentinel: p for p in self._posts if p.process is not None}
        for ready in wait([*alive, self._bell], timeout):
            if isinstance(ready, int):
                self._bury(alive[ready])
        for post in self._posts:
            if post.process is None:
                continue
            late = not post.child.link.alive if post.leaving is None else now > post.leaving
            if late:
                post.process.kill()  # it does not answer any more, or does not go

    def stop(self) -> None:
        """End every child: they are asked, and killed when they do not go. Can be repeated."""
        self._over = True
        for post in self._posts:
            post.child.link.close()
        deadline = time.monotonic() + _FAREWELL
        for post in self._posts:
            process, post.process, post.given_up = post.process, None, True
            if process is None:
                continue
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            process.close()

    def process(self, name: str) -> BaseProcess | None:
        """The process that stands for the child of this name now."""
        return next((p.process for p in self._posts if p.child.name == name), None)

    def _spawn(self, post: _Post) -> None:
        child = post.child
        ours, theirs = _SPAWN.Pipe()
        arguments = (child.run, theirs, child.nice, child.arguments)
        process = _SPAWN.Process(target=_live, args=arguments, name=child.name, daemon=True)
        with _deaf():
            process.start()
        theirs.close()
        post.process, post.leaving = process, None
        child.link.attach(ours)

    def _let_go(self, post: _Post, now: float) -> None:
        """A child that is wanted no more has a moment to leave by itself; its faults are past."""
        post.deaths.clear()
        post.given_up = False
        if post.process is not None and post.leaving is None:
            post.leaving = now + _FAREWELL

    def _bury(self, post: _Post) -> None:
        process, post.process = post.process, None
        if process is None:
            return
        process.join()
        code = process.exitcode
        process.close()
        post.child.link.close()
        if not post.child.wanted():
            return
        now = time.monotonic()
        post.deaths.append(now)
        recent = [t for t in post.deaths if now - t < _WINDOW]
        if len(recent) < _DEATHS:
            post.due = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 4 ** (len(recent) - 1))
            return
        post.given_up = True
        self._problem(
            post.child.name,
            f"the {post.child.name} process has stopped {_DEATHS} times within {_WINDOW:.0f} s "
            f"(last exit code {code}), so it is not started again; the sound goes on, and "
            "starting cheiron play anew brings it back.",
        )


def _live(
    run: Callable[..., None],
    connection: "Connection[bytes, bytes]",
    nice: int,
    arguments: tuple[Any, ...],
) -> None:
    """What a child process does first and last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the engine's to hear
    if hasattr(os, "nice"):
        os.nice(nice)
    run(connection, *arguments)


@contextmanager
def _deaf() -> Generator[None]:
    """Hold Ctrl-C back while a child starts; it inherits that, so no import of it is torn."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _heard(finish: Callable[[], None]) -> Generator[None]:
    """Ctrl-C, SIGTERM and a closed terminal end the run in order, where this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    kinds = [getattr(signal, name) for name in names if hasattr(signal, name)]

    def handle(*_: object) -> None:
        finish()

    before = {kind: signal.signal(kind, handle) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
