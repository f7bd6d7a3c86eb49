import errno
import subprocess
import sys
import time

import click
import pytest
from click.testing import CliRunner

from cheiron import __version__
from cheiron.core.errors import CheironError
from cheiron.studio import cli as module
from cheiron.studio.cli import COMMANDS, cli


def run(*arguments):
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def failing(monkeypatch):
    """A stand-in command that raises what it is given."""

    def install(error):
        def fail():
            raise error

        command = click.Command("play", callback=fail)
        monkeypatch.setattr(module.LazyGroup, "get_command", lambda self, ctx, name: command)
        return run("play")

    return install


def test_help_imports_neither_numbers_nor_networks():
    code = (
        "import sys; from cheiron.studio.cli import cli; cli(['--help'], standalone_mode=False); "
        "sys.exit(bool({'numpy', 'torch', 'onnxruntime', 'rich', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE).returncode == 0


def test_help_answers_at_once():
    def seconds():
        start = time.perf_counter()
        command = [sys.executable, "-c", "from cheiron.studio.cli import main; main()", "--help"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 1.5  # 0.1 s on a quiet laptop


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_loads_and_explains_itself(name):
    result = run(name, "--help")
    assert result.exit_code == 0, result.output
    assert f"cheiron {name}" in result.output or f" {name} " in result.output


def test_help_lists_every_command_with_its_line():
    output = run("--help").output
    assert all(name in output and text in output for name, (_, text) in COMMANDS.items())


def test_version_is_the_package_s():
    assert __version__ in run("--version").output


def test_an_unknown_command_is_refused_with_status_2():
    result = run("plya")
    assert result.exit_code == 2
    assert "plya" in result.stderr


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (CheironError("the file x is empty; expected audio."), 1, "the file x is empty"),
        (KeyboardInterrupt(), 130, "stopped; nothing half-written was kept"),
        (OSError(errno.ENOSPC, "No space left on device", "out.wav"), 1, "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "out.wav"), 1, "may not access"),
        (FileNotFoundError(errno.ENOENT, "No such file", "gesture.csv"), 1, "gesture.csv"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "aaa.wav"), 1, "file name too long"),
        (MemoryError(), 1, "more memory than there is"),
        (ModuleNotFoundError("no torch", name="torch.nn"), 1, "[learn]"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence_on_the_error_stream(failing, error, status, says):
    result = failing(error)
    assert result.exit_code == status
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_fault_of_our_own_is_not_dressed_up(failing):
    error = ModuleNotFoundError("typo", name="cheiron.studoi")
    assert failing(error).exception is error


def test_a_closed_pipe_ends_quietly():
    script = f"{sys.executable} -c 'from cheiron.studio.cli import main; main()' --help | true"
    result = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert "Traceback" not in result.stderr
