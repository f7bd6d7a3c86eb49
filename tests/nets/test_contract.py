"""What every network promises, for every preset."""

import pytest
import torch

from cheiron.nets import CONFIGS, FAMILIES, PRESETS

FRAMES = 6
SPLITS = ((1,) * FRAMES, (4, 2), (1, 3, 2))


def close(parts, whole):
    """Equal to 1e-5 of the largest value."""
    scale = max(1.0, float(whole.abs().max()))
    assert float((torch.cat(parts, -1) - whole).abs().max()) <= 1e-5 * scale


def decoded(network, z, noise):
    return network.decode(z, network.init_decoder(), noise(z.shape[-1] * network.hop))[0]


def test_every_family_has_a_configuration_and_a_preset():
    assert set(FAMILIES) == set(CONFIGS) == {family for family, _ in PRESETS.values()}


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_encoding_in_blocks_is_encoding_at_once(network, sound, split):
    audio = sound(FRAMES * network.hop)
    whole, end = network.encode(audio, network.init_encoder())
    state, parts = network.init_encoder(), []
    for block in audio.split([n * network.hop for n in split], -1):
        z, state = network.encode(block, state)
        parts.append(z)
    close(parts, whole)
    for a, b in zip(state, end, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_decoding_in_blocks_is_decoding_at_once(network, sound, noise, split):
    z, _ = network.encode(sound(FRAMES * network.hop), network.init_encoder())
    hiss = noise(FRAMES * network.hop)
    whole, _ = network.decode(z, network.init_decoder(), hiss)
    assert float(whole.abs().max()) > 1e-5
    state, parts, at = network.init_decoder(), [], 0
    for n in split:
        samples = slice(at * network.hop, (at + n) * network.hop)
        y, state = network.decode(z[..., at : at + n], state, hiss[..., samples])
        parts.append(y)
        at += n
    close(parts, whole)


def test_items_of_a_batch_do_not_hear_each_other(network, sound, noise):
    audio = sound(4 * network.hop)
    batch = torch.cat([audio, 0.1 * audio.flip(-1)])
    z, _ = network.encode(batch, network.init_encoder(2))
    alone, _ = network.encode(audio, network.init_encoder())
    close([z[:1]], alone)
    hiss = noise(4 * network.hop)
    y, _ = network.decode(z, network.init_decoder(2), hiss.expand(2, -1, -1))
    close([y[:1]], decoded(network, alone, noise))


def test_shapes_and_names_are_as_promised(network, sound, noise):
    z, state = network.encode(sound(2 * network.hop), network.init_encoder())
    assert z.shape == (1, network.latent_size, 2)
    assert [s.shape for s in state] == [s.shape for s in network.init_encoder()]
    y, state = network.decode(z, network.init_decoder(), noise(2 * network.hop))
    assert y.shape == (1, 1, 2 * network.hop)
    assert [s.dtype for s in state] == [s.dtype for s in network.init_decoder()]
    names = [name for name, _, _ in network.latent_axes]
    assert len(names) == len(set(names)) == network.latent_size
    assert {kind for _, _, kind in network.latent_axes} <= {"descriptor", "free", "texture"}


def test_states_begin_at_zero(network):
    for state in (*network.init_encoder(), *network.init_decoder()):
        assert not state.any()


def test_the_same_twice_is_the_same(network, sound, noise):
    audio = sound(3 * network.hop)
    z, _ = network.encode(audio, network.init_encoder())
    again, _ = network.encode(audio, network.init_encoder())
    assert torch.equal(z, again)
    assert torch.equal(decoded(network, z, noise), decoded(network, z, noise))


def test_silence_gives_numbers_and_where_loudness_is_an_axis_silence(network, noise):
    audio = torch.zeros(1, 1, FRAMES * network.hop)
    z, _ = network.encode(audio, network.init_encoder())
    y = decoded(network, z, noise)
    assert z.isfinite().all()
    assert y.isfinite().all()
    if "loudness" in [name for name, _, _ in network.latent_axes]:
        assert float(y.abs().max()) < 1e-3


def test_loud_and_absurd_input_gives_numbers(network, sound, noise):
    z, _ = network.encode(sound(FRAMES * network.hop, level=100.0), network.init_encoder())
    assert z.isfinite().all()
    for wild in (z, 3 * z, -3 * z):
        assert decoded(network, wild, noise).isfinite().all()


def test_presets_have_the_size_that_their_names_promise(network, request):
    bars = {"rave-v1": (16.7e6, 18.5e6), "low-latency": (4e6, 6e6), "tiny": (0.5e6, 1.2e6)}
    least, most = bars.get(request.node.callspec.params["network"], (0.1e6, 1.2e6))
    assert least <= sum(p.numel() for p in network.parameters()) <= most
