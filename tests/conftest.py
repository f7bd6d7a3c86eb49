import gc
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

RATE = 16000
SMALL = {
    "window": 1024,
    "timbre": 4,
    "partials": 20,
    "noise_bins": 17,
    "width": 16,
    "depth": 1,
    "encoder_width": 16,
    "mels": 40,
}


REAL_TIME = ("tests/engine", "tests/outputs", "tests/sources", "tests/studio", "tests/learning")
"""Where tests run against the clock, with threads, processes and a browser."""


def pytest_collection_modifyitems(items):
    """A machine that stands still for a moment must not fail what runs against the clock.

    Such a test may try twice more; what is wrong fails each time.
    """
    for item in items:
        if any(place in item.path.as_posix() for place in REAL_TIME):
            item.add_marker(pytest.mark.flaky(reruns=2))


def pytest_collection_finish():
    """What is imported by now stays: the collector need not look at it in every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def shared_memory():
    """As empty after the tests as before: JACK's library leaves files wherever it is asked."""
    from cheiron.studio.bench.sound_server import swept

    with swept():
        yield


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory):
    """A corpus and what ``cheiron train`` makes of it with a small DDSP-class network; made once.

    Tracing the network takes most of its time.
    """
    from cheiron.core.audio_files import write_audio
    from cheiron.nets.ddsp import PRESETS, DdspConfig
    from cheiron.studio.cli import cli
    from cheiron.training.corpus import CorpusConfig, build_corpus

    folder = tmp_path_factory.mktemp("trained")
    (folder / "notes").mkdir()
    t = np.arange(int(1.2 * RATE)) / RATE
    for note, f0 in enumerate((196.0, 220.0, 261.6, 330.0)):
        y = sum(np.sin(2 * np.pi * k * f0 * t) / k for k in (1, 2, 3))
        envelope = np.minimum(t / 0.05, 1) * np.exp(-2 * t)
        write_audio(folder / "notes" / f"note{note}.wav", 0.4 * envelope * y, RATE)
    build_corpus(
        folder / "notes", folder / "bells", CorpusConfig(sample_rate=RATE, hold_out=("note2*",))
    )
    arguments = ["train", str(folder / "bells"), "-o", str(folder / "run"), "--preset", "ddsp"]
    arguments += ["--minutes", "0.03", "--batch", "2", "--seconds", "0.2", "--seed", "5"]
    arguments += ["--source", "Sines, made up.", "--licence", "CC0"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "ddsp", DdspConfig(**SMALL))
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return SimpleNamespace(
        folder=folder,
        out=folder / "run",
        model=folder / "run" / "model",
        arguments=arguments,
        output=result.output,
        config=DdspConfig(**SMALL),
    )
