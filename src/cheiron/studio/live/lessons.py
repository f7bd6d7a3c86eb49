"""What the taught mappings have learned: worked out in a thread, while the old one plays on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cheiron.control.scenes import knobs_of
from cheiron.core.board import ParamBoard
from cheiron.core.demonstration import Demonstration
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.engine.offline import on_clock_of
from cheiron.engine.patch import Patch
from cheiron.features.motion import MotionFeatures
from cheiron.features.smoothing import OneEuro
from cheiron.mapping.live_defaults import find, switches
from cheiron.mapping.live_taught import Lesson, Reading, axes_to_learn
from cheiron.mapping.rest import between_rests
from cheiron.mapping.taught import Taught
from cheiron.mapping.taught_kinds import PARAMS, make_taught
from cheiron.studio.live.player import Player
from cheiron.studio.session.demonstrations import Kept
from cheiron.studio.session.state import SessionState, Shown

Load = Callable[[str], Kept]
"""Reads a demonstration by its id."""


@dataclass(frozen=True)
class Wanted:
    """What a lesson is learned from; two that are equal give the same lesson.

    Args:
        player: The model and the control space.
        kind: A key of ``TAUGHT``.
        values: Of its params.
        shown: The demonstrations.
        grammar: Which gestures may follow one.
        sensors: Names of the axes of all open sources.
    """

    player: Player
    kind: str
    values: tuple[tuple[str, float], ...]
    shown: tuple[Shown, ...]
    grammar: tuple[tuple[str, tuple[str, ...]], ...]
    sensors: Space

    @classmethod
    def of(cls, state: SessionState, player: Player, sensors: Space, board: ParamBoard) -> "Wanted":
        """For a state whose mapping is a taught one."""
        values = tuple((p.name, board.values[p.name]) for p in PARAMS[state.mapping])
        names = {shown.name for shown in state.demonstrations}
        grammar = tuple(
            (name, tuple(n for n in after if n in names))
            for name, after in state.grammar.items()
            if name in names and names.intersection(after)
        )
        return cls(player, state.mapping, values, state.demonstrations, grammar, sensors)

    def make(self, motion: Space, control: Space, rate: float) -> Taught:
        """A mapping that has been taught nothing yet."""
        return make_taught(self.kind, motion, control, rate, dict(self.values), dict(self.grammar))


@dataclass(frozen=True, eq=False)
class Learned(Lesson):
    """A lesson, and what became of each demonstration.

    Args:
        problems: Why a demonstration does not count, by id.
    """

    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A demonstration as the mapping will see it: features and knobs.

    Args:
        reading: Which axes it has.
        demonstration: With these axes.
    """

    reading: Reading
    demonstration: Demonstration


def prepared(shown: Shown, kept: Kept, player: Player) -> Prepared:
    """Features and knobs of a demonstration.

    Where there is a touch, the gesture is what lies between its beginning and its end; where there
    is a gyroscope, from the first turning to the last.

    Raises:
        CheironError: If it is of another model, or nothing can be learned from it.
    """
    rate = player.model.sample_rate / player.model.hop
    Demonstration(shown.id, shown.name, kept.motion)  # says what is wrong before anything is made
    sensors = kept.motion.space
    every = MotionFeatures(sensors, rate)
    reading = axes_to_learn(every.out_space, sensors.names)
    wanted = [*reading.found, reading.touch_found]
    motion = on_clock_of(player.model, _only(kept.motion, every.only(wanted, rate).reads))
    features = MotionFeatures(motion.space, rate).only(wanted, rate)
    smooth = [name for name in motion.space.names if name not in switches(sensors)]
    found = Patch(OneEuro(motion.space, rate, only=smooth), features).trace(motion).out
    ticks = np.arange(len(found)) / rate
    part = _meant(found, reading, rate)
    columns = [features.out_space.index(name) for name in reading.found]
    axes = tuple(
        replace(features.out_space.axes[c], name=name)
        for c, name in zip(columns, reading.names, strict=True)
    )
    values = found.values[part][:, columns]
    moved = Recording(Space("motion", axes), ticks[part], values)
    sound = None if kept.sound is None else _knobs(shown, kept, kept.sound, player)
    return Prepared(reading, Demonstration(shown.id, shown.name, moved, sound))


def _only(recording: Recording, names: tuple[str, ...]) -> Recording:
    columns = [recording.space.index(name) for name in names]
    axes = tuple(recording.space.axes[column] for column in columns)
    space = Space(recording.space.name, axes)
    return Recording(space, recording.times, recording.values[:, columns])


def _meant(found: Recording, reading: Reading, rate: float) -> slice:
    if reading.touch:
        down = np.flatnonzero(found.column(reading.touch_found) > 0.5)
        return slice(int(down[0]), int(down[-1]) + 1) if len(down) > 1 else slice(None)
    return between_rests(found, rate)


def _knobs(shown: Shown, kept: Kept, sound: Recording, player: Player) -> Recording:
    if sound.space.names != player.model.latent.names or kept.model not in ("", player.model.name):
        raise CheironError(
            f"the sound of the demonstration {shown.name!r} is of the model "
            f"{kept.model or 'another'}, and {player.model.name} is played; choose that model, or "
            "show the gesture again."
        )
    knobs = free_knobs(player)
    points = player.space.to_control(sound.values)
    columns = [player.space.control.index(name) for name in knobs.names]
    values = np.clip(points[:, columns], knobs.low, knobs.high)
    return Recording(knobs, sound.times - sound.times[0], values)


