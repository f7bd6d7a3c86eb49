"""The exact commands that install or restore what is missing."""

import shlex
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_CHECKOUT = (_ROOT / "pyproject.toml").is_file() and (_ROOT / "constraints.txt").is_file()


def learn_command() -> str:
    """Installs what training and export need, into this very interpreter.

    >>> "[learn]" in learn_command()
    True
    """
    return _with_extra("learn")


def bench_command() -> str:
    """Installs what comparing models needs, into this very interpreter.

    >>> "[bench]" in bench_command()
    True
    """
    return _with_extra("bench")


def repair_command() -> str:
    """Installs what performing needs again, into this very interpreter."""
    if _CHECKOUT:
        return _pip("--force-reinstall", "-c", str(_ROOT / "constraints.txt"), "-e", str(_ROOT))
    return _pip("--force-reinstall", "cheiron")


def restore_command() -> str:
    """Brings back the files that come with Cheiron."""
    if _CHECKOUT:
        return shlex.join(["git", "-C", str(_ROOT), "checkout", "--", "src/cheiron/assets"])
    return _pip("--force-reinstall", "--no-deps", "cheiron")


def _with_extra(extra: str) -> str:
    if _CHECKOUT:
        return _pip("-c", str(_ROOT / "constraints.txt"), "-e", f"{_ROOT}[{extra}]")
    return _pip(f"cheiron[{extra}]")


def _pip(*arguments: str) -> str:
    return shlex.join([sys.executable, "-m", "pip", "install", *arguments])
