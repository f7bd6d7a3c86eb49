"""The docs cannot rot: whatever they quote exists, and whatever exists is in them."""

import importlib
import importlib.util
import pkgutil
import re
import shlex
import tempfile
from pathlib import Path

import click
import numpy as np
import pytest

import cheiron
from cheiron.core.audio_files import write_audio
from cheiron.nets import FAMILIES
from cheiron.studio.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands(group=cli, path=()):
    """Every command of the tree as (path, command)."""
    found = []
    for name in set(group.list_commands(click.Context(group))):
        command = group.get_command(click.Context(group), name)
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def tables():
    """Every table ``name -> "module:Class"`` of a room, as (room, table, entry, target)."""
    found = []
    for room in pkgutil.iter_modules(cheiron.__path__, "cheiron."):
        module = importlib.import_module(room.name)
        for table, value in vars(module).items():
            if table.isupper() and isinstance(value, dict):
                found += [
                    pytest.param(target, entry, id=f"{room.name}.{table}[{entry}]")
                    for entry, target in value.items()
                    if isinstance(target, str) and re.fullmatch(r"[\w.]+:\w+", target)
                ]
    return found


def presets():
    """Names of the presets of every model family."""
    modules = {importlib.import_module(t.split(":")[0]) for t in FAMILIES.values()}
    return sorted({name for module in modules for name in getattr(module, "PRESETS", ())})


def quoted_commands():
    """Every ``cheiron …`` line in a code block or code span of the docs."""
    spans = re.findall(r"`(cheiron [^`\n]+)`", TEXT)
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", TEXT, re.M | re.S)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return sorted({*spans, *(line for line in lines if line.startswith("cheiron "))})


def test_the_command_reference_is_up_to_date():
    generate = load(ROOT / "docs" / "generate.py", "generate")
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == generate.reference(), "run: make docs"


def test_every_command_and_option_says_what_it_does():
    for path, command in commands():
        assert command.help, f"{' '.join(path)} has no help"
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{' '.join(path)} {option.opts[-1]} has no help"


@pytest.mark.parametrize("line", quoted_commands())
def test_a_command_that_the_docs_quote_exists(line):
    words = shlex.split(line.split(" #")[0].replace("…", ""))[1:]
    command = cli
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        word = words.pop(0)
        choices = word.split("|")
        for choice in choices:
            found = command.get_command(click.Context(command), choice)
            assert found is not None, f"there is no command {choice!r}"
        command = found
    known = {"--help", "-h", *(name for param in command.params for name in param.opts)}
    assert {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known


@pytest.mark.parametrize(("target", "entry"), tables())
def test_an_entry_of_a_table_exists_and_is_in_the_docs(target, entry):
    module, _, name = target.partition(":")
    assert hasattr(importlib.import_module(module), name)
    assert f"`{entry}`" in TEXT, f"mention `{entry}` in docs/"


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_in_the_docs(name):
    assert f"`{name}`" in TEXT, f"mention `{name}` in docs/"


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_changelog_has_this_version():
    assert f"## {cheiron.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_package_and_its_metadata_agree_on_the_version():
    assert f'version = "{cheiron.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_every_room_is_on_a_floor_of_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in pkgutil.iter_modules(cheiron.__path__):
        assert room.name in text, f"ARCHITECTURE.md does not mention {room.name}"


def test_no_path_of_a_machine_is_in_the_tree():
    places = {ROOT, ROOT.parent, Path.home()} - {Path("/"), Path(tempfile.gettempdir())}
    for path in [*PAGES, *(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for place in places:
            assert f"{place}/" not in text, f"{path.relative_to(ROOT)} names {place}"


def test_the_python_example_of_the_readme_runs(monkeypatch, tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", readme, re.M | re.S)
    assert len([line for line in example.splitlines() if line]) <= 5
    glide = np.sin(np.cumsum(np.linspace(0.02, 0.06, 44100))).astype(np.float32) / 2
    write_audio(tmp_path / "voice.wav", glide, 44100)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})
    assert (tmp_path / "sax.wav").stat().st_size > 44100
