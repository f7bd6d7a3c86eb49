import numpy as np
import onnx
import pytest
import toys
from onnx import TensorProto, helper

from cheiron.core.artifact import pack
from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.models import load_model
from cheiron.models.onnx_model import OnnxModel


def trajectory(frames):
    return np.random.default_rng(1).normal(size=(frames, toys.D)).astype(np.float32)


def refusal(path, act=None):
    with pytest.raises(CheironError) as caught:
        model = load_model(path)
        if act:
            act(model)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    return text


def renamed(model, old, new):
    """The same graph with another name for one of its values."""
    for port in (*model.graph.input, *model.graph.output):
        port.name = new if port.name == old else port.name
    for node in model.graph.node:
        node.input[:] = [new if n == old else n for n in node.input]
        node.output[:] = [new if n == old else n for n in node.output]
    return model.SerializeToString()


def test_a_zip_plays_as_the_folder(toy, tmp_path):
    pack(toy, tmp_path / "toy.zip")
    z = trajectory(20)
    assert np.array_equal(load_model(tmp_path / "toy.zip").decode(z), load_model(toy).decode(z))


def test_external_weights_play_as_internal_ones(toy, tmp_path):
    toys.write_model(tmp_path / "internal", external=False)
    z = trajectory(20)
    assert np.array_equal(load_model(tmp_path / "internal").decode(z), load_model(toy).decode(z))


def test_the_sound_is_what_the_graph_says(toy):
    # The toy's arithmetic once more, in NumPy, with the noise of core.
    z = trajectory(100)
    past = np.concatenate([np.zeros((toys.CONTEXT, toys.D)), z])
    w, up = toys.random(4, toys.D, 3), toys.random(4, 1, toys.HOP)
    hidden = sum(past[k : k + 100] @ w[:, :, k].T for k in range(3))
    phase = np.cumsum((hidden @ up[:, 0]).ravel())
    expected = np.sin(phase) + np.float32(0.1) * uniform_noise(9, 0, 800)
    assert np.abs(load_model(toy).decode(z, seed=9) - expected).max() < 1e-5


def test_noise_runs_on_over_long_streams_in_blocks_of_any_size(toy):
    model = load_model(toy)
    z = np.zeros((1500, toys.D), np.float32)
    state, blocks, start = model.init_decoder(4), [], 0
    for size in (1, 700, 3, 511, 285):
        state, block = model.decode_step(state, z[start : start + size])
        blocks.append(block.copy())
        start += size
    expected = np.float32(0.1) * uniform_noise(4, 0, 1500 * toys.HOP)
    assert np.abs(np.concatenate(blocks) - expected).max() < 1e-7


def test_a_graph_without_noise_plays(tmp_path):
    toys.write_model(tmp_path / "toy", noise=False)
    model = load_model(tmp_path / "toy")
    assert np.array_equal(model.decode(trajectory(9), seed=1), model.decode(trajectory(9), seed=2))


def test_a_step_of_one_hop_writes_into_the_same_buffers(toy):
    model = load_model(toy)
    state = model.init_decoder()
    addresses = {
        model.decode_step(state, frame[None])[1].__array_interface__["data"][0]
        for frame in trajectory(10)
    }
    assert len(addresses) == 1


def test_many_block_sizes_do_not_pile_up(toy):
    model = load_model(toy)
    state = model.init_decoder()
    for size in range(1, 40):
        model.decode_step(state, trajectory(size))
    assert len(state.stream.states._blocks) <= 8


def test_a_sound_that_overflows_is_silenced_and_the_stream_goes_on(toy):
    model = load_model(toy)
    state = model.init_decoder()
    state, block = model.decode_step(state, np.full((4, toys.D), 3e38, np.float32))
    assert not block.any() and state.silenced == 1
    state, block = model.decode_step(state, trajectory(4))
    assert np.isfinite(block).all() and block.any()
    fresh = model.decode_step(model.init_decoder(), trajectory(4))[1]
    noise = np.float32(0.1) * uniform_noise(0, 0, 64)
    assert np.abs((block - noise[32:]) - (fresh - noise[:32])).max() < 1e-5


