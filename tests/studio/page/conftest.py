"""The page in a real browser, with an instrument that is not there."""

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

# Test files here share the fake server; tests are imported by path, so it has to be told where.
sys.path.insert(0, str(HERE))


def load_hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def hook():
    """The build hook, as a module."""
    return load_hook()


@pytest.fixture(scope="session", autouse=True)
def built(hook):
    """The page, of today's sources."""
    hook.build_page(ROOT)
    return ROOT / hook.PAGE


@pytest.fixture(scope="session")
def browser_context_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("chromium")


@pytest.fixture(scope="module")
def context(browser_context_folder):
    """A browser with a new profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            browser_context_folder,
            executable_path=CHROMIUM,
            headless=True,
            args=FLAGS,
            viewport={"width": 1440, "height": 900},
        )
        yield context
        context.close()
