"""Networks of many shapes: the kernel gives the sound of the network."""

from dataclasses import asdict, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cheiron.core.noise import uniform_noise  # noqa: E402
from cheiron.export.network import make_network  # noqa: E402
from cheiron.export.onnx_graph import fold_weight_norm  # noqa: E402
from cheiron.export.torch_steps import seeded  # noqa: E402
from cheiron.export.weights import weight_tensors  # noqa: E402
from cheiron.models.native import PLANS, KernelDecoder, NotCoveredError, load_library  # noqa: E402
from cheiron.nets.ddsp import DdspConfig  # noqa: E402
from cheiron.nets.rave import PRESETS, RaveConfig  # noqa: E402

SMALL = RaveConfig(widths=(8, 16, 24, 32), encoder_widths=(8, 8, 8, 8), latent=6)
CONFIGS = {
    "ddsp": DdspConfig(width=24, encoder_width=8, partials=30, noise_bins=33),
    "ddsp, odd sizes": DdspConfig(
        width=21, encoder_width=8, partials=7, noise_bins=10, timbre=3, hop=64, depth=1
    ),
    "ddsp, no residuals": DdspConfig(width=8, encoder_width=8, partials=11, depth=0, timbre=1),
    "rave": SMALL,
    "rave, odd widths": replace(SMALL, widths=(9, 13, 30, 33), latent=5),
    "rave, loud": replace(SMALL, loudness=True, noise_bins=0),
    "rave, texture": replace(SMALL, loudness=True, texture=16, latent=20, taps=272),
    "rave, late noise": replace(SMALL, noise_stage=2, noise_bins=17),
    "rave, long kernels": replace(SMALL, kernel=5, kernel_out=3, dilations=(1, 3, 9), core=2),
    "rave, large strides": replace(SMALL, ratios=(4, 3, 2), core=0, taps=512, attenuation=100.0),
    "tiny": PRESETS["tiny"],
}


@pytest.mark.parametrize("label", CONFIGS)
def test_the_kernel_gives_the_sound_of_the_network(label):
    config = CONFIGS[label]
    family = "ddsp" if isinstance(config, DdspConfig) else "rave"
    with seeded(0):
        network = make_network(family, asdict(config))
    fold_weight_norm(network.eval())
    try:
        library = load_library()
    except NotCoveredError as why:
        pytest.skip(f"no kernel: {why}")
    program = PLANS[family](asdict(config), weight_tensors(network.state_dict()))
    frames, rng = 20, np.random.default_rng(0)
    z = rng.standard_normal((frames, network.latent_size)).astype(np.float32)
    if family == "ddsp":
        z[:, 0], z[:, 1] = 60 + 10 * z[:, 0], -20 + 5 * z[:, 1]
    elif config.loudness:
        z[:, 0] = -10 + 5 * z[:, 0]
    noise = uniform_noise(0, 0, frames * network.hop)
    with torch.no_grad():
        sound = network.decode(
            torch.from_numpy(z.T[None].copy()),
            network.init_decoder(1),
            torch.from_numpy(noise)[None, None],
        )[0]
    wanted = sound[0, 0].numpy()
    stream = KernelDecoder(program, library).stream(0)
    parts = [stream.step(z[a:b])[0].copy() for a, b in ((0, 1), (1, 12), (12, 20))]
    assert np.abs(wanted).max() > 1e-3
    assert np.abs(np.concatenate(parts) - wanted).max() < 1e-5 * max(1.0, np.abs(wanted).max())
