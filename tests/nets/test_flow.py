"""Every coupling flow keeps the contract: back again, the Jacobian's determinant, far outside."""

import pytest
import torch

from cheiron.nets.flow import Flow, FlowConfig

FLOWS = {
    "affine": FlowConfig(5, affine=4),
    "affine with a head and a context": FlowConfig(7, context=1, head=3, affine=4),
    "splines": FlowConfig(5, affine=2, splines=2),
    "learned rotations": FlowConfig(4, context=2, affine=2, mixing="learned"),
}


@pytest.fixture(params=FLOWS, name="flow")
def _flow(request):
    torch.manual_seed(0)
    flow = Flow(FLOWS[request.param])
    with torch.no_grad():  # a fresh conditioner says nothing: let it say something
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    flow.whitening.fit(2.0 * torch.randn(500, flow.config.size) + 1.0)
    return flow.eval()


def _inputs(flow, count, spread=2.0):
    generator = torch.Generator().manual_seed(1)
    z = spread * torch.randn(count, flow.config.size, generator=generator)
    return z, torch.randn(count, flow.config.context, generator=generator)


@pytest.mark.parametrize("spread", [2.0, 20.0])
def test_there_and_back_is_where_it_began(flow, spread):
    z, context = _inputs(flow, 64, spread)
    with torch.no_grad():
        back = flow.inverse(flow(z, context)[0], context)
    assert torch.allclose(back, z, rtol=1e-4, atol=1e-4 * spread)


def test_the_determinant_is_that_of_the_jacobian(flow):
    z, context = _inputs(flow, 4)
    _, log_det = flow(z, context)
    for row, near, found in zip(z, context, log_det, strict=True):

        def there(x, near=near):
            return flow(x[None], near[None])[0][0]

        jacobian = torch.autograd.functional.jacobian(there, row)
        assert torch.allclose(torch.linalg.slogdet(jacobian)[1], found, atol=1e-3)


def test_points_far_outside_stay_finite(flow):
    z, context = _inputs(flow, 16, spread=1e4)
    with torch.no_grad():
        c, log_det = flow(z, context)
    assert bool(torch.isfinite(c).all() and torch.isfinite(log_det).all())


def test_the_context_changes_the_map_where_there_is_one(flow):
    z, context = _inputs(flow, 8)
    with torch.no_grad():
        changed = not torch.allclose(flow(z, context)[0], flow(z, context + 1.0)[0])
    assert changed == (flow.config.context > 0)


def test_the_first_rotation_can_be_aimed():
    flow = Flow(FlowConfig(4, affine=0))
    flow.aim(torch.tensor([[0.0, 0.0, 2.0, 0.0]]))
    z = torch.eye(4)
    c, _ = flow(z, torch.zeros(4, 0))
    assert torch.allclose(c[:, 0], torch.tensor([0.0, 0.0, 1.0, 0.0]), atol=1e-5)


def test_below_its_knee_a_coordinate_counts_less_and_comes_back():
    flow = Flow(FlowConfig(3, affine=2))
    flow.layers[0].bend(1, -1.0, 0.1)
    z = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    flow.whitening.fit(z)
    deep = torch.tensor([[0.0, -60.0, 0.0]])
    white, _ = flow.whitening(deep, deep[:, :0])
    assert white.abs().max() < 20.0
    with torch.no_grad():
        c, log_det = flow(deep, deep[:, :0])
        assert torch.allclose(flow.inverse(c, deep[:, :0]), deep, atol=1e-3)
    jacobian = torch.autograd.functional.jacobian(
        lambda x: flow(x[None], deep[:, :0])[0][0], deep[0]
    )
    assert torch.allclose(torch.linalg.slogdet(jacobian)[1], log_det[0], atol=1e-3)
