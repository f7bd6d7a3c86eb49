"""The compiled kernel: the sound of ONNX Runtime, whatever is done to it."""

import copy
import gc
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import cheiron.models.native.library as library_module
from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.models import find_model, load_model
from cheiron.models.native import KernelDecoder, NotCoveredError, load_library
from cheiron.models.native.program import Builder, Kind
from cheiron.models.onnx_model import OnnxModel

NAMES = ("sax", "storm")

try:
    load_library()
except NotCoveredError as why:
    pytest.skip(f"no kernel: {why}", allow_module_level=True)


@pytest.fixture(params=NAMES, scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def artifact(name):
    return Artifact.open(find_model(name))


@pytest.fixture(scope="module")
def model(artifact):
    return OnnxModel(artifact)


@pytest.fixture(scope="module")
def graph(artifact):
    return OnnxModel(artifact, kernel=False)


def trajectory(model, frames=300, seed=0):
    """All over the latent space: held, jumping, trembling."""
    rng = np.random.default_rng(seed)
    low, high = (np.clip(edge, -100, 100) for edge in (model.latent.low, model.latent.high))
    held = low + rng.random((-(-frames // 15), len(low))) * (high - low)
    z = np.repeat(held, 15, axis=0)[:frames]
    z[frames // 3 :] += 0.1 * rng.standard_normal((frames - frames // 3, len(low)))
    return z.astype(np.float32)


def in_blocks(model, z, sizes, seed=3):
    state, blocks, start = model.init_decoder(seed), [], 0
    while start < len(z):
        size = sizes[len(blocks) % len(sizes)]
        state, block = model.decode_step(state, z[start : start + size])
        blocks.append(block.copy())
        start += size
    return np.concatenate(blocks)


def shaken(program_of):
    """Whether a plan refuses, as an exception would say."""
    with pytest.raises(NotCoveredError) as caught:
        program_of()
    return str(caught.value)


# The same sound


def test_the_kernel_decodes_the_shipped_models(model, graph):
    assert model.decoded_by.startswith("compiled kernel")
    assert graph.decoded_by == "ONNX Runtime"


@pytest.mark.parametrize("sizes", [[1], [64], [3, 1, 8, 2, 40, 9, 7]])
def test_it_gives_the_sound_of_onnx_runtime(model, graph, sizes):
    z = trajectory(model)
    wanted = graph.decode(z, seed=3)
    assert np.abs(wanted).max() > 0.1
    assert np.abs(in_blocks(model, z, sizes) - wanted).max() < 1e-5


def test_it_stays_in_step_for_ten_seconds(model, graph):
    z = np.repeat(trajectory(model, 15), 230, axis=0)
    tail = slice(-100 * model.hop, None)
    assert np.abs(model.decode(z)[tail] - graph.decode(z)[tail]).max() < 2e-5


def test_blocks_of_any_size_give_the_same_bits(model):
    z = trajectory(model, 150)
    whole = model.decode(z, seed=3)
    for sizes in ([1], [2, 5], [150], [7, 64, 1, 1, 8]):
        assert np.array_equal(in_blocks(model, z, sizes), whole)


def test_the_plain_variant_gives_the_same_sound_as_the_better_one(artifact, model):
    folder = library_module._FOLDER
    library, path, _ = library_module._open(folder / f"kernel{library_module._SUFFIX}", "")
    step = library.cheiron_kernel_step
    step.argtypes, step.restype = load_library().step.argtypes, load_library().step.restype
    plain = replace(load_library(), path=path, step=step, variant="")
    z = trajectory(model, 100)
    audio, finite = KernelDecoder(KernelDecoder.of(artifact).program, plain).stream(3).step(z)
    assert finite
    assert np.abs(audio - model.decode(z, seed=3)).max() < 1e-5


def test_it_draws_the_noise_of_core(model):
    stream = noise_alone(hop=64).stream(7)
    drawn = np.concatenate([stream.step(np.zeros((n, 1)))[0].copy() for n in (1, 9, 30)])
    assert np.array_equal(drawn, uniform_noise(7, 0, 40 * 64))


def test_noise_goes_on_beyond_the_samples_that_32_bits_count():
    stream = noise_alone(hop=64).stream(7)
    start = 2**32 - 64
    stream._memory[2:4].view(np.uint64)[0] = start
    assert np.array_equal(stream.step(np.zeros((2, 1)))[0], uniform_noise(7, start, 128))


def noise_alone(hop):
    builder = Builder(1, hop)
    audio = builder.signal(hop)
    builder.constant([0.0])
    builder.add(Kind.NOISE, audio, hop)
    builder.add(Kind.EMIT, audio, -1, -1)
    return KernelDecoder(builder.build(), load_library())


# Hazards


def test_streams_on_many_threads_do_not_meet(model):
    trajectories = [trajectory(model, 400, seed) for seed in range(4)]
    alone = [model.decode(z, seed=3) for z in trajectories]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda z: in_blocks(model, z, [1, 3, 17]), trajectories))
    for a, b in zip(alone, together, strict=True):
        assert np.array_equal(a, b)


def test_a_stream_that_goes_away_while_another_plays_is_not_missed(artifact):
    model = OnnxModel(artifact)
    z = trajectory(model, 200)
    wanted = model.decode(z, seed=3)
    stop = threading.Event()

    def come_and_go():
        while not stop.is_set():
            model.decode_step(model.init_decoder(), z[:2])

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        assert np.array_equal(in_blocks(model, z, [1]), wanted)
    finally:
        stop.set()
        thread.join()


def test_a_stream_keeps_what_it_needs_when_its_model_goes_away(artifact, model):
    z = trajectory(model, 20)
    stream = KernelDecoder.of(artifact).stream(3)
    gc.collect()
    assert np.array_equal(stream.step(z)[0], model.decode(z, seed=3))


def test_a_copied_stream_goes_on_in_the_same_way(model):
    z = trajectory(model, 40)
    state, _ = model.decode_step(model.init_decoder(3), z[:20])
    second = copy.deepcopy(state)
    model.decode_step(second, z[20:30])
    del second
    third = copy.deepcopy(state)
    first = model.decode_step(state, z[20:])[1]
    assert np.array_equal(first, model.decode_step(third, z[20:])[1])


def test_a_sound_that_breaks_is_silence_and_the_stream_begins_again(model):
    z = trajectory(model, 40)
    state, _ = model.decode_step(model.init_decoder(3), z[:20])
    state, block = model.decode_step(state, np.full((4, model.latent.size), 3e38, np.float32))
    assert state.silenced == 1
    assert not block.any()
    state, block = model.decode_step(state, z[20:])
    assert np.isfinite(block).all()
    assert block.any()


def test_one_broken_number_within_a_stream_is_noticed(model):
    z = trajectory(model, 40)
    stream = model.init_decoder(3).stream
    stream.step(z[:20])
    stream._memory[16:] = np.nan
    assert not stream.step(z[20:])[1]
    stream.reset()
    assert stream.step(z[20:])[1]


def test_denormal_numbers_are_flushed_within_a_step_only():
    """In a process of its own: where ONNX Runtime has run they stay flushed."""
    program = """
import numpy as np
from cheiron.core.artifact import Artifact
from cheiron.models import find_model
from cheiron.models.native import KernelDecoder
decoder = KernelDecoder.of(Artifact.open(find_model("sax")))
decoder.stream(0).step(np.zeros((2, decoder.program.latents), np.float32))
assert (np.full(8, 1e-40, np.float32) * np.float32(1)).any()
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_steps_of_one_frame_write_into_the_same_buffer(model):
    state = model.init_decoder()
    blocks = [model.decode_step(state, frame[None])[1] for frame in trajectory(model, 5)]
    assert len({block.__array_interface__["data"][0] for block in blocks}) == 1


# What it does not cover is left to ONNX Runtime


def altered(artifact, path, config=None, tensors=None, **fields):
    """The artifact with other settings or weights, its graphs as they were."""
    manifest = {k: v for k, v in artifact.manifest.items() if k not in ("files", "name", "kind")}
    kept = ("sample_rate", "hop", "latency", "latent", "family", "config")
    manifest = {k: manifest[k] for k in kept} | fields
    manifest["config"] = manifest["config"] | (config or {})
    files = {n: artifact.read(n) for n in artifact.files if n.endswith((".onnx", ".safetensors"))}
    if tensors:
        weights = artifact.tensors("weights.safetensors")
        files["weights.safetensors"] = tensors_to_bytes(tensors(weights))
    return write_artifact(path, kind="audio-model", name="other", fields=manifest, files=files)


@pytest.mark.parametrize(
    "changes",
    [
        {"family": "other"},
        {"config": {"invention": 1}},
        {"config": {"width": 96, "widths": [1, 2, 3, 4]}},
        {"config": {"noise_bins": "65"}},
        {"config": {"hop": -128, "bands": 24}},
        {"config": {"depth": 10**8, "core": 10**8}},
    ],
)
def test_another_network_is_left_to_onnx_runtime(artifact, tmp_path, changes):
    other = altered(artifact, tmp_path / "other", **changes)
    assert shaken(lambda: KernelDecoder.of(other))
    model = OnnxModel(other)
    assert model.decoded_by == "ONNX Runtime"
    assert model.decode(trajectory(model, 4)).any()


def test_settings_that_the_weights_do_not_contradict_are_found_by_ear(artifact, tmp_path):
    """The graph has the last word: the kernel plays only what sounds like it."""
    config = {"sample_rate": 22050} if "hop" in artifact.manifest["config"] else {"attenuation": 90}
    other = altered(artifact, tmp_path / "other", config=config)
    KernelDecoder.of(other)
    assert OnnxModel(other).decoded_by == "ONNX Runtime"


def test_a_layer_that_is_missing_is_no_reason_to_fail(artifact, tmp_path):
    def without_one(weights):
        names = [name for name in weights if name.startswith("decoder")]
        return {name: value for name, value in weights.items() if name != names[0]}

    other = altered(artifact, tmp_path / "other", tensors=without_one)
    assert "there is no" in shaken(lambda: KernelDecoder.of(other))


def test_damaged_weights_are_refused_as_ever(artifact, tmp_path):
    other = altered(artifact, tmp_path / "other")
    (other.path / "weights.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(CheironError, match="wrong size"):
        load_model(other.path)


def test_a_stream_cannot_ask_for_absurdly_much_memory():
    builder = Builder(1, 8)
    builder.signal(8, past=10**9)
    assert "memory" in shaken(builder.build)


# The library


def test_the_environment_can_turn_it_off(artifact, monkeypatch):
    monkeypatch.setenv("CHEIRON_KERNEL", "off")
    assert OnnxModel(artifact).decoded_by == "ONNX Runtime"
    monkeypatch.setenv("CHEIRON_KERNEL", "maybe")
    with pytest.raises(CheironError, match="expected on or off"):
        OnnxModel(artifact)


def test_a_library_that_is_missing_or_foreign_is_done_without(tmp_path):
    assert "not built" in library_module._load(tmp_path / "nowhere")
    (tmp_path / f"kernel{library_module._SUFFIX}").write_bytes(b"\x7fELF")
    assert "cannot be loaded" in library_module._load(tmp_path)