def free_knobs(player: Player) -> Space:
    """The knobs that are learned: all but texture, which is left to chance."""
    knobs = knobs_of(player.space.control)
    return Space(knobs.name, tuple(axis for axis in knobs.axes if axis.kind != "texture"))


def learn(
    wanted: Wanted, load: Load, cache: dict[tuple[str, str], Prepared] | None = None
) -> Learned:
    """Learn, here and now.

    Demonstrations of which nothing can be learned with this model, or whose axes are others than
    those of most that today's sensors can play, are left out and said.

    Args:
        wanted: From what.
        load: Reads a demonstration.
        cache: Those that were prepared for this player before; more are added.
    """
    cache = {} if cache is None else cache
    problems: dict[str, str] = {}
    ready: list[Prepared] = []
    for shown in wanted.shown:
        try:
            key = (shown.id, shown.name)
            if key not in cache:
                cache[key] = prepared(shown, load(shown.id), wanted.player)
            ready.append(cache[key])
        except CheironError as error:
            problems[shown.id] = str(error)
    reading = _reading(ready, wanted)
    if reading is None:
        nothing = () if wanted.shown else ("nothing was taught yet: show it a gesture.",)
        return Learned(notes=(*nothing, *problems.values()), problems=tuple(problems.items()))
    rate = wanted.player.model.sample_rate / wanted.player.model.hop
    motion = next(p for p in ready if p.reading.names == reading.names).demonstration.motion.space
    mapping = wanted.make(motion, free_knobs(wanted.player), rate)
    for each in ready:
        try:
            mapping.add(each.demonstration)
        except CheironError as error:
            problems[each.demonstration.id] = str(error)
    if not mapping.demonstrations:
        return Learned(notes=tuple(problems.values()), problems=tuple(problems.items()))
    known = {d.name for d in mapping.demonstrations}
    if (
        wanted.grammar
        and not {n for name, after in wanted.grammar for n in (name, *after)} <= known
    ):
        return learn(replace(wanted, grammar=()), load, cache)
    mapping.fit()
    return Learned(mapping, reading.touch, tuple(problems.values()), tuple(problems.items()))


def _reading(ready: list[Prepared], wanted: Wanted) -> Reading | None:
    """The axes of most demonstrations, of those that today's sensors have if there are any."""
    if not ready:
        return None
    rate = wanted.player.model.sample_rate / wanted.player.model.hop
    there = MotionFeatures(wanted.sensors, rate).out_space
    counts = dict.fromkeys((p.reading.names for p in ready), 0)
    for each in ready:
        counts[each.reading.names] += 1
    best = max(counts, key=lambda names: (all(find(there, n) for n in names), counts[names]))
    return next(p.reading for p in reversed(ready) if p.reading.names == best)


class Lessons:
    """The lesson of what is wanted now; learned in a thread of its own, the newest wish first.

    :meth:`of` and :meth:`stop` are called by the conductor's thread; ``ready`` by the learning one.

    Args:
        load: Reads a demonstration.
        ready: Called when another lesson has been learned: ask :meth:`of` again.

    Attributes:
        latest: The lesson that was learned last, and from what; None before the first.
    """

    def __init__(self, load: Load, ready: Callable[[], None]) -> None:
        self.latest: tuple[Wanted, Learned] | None = None
        self._load, self._ready = load, ready
        self._asked: Wanted | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._cache: dict[tuple[str, str], Prepared] = {}
        self._cache_of: Player | None = None
        self._over = False

    @property
    def learning(self) -> bool:
        """Whether a lesson is being learned."""
        return self._thread is not None

    def of(self, wanted: Wanted) -> Lesson:
        """The lesson, or until it is learned the one before, if that fits what is played."""
        latest = self.latest
        if latest is not None and latest[0] == wanted:
            return latest[1]
        with self._lock:
            self._asked = wanted
            if self._thread is None and not self._over:
                self._thread = threading.Thread(target=self._run, name="lessons", daemon=True)
                self._thread.start()
        if latest is not None and latest[0].player is wanted.player:
            return latest[1]
        return _NOTHING

    def offer(self, player: Player, ready: Prepared) -> None:
        """A demonstration that was prepared already, so that it need not be done again."""
        if self._cache_of is player:
            shown = ready.demonstration
            self._cache[shown.id, shown.name] = ready

    def stop(self) -> None:
        """Learn no more; waits for what is being learned."""
        with self._lock:
            self._over, thread = True, self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                wanted, latest = self._asked, self.latest
                if self._over or wanted is None or (latest and latest[0] == wanted):
                    self._thread = None
                    break
            if wanted.player is not self._cache_of:
                self._cache, self._cache_of = {}, wanted.player
            try:
                lesson = learn(wanted, self._load, self._cache)
            except Exception as error:  # whatever it is, the sound goes on as it was
                lesson = Learned(notes=(f"the gestures could not be learned: {error}",))
            self.latest = wanted, lesson
        self._ready()


_NOTHING = Lesson()
