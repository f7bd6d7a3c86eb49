import numpy as np

from cheiron.engine.lead import Lead

RATE = 48000


def play(lead, cost, blocks, rng):
    """Let frames cost what they cost; returns how often they were not ready."""
    misses = 0
    for _ in range(blocks):
        need = 128 / RATE * rng.random() + cost()
        if need > lead.seconds:
            misses += 1
            lead.missed(need - lead.seconds)
        else:
            lead.met(lead.seconds - need, lead.seconds, 128 / RATE)
    return misses


def test_the_lead_settles_just_above_what_is_needed():
    lead, rng = Lead(128 / RATE), np.random.default_rng(2)
    play(lead, lambda: 0.0008 + 0.0001 * rng.random(), 375 * 120, rng)
    assert 128 / RATE + 0.0009 < lead.seconds < 128 / RATE + 0.0015


def test_the_lead_grows_at_once_and_shrinks_slowly():
    lead, rng = Lead(128 / RATE), np.random.default_rng(3)
    play(lead, lambda: 0.001, 375 * 60, rng)
    calm = lead.seconds
    assert play(lead, lambda: 0.002, 375 * 2, rng) < 20
    assert lead.seconds > calm + 0.0008
    risen = lead.seconds
    play(lead, lambda: 0.001, 375, rng)
    assert lead.seconds > risen - 0.0003
    play(lead, lambda: 0.001, 375 * 180, rng)
    assert lead.seconds < calm + 0.0003


def test_a_machine_that_stands_still_now_and_then_does_not_lengthen_the_lead():
    lead, rng = Lead(128 / RATE), np.random.default_rng(5)
    play(lead, lambda: 0.001, 375 * 60, rng)
    calm = lead.seconds
    for _ in range(7):
        lead.missed(0.02)
        play(lead, lambda: 0.001, 375 * 9, rng)
    assert lead.seconds < calm + 0.0002


def test_a_machine_that_is_always_late_does():
    lead, rng = Lead(128 / RATE), np.random.default_rng(6)
    for _ in range(20):
        lead.missed(0.005)
        play(lead, lambda: 0.001, 375, rng)
    assert lead.seconds > 128 / RATE + 0.005


def test_a_decoder_that_is_too_slow_does_not_let_the_lead_grow_for_ever():
    lead, rng = Lead(128 / RATE), np.random.default_rng(4)
    play(lead, lambda: 1.0, 10_000, rng)
    assert lead.seconds < 0.04
    play(lead, lambda: 0.001, 375 * 240, rng)
    assert lead.seconds < 0.008


def test_without_caution_a_busy_machine_costs_drop_outs_instead_of_delay():
    lead, rng = Lead(128 / RATE), np.random.default_rng(7)
    lead.caution = 0.0
    for _ in range(100):
        lead.missed(0.005)
        play(lead, lambda: 0.003, 375, rng)
    assert lead.seconds < 128 / RATE + 0.0013
    lead.caution = 1.0
    play(lead, lambda: 0.003, 375 * 10, rng)
    assert lead.seconds > 128 / RATE + 0.003
