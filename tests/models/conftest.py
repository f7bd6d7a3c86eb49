import sys
from pathlib import Path

import pytest

# The toys are modules of their own, because TorchScript reads their source from a file.
sys.path.insert(0, str(Path(__file__).parent))

import toys


@pytest.fixture(autouse=True)
def private_config(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("config") / "cheiron"
    monkeypatch.setenv("CHEIRON_CONFIG", str(folder))
    return folder


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """The folder of a toy artifact."""
    return toys.write_model(tmp_path_factory.mktemp("models") / "toy").path


@pytest.fixture(scope="session")
def toy_ts(tmp_path_factory):
    """A toy RAVE export."""
    pytest.importorskip("torch")
    import toy_scripts

    return toy_scripts.save(toy_scripts.Export(), tmp_path_factory.mktemp("ts") / "toy.ts")
