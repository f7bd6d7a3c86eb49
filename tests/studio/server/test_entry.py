"""Who may come in, and what they can fetch."""

import asyncio
import json
import socket
import urllib.parse

import aiohttp
import numpy as np
import pytest

from cheiron.core.artifact import Artifact
from cheiron.core.audio_files import read_audio, write_audio
from cheiron.core.errors import CheironError
from cheiron.models import shipped_models
from cheiron.models.landmarks import read_landmarks
from cheiron.studio.server.door import Door


def test_a_page_with_the_token_is_told_the_state_first(server, page):
    async def visit():
        async with page(server) as guest:
            return await guest.next()

    assert asyncio.run(visit()) == {"type": "state", "version": "0"}


@pytest.mark.parametrize("token", ["", "wrong", "ü\ud800", "x" * 5000])
def test_a_wrong_token_is_refused_and_told_nothing(server, page, token):
    async def visit():
        async with page(server, token=token) as guest:
            assert await guest.next() is None
            return guest.ws.close_code

    assert asyncio.run(visit()) == 4401
    assert not server.engine.heard


@pytest.mark.parametrize("first", ['{"type": "panic", "id": 1}', "[]", "nonsense", ""])
def test_a_page_that_begins_otherwise_is_refused(server, page, first):
    async def visit():
        async with page(server, hello=False) as guest:
            await guest.say(first)
            assert await guest.next() is None
            return guest.ws.close_code

    assert asyncio.run(visit()) == 4401
    assert not server.engine.heard


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_origin_is_refused_though_it_knows_the_token(server, page, origin):
    async def visit():
        async with page(server, origin=origin):
            pass

    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        asyncio.run(visit())
    assert refusal.value.status == 403


def test_a_program_that_is_no_browser_needs_no_origin(server, page):
    async def visit():
        async with page(server, origin=None) as guest:
            return await guest.next("state")

    assert asyncio.run(visit())


def test_a_name_that_was_made_to_lead_here_is_refused(server):
    for host in ("evil.example", f"evil.example:{server.door.port}", "", "127.0.0.1"):
        assert server.get("/", Host=host)[0] in (400, 403), host
    assert server.get("/", Host=f"localhost:{server.door.port}")[0] == 200


@pytest.mark.parametrize("path", ["/api/landmarks", "/api/preview/0", "/api/take/one", "/api/x"])
def test_data_needs_the_token(server, path):
    assert server.get(path)[0] == 401
    assert server.get(path, Authorization="Bearer wrong")[0] == 401
    assert server.get(f"{path}?token={server.door.token}")[0] == 401


def test_the_page_is_sealed_off_from_everything_else(server):
    for path in ("/", "/nothing", "/assets/index-B5LMLRJS.js"):
        headers = server.get(path)[1]
        policy = dict(p.split(" ", 1) for p in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
        hosts = [w for rule in policy.values() for w in rule.split() if "//" in w]
        assert all(urllib.parse.urlsplit(h).hostname in ("127.0.0.1", "localhost") for h in hosts)
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_index_is_asked_for_anew_and_hashed_files_are_kept(server):
    status, headers, body = server.get("/")
    assert status == 200 and b"Cheiron" in body and headers["cache-control"] == "no-cache"
    assert headers["content-type"] == "text/html; charset=utf-8"
    headers = server.get("/assets/index-B5LMLRJS.js")[1]
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.js", "/assets/../../secret.js", "/..%2fsecret.js", "/%2e%2e/secret.js",
        "//secret.js", "/assets/..%5c..%5csecret.js", "/assets/%00", "/assets", "/assets/",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_the_page(server, path):
    status, _, body = server.get(path)
    assert status in (400, 404) and b"secret" not in body.replace(b"secret.js", b"")


def test_a_page_that_is_not_built_says_what_to_do(start, tmp_path):
    with start(tmp_path / "nothing") as server:
        status, _, body = server.get("/")
    assert status == 404 and b"make page" in body


def test_landmarks_and_their_sound_can_be_fetched(server):
    path = shipped_models()["sax"]
    artifact = Artifact.open(path)
    landmarks = read_landmarks(artifact, len(artifact.manifest["latent"]["axes"]))
    server.front.shelve(landmarks, path, {})
    server.wait(lambda: len(server.fetch("/api/landmarks")[2]) > 10)
    found = json.loads(server.fetch("/api/landmarks")[2])
    assert len(found) == len(landmarks)
    assert found[0].keys() == {"x", "y", "name", "descriptors"} and 0 <= found[0]["x"] <= 1
    status, headers, body = server.fetch(f"/api/preview/{len(landmarks) - 1}")
    assert (status, headers["content-type"]) == (200, "audio/wav")
    expected = landmarks.previews()[-1]
    np.testing.assert_allclose(read_audio(body, landmarks.sample_rate), expected, atol=1e-4)
    assert server.fetch(f"/api/preview/{len(landmarks)}")[0] == 404
    assert server.fetch("/api/preview/-1")[0] == 404


def test_only_takes_that_the_engine_has_named_can_be_fetched(server, tmp_path):
    write_audio(tmp_path / "sound.flac", np.zeros(4410, np.float32), 44100)
    takes = {"Ein Lied / zwei": tmp_path / "sound.flac", "gone": tmp_path / "gone.flac"}
    server.front.shelve(None, None, takes)
    quoted = urllib.parse.quote("Ein Lied / zwei", safe="")
    server.wait(lambda: server.fetch(f"/api/take/{quoted}")[0] == 200)
    _, headers, body = server.fetch(f"/api/take/{quoted}")
    assert headers["content-type"] == "audio/flac" and body[:4] == b"fLaC"
    assert quoted in headers["content-disposition"]
    for name in ("gone", "..%2fsound", "sound.flac", "..%2f..%2fetc%2fpasswd", "%00", "x" * 4000):
        assert server.fetch(f"/api/take/{name}")[0] == 404, name


def test_a_port_in_use_is_named():
    door = Door.open()
    port = door.port
    with pytest.raises(CheironError, match=f"port {port} is in use"):
        Door.open(port)
    door.close()
    Door.open(port).close()


def test_a_port_that_is_none_is_refused():
    with pytest.raises(CheironError, match="99999"):
        Door.open(99999)


def test_only_this_computer_reaches_the_port(server):
    assert server.door.socket.getsockname()[0] == "127.0.0.1"


def test_a_request_that_is_no_http_is_refused_without_a_traceback(start, tmp_path, capfd):
    (tmp_path / "index.html").write_text("page")
    with start(tmp_path) as server:
        for junk in (b"GET /\x00 HTTP/1.1\r\n\r\n", b"\x16\x03\x01 TLS\r\n\r\n", b"\xff" * 999):
            with socket.create_connection(("127.0.0.1", server.door.port), 5) as line:
                line.settimeout(5)
                line.sendall(junk)
                assert b" 400 " in line.recv(1024)
        host = f"127.0.0.1:{server.door.port}"
        origins = f"Origin: http://{host}\r\nOrigin: http://evil.example\r\n"
        with socket.create_connection(("127.0.0.1", server.door.port), 5) as line:
            line.settimeout(5)
            line.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n{origins}\r\n".encode())
            assert b" 403 " in line.recv(1024)
    assert capfd.readouterr().err == ""
