"""Recording, replaying, and loops made of what was recorded."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Audio
from cheiron.engine.recorder import Recorder
from cheiron.engine.resampler import Resampler
from cheiron.engine.runner import Runner
from cheiron.sources.replay import ReplaySource
from cheiron.studio.live.rack import Rack
from cheiron.studio.session.loops import LoopPath
from cheiron.studio.session.store import Session

_PATIENCE = 20.0  # seconds that a disk has to take the last of a recording when all ends


@dataclass
class Tape:
    """The tape machine of a session; all calls come from the conductor's thread.

    Args:
        session: Where takes are kept.
        runner: What is recorded.
        rack: What is replaced by a replay.
        kept: Called on the recorder's thread when a take is finished, with the reason if it
            ended by itself.

    Attributes:
        replaying: The take that is replayed; empty when none is.
        version: Counts changes of the takes.
    """

    session: Session
    runner: Runner
    rack: Rack
    kept: Callable[[str], None]
    replaying: str = ""
    version: int = 0
    _recorder: Recorder = field(default_factory=Recorder)
    _recording: str = ""
    _replay: ReplaySource | None = None
    _loops: dict[str, LoopPath] = field(default_factory=dict[str, LoopPath])
    _gone: tuple[set[str], set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._at_one_rate = _AtOneRate(self._recorder, self.runner)
        state = self.session.state
        self._gone = set(state.deleted_takes), set(state.deleted_loops)

    @property
    def recording(self) -> bool:
        """Whether a take is being recorded."""
        return bool(self._recording)

    @property
    def recorded(self) -> float:
        """Seconds of the take that is being recorded; 0 when none is."""
        return self._recorder.seconds if self._recording else 0.0

    def record(self, name: str | None = None) -> None:
        """Start a take; does nothing while one is being recorded.

        Raises:
            CheironError: If there is one of that name or nothing can be written.
        """
        if self._recording:
            return
        self._recorder.stop(_PATIENCE)
        if self._recorder.busy:
            raise CheironError("the last take is still being written; wait a moment.")
        writer = self.session.takes.begin(self.runner.sample_rate, name)
        self._at_one_rate.rate = writer.sample_rate
        self._recorder.start(writer, writer.sample_rate, self._written)
        if self._at_one_rate not in self.runner.taps:  # the first one, or it once failed
            self.runner.taps = (*self.runner.taps, self._at_one_rate)
        self._recording = writer.name

    def stop_recording(self, wait: float = 0.0) -> None:
        """Finish the take, if one is being recorded; ``kept`` is called when it is there.

        Args:
            wait: Seconds to wait for that.
        """
        self._recording = ""
        self._recorder.stop(wait)

    def replay(self, name: str, loop: bool) -> None:
        """Play the gesture of a take instead of the sensors.

        Raises:
            CheironError: If there is no such take or it holds no gesture.
        """
        gesture = self.session.takes.gesture(name)
        source = ReplaySource(gesture, loop=loop)
        self.stop_replay()
        self.rack.suspend(source)
        self.replaying, self._replay = name, source

    def stop_replay(self) -> None:
        """Give the sensors back; does nothing when nothing is replayed."""
        if self._replay is not None:
            self.replaying, self._replay = "", None
            self.rack.resume()

    def tend(self) -> bool:
        """See to what ends by itself; whether anything changed."""
        if self._replay is not None and self._replay.finished:
            self.stop_replay()
            return True
        if self._recording and not self._recorder.recording:
            self.stop_recording()  # a disk that is full or too slow; ``kept`` is told
            return True
        return False

    def follow(self, takes: tuple[str, ...], loops: tuple[str, ...]) -> None:
        """Have these takes and loops in the trash, and no others.

        Raises:
            CheironError: If one cannot be moved, or its name is taken by now.
        """
        gone_takes, gone_loops = self._gone
        if (set(takes), set(loops)) == (gone_takes, gone_loops):
            return
        for name in gone_takes - set(takes):
            self.session.takes.restore(name)
            gone_takes.discard(name)
        for name in set(takes) - gone_takes:
            self.session.takes.delete(name)
            gone_takes.add(name)
        for name in gone_loops - set(loops):
            self.session.loops.restore(name)
            gone_loops.discard(name)
        for name in set(loops) - gone_loops:
            self.session.loops.delete(name)
            self.forget_loop(name)
            gone_loops.add(name)
        self.takes_changed()

    def loop(self, name: str) -> LoopPath | None:
        """A loop by its name; None where there is none."""
        if name not in self._loops:
            if name not in [loop.name for loop in self.session.loops.list()]:
                return None
            self._loops[name] = self.session.loops.load(name)
        return self._loops[name]

    def readable_loop(self, name: str) -> LoopPath | None:
        """A loop by its name; None also where it is damaged."""
        try:
            return self.loop(name)
        except CheironError:
            return None

    def forget_loop(self, name: str) -> None:
        """Read it again when it is next wanted."""
        self._loops.pop(name, None)

    def stop(self) -> None:
        """Finish everything."""
        self.stop_replay()
        self.stop_recording(_PATIENCE)

    def _written(self, problem: str) -> None:
        self.takes_changed()
        self.kept(problem)

    def renamed(self, old: str, new: str) -> None:
        """A take has another name."""
        if self.replaying == old:
            self.replaying = new
        self.takes_changed()

    def takes_changed(self) -> None:
        """Say that there are other takes than before."""
        self.version += 1


class _AtOneRate:
    """A tap before the recorder: a take keeps its sample rate when another output has another.

    The control thread calls it.

    Args:
        recorder: What is told.
        runner: What is heard.

    Attributes:
        rate: Samples per second of the take; set before it begins.
    """

    def __init__(self, recorder: Recorder, runner: Runner) -> None:
        self.rate = runner.sample_rate
        self._recorder, self._runner = recorder, runner
        self._resampler: tuple[int, int, Resampler] | None = None

    def motion(self, frame: Frame) -> None:
        """As it is."""
        self._recorder.motion(frame)

    def sound(self, block: Audio) -> None:
        """At the rate of the take."""
        rates = self._runner.tap_rate, self.rate
        if rates[0] == rates[1] or not self._recorder.recording:
            self._resampler = None
        else:
            if self._resampler is None or self._resampler[:2] != rates:
                self._resampler = (*rates, Resampler(*rates))
            block = self._resampler[2].step(block)
        self._recorder.sound(block)
