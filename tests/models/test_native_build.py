"""How the kernel is built: when it must be, not when it need not, and never as a condition."""

import importlib.util
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROKEN = "int cheiron_kernel_abi(void) { return nothing; }\n"

if not (ROOT / "hatch_build.py").is_file():
    pytest.skip("not a checkout", allow_module_level=True)


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["hatch_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["hatch_build"]


@pytest.fixture
def checkout(tmp_path, hook):
    """The kernel's sources alone, and libraries with the right stamp."""
    shutil.copytree(ROOT / hook.KERNEL, tmp_path / hook.KERNEL)
    libraries = tmp_path / hook.LIBRARIES
    libraries.mkdir()
    (libraries / hook.STAMP).write_text(hook.kernel_stamp(tmp_path / hook.KERNEL, target(hook)))
    return tmp_path


def target(hook):
    try:
        return hook.find_target()
    except hook.KernelBuildError as why:
        pytest.skip(str(why))


def needs_compiler():
    pytest.importorskip("ziglang")


def test_the_library_of_this_checkout_is_of_todays_sources(hook):
    stamp = ROOT / hook.LIBRARIES / hook.STAMP
    if not stamp.is_file():
        pytest.skip("none was built")
    assert stamp.read_text() == hook.kernel_stamp(ROOT / hook.KERNEL, target(hook)), (
        "run: make kernel"
    )


def test_a_library_of_todays_sources_is_not_built_again(hook, checkout, monkeypatch):
    monkeypatch.setattr(hook, "compile_library", lambda *_: pytest.fail("it compiled"))
    assert hook.build_kernel(checkout) is False


def test_a_changed_source_is_built_once_without_a_warning(hook, checkout):
    needs_compiler()
    source = checkout / hook.KERNEL / "kernel.c"
    source.write_text(source.read_text() + "\n/* changed */\n")
    hook.FLAGS.append("-Werror")
    try:
        assert hook.build_kernel(checkout) is True
        assert hook.build_kernel(checkout) is False
    finally:
        hook.FLAGS.remove("-Werror")
    suffix = hook.SUFFIXES.get(platform.system(), ".so")
    found = {path.name for path in (checkout / hook.LIBRARIES).iterdir()}
    assert found == {hook.STAMP, *(f"{name}{suffix}" for name in target(hook).variants)}


@pytest.mark.parametrize("reason", ["no compiler", "sources", "another processor"])
def test_where_it_cannot_be_built_one_sentence_says_so_and_no_old_one_stays(
    hook, checkout, monkeypatch, reason
):
    (checkout / hook.KERNEL / "kernel.c").write_text(BROKEN)
    if reason == "another processor":
        monkeypatch.setattr(platform, "machine", lambda: "vax")
    elif reason == "no compiler":
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    else:
        needs_compiler()
    with pytest.raises(hook.KernelBuildError) as caught:
        hook.build_kernel(checkout)
    assert "\n" not in str(caught.value)
    if reason != "another processor":
        assert not (checkout / hook.LIBRARIES).exists()


def test_a_wheel_holds_the_library_and_says_for_which_system(hook, tmp_path):
    if not (ROOT / hook.LIBRARIES).is_dir():
        pytest.skip("none was built")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith(f"-py3-none-{target(hook).tag}.whl")
    names = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if "/native/" in name}
    assert {path.name for path in (ROOT / hook.LIBRARIES).iterdir()} <= names
    assert not [name for name in names if name.endswith((".c", ".h"))]
