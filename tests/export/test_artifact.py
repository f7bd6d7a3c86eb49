import json
import socket
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

import cheiron.export.artifact as module
from cheiron.core.artifact import Artifact, pack, write_artifact
from cheiron.core.artifact_extend import extend
from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.core.space import Space
from cheiron.export.artifact import export_model, parity
from cheiron.export.network import load_network, make_network
from cheiron.export.onnx_graph import OPSET
from cheiron.models import load_model
from cheiron.models.onnx_model import OnnxModel

GRAPHS = ("encoder.onnx", "decoder.onnx", "decoder_step.onnx")
FRAMES = 70


def graph(artifact, name):
    return onnx.load_from_string(artifact.read(name))


@pytest.fixture
def eager(exported, audio):
    """What the network itself says of a sound: latents ``(frames, D)`` and its decoding."""
    network = exported.network
    n = FRAMES * network.hop
    noise = torch.from_numpy(uniform_noise(3, 0, n))[None, None]
    with torch.no_grad():
        z, _ = network.encode(torch.from_numpy(audio(n))[None, None], network.init_encoder())
        y, _ = network.decode(z, network.init_decoder(), noise)
    return z[0].T.numpy().copy(), y[0, 0].numpy()


@pytest.mark.parametrize("frames", [1, 2, 5, 64])
def test_the_graphs_compute_what_the_network_does_for_any_block(exported, audio, eager, frames):
    model, (z, y) = OnnxModel(exported.artifact, kernel=False), eager
    hop = model.hop
    sound = audio(FRAMES * hop)
    past, memory = model.init_encoder(), model.init_decoder(3)
    for at in range(0, FRAMES - frames + 1, frames):
        past, latents = model.encode_step(past, sound[at * hop : (at + frames) * hop])
        np.testing.assert_allclose(latents, z[at : at + frames], atol=1e-3, rtol=1e-4)
        memory, block = model.decode_step(memory, z[at : at + frames])
        np.testing.assert_allclose(block, y[at * hop : (at + frames) * hop], atol=2e-5)


def test_the_step_graph_is_the_decoder(exported, eager):
    """decoder_step.onnx, which plays single frames, and decoder.onnx agree."""
    plain, z = OnnxModel(exported.artifact, kernel=False), eager[0]
    whole = plain.decode(z, 3)
    state, parts = plain.init_decoder(3), []
    for frame in z:
        state, block = plain.decode_step(state, frame[None])
        parts.append(block.copy())
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=2e-5)


def test_parity_is_measured_and_small(exported):
    assert parity(exported.network, OnnxModel(exported.artifact, kernel=False), frames=12) < 1e-5
    other = make_network(exported.family, exported.artifact.manifest["config"]).eval()
    assert parity(other, OnnxModel(exported.artifact, kernel=False), frames=12) > 1e-3


def test_weights_are_stored_once(exported):
    weights = len(exported.artifact.read("weights.safetensors"))
    stored = 0
    for name in GRAPHS:
        for tensor in graph(exported.artifact, name).graph.initializer:
            where = {entry.key: entry.value for entry in tensor.external_data}
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                assert where["location"] == "weights.safetensors"
                assert int(where["offset"]) + int(where["length"]) <= weights
                stored += int(where["length"])
    large = sum(
        p.nbytes
        for p in exported.artifact.tensors("weights.safetensors").values()
        if p.nbytes >= 1024
    )
    assert large > 0.5 * weights
    assert stored >= large  # each large weight is pointed at, the decoder's twice


def test_nothing_tells_of_the_machine_that_exported(exported):
    # The words are put together here so that this file holds none of them either.
    folders = {str(Path.home()), str(Path(torch.__file__).parents[1]), str(Path.cwd())}
    words = {"site-packages", "python3.", "/" + "tmp/", socket.gethostname(), *folders}
    words = {w.encode() for w in words if len(w) > 4}
    for path in exported.artifact.path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [w for w in words if w in data], path.name


def test_the_graphs_need_only_standard_operators_of_the_set_that_browsers_run(exported):
    for name in GRAPHS:
        model = graph(exported.artifact, name)
        assert [(o.domain, o.version) for o in model.opset_import] == [("", OPSET)] == [("", 18)]
        assert not model.functions
        assert {node.domain for node in model.graph.node} <= {""}
        assert not {node.op_type for node in model.graph.node} & {"RandomNormal", "RandomUniform"}


def test_the_graphs_keep_the_conventions(exported):
    network = exported.network
    for name, sources, sink in (
        ("encoder.onnx", ["audio"], "z"),
        ("decoder.onnx", ["z", "noise"], "audio"),
        ("decoder_step.onnx", ["z", "noise"], "audio"),
    ):
        model = graph(exported.artifact, name)
        states = network.init_encoder() if sink == "z" else network.init_decoder()
        numbers = range(len(states))
        assert [p.name for p in model.graph.input] == [*sources, *(f"state_{i}" for i in numbers)]
        assert [p.name for p in model.graph.output] == [sink, *(f"next_state_{i}" for i in numbers)]
        dims = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
        whole = name == "decoder.onnx" or (sink == "z" and network.any_block)
        assert (dims[2] == 0) == whole  # 0: any number of frames


