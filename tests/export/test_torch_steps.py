import numpy as np
import pytest
import torch

from cheiron.core.noise import uniform_noise
from cheiron.export.network import make_network
from cheiron.export.onnx_graph import fold_weight_norm
from cheiron.export.torch_steps import (
    eager_decoder,
    one_thread,
    reconstruct,
    seeded,
    torchscript_decoder,
)


@pytest.fixture(scope="module")
def network():
    small = {"widths": (8, 8, 8, 8), "encoder_widths": (8, 8, 8, 8), "latent": 4}
    with seeded(0):
        network = make_network("rave", small).eval()
    fold_weight_norm(network)
    return network


@pytest.mark.parametrize("make", [eager_decoder, torchscript_decoder])
@pytest.mark.parametrize("frames", [1, 3])
def test_a_stream_is_the_network_cut_into_blocks(network, make, frames):
    z = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    noise = uniform_noise(0, 0, frames * network.hop)
    step = make(network, frames, noise)
    blocks = [step(z[i : i + frames]).copy() for i in range(0, 6, frames)]
    with torch.no_grad():
        whole, _ = network.decode(
            torch.from_numpy(z.T.copy())[None],
            network.init_decoder(1),
            torch.from_numpy(np.tile(noise, 6 // frames))[None, None],
        )
    np.testing.assert_allclose(np.concatenate(blocks), whole[0, 0].numpy(), atol=1e-5)


def test_a_block_of_another_size_is_refused(network):
    step = eager_decoder(network, 1, np.zeros(network.hop, np.float32))
    with pytest.raises(ValueError, match="expected"):
        step(np.zeros((2, 4), np.float32))


def test_reconstruction_in_pieces_is_reconstruction_at_once(network, monkeypatch):
    audio = 0.3 * uniform_noise(1, 0, 20 * network.hop + 5)
    noise = uniform_noise(0, 0, 21 * network.hop)
    whole = reconstruct(network, audio, noise)
    assert len(whole) == 21 * network.hop
    monkeypatch.setattr("cheiron.export.torch_steps._CHUNK", 4)
    np.testing.assert_allclose(reconstruct(network, audio, noise), whole, atol=1e-5)


def test_threads_and_random_draws_are_as_before_afterwards():
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    with one_thread(), seeded(3):
        assert torch.get_num_threads() == 1
        torch.rand(2)
    assert torch.get_num_threads() == threads
    assert bool((torch.get_rng_state() == state).all())
