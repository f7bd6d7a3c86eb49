"""``cheiron play`` as a player starts it: real processes, a real page, a real end."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from click.testing import CliRunner

from cheiron.studio.cli import cli
from cheiron.studio.session.store import Session

PLAY = [sys.executable, "-c", "from cheiron.studio.cli import main; main()", "play"]


class Playing:
    def __init__(self, *arguments, home):
        self.process = subprocess.Popen(
            [*PLAY, "--no-browser", "--device", "page", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"CHEIRON_HOME": str(home)},
        )

    def address(self):
        for line in self.process.stdout:
            if match := re.search(r"http://\S+", line):
                return match.group()
        raise AssertionError(self.process.stderr.read())

    def end(self):
        """Ctrl-C; what it said, and its exit code."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=30)
        return "".join(said), self.process.returncode


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*arguments):
        playing = Playing(*arguments, home=tmp_path / "home")
        started.append(playing)
        return playing

    yield start
    for playing in started:
        playing.process.kill()
        playing.process.communicate()


def test_it_says_where_the_page_is_serves_it_and_ends_with_ctrl_c(start):
    playing = start("sax")
    address = playing.address()
    with urllib.request.urlopen(address.partition("#")[0]) as page:
        assert b"Cheiron" in page.read()
    said, code = playing.end()
    assert code == 0, said
    assert "Traceback" not in said and "leaked" not in said, said


def test_impatience_does_not_cut_the_end_short(start):
    playing = start("sax")
    playing.address()
    for _ in range(5):
        playing.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    said, code = playing.end()
    assert code == 0 and "Traceback" not in said, said


def test_a_second_program_on_the_same_session_is_told_so(start):
    first, second = start("sax"), None
    first.address()
    second = start("sax")
    assert second.process.wait(30) != 0
    said = second.process.stderr.read()
    assert str(first.process.pid) in said and "Traceback" not in said


def test_killed_it_leaves_no_process_behind_and_the_session_opens_again(start, tmp_path):
    playing = start("--session", tmp_path / "evening", "storm")
    playing.address()
    children = psutil.Process(playing.process.pid).children(recursive=True)
    assert children
    playing.process.kill()
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    with Session.open(tmp_path / "evening") as session:
        assert session.state.model == "storm"


def test_the_sound_goes_on_while_its_server_is_killed(start):
    playing = start("sax")
    address = playing.address().partition("#")[0]
    for child in psutil.Process(playing.process.pid).children():
        child.kill()
    deadline = time.monotonic() + 20
    while True:  # the port stays; a new server answers
        try:
            with urllib.request.urlopen(address, timeout=5) as page:
                assert page.status == 200
                break
        except OSError:
            assert time.monotonic() < deadline
    said, code = playing.end()
    assert code == 0, said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "no model"),
        (["--port", "1"], "port"),
        (["--loop", "nowhere.wav"], "nowhere.wav"),
    ],
)
def test_a_mistake_gets_a_sentence(arguments, sentence, tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path))
    if arguments[0] == "--port" and os.geteuid() == 0:
        arguments = ["--port", "70000"]
    result = CliRunner().invoke(cli, ["play", "--no-browser", *arguments])
    assert result.exit_code != 0
    assert sentence in str(result.exception) + result.output
    assert "Traceback" not in result.output
