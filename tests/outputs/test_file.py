import importlib
import os
import resource
import subprocess
import sys
import time

import numpy as np
import pytest

from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import LiveOutput, Output
from cheiron.outputs import OUTPUTS
from cheiron.outputs.file import FileOutput

BLOCK = np.linspace(-0.5, 0.5, 128, dtype=np.float32)


@pytest.mark.parametrize("name", OUTPUTS)
def test_each_entry_of_the_table_is_an_output(name):
    module, _, attribute = OUTPUTS[name].partition(":")
    made = getattr(importlib.import_module(module), attribute)
    assert issubclass_of(made, Output) or issubclass_of(made, LiveOutput)


def issubclass_of(made, protocol):
    """Whether a class has everything that a protocol asks for."""
    return all(hasattr(made, name) for name in vars(protocol) if not name.startswith("_"))


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_blocks_come_back_as_they_were_written(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    with FileOutput(path, 44100) as output:
        for _ in range(3):
            output.write(BLOCK)
        assert not path.exists()
    assert np.abs(read_audio(path, 44100) - np.tile(BLOCK, 3)).max() < 1e-6


def test_a_failure_on_the_way_leaves_nothing_and_the_older_file_untouched(tmp_path):
    path = tmp_path / "out.wav"
    path.write_bytes(b"older")
    with pytest.raises(RuntimeError), FileOutput(path, 44100) as output:
        output.write(BLOCK)
        raise RuntimeError
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["out.mp3", "out", "folder.wav"])
def test_what_cannot_be_a_sound_file_is_refused(tmp_path, name):
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(CheironError, match="expected"):
        FileOutput(tmp_path / name, 44100)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CheironError, match="does not exist"):
        FileOutput(tmp_path / "no" / "out.wav", 44100).open()


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path):
    code = (
        "import resource, signal, sys, numpy as np\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from cheiron.outputs.file import FileOutput\n"
        "from cheiron.core.errors import CheironError\n"
        "try:\n"
        "    with FileOutput(sys.argv[1], 44100) as output:\n"
        "        for _ in range(20): output.write(np.zeros(44100, np.float32))\n"
        "except CheironError as error: print(error)\n"
    )
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out.wav")], capture_output=True, text=True
    )
    assert "could not be written" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_killed_on_the_way_it_leaves_nothing_under_its_name(tmp_path):
    code = (
        "import sys, time, numpy as np\n"
        "from cheiron.outputs.file import FileOutput\n"
        "output = FileOutput(sys.argv[1], 44100)\n"
        "output.open()\n"
        "output.write(np.zeros(441000, np.float32))\n"
        "print('writing', flush=True)\n"
        "time.sleep(60)\n"
    )
    path = tmp_path / "out.wav"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "writing\n"
        os.kill(process.pid, 9)
    time.sleep(0.01)
    assert not path.exists()
