import sys
import zipfile

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.models import load_model
from cheiron.models.torchscript import load_torchscript

torch = pytest.importorskip("torch")
import toy_scripts  # noqa: E402


def trajectory(frames):
    return np.random.default_rng(1).normal(size=(frames, toy_scripts.D)).astype(np.float32)


def load(module, tmp_path):
    return load_torchscript(toy_scripts.save(module, tmp_path / "model.ts"), trust=True)


def test_channels_ratios_and_rate_are_found(toy_ts):
    model = load_model(toy_ts, trust=True)
    assert (model.name, model.latent.size, model.hop) == ("toy", 3, 8)
    assert model.sample_rate == 22050 and not model.methods.note


def test_an_unknown_file_is_refused_before_anything_runs(toy_ts, monkeypatch):
    monkeypatch.setattr(torch.jit, "load", lambda *_: pytest.fail("it ran"))
    with pytest.raises(CheironError, match="--trust"):
        load_model(toy_ts)


def test_once_trusted_it_loads_without_being_asked(toy_ts):
    load_model(toy_ts, trust=True)
    load_model(toy_ts)


def test_the_sound_is_what_the_module_computes(tmp_path):
    module = toy_scripts.Export(noise=0.0)
    model = load(module, tmp_path)
    z = trajectory(20)
    with torch.no_grad():
        expected = module.decode(torch.from_numpy(z.T[None]))[0, 0].numpy()
    assert np.abs(model.decode(z) - expected).max() < 1e-5


def test_stereo_is_mixed_to_mono(tmp_path):
    module = toy_scripts.Export(channels=2, noise=0.0)
    model = load(module, tmp_path)
    z = trajectory(20)
    with torch.no_grad():
        expected = module.decode(torch.from_numpy(z.T[None]))[0].mean(0).numpy()
    assert np.abs(model.decode(z) - expected).max() < 1e-5
    assert model.encode(np.ones(16, np.float32)).shape == (2, 3)


def test_a_stream_starts_from_the_buffers_in_the_file(tmp_path):
    first = load(toy_scripts.Export(noise=0.0, start=0.0), tmp_path)
    other = load(toy_scripts.Export(noise=0.0, start=1.0), tmp_path)
    z = trajectory(5)
    assert np.array_equal(other.decode(z), other.decode(z))
    assert not np.array_equal(first.decode(z), other.decode(z))


def test_streams_share_the_weights(toy_ts):
    model = load_model(toy_ts, trust=True)
    weights = [next(iter(model.init_decoder().module.parameters())).data_ptr() for _ in range(2)]
    assert weights[0] == weights[1]


def test_playing_leaves_pytorchs_own_generator_alone(toy_ts):
    model = load_model(toy_ts, trust=True)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    model.decode(trajectory(5), seed=3)
    assert torch.equal(before, torch.get_rng_state())


def test_a_module_that_breaks_is_silenced_and_starts_afresh(toy_ts):
    model = load_model(toy_ts, trust=True)
    state = model.init_decoder()
    state, block = model.decode_step(state, np.full((2, 3), 3e38, np.float32))
    assert state.silenced >= 1 and np.isfinite(block).all()
    state, block = model.decode_step(state, trajectory(5))
    assert np.isfinite(block).all() and block.any()


def test_a_decoder_alone_plays_at_the_usual_rate_and_says_so(tmp_path):
    model = load(toy_scripts.DecoderOnly(), tmp_path)
    assert model.sample_rate == 44100 and "44100" in model.methods.note
    assert np.array_equal(model.decode(trajectory(4)), trajectory(4)[:, 0].repeat(8))
    with pytest.raises(CheironError, match="cannot analyse"):
        model.encode(np.zeros(8, np.float32))


def test_a_module_that_only_transforms_sound_is_refused(tmp_path):
    with pytest.raises(CheironError, match="only forward"):
        load(toy_scripts.ForwardOnly(), tmp_path)


def test_a_module_that_gives_another_length_than_it_says_is_refused(tmp_path):
    with pytest.raises(CheironError, match="first step"):
        load(toy_scripts.Liar(), tmp_path)


def test_damaged_and_foreign_files_are_one_sentence(toy_ts, tmp_path):
    data = toy_ts.read_bytes()
    for i, content in enumerate([b"", b"hello", data[: len(data) // 2], data[:-10]]):
        (tmp_path / f"{i}.ts").write_bytes(content)
        with pytest.raises(CheironError, match="damaged") as caught:
            load_model(tmp_path / f"{i}.ts", trust=True)
        assert "\n" not in str(caught.value)
    with zipfile.ZipFile(tmp_path / "zip.ts", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(CheironError, match="damaged"):
        load_model(tmp_path / "zip.ts", trust=True)


def test_missing_torch_says_how_to_install_it(toy_ts, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(CheironError, match="cheiron doctor"):
        load_model(toy_ts, trust=True)


@pytest.mark.parametrize("mode", ["raises", "gives too little"])
def test_a_file_that_fails_while_it_is_played_is_refused_in_one_sentence(tmp_path, mode):
    model = load(toy_scripts.FailsLater(mode == "raises"), tmp_path)
    with pytest.raises(CheironError, match="failed while it was played"):
        model.decode(trajectory(4))
