"""The state of an instrument that is not there."""

import math
from typing import Any

RATE, BLOCK = 48_000, 256


def axis(name: str, low: float, high: float, unit: str, kind: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "low": low,
        "high": high,
        "unit": unit,
        "default": (low + high) / 2,
        "help": text,
        "kind": kind,
        "marks": [],
        "period": 0.0,
    }


AXES = [
    axis("pitch", 36, 84, "st", "descriptor", "How high the tone is."),
    axis("loudness", -60, 0, "dB", "descriptor", "How loud it is."),
    axis("brightness", 0, 1, "", "descriptor", "How much treble the sound has."),
    axis("breath", 0, 1, "", "personal", "How much air is in it."),
    axis("pc1", -3, 3, "", "residual", "The largest variation without a name."),
    axis("pc2", -3, 3, "", "residual", "The next."),
    *(axis(f"texture{i}", -3, 3, "", "texture", "Fine detail, left to chance.") for i in range(4)),
]
DESCRIPTORS = [
    axis("loudness", -70, 0, "dB", "descriptor", "How loud it is."),
    axis("centroid", 50, 12000, "Hz", "descriptor", "How bright it is."),
    axis("f0", 50, 2000, "Hz", "descriptor", "Which note it is."),
]
POINTER = [
    axis("x", 0, 1, "", "free", "To the right."),
    axis("y", 0, 1, "", "free", "Up."),
    axis("pressure", 0, 1, "", "free", "How hard the finger presses."),
    axis("touch", 0, 1, "", "free", "1 while a finger is down."),
]
STEERING = [axis("explore.1", -1, 1, "", "free", "Along the loop's first local direction.")]
ACCELERATION = [axis(f"acc.{i}", -20, 20, "m/s²", "free", "Acceleration.") for i in range(3)]


def cable(source: str, target: str, **other: Any) -> dict[str, Any]:
    plain = {"inputs": None, "outputs": None, "curve": "linear", "smooth": 0.02, "invert": False}
    return {"source": source, "target": target, **plain, **other}


def param(name: str, unit: str, span: tuple[float, float, float], curve: str, text: str) -> dict:
    low, high, value = span
    return {
        "name": name,
        "unit": unit,
        "low": low,
        "high": high,
        "default": value,
        "curve": curve,
        "help": text,
        "value": value,
    }


def source(kind: str, axes: list[dict], settings: dict, problem: str = "") -> dict[str, Any]:
    return {
        "name": kind,
        "kind": kind,
        "open": not problem,
        "axes": axes,
        "settings": settings,
        "problem": problem,
    }


def take(name: str, length: float, sound: bool = True) -> dict[str, Any]:
    made = 1_790_000_000 + 100 * length
    return {"name": name, "length": length, "made": made, "hasSound": sound, "hasGesture": True}


def first_state() -> dict[str, Any]:
    turns = [2 * math.pi * i / 120 for i in range(121)]
    path = [[0.5 + 0.22 * math.sin(2 * t), 0.55 + 0.2 * math.cos(t)] for t in turns]
    return {
        "type": "state",
        "version": "0.1.0",
        "session": {"name": "evening", "path": "~/music/evening"},
        "models": ["sax", "storm"],
        "model": model("sax"),
        "spaces": ["pca", "latent"],
        "space": "pca",
        "scenes": [],
        "axes": AXES,
        "descriptors": DESCRIPTORS,
        "knobs": {
            "breath": {"value": 0.3, "locked": True},
            "pc1": {"value": 0.4, "locked": False},
        },
        "mapping": {
            "kind": "map",
            "kinds": [
                {"name": "map", "help": "Play the map: what is near sounds."},
                {"name": "direct", "help": "One cable from a motion axis to a knob."},
                {"name": "explore", "help": "Move around a loop."},
            ],
            "connections": [cable("x", "pitch"), cable("y", "brightness", curve="smooth")],
            "steering": [],
            "loop": "",
            "motion": [*POINTER, axis("speed", 0, 5, "1/s", "free", "How fast the hand is.")],
        },
        "params": [
            param("smoothing.min_cutoff", "Hz", (0.1, 20, 2), "exp", "How calm a still hand is."),
            param("smoothing.beta", "", (0, 1, 0.1), "linear", "How directly a fast hand acts."),
            param("map.glide", "s", (0.001, 1, 0.02), "exp", "How long the point takes to follow."),
        ],
        "sources": [
            source("pointer", POINTER, {}),
            source("keys", [axis("step", 0, 1, "", "free", "The home-row key.")], {}),
            source("osc", ACCELERATION, {"port": 9000, "axes": ["/acc.0", "/acc.1"]}),
            source("midi", [], {"port": ""}, "No MIDI port is there; plug a controller in."),
        ],
        "sourceKinds": [
            {"kind": "pointer", "help": "Mouse and fingers on the map."},
            {"kind": "keys", "help": "The computer's keyboard."},
            {"kind": "phone", "help": "The movement of a phone."},
            {"kind": "osc", "help": "Open Sound Control over UDP."},
            {"kind": "midi", "help": "MIDI controllers and MPE."},
        ],
        "phones": {
            "open": False,
            "address": "",
            "addresses": ["192.168.1.20"],
            "fingerprint": "",
            "problem": "",
            "seats": [],
        },
        "output": {
            "kind": "none",
            "device": "",
            "devices": ["Built-in", "Scarlett 2i2"],
            "sampleRate": RATE,
            "block": BLOCK,
            "problem": "",
        },
        "follow": {"osc": "", "midi": ""},
        "teach": {
            "phase": "",
            "gesture": "",
            "gestures": [],
            "learning": False,
            "judging": False,
            "heard": [],
        },
        "interactions": [
            {"name": "I1", "help": "Direct exploration: movement drives the knobs."},
            {"name": "I2", "help": "Local exploration: movement plays around a loop."},
            {"name": "I3", "help": "Implicit mapping: show a gesture to a sound."},
        ],
        "presets": ["dawn", "low and dark", "whistle"],
        "takes": [take("first steps", 34.2), take("slow rise", 128.0), take("mute", 12, False)],
        "loops": [{"name": "eight", "length": 6.0, "path": path}],
        "recording": False,
        "replaying": "",
        "learning": "",
        "muted": False,
        "gain": 1.0,
        "undo": "",
        "redo": "",
    }


def model(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": {"sax": "Saxophone", "storm": "Rain and storm"}[name],
        "sampleRate": 44_100,
        "hop": 128,
        "latency": 0.003,
        "hasEncoder": True,
        "landmarks": 300,
    }
