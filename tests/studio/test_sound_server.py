"""The dummy sound server where another one was killed, or lives; with a ``jackd`` of shell."""

import os

import pytest

from cheiron.core.errors import CheironError
from cheiron.studio.bench import sound_server

JACKD = """#!/bin/sh
if [ -e {shared}/jack-shm-registry ]; then
  echo 'Too many servers already active' >&2
  exit 255
fi
touch {shared}/jack-shm-registry {shared}/jack_sem.0_$2_system
exec sleep 60
"""
JACK_WAIT = """#!/bin/sh
[ -e {shared}/jack_sem.0_$2_system ] && echo server is available
"""


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """The shared memory of a computer whose only ``jackd`` refuses while there is a registry."""
    shared, programs = tmp_path / "shm", tmp_path / "bin"
    shared.mkdir()
    programs.mkdir()
    for name, text in (("jackd", JACKD), ("jack_wait", JACK_WAIT)):
        (programs / name).write_text(text.format(shared=shared))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setattr(sound_server, "_SHARED", shared)
    monkeypatch.setattr(sound_server, "_REGISTRY", shared / "jack-shm-registry")
    monkeypatch.setattr(sound_server, "_servers", lambda: iter([]))
    return shared


def test_a_registry_full_of_servers_that_were_killed_is_made_anew(shared):
    registry = shared / "jack-shm-registry"
    registry.touch()
    with sound_server.own_jack() as server:
        assert server.start() == "normal priority"
        assert os.environ["JACK_DEFAULT_SERVER"] == server.name == "cheiron-1"


def test_where_another_server_lives_its_registry_stays_and_jack_is_quoted(shared, monkeypatch):
    monkeypatch.setattr(sound_server, "_servers", lambda: iter([["jackd", "-n", "cheiron-1"]]))
    registry = shared / "jack-shm-registry"
    registry.touch()
    with sound_server.own_jack() as server:
        assert server.name == "cheiron-2"
        with pytest.raises(CheironError, match=r"'Too many servers already active'.*end other"):
            server.start()
    assert registry.exists()


def test_nothing_stays_behind_but_what_others_have(shared, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "mine")
    other = shared / "jack_sem.0_other_system"
    other.touch()
    with sound_server.own_jack() as server:
        server.start()
        assert (shared / f"jack_sem.0_{server.name}_system").exists()
    assert list(shared.iterdir()) == [other]
    assert os.environ["JACK_DEFAULT_SERVER"] == "mine"
