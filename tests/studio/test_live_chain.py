import importlib

import numpy as np
import pytest

from cheiron.control.hand import HandBoard
from cheiron.control.linear import LinearSpace
from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping import MAPPINGS, TAUGHT
from cheiron.mapping.connection import Connection
from cheiron.models import load_model
from cheiron.sources.keys import KeysSource
from cheiron.sources.midi_axes import MidiAxes
from cheiron.sources.pointer import PointerSource
from cheiron.studio.chain import control_space
from cheiron.studio.live.chain import (
    build_chain,
    landmark_map,
    live_params,
    mapping_kinds,
    motion_axes,
    steering_axes,
)

POINTER = PointerSource().space
INERTIAL = ("accelerometer", "gyroscope")
WRIST = Space("wrist", tuple(Axis(f"{k}_{a}", -10, 10) for k in INERTIAL for a in "xyz"))
SENSORS = {
    "nothing": Space("fused", ()),
    "pointer": POINTER,
    "keys": KeysSource().space,
    "midi": MidiAxes(mpe=True).space,
    "wrist": WRIST,
    "one fader": Space.of("osc", ["fader.0"], 0.0, 1.0),
    "pointer and wrist": Space("fused", POINTER.axes + WRIST.axes),
    "live sound": Space.of("audio", ["in.loudness", "in.pitch", "in.level"], -80.0, 0.0),
}


class Bare:
    """A model without an artifact, as a TorchScript file is."""

    name, sample_rate, hop = "bare", 44100, 512
    latent = Space.of("latent", ["z0", "z1", "z2"])


@pytest.fixture(scope="module", params=["sax", "storm", "bare"])
def model(request):
    return Bare() if request.param == "bare" else load_model(request.param)


def build(model, sensors, **options):
    space = control_space(model)
    options = {"board": ParamBoard(live_params()), "hands": HandBoard(space.control), **options}
    return build_chain(sensors, model, space, **options)


def rate_of(model):
    return model.sample_rate / model.hop


def gesture(space, frames, rate, seed=0, **fixed):
    """Slow random movement of every axis within its range."""
    rng = np.random.default_rng(seed)
    knots = rng.random((4, space.size))
    at = np.linspace(0, 3, frames)
    unit = np.zeros((frames, space.size))
    for column, ends in zip(unit.T, knots.T, strict=True):
        column[:] = np.interp(at, range(4), ends)
    values = space.low + unit * (space.high - space.low)
    for name, value in fixed.items():
        values[:, space.index(name)] = value
    return Recording(space, np.arange(frames) / rate, values.astype(np.float32))


def a_loop(model, space):
    rng = np.random.default_rng(1)
    rows = space.control.default + rng.normal(size=(200, space.control.size)) * space.std
    return Recording(space.control, np.arange(200) / rate_of(model), rows.astype(np.float32))


@pytest.mark.parametrize("sensors", SENSORS)
@pytest.mark.parametrize("kind", MAPPINGS)
def test_every_mapping_plays_with_whatever_is_there(model, kind, sensors):
    chain = build(model, SENSORS[sensors], kind=kind)
    motion = gesture(SENSORS[sensors], 60, rate_of(model))
    control = chain.gesture.trace(motion).out
    latents = chain.latent.run(chain.latent.init(), control)[1].values
    assert latents.shape == (60, model.latent.size)
    assert np.isfinite(latents).all()
    assert all(note.endswith(".") for note in chain.notes)


@pytest.mark.parametrize("kind", MAPPINGS)
def test_streaming_equals_offline(model, kind):
    chain = build(model, POINTER, kind=kind, loop=a_loop(model, control_space(model)))
    motion = gesture(POINTER, 80, rate_of(model), touch=1.0, touch2=0.0)
    control = chain.gesture.trace(motion).out
    whole = chain.latent.run(chain.latent.init(), control)[1].values
    states = chain.gesture.init(), chain.latent.init()
    for k, row in enumerate(motion.values):
        frame = Frame(float(motion.times[k]), row, POINTER)
        one, frame = chain.gesture.step(states[0], frame)
        two, frame = chain.latent.step(states[1], frame)
        states = one, two
        assert frame.values == pytest.approx(whole[k], rel=1e-5, abs=1e-4)
    assert chain.confidence(states[0]) == 1.0


def test_a_connection_whose_sensor_is_gone_waits_and_says_so(model):
    cables = (Connection("gyro_x", model_axis(model)), Connection("x", model_axis(model, 1)))
    chain = build(model, POINTER, kind="direct", connections=cables)
    assert chain.connections == cables[1:]
    assert [note for note in chain.notes if "gyro_x" in note]


def model_axis(model, index=0):
    return control_space(model).control.names[index]


def test_direct_without_connections_is_silent_until_it_is_touched():
    model = load_model("sax")
    chain = build(model, POINTER, kind="direct")
    assert {c.source for c in chain.connections} == {"x", "y", "touch"}
    for touch, low, high in ((0.0, -80, -80), (1.0, -30, -14)):
        motion = gesture(POINTER, 100, rate_of(model), touch=touch)
        loudness = chain.gesture.trace(motion).out.column("loudness")[-1]
        assert low <= loudness <= high