def test_a_model_without_encoder_plays_and_says_that_it_cannot_analyse(tmp_path):
    toys.write_model(tmp_path / "toy", files={"encoder.onnx": None})
    assert load_model(tmp_path / "toy").decode(trajectory(2)).any()
    text = refusal(tmp_path / "toy", lambda m: m.encode(np.zeros(8, np.float32)))
    assert "no encoder" in text


def test_a_graph_with_other_inputs_or_outputs_is_refused(tmp_path):
    for i, (old, new) in enumerate(
        [("z", "latent"), ("state_1", "state_7"), ("audio", "wave"), ("next_state_0", "out_0")]
    ):
        graph = renamed(toys.decoder(), old, new)
        toys.write_model(tmp_path / str(i), files={"decoder.onnx": graph}, external=False)
        assert "conventions" in refusal(tmp_path / str(i))


def test_an_encoder_in_place_of_the_decoder_is_refused(tmp_path):
    graph = toys.encoder().SerializeToString()
    toys.write_model(tmp_path / "toy", files={"decoder.onnx": graph}, external=False)
    assert "conventions" in refusal(tmp_path / "toy")


def test_another_latent_size_or_hop_than_the_manifest_says_is_refused(tmp_path):
    toys.write_model(tmp_path / "hop", fields={"hop": 16})
    assert "conventions" in refusal(tmp_path / "hop")
    latent = toys.Space.of("latent", ["a"]).to_json()
    toys.write_model(tmp_path / "size", fields={"latent": latent})
    assert "conventions" in refusal(tmp_path / "size")


def test_a_state_of_open_shape_is_refused(tmp_path):
    graph = toys.proto(
        [
            helper.make_node("Identity", ["state_0"], ["next_state_0"]),
            helper.make_node("Identity", ["z"], ["audio"]),
        ],
        [("z", TensorProto.FLOAT, [1, 3, "T"]), ("state_0", TensorProto.FLOAT, ["n"])],
        [("audio", TensorProto.FLOAT, [1, 3, "T"]), ("next_state_0", TensorProto.FLOAT, ["n"])],
        {},
    )
    files = {"decoder.onnx": graph.SerializeToString()}
    toys.write_model(tmp_path / "toy", files=files, external=False)
    assert "fixed shape" in refusal(tmp_path / "toy")


@pytest.mark.parametrize("data", [b"", b"hello", onnx.ModelProto().SerializeToString()])
def test_what_is_no_graph_is_refused(tmp_path, data):
    toys.write_model(tmp_path / "toy", files={"decoder.onnx": data})
    assert "decoder.onnx" in refusal(tmp_path / "toy")


@pytest.mark.parametrize("weights", [None, b"\0" * 100])
def test_weights_that_the_graph_misses_are_refused(tmp_path, weights):
    toys.write_model(tmp_path / "toy", files={"weights.safetensors": weights})
    assert "could not be loaded" in refusal(tmp_path / "toy")
    pack(tmp_path / "toy", tmp_path / "toy.zip")
    assert "could not be loaded" in refusal(tmp_path / "toy.zip")


def test_a_missing_decoder_is_refused(tmp_path):
    toys.write_model(tmp_path / "toy", files={"decoder.onnx": None})
    assert "no decoder.onnx" in refusal(tmp_path / "toy")


@pytest.mark.parametrize(
    "fields",
    [
        {"hop": 0},
        {"hop": "8"},
        {"sample_rate": None},
        {"latency": -1},
        {"latent": None},
        {"sample_rate": 10**12},
    ],
)
def test_a_manifest_with_wrong_fields_is_refused(tmp_path, fields):
    toys.write_model(tmp_path / "toy", fields=fields)
    refusal(tmp_path / "toy")


def test_another_kind_of_artifact_is_refused(tmp_path):
    toys.write_artifact(tmp_path / "pca", kind="control-space", name="pca", fields={}, files={})
    assert "audio-model" in refusal(tmp_path / "pca")


def test_loading_holds_the_artifact_for_its_other_files(toy):
    model = load_model(toy)
    assert isinstance(model, OnnxModel)
    assert model.artifact.manifest["sample_rate"] == 8000
