"""The build hook: builds when it must, not when it need not, and says why it cannot."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path, hook):
    """The page's sources alone, with an empty built page of the right stamp."""
    web = tmp_path / hook.WEB
    shutil.copytree(ROOT / hook.WEB, web, ignore=shutil.ignore_patterns("node_modules"))
    page = tmp_path / hook.PAGE
    page.mkdir(parents=True)
    (page / "index.html").write_text("built")
    (page / hook.STAMP).write_text(hook.stamp_of(web))
    return tmp_path


@pytest.fixture
def commands(hook, monkeypatch):
    """What would have been run; "vite build" makes a page."""
    ran = []

    def run(command, folder, problem):
        ran.append(next(word for word in ("ci", "build") if word in command))
        if "ci" in command:
            (folder / "node_modules").mkdir(exist_ok=True)
        else:
            fresh = folder / "node_modules/.page"
            fresh.mkdir()
            (fresh / "index.html").write_text("new")

    monkeypatch.setattr(hook, "run", run)
    return ran


def test_a_page_of_todays_sources_is_not_built_again(hook, checkout, commands):
    assert hook.build_page(checkout) is False
    assert commands == []


def test_a_changed_source_is_built_once(hook, checkout, commands):
    (checkout / hook.WEB / "src/main.tsx").write_text("// changed")
    assert hook.build_page(checkout) is True
    assert (checkout / hook.PAGE / "index.html").read_text() == "new"
    assert hook.build_page(checkout) is False
    assert commands == ["ci", "build"]


def test_a_changed_test_is_no_reason_to_build(hook, checkout, commands):
    (checkout / hook.WEB / "src/any.test.ts").write_text("// a test")
    assert hook.build_page(checkout) is False


def test_a_build_that_fails_leaves_the_old_page(hook, checkout, monkeypatch):
    (checkout / hook.WEB / "src/main.tsx").write_text("this is no TypeScript (")

    def fail(command, folder, problem):
        raise hook.PageBuildError(problem)

    monkeypatch.setattr(hook, "run", fail)
    with pytest.raises(hook.PageBuildError):
        hook.build_page(checkout)
    assert (checkout / hook.PAGE / "index.html").read_text() == "built"


def test_npm_without_a_registry_says_what_to_do(hook, checkout, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    (checkout / hook.PAGE / hook.STAMP).unlink()
    with pytest.raises(hook.PageBuildError, match=r"connect to the network .* source archive"):
        hook.build_page(checkout)


def test_a_wheel_holds_the_page_and_not_its_sources(built, tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = [n.partition("studio/")[2] for n in zipfile.ZipFile(wheel).namelist()]
    page = {f"page/{p.relative_to(built).as_posix()}" for p in built.rglob("*") if p.is_file()}
    assert "page/index.html" in page <= set(names)
    assert not [n for n in names if n.startswith("web/")]


def test_the_lock_file_names_no_download_host():
    lock = json.loads((ROOT / "src/cheiron/studio/web/package-lock.json").read_text())
    assert len(lock["packages"]) > 20
    assert [name for name, each in lock["packages"].items() if "resolved" in each] == []
    assert [name for name, each in lock["packages"].items() if name and not each["integrity"]] == []


def test_the_page_needs_no_network(built):
    """Nothing is asked from another host: no font, no script, no map of sources."""
    for path in built.rglob("*"):
        if path.suffix in (".html", ".js", ".css"):
            # Comments that a library keeps may name a page; nobody asks for it.
            text = re.sub(r"(?m)^[ \t]*//[^\n]*$", "", path.read_text())
            text = text.replace("http://www.w3.org/", "")
            assert "http://" not in text, path
            assert "https://" not in text, path


def test_the_sources_have_strict_types_and_their_tests_pass(hook, built):
    web = ROOT / hook.WEB
    node, npm = hook.find_node()
    hook.fetch_packages(web, node, npm)
    scripts = (["typescript/bin/tsc", "--noEmit"], ["vitest/vitest.mjs", "run"])
    runs = [  # side by side: both take seconds
        subprocess.Popen(
            [str(node), f"node_modules/{path}", *arguments],
            cwd=web,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for path, *arguments in scripts
    ]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(said)