def test_a_key_sounds_as_it_is_called():
    space = MidiAxes(controllers=(74,)).space
    chain = build(load_model("sax"), space, kind="direct")
    assert {c.source: c.target for c in chain.connections}["cc74"] not in ("pitch", "loudness")
    motion = gesture(space, 100, 344.5, note=69.0, gate=1.0)
    control = chain.gesture.trace(motion).out
    assert control.column("pitch")[-1] == pytest.approx(69.0)
    assert control.column("loudness")[-1] > -30


def test_standing_still_is_silent_with_a_wrist_sensor():
    chain = build(load_model("sax"), WRIST, kind="direct")
    motion = gesture(WRIST, 200, 344.5, **dict.fromkeys(WRIST.names, 0.1))
    assert chain.gesture.trace(motion).out.column("loudness")[-1] == -80


@pytest.mark.parametrize("name", ["sax", "storm"])
def test_a_landmark_that_is_pressed_sounds_like_itself_and_is_silent_when_let_go(name):
    model = load_model(name)
    space, places = control_space(model), landmark_map(model, control_space(model))
    board = ParamBoard(live_params())
    board.set("map.even", 0.0)
    chain = build(model, POINTER, board=board, places=places)
    loudness = places.points[:, space.control.index("loudness")]
    quiet = int(np.argsort(loudness)[len(loudness) // 4])
    x, y = places.positions[quiet]
    rate = rate_of(model)
    on = gesture(POINTER, 150, rate, x=x, y=y, touch=1.0, pressure=0.5, **UP)
    off = gesture(POINTER, 100, rate, x=x, y=y, touch=0.0, pressure=0.0, **UP)
    motion = Recording(POINTER, np.arange(250) / rate, np.concatenate([on.values, off.values]))
    traced = chain.gesture.trace(motion).out
    control = traced.values
    steered = ~np.isnan(control[140])
    assert control[140, steered] == pytest.approx(places.points[quiet, steered], abs=1e-4)
    assert places.to_position(control[140].tolist()) == pytest.approx((x, y), abs=1e-4)
    sound = model.decode(
        chain.latent.run(chain.latent.init(), chain.gesture.trace(motion).out)[1].values
    )
    hop = model.hop
    assert np.abs(sound[: 4 * hop]).max() > 1e-3, "heard within four frames, 12 ms"
    assert np.abs(sound[: 250 * hop]).max() < 1.0
    assert np.abs(sound[-30 * hop :]).max() < 1e-3


UP = {f"touch{k}": 0.0 for k in range(2, 6)}


def test_only_what_the_mapping_reads_is_computed_but_all_of_it_is_offered():
    both = SENSORS["pointer and wrist"]
    offered = [axis.name for axis in motion_axes(both, 344.5)]
    assert {"speed", "gyro_energy", "x", "gyroscope_x"} <= set(offered)
    chain = build(load_model("sax"), both, kind="map")
    assert set(chain.mapping.in_space.names) == set(POINTER.names)


def test_a_board_holds_every_param_of_every_mapping(model):
    held = {param.name for param in live_params()}
    for kind in MAPPINGS:
        params = build(model, POINTER, kind=kind).params
        assert {param.name for param in params} <= held
        assert all(param.help.endswith(".") for param in params)


def test_every_mapping_says_what_it_is_and_what_else_it_can_be_steered_by():
    assert [kind["name"] for kind in mapping_kinds()] == [*MAPPINGS, *TAUGHT]
    assert all(kind["help"].endswith(".") for kind in mapping_kinds())
    assert [axis.name for axis in steering_axes("explore")][-1] == "explore.scrub"
    for target in MAPPINGS.values():
        module, _, name = target.partition(":")
        assert hasattr(getattr(importlib.import_module(module), name), "plan")


def test_one_list_of_connections_steers_explore_and_direct_without_complaint():
    model = load_model("sax")
    cables = (Connection("y", "explore.1"), Connection("x", "pitch"))
    explore = build(model, POINTER, kind="explore", connections=cables)
    direct = build(model, POINTER, kind="direct", connections=cables)
    assert [c.target for c in explore.connections] == ["explore.1", "pitch"]
    assert [c.target for c in direct.connections] == ["pitch"]
    assert direct.notes == ()


def test_a_mapping_that_does_not_exist_is_refused(model):
    with pytest.raises(CheironError, match="choose one of map"):
        build(model, POINTER, kind="maps")


def test_live_sound_is_the_centre_where_there_is_no_loop():
    model = load_model("sax")
    space = control_space(model)
    live = Space("audio", tuple(Axis(f"in.{a.name}", a.low, a.high) for a in space.control.axes))
    chain = build(model, live, kind="explore")
    motion = gesture(live, 50, rate_of(model))
    assert chain.gesture.trace(motion).out.values == pytest.approx(motion.values, abs=1e-4)


def test_bare_models_play_by_their_latents():
    assert isinstance(control_space(Bare()), LinearSpace)
    assert landmark_map(Bare(), control_space(Bare())).to_control(0.0, 0.0)[:2] == [-2.0, -2.0]
