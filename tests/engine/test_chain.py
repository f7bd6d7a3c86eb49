import numpy as np
import pytest
from live_toys import CONTROL, LATENT, SENSORS, Pass, Raw, Sine, chain, frame, voice

from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.engine.chain import Chain, Voice
from cheiron.engine.decoder import Decoder


def test_a_chain_whose_halves_do_not_fit_is_refused():
    with pytest.raises(CheironError, match="level"):
        Chain(Pass(SENSORS, CONTROL), Raw(Space.of("control", ["other"]), LATENT))


def test_the_middle_of_the_chain_can_be_seen():
    playing = voice()
    assert playing.latents(0.0, frame(0.75)) == pytest.approx(0.75)
    assert playing.control == pytest.approx(0.75) and playing.latent == pytest.approx(0.75)


def test_before_any_sensor_speaks_the_chain_rests():
    assert voice(level=0.25).latents(0.0, None) == pytest.approx(0.25)


def test_sensor_axes_are_found_by_name_as_sources_come_and_go():
    playing = voice(level=0.25)
    wider = Space.of("sensors", ["pressure", "x", "bend"], 0.0, 1.0)
    other = Space.of("sensors", ["bend"], 0.0, 1.0)
    assert playing.latents(0.0, frame(0.75)) == pytest.approx(0.75)
    values = frame(0.0, space=wider)
    values.values[:] = [0.1, 0.6, 0.2]
    assert playing.latents(0.0, values) == pytest.approx(0.6)
    assert playing.latents(0.0, frame(0.9, space=other)) == pytest.approx(0.25)
    assert playing.latents(0.0, frame(0.5)) == pytest.approx(0.5)


def test_latents_that_are_no_numbers_keep_their_last_value():
    playing = Voice(Chain(Raw(SENSORS, CONTROL), Raw(CONTROL, LATENT)), Decoder(Sine(), 44100))
    playing.latents(0.0, frame(0.75))
    assert playing.latents(0.0, frame(np.nan)) == pytest.approx(0.75)
    assert playing.latents(0.0, frame(np.inf)) == pytest.approx(0.75)
    assert playing.mended == 2 and playing.problem == ""


def test_a_stage_that_raises_is_taken_out_and_its_last_latents_held():
    playing = voice()
    playing.latents(0.0, frame(0.75))
    playing.chain.gesture.fault = ZeroDivisionError("division by zero")
    assert playing.latents(0.0, frame(0.1)) == pytest.approx(0.75)
    playing.chain.gesture.fault = None
    assert playing.latents(0.0, frame(0.1)) == pytest.approx(0.75)
    assert "division by zero" in playing.problem and playing.confidence == 0


def test_a_decoder_that_raises_fades_out_and_stays_silent():
    model = Sine()
    playing = voice(model)
    model.frequency = 2000.0
    before = np.array(playing.sound(np.array([0.5], np.float32)))
    model.broken = True
    tail = playing.sound(np.array([0.5], np.float32))
    assert tail[0] == before[-1] and tail[-1] == 0 and np.abs(np.diff(tail)).max() < 0.01
    model.broken = False
    assert not playing.sound(np.array([0.5], np.float32)).any()
    assert playing.silent and "the graph is gone" in playing.problem


def test_confidence_comes_from_the_gesture():
    sure = Chain(Pass(SENSORS, CONTROL), Raw(CONTROL, LATENT), lambda state: 0.1 * state)
    playing = Voice(sure, Decoder(Sine(), 44100))
    playing.latents(0.0, frame(0.5))
    assert playing.confidence == pytest.approx(0.1)
    assert chain().confidence(chain().init()) == 1.0
