"""A corrector does nothing where nothing is wanted, and learns to bring what is."""

import torch

from cheiron.nets.flow_corrector import Corrector
from cheiron.nets.flow_space import SpaceNet, SpaceNetConfig


def _told(module):
    with torch.no_grad():  # what is fresh says nothing: let it
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module.eval()


def test_without_an_error_nothing_moves():
    torch.manual_seed(0)
    corrector = _told(Corrector(5, 3, 2))
    place = torch.randn(16, 5)
    assert corrector(place, torch.zeros(16, 2)).abs().max() == 0
    assert corrector(place, torch.ones(16, 2)).abs().min() > 0


def test_latents_come_back_through_a_corrected_space_even_where_textures_are_silent():
    torch.manual_seed(0)
    config = SpaceNetConfig(4, 2, conditional=True, textures=4, affine=2, corrections=2, hidden=16)
    net, z = _told(SpaceNet(config)), torch.randn(64, 8)
    z[:32, 4:] = 0.0
    with torch.no_grad():
        assert torch.allclose(net.inverse(net(z)[0]), z, atol=1e-4)


def test_it_learns_what_a_gradient_would_do():
    torch.manual_seed(0)
    corrector, mixing = Corrector(3, 3, 2, hidden=32), torch.randn(2, 3)
    optimiser = torch.optim.Adam(corrector.parameters(), lr=1e-2)
    for _ in range(200):
        z, wanted = torch.randn(128, 3), torch.randn(128, 2)
        error = wanted - z @ mixing.T
        left = wanted - (z + corrector(z, error)) @ mixing.T
        loss = left.square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.2 * float(error.square().mean())
