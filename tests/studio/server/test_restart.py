"""A server that is killed: the engine goes on, and its pages come back."""

import asyncio
import os
import signal
import time
from itertools import pairwise

import pytest

from cheiron.outputs.page import PageOutput


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of POSIX")
def test_after_a_kill_the_engine_goes_on_and_a_page_comes_back_to_the_same_address(
    start, tmp_path, page
):
    pulls = []
    with start(tmp_path) as server:
        output = PageOutput(server.front.send_bytes)
        output.open(lambda block: pulls.append(time.monotonic()))

        async def visit():
            async with page(server) as guest:
                assert await guest.next("state")
                assert len(await guest.next()) == 528
                await guest.say({"type": "pointer", "time": 1, "hover": None, "touches": []})
                server.wait(lambda: server.engine.all("gesture"))
                os.kill(server.supervisor.process("server").pid, signal.SIGKILL)
                while await guest.next() is not None:
                    pass
            server.wait(lambda: server.engine.all("closed"))
            assert not server.front.pages
            looking = asyncio.get_running_loop().run_in_executor(
                None, server.wait, lambda: len(server.engine.all("opened")) == 2
            )
            async with page(server) as guest:
                assert await guest.next("state"), "the state outlives the server"
                await looking
                return await guest.command("undo")

        try:
            assert asyncio.run(visit())["ok"]
        finally:
            output.close()
        gaps = [b - a for a, b in pairwise(pulls)]
        assert max(gaps) < 1.0, "the pace of the sound does not depend on the server"
        assert not server.problems
