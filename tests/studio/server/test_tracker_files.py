"""What the hand tracker needs from the server: types, and leave to compile WebAssembly."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

import cheiron
from cheiron.studio.server.files import PageFiles
from cheiron.studio.server.guard import Guard

HANDS = Path(cheiron.__file__).parent / "studio" / "web" / "src" / "hands"


def policy(path):
    response = web.Response()
    asyncio.run(Guard(8808, "token").seal(make_mocked_request("GET", path), response))
    return response.headers["Content-Security-Policy"]


def test_the_tracker_alone_may_compile_webassembly():
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy("/assets/hand-tracker-a1.js")
    for path in ("/", "/assets/index-a1.js", "/assets/worker-a1.js", "/hand-tracker-.js"):
        assert "unsafe" not in policy(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("vision-a1.wasm", "application/wasm"), ("hand-a1.task", "application/octet-stream")],
)
def test_its_files_have_their_types_and_are_kept(tmp_path, name, kind):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / name).write_bytes(b"x")
    found = PageFiles(tmp_path).find(f"assets/{name}")
    assert found is not None
    assert found.content_type == kind
    assert "immutable" in found.caching


def test_the_worker_is_built_under_the_name_that_the_server_knows():
    assert (HANDS / "hand-tracker.ts").is_file()
    assert '"./hand-tracker.ts"' in (HANDS / "player.ts").read_text()
