"""An instrument that is not there: it answers the page as the real one would, plausibly."""

import copy
import math
import time
from typing import Any

import numpy as np
from fake_state import (
    ACCELERATION,
    AXES,
    BLOCK,
    POINTER,
    RATE,
    STEERING,
    first_state,
    model,
    source,
    take,
)


class FakeInstrument:
    """Its state, what it heard, and the sound that follows the first finger."""

    def __init__(self) -> None:
        self.state = first_state()
        self.heard: list[dict[str, Any]] = []
        self.position = np.array([0.5, 0.5])
        self.level = 0.0
        self._touches: list[dict[str, Any]] = []
        self._phase = 0.0
        self._recorded = 0.0
        self._noise = 0.02 * np.random.default_rng(7).standard_normal(4096)
        self._past: list[dict[str, Any]] = []
        self._future: list[dict[str, Any]] = []

    def gesture(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if message["type"] == "pointer":
            self._touches = message["touches"]

    def command(self, message: dict[str, Any]) -> str:
        """Do what a page asks; the reason why not, else nothing."""
        self.heard.append(message)
        before = copy.deepcopy(self.state)
        handler = getattr(self, "_" + message["type"].replace("-", "_"), None)
        if handler is None:
            return f"The fake instrument cannot do {message['type']}."
        problem = handler(message) or ""
        if not problem and message["type"] not in ("undo", "redo", "record", "panic"):
            self._past.append(before)
            self._future.clear()
            self._name_steps(message["type"])
        return problem

    def _name_steps(self, name: str) -> None:
        self.state["undo"] = name if self._past else ""
        self.state["redo"] = "that" if self._future else ""

    def _model(self, m: dict) -> str | None:
        if m["name"] not in self.state["models"]:
            return f"There is no model {m['name']}; choose one of the list."
        self.state["model"] = model(m["name"])
        return None

    def _space(self, m: dict) -> None:
        self.state["space"] = m["name"]

    def _knob(self, m: dict) -> None:
        old = self.state["knobs"].get(m["axis"], {"locked": False})
        new = {"value": m["value"], "locked": m.get("locked", old["locked"])}
        self.state["knobs"][m["axis"]] = new

    def _release(self, m: dict) -> None:
        self.state["knobs"].pop(m["axis"], None)

    def _param(self, m: dict) -> None:
        for each in self.state["params"]:
            if each["name"] == m["name"]:
                each["value"] = m["value"]

    def _mapping(self, m: dict) -> None:
        steering = STEERING if m["kind"] == "explore" else []
        changes = {"kind": m["kind"], "loop": m.get("loop", ""), "steering": steering}
        self.state["mapping"] |= changes

    def _connect(self, m: dict) -> None:
        self._disconnect({"target": m["connection"]["target"]})
        self.state["mapping"]["connections"].append(m["connection"])

    def _disconnect(self, m: dict) -> None:
        cables = self.state["mapping"]["connections"]
        self.state["mapping"]["connections"] = [c for c in cables if c["target"] != m["target"]]

    def _learn(self, m: dict) -> None:
        self.state["learning"] = m["target"]

    def _source_open(self, m: dict) -> str | None:
        if m["kind"] == "audio":
            return "There is no audio input; plug a microphone in."
        self._source_close({"name": m["kind"]})
        axes = POINTER if m["kind"] == "pointer" else ACCELERATION
        self.state["sources"].append(source(m["kind"], axes, m["settings"]))
        return None

    def _phone_open(self, m: dict) -> None:
        seat = {"seat": 1, "source": "phone", "here": False, "known": False, "state": ""}
        link = "https://192.168.1.20:8443/#let-one-in"
        door = {"address": link.partition("#")[0], "fingerprint": ":".join(["A0"] * 32)}
        code = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
        seats = [seat | {"link": link, "picture": code}] if m["on"] else []
        self.state["phones"] |= {"open": m["on"], "seats": seats, **door}

    def _phone_invite(self, m: dict) -> None:
        self.state["phones"]["seats"][0] |= {"here": False, "known": False}

    def _source_close(self, m: dict) -> None:
        self.state["sources"] = [s for s in self.state["sources"] if s["name"] != m["name"]]

    def _output(self, m: dict) -> None:
        keys = [key for key in ("kind", "device", "block") if key in m]
        self.state["output"] |= {key: m[key] for key in keys}

    def _follow(self, m: dict) -> None:
        self.state["follow"] |= {key: m[key] for key in ("osc", "midi") if key in m}

    def _record(self, m: dict) -> None:
        if self.state["recording"] and not m["on"]:
            self.state["takes"].insert(0, take(f"take {len(self.heard)}", self._recorded))
        self.state["recording"] = m["on"]
        self._recorded = 0.0

    def _replay(self, m: dict) -> None:
        self.state["replaying"] = m["take"]

    def _replay_stop(self, m: dict) -> None:
        self.state["replaying"] = ""

    def _take_rename(self, m: dict) -> None:
        for each in self.state["takes"]:
            each["name"] = m["name"] if each["name"] == m["take"] else each["name"]

    def _take_delete(self, m: dict) -> None:
        self.state["takes"] = [t for t in self.state["takes"] if t["name"] != m["take"]]

    def _loop_from_take(self, m: dict) -> None:
        path = [[0.2 + 0.5 * i / 60, 0.3 + 0.1 * math.sin(i / 6)] for i in range(61)]
        self.state["loops"].append({"name": m["take"], "length": 4.0, "path": path})

    def _loop_delete(self, m: dict) -> None:
        self.state["loops"] = [each for each in self.state["loops"] if each["name"] != m["name"]]

    def _preset_save(self, m: dict) -> None:
        self.state["presets"] = sorted({*self.state["presets"], m["name"]})

    def _preset_load(self, m: dict) -> None:
        self.state["knobs"] = {"breath": {"value": 0.8, "locked": False}}

    def _preset_delete(self, m: dict) -> None:
        self.state["presets"] = [p for p in self.state["presets"] if p != m["name"]]

    def _gain(self, m: dict) -> None:
        self.state["gain"] = m["value"]

    def _mute(self, m: dict) -> None:
        self.state["muted"] = m["on"]

    def _panic(self, m: dict) -> None:
        self._touches = []

    def _undo(self, m: dict) -> None:
        self._step(self._past, self._future)

    def _redo(self, m: dict) -> None:
        self._step(self._future, self._past)

    def _step(self, source: list[dict], target: list[dict]) -> None:
        if source:
            target.append(self.state)
            self.state = source.pop()
            self._name_steps("that")

    def sound(self, count: int = BLOCK) -> np.ndarray:
        """The next samples: a tone whose pitch is x and whose brightness is y."""
        touch = self._touches[0] if self._touches else None
        goal = float(touch is not None and not self.state["muted"]) * 0.3
        if touch is not None:
            self.position += 0.2 * (np.array([touch["x"], touch["y"]]) - self.position)
        ramp = self.level + (goal - self.level) * np.linspace(0, 0.3, count)
        self.level = float(ramp[-1])
        frequency = 110 * 2 ** (2 * self.position[0])
        phase = self._phase + 2 * np.pi * frequency / RATE * np.arange(1, count + 1)
        self._phase = float(phase[-1]) % (2 * np.pi)
        tilt = 0.25 + 0.65 * self.position[1]
        tone = sum(tilt**k * np.sin((k + 1) * phase) for k in range(8)) * (1 - tilt)
        tone = tone + self._noise[:count]
        return (ramp * self.state["gain"] * tone).astype(np.float32)

    def moment(self, recent: np.ndarray, figures: bool) -> dict[str, Any]:
        now = time.monotonic()
        if self.state["recording"]:
            self._recorded += 1 / 60
        peak, rms = float(np.max(np.abs(recent))), float(np.sqrt(np.mean(recent**2)))
        x, y = (float(v) for v in self.position)
        share = [x, 0.9 * self.level / 0.3, y, 0.3, 0.5 + 0.2 * math.sin(now), 0.5, *([0.5] * 4)]
        control = [a["low"] + s * (a["high"] - a["low"]) for a, s in zip(AXES, share, strict=True)]
        message = {
            "type": "moment",
            "time": now,
            "control": control,
            "position": [x, y],
            "confidence": 0.9,
            "clipped": False,
            "sounding": self.level > 1e-3,
            "peak": 20 * math.log10(peak + 1e-6),
            "rms": 20 * math.log10(rms + 1e-6),
            "recorded": self._recorded,
            "descriptors": [20 * math.log10(rms + 1e-6), 1000 + 900 * math.sin(now), None],
        }
        return message | (self._figures() if figures else {})

    def _figures(self) -> dict[str, Any]:
        wave = [9.81 * math.sin(time.monotonic() + i) for i in range(3)]
        figures = {
            "blockMedian": 0.44,
            "block999": 1.3,
            "budget": 2.9,
            "ringFill": 3.4,
            "underruns": 0,
            "latency": 4.1,
            "deviceLatency": 5.3,
            "cpu": 22.0,
            "memory": 184.0,
            "reduction": 0.0,
            "mended": 0,
        }
        arriving = [
            {"address": "/acc", "rate": 100.2, "values": wave},
            {"address": "/gyro", "rate": 50.0, "values": [0.1, 0.0, -0.4]},
        ]
        touch = float(bool(self._touches))
        x, y = (float(v) for v in self.position)
        values = {"pointer": [x, y, 0.5 * touch, touch], "osc": wave, "keys": [0.0], "midi": []}
        rows = [
            {
                "name": s["name"],
                "rate": 100.0 if s["open"] else 0.0,
                "jitter": 0.8,
                "values": values.get(s["name"], []),
                "stuck": [False] * len(s["axes"]),
                "latency": 0.0,
                "lost": 0,
                **({"arriving": arriving} if s["kind"] == "osc" else {}),
            }
            for s in self.state["sources"]
        ]
        return {"figures": figures, "sources": rows}
