"""A continuous flow keeps the contract of flows, and flow matching brings data to the normal."""

import torch

from cheiron.nets.flow_continuous import ContinuousFlow


def _inputs(count, size=3):
    generator = torch.Generator().manual_seed(1)
    return (torch.randn(count, n, generator=generator) for n in (size, 1))


def _told(size=3):
    torch.manual_seed(0)
    flow = ContinuousFlow(size, 1, hidden=24)
    with torch.no_grad():  # a fresh field hardly moves anything: let it
        flow.last.weight.add_(0.2 * torch.randn_like(flow.last.weight))
    return flow.eval()


def test_there_and_back_is_where_it_began():
    flow, (z, context) = _told(), _inputs(64)
    with torch.no_grad():
        assert torch.allclose(flow.inverse(flow(z, context)[0], context), z, atol=1e-4)


def test_the_determinant_is_that_of_the_jacobian():
    flow, (z, context) = _told(), _inputs(4)
    _, log_det = flow(z, context)
    for row, near, found in zip(z, context, log_det, strict=True):
        jacobian = torch.autograd.functional.jacobian(
            lambda x, near=near: flow(x[None], near[None])[0][0], row
        )
        assert torch.allclose(torch.linalg.slogdet(jacobian)[1], found, atol=1e-3)


def test_flow_matching_carries_what_depends_on_the_context_to_the_normal():
    torch.manual_seed(0)
    flow, generator = ContinuousFlow(2, 1, hidden=32), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(flow.parameters(), lr=5e-3)

    def draw(count):
        context = torch.randn(count, 1, generator=generator)
        z = 0.3 * torch.randn(count, 2, generator=generator)
        return torch.cat([z[:, :1] + context, z[:, 1:] - 0.5 * context], -1), context

    for _ in range(300):
        z, context = draw(256)
        loss = flow.matching_loss(z, context, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    z, context = draw(2000)
    with torch.no_grad():
        c, _ = flow(z, context)
        moved = flow.inverse(c, context + 1.0)
    assert abs(float(c.mean())) < 0.15 and abs(float(c.std()) - 1.0) < 0.25
    assert abs(float((c * context).mean())) < 0.15  # knobs say nothing of what is given
    assert abs(float((moved - z)[:, 0].mean()) - 1.0) < 0.2  # given another, another comes back
