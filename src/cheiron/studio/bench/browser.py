"""A headless browser that looks at the page, for benches that want one open."""

import importlib.util
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cheiron.core.errors import CheironError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


def find_browser() -> str | None:
    """Where Chromium is; None where it is not."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def camera_flags(film: Path) -> tuple[str, ...]:
    """What makes Chromium take a film for a camera, over and over, and nobody be asked."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film.resolve()}",
    )


@contextmanager
def open_page(
    address: str, width: int = 1440, height: int = 900, camera: Path | None = None
) -> Generator[Any]:
    """The page at an address, in headless Chromium; closed at the end.

    Args:
        address: With the token.
        width: Pixels.
        height: Pixels.
        camera: A film, ``.mjpeg`` or ``.y4m``, in place of a camera, which the page may use
            without asking; no camera when absent.

    Yields:
        Playwright's page.

    Raises:
        CheironError: If there is no Chromium or Playwright.
    """
    executable = find_browser()
    if executable is None or importlib.util.find_spec("playwright") is None:
        raise CheironError(
            "there is no headless browser to open the page with; install Chromium and "
            "`pip install 'cheiron[bench]'`."
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [*_FLAGS, *(() if camera is None else camera_flags(camera))]
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(address)
            yield page
        finally:
            browser.close()