def test_the_manifest_says_what_it_is(exported):
    manifest, network = exported.artifact.manifest, exported.network
    assert manifest["family"] == exported.family
    assert (manifest["hop"], manifest["latency"]) == (network.hop, network.latency)
    assert manifest["sample_rate"] == network.config.sample_rate
    assert manifest["parameters"] == sum(
        a.size for a in exported.artifact.tensors("weights.safetensors").values()
    )
    assert Space.from_json(manifest["latent"]).size == network.latent_size


def test_further_fields_and_files_are_kept(texture):
    assert texture.artifact.manifest["provenance"] == {"source": "made up"}
    assert texture.artifact.read("card.md") == b"# toy"


def test_the_network_is_not_changed_by_its_export(texture, audio):
    assert any("parametrizations" in name for name in texture.network.state_dict())
    sound = torch.from_numpy(audio(2 * texture.network.hop))[None, None]
    texture.network.encode(sound, texture.network.init_encoder())


def test_the_network_comes_back_from_its_artifact(texture, audio):
    exported, again = texture, load_network(texture.artifact)
    sound = torch.from_numpy(audio(8 * again.hop))[None, None]
    with torch.no_grad():
        mine, _ = exported.network.encode(sound, exported.network.init_encoder())
        other, _ = again.encode(sound, again.init_encoder())
    torch.testing.assert_close(other, mine, atol=1e-4, rtol=1e-5)
    assert not again.training
    assert again.config == exported.network.config


def test_a_zip_plays_alike(exported, eager, tmp_path):
    pack(exported.artifact.path, tmp_path / "model.zip")
    z = eager[0][:6]
    model = load_model(tmp_path / "model.zip")
    np.testing.assert_array_equal(model.decode(z, 1), OnnxModel(exported.artifact).decode(z, 1))


def test_extending_keeps_what_was_there(exported, tmp_path):
    copy = write_artifact(
        tmp_path / "copy",
        kind="audio-model",
        name="copy",
        fields={"hop": 4, "metrics": {"a": 1}},
        files={"card.md": b"old", "x.bin": b"x"},
    )
    more = extend(copy, {"metrics": {"b": 2}}, {"card.md": b"new", "y.bin": b"y"})
    assert more.name == "copy"
    assert (more.manifest["hop"], more.manifest["metrics"]) == (4, {"b": 2})
    assert [more.read(n) for n in ("card.md", "x.bin", "y.bin")] == [b"new", b"x", b"y"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy"]


@pytest.fixture
def copied(exported, tmp_path):
    """Writes the artifact again with other fields or files."""

    def write(fields=None, files=None, without=()):
        own = {"format", "format_version", "cheiron_version", "kind", "name", "files"}
        kept = {k: v for k, v in exported.artifact.manifest.items() if k not in own}
        contents = {
            n: exported.artifact.read(n) for n in exported.artifact.files if n not in without
        }
        return write_artifact(
            tmp_path / "m",
            kind="audio-model",
            name="m",
            fields={**kept, **(fields or {})},
            files={**contents, **(files or {})},
        )

    return write


def test_damaged_weights_are_refused_in_a_sentence(copied):
    artifact = copied()
    path = artifact.path / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheironError, match="was changed since it was written"):
        Artifact.open(artifact.path)
    path.unlink()
    with pytest.raises(CheironError, match="is missing"):
        load_model(artifact.path)


def test_weights_that_do_not_fit_are_refused_in_a_sentence(copied):
    with pytest.raises(CheironError, match="holds no tensors"):
        load_network(copied(files={"weights.safetensors": b"\x08" + bytes(20)}))
    with pytest.raises(CheironError, match=r"has no file 'weights\.safetensors'"):
        load_network(copied(without=("weights.safetensors",)))
    with pytest.raises(CheironError, match="do not fit its configuration"):
        load_network(copied(fields={"config": {}}))


@pytest.mark.parametrize(
    ("family", "config", "says"),
    [
        ("flow", {}, "no model family 'flow'; there are rave, ddsp"),
        ("ddsp", {"bells": 3}, "no setting 'bells'; it has depth, encoder_width"),
        ("ddsp", {"width": "many"}, "do not fit together"),
        ("ddsp", {"window": 1000}, "do not fit together"),
        ("rave", {"taps": 190}, "do not fit together"),
        ("rave", {"widths": [8]}, "do not fit together"),
    ],
)
def test_a_configuration_that_is_none_is_refused_in_a_sentence(family, config, says):
    with pytest.raises(CheironError, match=says) as caught:
        make_network(family, config)
    assert "\n" not in str(caught.value)


def test_graphs_that_differ_are_not_given_out(exported, tmp_path, monkeypatch):
    """The exporter's mistakes must not reach a player."""
    files = {n: exported.artifact.read(n) for n in (*GRAPHS, "weights.safetensors")}
    other = make_network(exported.family, exported.artifact.manifest["config"])
    monkeypatch.setattr(module, "_graph_files", lambda network: files)
    latent = Space.from_json(exported.artifact.manifest["latent"])
    with pytest.raises(CheironError, match="differ from the network by"):
        export_model(other, tmp_path / "m", name="m", family=exported.family, latent=latent)
    assert not (tmp_path / "m").exists()


def test_the_manifest_is_plain_json(exported):
    text = (exported.artifact.path / "manifest.json").read_text("utf-8")
    assert json.loads(text)["config"] == json.loads(
        json.dumps(exported.artifact.manifest["config"])
    )
