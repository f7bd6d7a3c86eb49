"""What the kernel computes of its own is what the networks hold in buffers."""

import numpy as np
import pytest

from cheiron.models.native.bank import synthesis_filters
from cheiron.models.native.filtered_noise import half_filters
from cheiron.models.native.rave import cosine_transform

torch = pytest.importorskip("torch")

from cheiron.nets.filtered_noise import FilteredNoise  # noqa: E402
from cheiron.nets.pqmf import Synthesis  # noqa: E402
from cheiron.nets.rave import PRESETS  # noqa: E402
from cheiron.nets.texture import TextureTransform  # noqa: E402


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_filter_bank(preset):
    config = PRESETS[preset]
    settings = config.bands, config.taps, config.attenuation
    wanted = Synthesis(*settings).get_buffer("weight").numpy()
    assert np.abs(synthesis_filters(*settings) - wanted).max() < 1e-6


@pytest.mark.parametrize("bins", [3, 65, 129])
def test_the_noise_filters(bins):
    wanted = FilteredNoise(128, bins).get_buffer("to_taps").numpy()[:, ::-1]
    mine = half_filters(bins)
    assert np.abs(mine - wanted[:, bins - 1 :]).max() < 1e-7
    # The other half mirrors it, and ends in a zero.
    assert np.abs(mine[:, 1:] - wanted[:, 1 : bins - 1][:, ::-1]).max() < 1e-7
    assert not wanted[:, 0].any()


@pytest.mark.parametrize("block", [2, 8, 128])
def test_the_cosine_transform(block):
    wanted = TextureTransform(block, block).get_buffer("matrix").numpy()
    assert np.abs(cosine_transform(block) - wanted).max() < 1e-6
