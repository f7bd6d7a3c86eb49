"""What every bench writes: one flat object of numbers, the machine, the versions, the command."""

import importlib.metadata
import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cheiron import __version__
from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError

_PACKAGES = ("numpy", "onnxruntime", "soundfile", "soxr", "torch", "onnx", "librosa")


@dataclass(frozen=True)
class Bar:
    """What a figure is held against.

    Args:
        limit: The number.
        kind: ``"<="`` and ``"<"``: the figure must not be larger; ``">="``: not smaller.
        unit: For people.
    """

    limit: float
    kind: str
    unit: str = ""

    def reached(self, value: float) -> bool:
        """Whether a figure is good enough; NaN never is.

        >>> Bar(0.75, "<=").reached(0.75), Bar(10, ">=", "x").reached(9.9)
        (True, False)
        """
        comparisons = {
            "<=": value <= self.limit,
            "<": value < self.limit,
            ">=": value >= self.limit,
        }
        return comparisons[self.kind]

    def __str__(self) -> str:
        """Such as ``<= 25 cents``."""
        return f"{self.kind} {self.limit:g} {self.unit}".rstrip()


def verdict(*judged: tuple[Bar, float]) -> tuple[str, str]:
    """The two last cells of a row: the bars, and whether all are reached.

    >>> verdict((Bar(10, ">=", "x"), 12.0))
    ('>= 10 x', 'yes')
    """
    if not judged:
        return "", ""
    reached = all(bar.reached(value) for bar, value in judged)
    return "; ".join(str(bar) for bar, _ in judged), "yes" if reached else "NO"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor(),
        "threads": usable,
        "system": platform.platform(),
        "machine": platform.machine(),
        "load": load,
    }


def versions() -> dict[str, str]:
    """Of Cheiron, Python and what the figures depend on, as far as it is installed."""
    found = {"cheiron": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def write_report(path: Path, results: Mapping[str, float]) -> None:
    """Write the JSON of a bench; it appears complete or not at all.

    Args:
        path: File to write.
        results: Metric name to number; what is not finite becomes null.

    Raises:
        CheironError: If it cannot be written.
    """
    report = {
        "results": {k: float(v) if math.isfinite(v) else None for k, v in results.items()},
        "machine": machine(),
        "versions": versions(),
        "command": shlex.join(["cheiron", *sys.argv[1:]]),
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def check_writable(*paths: Path | None) -> None:
    """Refuse files that could not be written, before minutes of work.

    Raises:
        CheironError: If a file's folder is missing or may not be written.
    """
    for path in paths:
        if path is not None and not os.access(path.resolve().parent, os.W_OK):
            raise CheironError(
                f"{path} cannot be written: its folder is missing or may not be written to; "
                "choose another place."
            )


def print_table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print figures, the first column to the left, the others to the right."""
    table = Table(title=title, box=None, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row, style="red" if row[-1] == "NO" else "")
    width = None if sys.stdout.isatty() else 160
    Console(highlight=False, markup=False, width=width).print(table)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
