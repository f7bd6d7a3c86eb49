"""Teaching by demonstration while it sounds: count in, move along, keep, hear it back."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import LONGEST
from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Audio
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.mapping import TAUGHT
from cheiron.mapping.taught_kinds import make_taught
from cheiron.studio.live.lessons import Prepared, free_knobs, prepared
from cheiron.studio.live.loop_path import control_path
from cheiron.studio.live.player import Player
from cheiron.studio.session.demonstrations import Kept
from cheiron.studio.session.names import check_name
from cheiron.studio.session.state import SessionState, Shown

if TYPE_CHECKING:
    from cheiron.studio.live.instrument import Instrument

FIRST_KIND = "hmm"
"""The mapping that a gesture is taught to when none that learns is chosen."""

MOST = 200
"""Demonstrations of a session, at most."""

LONGEST_COUNT = 10.0
_SILENT = 1e-4  # of full scale


@dataclass(frozen=True)
class Showing:
    """A gesture that is being shown, or about to be.

    Args:
        gesture: Its name.
        sound: The loop that it is shown to; empty for whatever is played.
        due: When it begins, on the clock of ``time.monotonic``.
        player: What plays.
        ear: What listens in.
        guide: The control points of the loop.
    """

    gesture: str
    sound: str
    due: float
    player: Player
    ear: "Ear"
    guide: Recording | None = None


class Ear:
    """Keeps movement and knobs, tick by tick; the control thread calls, and appends references.

    Args:
        control: The knobs that sounded at the last tick.
        limit: Ticks after which it hears no more.
    """

    def __init__(self, control: Callable[[], NDArray[np.float32]], limit: int) -> None:
        self._control, self._limit = control, limit
        self.frames: list[tuple[Frame | None, NDArray[np.float32]]] = []
        self.peak = 0.0
        self.open = False
        self._frame: Frame | None = None

    @property
    def is_full(self) -> bool:
        """Whether it hears no more."""
        return len(self.frames) >= self._limit

    def motion(self, frame: Frame) -> None:
        """The sensors of this tick."""
        self._frame = Frame(frame.time, frame.values.copy(), frame.space)

    def sound(self, block: Audio) -> None:
        """What sounds in this tick: from the first defined knob on it is kept."""
        if not self.open or self.is_full:
            return
        control = self._control()
        if self.frames or np.isfinite(control).any():
            self.frames.append((self._frame, control))
            self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
        self._frame = None


class Teacher:
    """Shows gestures to the instrument; all calls come from the conductor's thread.

    Args:
        live: The instrument.
    """

    def __init__(self, live: "Instrument") -> None:
        self._live = live
        self._showing: Showing | None = None
        self._timer: threading.Timer | None = None

    @property
    def phase(self) -> str:
        """``"count"`` before a gesture is shown, ``"record"`` while it is, else empty."""
        showing = self._showing
        if showing is None:
            return ""
        return "record" if showing.ear.open else "count"

    @property
    def gesture(self) -> str:
        """The gesture that is being shown; empty when none is."""
        return self._showing.gesture if self._showing is not None else ""

    def moment(self) -> dict[str, float]:
        """Seconds until it begins, and since; any thread may ask."""
        showing = self._showing
        if showing is None:
            return {"left": 0.0, "seconds": 0.0}
        rate = showing.player.model.sample_rate / showing.player.model.hop
        left = 0.0 if showing.ear.open else max(showing.due - time.monotonic(), 0.0)
        return {"left": round(left, 2), "seconds": round(len(showing.ear.frames) / rate, 2)}

    def start(self, gesture: str, sound: str, count: float) -> None:
        """Count in, then listen to the movement while the sound plays.

        Args:
            gesture: What it is called.
            sound: Name of a loop, which plays once; empty for whatever is played meanwhile.
            count: Seconds before it begins.

        Raises:
            CheironError: If it cannot be a name, or there is no such loop.
        """
        live, player = self._live, self._live.ensemble.player
        gesture = check_name(gesture)
        if player is None:
            raise CheironError("nothing is played yet; wait a moment.")
        if self._showing is not None:
            raise CheironError(f"{self.gesture} is being shown; stop that first.")
        if len(live.state.demonstrations) >= MOST:
            raise CheironError(
                f"there are {MOST} demonstrations already; delete some, a gesture needs a few only."
            )
        guide = self.guide(sound, player) if sound else None
        rate = player.model.sample_rate / player.model.hop
        seconds = guide.duration if guide is not None else LONGEST
        ear = Ear(self._control, max(2, round(min(seconds, LONGEST) * rate)))
        count = min(max(count, 0.0), LONGEST_COUNT)
        self._showing = Showing(gesture, sound, time.monotonic() + count, player, ear, guide)
        if count > 0.0:
            self._timer = threading.Timer(count, lambda: live.conductor.submit(self._begin))
            self._timer.daemon = True
            self._timer.start()
        else:
            self._begin()
        live.changed()

    def stop(self) -> None:
        """Keep what was shown, and play by it.

        Raises:
            CheironError: If nothing is being shown, nothing can be learned from it, or another
                model or control space has come meanwhile; then nothing is kept.
        """
        showing = self._showing
        if showing is None:
            raise CheironError("no gesture is being shown; start one first.")
        began, torn = showing.ear.open, self._live.ensemble.player is not showing.player
        self.cancel()
        if torn:
            raise CheironError(
                f"{showing.gesture} was not kept, for what plays was changed while it was shown; "
                "show it again."
            )
        if not began:
            raise CheironError(f"{showing.gesture} was stopped before it began; nothing is kept.")
        self.keep(showing.gesture, _kept(showing), showing.player)

    def cancel(self) -> None:
        """Stop listening and keep nothing; does nothing when nothing is shown."""
        showing, timer = self._showing, self._timer
        if showing is None:
            return
        self._showing = self._timer = None
        if timer is not None:
            timer.cancel()
        showing.ear.open = False
        live = self._live
        live.runner.taps = tuple(tap for tap in live.runner.taps if tap is not showing.ear)
        if live.ensemble.guide is not None:
            live.ensemble.guide = None
            live.refresh()
        live.changed()

    def keep(self, gesture: str, kept: Kept, player: Player) -> None:
        """Add a demonstration, and play by it.

        Raises:
            CheironError: If nothing can be learned from it; then nothing is kept.
        """
        live, state = self._live, self._live.state
        kind = state.mapping if state.mapping in TAUGHT else FIRST_KIND
        ready = checked(Shown("new", gesture), kept, player, kind)
        shown = Shown(live.session.demonstrations.add(kept), gesture)
        named = replace(ready.demonstration, id=shown.id)
        live.lessons.offer(player, replace(ready, demonstration=named))
        live.apply(with_shown(state, shown), f"teach {gesture}")
        seconds = kept.motion.duration
        live.note("info", f"{gesture} was shown ({seconds:.1f} s); move, and hear it.")

    def tend(self) -> bool:
        """See to a gesture whose sound is over or was changed, or that goes on for too long."""
        showing = self._showing
        if showing is None:
            return False
        if self._live.ensemble.player is showing.player and not showing.ear.is_full:
            return False
        try:
            self.stop()
        except CheironError as error:
            self._live.note("error", str(error))
        return True

    def _begin(self) -> None:
        """The sound starts and the ear opens."""
        showing, live = self._showing, self._live
        if showing is None or showing.ear.open:
            return
        if showing.guide is not None:
            live.ensemble.guide = showing.guide
            live.refresh()
        showing.ear.open = True
        live.runner.taps = (*live.runner.taps, showing.ear)
        live.changed()

    def _control(self) -> NDArray[np.float32]:
        voice = self._live.runner.voice
        return voice.control if voice is not None else np.zeros(0, np.float32)

    def guide(self, sound: str, player: Player) -> Recording:
        """A loop as control points, one for each frame.

        Raises:
            CheironError: If there is no such loop, or it is of another model.
        """
        path = self._live.tape.loop(sound)
        if path is None:
            raise CheironError(f"there is no loop {sound!r}; make one from a take or draw one.")
        guide = control_path(path, player)
        if guide is None:
            raise CheironError(
                f"the loop {sound!r} was made with another model than {player.name}; choose "
                "another loop, or make one with this model."
            )
        return guide


def with_shown(state: SessionState, shown: Shown) -> SessionState:
    """A state that plays by one more demonstration."""
    kind = state.mapping if state.mapping in TAUGHT else FIRST_KIND
    return replace(state, mapping=kind, demonstrations=(*state.demonstrations, shown))


def checked(shown: Shown, kept: Kept, player: Player, kind: str) -> Prepared:
    """A demonstration from which a kind of mapping can learn something.

    Raises:
        CheironError: If it can learn nothing.
    """
    ready = prepared(shown, kept, player)
    rate = player.model.sample_rate / player.model.hop
    motion = ready.demonstration.motion.space
    make_taught(kind, motion, free_knobs(player), rate, {}, {}).add(ready.demonstration)
    return ready


def _kept(showing: Showing) -> Kept:
    """What an ear has heard, as a demonstration."""
    frames, player = showing.ear.frames, showing.player
    if not any(frame is not None for frame, _ in frames):
        raise CheironError(
            "no sensor said anything while the gesture was shown; open a source, move, and show it "
            "again."
        )
    if showing.ear.peak < _SILENT:
        raise CheironError(
            "nothing sounded while the gesture was shown; choose a loop that is to be heard, or "
            "play something meanwhile."
        )
    rate = player.model.sample_rate / player.model.hop
    times = np.arange(len(frames)) / rate
    points = np.stack([control for _, control in frames])
    points = np.where(np.isfinite(points), points, player.space.control.default)
    z = player.space.to_latent(points.astype(np.float32))
    sound = Recording(player.model.latent, times, z)
    return Kept(_moved(frames, times), sound, player.model.name, showing.sound)


def _moved(
    frames: list[tuple[Frame | None, NDArray[np.float32]]], times: NDArray[np.float64]
) -> Recording:
    """One recording of all axes that were there at any time; undefined where they were not."""
    spaces: list[Space] = []
    for frame, _ in frames:
        if frame is not None and (not spaces or frame.space is not spaces[-1]):
            spaces.append(frame.space)
    axes = {axis.name: axis for space in spaces for axis in space.axes}
    joint = Space(spaces[0].name, tuple(axes.values()))
    values = np.full((len(frames), joint.size), math.nan, np.float32)
    columns: dict[int, list[int]] = {
        id(space): [joint.index(name) for name in space.names] for space in spaces
    }
    for row, (frame, _) in zip(values, frames, strict=True):
        if frame is not None:
            row[columns[id(frame.space)]] = frame.values
    return Recording(joint, times, values)
