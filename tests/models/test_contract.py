"""What every kind of audio model keeps."""

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel
from cheiron.models import MODELS, load_model

FIXTURES = {"onnx": "toy", "torchscript": "toy_ts"}
SHIPPED = ["sax", "storm"]  # decoded by the compiled kernel, where there is one


@pytest.fixture(params=[*MODELS, *SHIPPED])
def model(request):
    if request.param in SHIPPED:
        return load_model(request.param)
    return load_model(request.getfixturevalue(FIXTURES[request.param]), trust=True)


def trajectory(model, frames=150):
    return np.random.default_rng(1).normal(size=(frames, model.latent.size)).astype(np.float32)


def sound(model, samples):
    return np.random.default_rng(2).uniform(-1, 1, samples).astype(np.float32)


def stream_decoder(model, z, sizes, seed=0):
    state, blocks, start = model.init_decoder(seed), [], 0
    while start < len(z):
        size = sizes[len(blocks) % len(sizes)]
        state, block = model.decode_step(state, z[start : start + size])
        blocks.append(block.copy())
        start += size
    return np.concatenate(blocks)


def test_it_keeps_the_protocol(model):
    assert isinstance(model, AudioModel)
    assert model.hop > 0 and model.sample_rate > 0 and model.latency >= 0 and model.name


@pytest.mark.parametrize("sizes", [[1], [2], [7], [64], [150], [1, 3, 64, 2, 5, 6, 8, 9, 10, 11]])
def test_streaming_decoder_equals_offline(model, sizes):
    z = trajectory(model)
    audio = model.decode(z, seed=3)
    assert audio.shape == (150 * model.hop,) and audio.dtype == np.float32
    assert np.abs(stream_decoder(model, z, sizes, seed=3) - audio).max() < 1e-5


@pytest.mark.parametrize("hops", [1, 2, 7, 100])
def test_streaming_encoder_equals_offline(model, hops):
    audio = sound(model, 100 * model.hop)
    state, blocks = model.init_encoder(), []
    for start in range(0, len(audio), hops * model.hop):
        state, z = model.encode_step(state, audio[start : start + hops * model.hop])
        blocks.append(z.copy())
    whole = model.encode(audio)
    scale = np.maximum(1.0, np.abs(whole).max(axis=0))  # loudness in dB is a larger number
    assert (np.abs(np.concatenate(blocks) - whole) / scale).max() < 1e-5


def test_encoding_pads_the_end(model):
    audio = sound(model, 3 * model.hop + 1)
    z = model.encode(audio)
    assert z.shape == (4, model.latent.size) and z.dtype == np.float32
    assert np.array_equal(z, model.encode(np.pad(audio, (0, model.hop - 1))))


def test_every_run_is_bit_equal_and_the_seed_matters(model):
    z = trajectory(model, 50)
    assert np.array_equal(model.decode(z, seed=3), model.decode(z, seed=3))
    assert not np.array_equal(model.decode(z, seed=3), model.decode(z, seed=4))
    assert np.array_equal(
        stream_decoder(model, z, [1], seed=3), stream_decoder(model, z, [1], seed=3)
    )


def test_noise_does_not_repeat_from_frame_to_frame(model):
    audio = model.decode(np.zeros((2000, model.latent.size), np.float32))
    frames = audio.reshape(-1, model.hop)
    assert len(np.unique(frames.round(7), axis=0)) == 2000


def test_two_streams_do_not_meet_and_a_fresh_one_starts_afresh(model):
    z = trajectory(model, 20)
    alone = stream_decoder(model, z, [1])
    first, second, blocks = model.init_decoder(), model.init_decoder(), []
    for frame in z:
        first, block = model.decode_step(first, frame[None])
        blocks.append(block.copy())
        second, _ = model.decode_step(second, 5 * frame[None])
    assert np.array_equal(np.concatenate(blocks), alone)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_latent_that_is_no_number_holds_the_last_one_and_is_counted(model, bad):
    z = trajectory(model, 20)
    held, z_bad = z.copy(), z.copy()
    z_bad[5:7, 1] = bad
    held[5:7, 1] = z[4, 1]
    for sizes in ([1], [20]):
        assert np.array_equal(
            stream_decoder(model, z_bad, sizes), stream_decoder(model, held, sizes)
        )
    state, _ = model.decode_step(model.init_decoder(), z_bad)
    assert state.guard.replaced == 2
    assert not np.isfinite(z_bad[5:7, 1]).any()


def test_a_first_latent_that_is_no_number_is_the_default(model):
    z = np.full((3, model.latent.size), np.nan, np.float32)
    expected = model.decode(np.tile(model.latent.default, (3, 1)))
    assert np.array_equal(model.decode(z), expected)


def test_a_sample_that_is_no_number_does_not_stay_in_the_encoder(model):
    state = model.init_encoder()
    state, z = model.encode_step(state, np.full(2 * model.hop, np.nan, np.float32))
    assert np.isfinite(z).all() and state.silenced
    state, z = model.encode_step(state, sound(model, 2 * model.hop))
    assert np.isfinite(z).all()


def test_nothing_gives_nothing(model):
    assert model.decode(np.zeros((0, model.latent.size), np.float32)).shape == (0,)
    assert model.encode(np.zeros(0, np.float32)).shape == (0, model.latent.size)


def test_wrong_shapes_are_one_sentence(model):
    for shape in ((4, 1), (4,), (4, model.latent.size + 1), (1, 4, model.latent.size)):
        with pytest.raises(CheironError, match="expected"):
            model.decode_step(model.init_decoder(), np.zeros(shape, np.float32))
    with pytest.raises(CheironError, match="multiple"):
        model.encode_step(model.init_encoder(), np.zeros(model.hop + 1, np.float32))
