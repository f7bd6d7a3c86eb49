"""What pages see of the instrument."""

import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil

from cheiron import __version__
from cheiron.core.frame import Frame
from cheiron.engine import priority
from cheiron.engine.lead import CAUTION
from cheiron.engine.runner import Moment
from cheiron.engine.wiggle import Wiggle
from cheiron.mapping import MAPPINGS
from cheiron.mapping.connection import Connection
from cheiron.models import shipped_models
from cheiron.sources import SOURCES
from cheiron.studio.interactions import INTERACTIONS
from cheiron.studio.live import page_state as say
from cheiron.studio.live.chain import LiveChain, mapping_kinds, motion_axes, steering_axes
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.loop_path import control_path
from cheiron.studio.live.meters import meter_axes
from cheiron.studio.live.rack import HELP
from cheiron.studio.live.speaker import device_names
from cheiron.studio.live.teach_view import teach_moment, teach_state
from cheiron.studio.session.loops import LoopPath
from cheiron.studio.session.takes import Take

_FLOOR = -120.0  # dBFS
_STATE_EVERY = (
    5  # moments between two state messages: a knob that is dragged changes it all the time
)


class View:
    """Looks at the instrument for the publisher, and finds the axis that is being moved.

    All methods but :meth:`learn` and :meth:`takes` belong to the publisher's thread.

    Args:
        instrument: What is looked at.
        watched: Whether any page looks.
        on_change: Called before each new ``state``.
    """

    def __init__(
        self, instrument: Instrument, watched: Callable[[], bool], on_change: Callable[[], None]
    ) -> None:
        self._instrument, self._watched, self._on_change = instrument, watched, on_change
        self._told, self._wait = -1, 0
        self._devices = device_names()
        self._takes: tuple[int, list[Take]] = (-1, [])
        self._learning: tuple[str, list[float] | None] = ("", None)
        self._wiggle: Wiggle | None = None
        self._paths: dict[str, tuple[LoopPath, list[list[float]]]] = {}
        self._paths_of: object = None
        self._process = psutil.Process(os.getpid())
        self._process.cpu_percent()

    def watched(self) -> bool:
        """Whether any page looks."""
        return self._watched()

    def takes(self) -> list[Take]:
        """The takes, as last listed; any thread may ask."""
        version, takes = self._takes
        now = self._instrument.tape.version
        if version != now:
            takes = self._instrument.session.takes.list()
            self._takes = now, takes
        return takes

    def learn(self, target: str, outputs: list[float] | None) -> None:
        """Listen for a movement that is to drive this control axis; empty to stop listening."""
        self._learning, self._wiggle = (target, outputs), None
        self._instrument.changed()

    def look(self, figures: bool, sources: bool) -> tuple[Moment, dict[str, Any]]:
        """The latest tick, and the ``moment`` message of it."""
        live = self._instrument
        moment, level = live.runner.moment(), live.runner.monitor.level()
        message: dict[str, Any] = {
            "type": "moment",
            "time": round(moment.time, 4),
            "control": self._control(moment),
            "position": self._position(moment),
            "confidence": round(say.finite(moment.confidence, 0.0), 3),
            "peak": _decibels(level.peak),
            "rms": _decibels(level.rms),
            "clipped": level.clipped,
            "sounding": level.peak > 1e-4,
            "recorded": round(live.tape.recorded, 2),
            **teach_moment(live),
        }
        if figures:
            message["figures"] = self._figures()
        if sources:
            message["sources"] = [f.to_json() for f in live.fusion.figures(moment.time)]
        return moment, message

    def scope(self, samples: int) -> tuple[bytes, int]:
        """The latest samples and their rate."""
        runner = self._instrument.runner
        return runner.monitor.latest(samples).tobytes(), runner.sample_rate

    def watch(self, moment: Moment) -> None:
        """Tell followers; see what moves."""
        live = self._instrument
        player = live.ensemble.player
        if player is not None and len(moment.control) == player.space.control.size:
            control = np.where(
                np.isnan(moment.control), player.space.control.default, moment.control
            )
            live.followers.write(
                Frame(moment.time, control.astype(np.float32), player.space.control)
            )
        if self._learning[0] and moment.motion is not None:
            self._listen(moment.motion)

    def state_if_new(self) -> dict[str, Any] | None:
        """The ``state`` message, if anything in it changed, a few times a second at most."""
        self._wait -= 1
        changes = self._instrument.changes
        if changes == self._told or self._wait > 0:
            return None
        self._told, self._wait = changes, _STATE_EVERY
        self._on_change()
        return self.state()

    def tidy(self) -> None:
        """Free what is no longer used."""
        self._instrument.runner.release()
        priority.tidy()

    def state(self) -> dict[str, Any]:
        """The ``state`` message; the instrument must have been started."""
        live, state = self._instrument, self._instrument.state
        player, chain = live.ensemble.player, live.ensemble.chain
        assert player is not None and chain is not None
        model, history = player.model, live.session.history
        return {
            "type": "state",
            "version": __version__,
            "session": {"name": live.session.name, "path": str(live.session.path)},
            "models": list(dict.fromkeys([*shipped_models(), state.model])),
            "model": {
                "name": state.model,
                "title": model.name,
                "sampleRate": model.sample_rate,
                "hop": model.hop,
                "latency": model.latency / model.sample_rate,
                "hasEncoder": player.has_encoder,
                "landmarks": len(player.landmarks) if player.landmarks is not None else 0,
            },
            "spaces": list(player.spaces),
            "space": player.space_at(state.scenes, self._place()),
            "scenes": say.scenes_json(state, player),
            "axes": say.axes_json(player.space.control.axes),
            "descriptors": say.axes_json(meter_axes()),
            "knobs": say.knobs_json(state),
            "mapping": {
                "kind": state.mapping,
                "kinds": mapping_kinds(),
                "connections": say.connections_json(self._cables(chain)),
                "steering": say.axes_json(steering_axes(state.mapping)),
                "loop": state.loop,
                "motion": say.axes_json(
                    motion_axes(live.fusion.space, model.sample_rate / model.hop)
                ),
            },
            "params": say.params_json((*chain.params, CAUTION), live.ensemble.board.values),
            "sources": self._sources(),
            "sourceKinds": [{"kind": kind, "help": HELP[kind]} for kind in SOURCES],
            "phones": live.phones.to_json(),
            "output": self._output(),
            "follow": {"osc": state.follow.osc, "midi": state.follow.midi},
            "presets": list(state.presets),
            "teach": teach_state(live),
            "interactions": [{"name": n, "help": text} for n, text in INTERACTIONS.items()],
            "takes": say.takes_json(self.takes()),
            "loops": self._loops(),
            "recording": live.tape.recording,
            "replaying": live.tape.replaying,
            "learning": self._learning[0],
            "muted": live.muted,
            "gain": state.gain,
            "undo": history.undo_name,
            "redo": history.redo_name,
        }

    def _cables(self, chain: LiveChain) -> list[Connection]:
        """The cables in use, and those that wait for a sensor or a knob, for both can be mended.

        What steers another kind of mapping is left out.
        """
        cables = list(chain.connections)
        used = {cable.target for cable in cables}
        there = {axis.name for axis in steering_axes(self._instrument.state.mapping)}
        steering = {axis.name for kind in MAPPINGS for axis in steering_axes(kind)} - there
        waiting = (c for c in self._instrument.state.connections if c.target not in used)
        return cables + [cable for cable in waiting if cable.target not in steering]

    def _sources(self) -> list[dict[str, Any]]:
        rack, fusion = self._instrument.rack, self._instrument.fusion
        return [
            {
                "name": name,
                "kind": choice.kind,
                "open": rack.source(name) is not None,
                "axes": say.axes_json(fusion.axes(name) if name in fusion.names else ()),
                "settings": dict(choice.settings),
                "problem": rack.problem(name),
            }
            for name, choice in rack.choices().items()
        ]

    def _output(self) -> dict[str, Any]:
        speaker = self._instrument.speaker
        return {
            "kind": speaker.kind,
            "device": self._instrument.state.output.device,
            "devices": self._devices,
            "sampleRate": self._instrument.runner.sample_rate,
            "block": speaker.block,
            "problem": speaker.problem or self._instrument.followers.problem,
        }

    def _loops(self) -> list[dict[str, Any]]:
        live, player = self._instrument, self._instrument.ensemble.player
        found: list[dict[str, Any]] = []
        if self._paths_of is not player:  # a path is drawn once for each control space
            self._paths_of, self._paths = player, {}
        for listed in live.session.loops.list():
            kept = live.tape.readable_loop(listed.name)
            if kept is None or player is None:
                continue
            known = self._paths.get(listed.name)
            if known is None or known[0] is not kept:
                loop = control_path(kept, player)
                path = say.path_on_map(loop, player.places) if loop is not None else []
                known = self._paths[listed.name] = kept, path
            length = round(kept.points.duration, 3)
            found.append({"name": listed.name, "length": length, "path": known[1]})
        return found

    def _place(self) -> float:
        """Where on the time line of scenes the sound is; 0 where there is none."""
        player, moment = self._instrument.ensemble.player, self._instrument.runner.moment()
        if player is None or player.scenes is None:
            return 0.0
        same = len(moment.control) == player.space.control.size
        return say.finite(float(moment.control[-1]), 0.0) if same else 0.0

    def _control(self, moment: Moment) -> list[float]:
        player = self._instrument.ensemble.player
        if player is None:
            return []
        rest = player.space.control.default
        if len(moment.control) != len(rest):  # the model has just changed
            return [float(value) for value in rest]
        return say.rounded(moment.control.tolist(), rest.tolist())

    def _position(self, moment: Moment) -> list[float]:
        chain, player = self._instrument.ensemble.chain, self._instrument.ensemble.player
        if chain is None or player is None or len(moment.control) != player.space.control.size:
            return [0.5, 0.5]
        x, y = chain.places.to_position(moment.control.tolist())
        return [round(say.finite(x, 0.5), 4), round(say.finite(y, 0.5), 4)]

    def _figures(self) -> dict[str, float]:
        figures = self._instrument.runner.figures()
        memory = self._process.memory_info().rss
        numbers = {
            "blockMedian": 1e3 * figures.block_median,
            "block999": 1e3 * figures.block_999,
            "budget": 1e3 * figures.budget,
            "ringFill": 1e3 * figures.ring_fill,
            "underruns": figures.underruns,
            "latency": 1e3 * figures.latency,
            "deviceLatency": 1e3 * figures.device_latency,
            "cpu": self._process.cpu_percent(),
            "memory": memory / 1e6,
            "reduction": figures.reduction,
            "mended": figures.mended,
        }
        return {name: round(say.finite(value, 0.0), 4) for name, value in numbers.items()}

    def _listen(self, motion: Frame) -> None:
        target, outputs = self._learning
        wiggle = self._wiggle
        if wiggle is None or wiggle.space is not motion.space:
            wiggle = self._wiggle = Wiggle(motion.space)
        found = wiggle.feed(motion)
        if found is None or not target:
            return
        self.learn("", None)
        live = self._instrument
        ends = (outputs[0], outputs[1]) if outputs else None
        connection = Connection(found.axis, target, (found.low, found.high), ends)

        def connect() -> None:
            state = live.connect(connection)
            live.apply(state, f"learn {connection.source} to {target}")
            live.note("info", f"{connection.source} now drives {target}.")

        live.conductor.submit(connect, lambda e: live.note("error", str(e)) if e else None)


def _decibels(magnitude: float) -> float:
    return round(max(_FLOOR, 20 * math.log10(magnitude)), 1) if magnitude > 0 else _FLOOR
