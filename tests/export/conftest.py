from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cheiron.core.artifact import Artifact
from cheiron.core.space import Axis, Space
from cheiron.export.artifact import export_model
from cheiron.export.network import load_network, make_network

# Few layers: what takes its time is tracing them.
TEXTURE = {
    "ratios": [8],
    "widths": [8, 32],
    "encoder_widths": [8, 32],
    "dilations": [1],
    "latent": 12,
    "texture": 8,
    "loudness": True,
    "smooth": 2,
    "noise_bins": 17,
    "taps": 144,
}


@pytest.fixture(scope="session")
def texture(tmp_path_factory):
    """A small untrained RAVE-class network with every branch, and its artifact."""
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = make_network("rave", TEXTURE).eval()
    axes = tuple(Axis(n, -1.0, 1.0, u, kind=k) for n, u, k in network.latent_axes)
    path = tmp_path_factory.mktemp("models") / "texture"
    export_model(
        network,
        path,
        name="texture",
        family="rave",
        latent=Space("latent", axes),
        fields={"provenance": {"source": "made up"}},
        files={"card.md": b"# toy"},
    )
    return SimpleNamespace(network=network, artifact=Artifact.open(path), family="rave")


@pytest.fixture(params=["ddsp", "texture"])
def exported(request):
    """A network of each family and its artifact; traced once for all tests."""
    if request.param == "texture":
        return request.getfixturevalue("texture")
    artifact = Artifact.open(request.getfixturevalue("trained_run").model)
    return SimpleNamespace(network=load_network(artifact), artifact=artifact, family="ddsp")


@pytest.fixture
def audio():
    """Makes a tone with noise, ``(samples,)``."""

    def make(samples):
        t = np.arange(samples) / 44100
        noise = np.random.default_rng(0).normal(size=samples)
        return (0.2 * np.sin(2 * np.pi * 330 * t) + 0.02 * noise).astype(np.float32)

    return make
