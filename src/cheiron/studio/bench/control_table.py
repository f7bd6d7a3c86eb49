"""The figures of ``cheiron bench control`` by flat names, in tables, and against their bars."""

from collections.abc import Sequence

import numpy as np

from cheiron.studio.bench.control_run import CHANGED, KINDS, SWAP, Judged
from cheiron.studio.bench.metrics import Estimate, bootstrap
from cheiron.studio.bench.report import Bar, print_table, verdict
from cheiron.training.disentanglement import Disentanglement

BASELINE = "directions"
"""The subject whose leak the bar is about."""

PEARSON = {1: 0.92, 2: 0.90, 3: 0.88, 4: 0.86}
BARS: dict[str, Bar] = {
    **{f"changed{n}.pearson": Bar(limit, ">=") for n, limit in PEARSON.items()},
    **{f"changed{n}.l1": Bar(0.12, "<=") for n in PEARSON},
    **{f"changed{n}.leak_ratio": Bar(1 / 3, "<=") for n in PEARSON},
    **{f"changed{n}.own_distance_ratio": Bar(1.15, "<=") for n in PEARSON},
    "held_out.scc": Bar(0.97, ">="),
    "held_out.modularity": Bar(0.95, ">="),
    "turned.scc": Bar(0.97, ">="),
    "turned.modularity": Bar(0.95, ">="),
    "inverse_error": Bar(1e-4, "<="),
    "to_control_ms": Bar(0.3, "<=", "ms"),
    "to_latent_ms": Bar(0.3, "<=", "ms"),
    "fit_seconds": Bar(180.0, "<=", "s"),
}
"""What a control space must reach, by the name of the figure."""

_COLUMNS = {
    "pearson": "Pearson",
    "within": "in a clip",
    "slow": "over 0.1 s",
    "spearman": "Spearman",
    "l1": "L1",
    "leak": "leak",
    "own_distance_ratio": "own distance",
    "distance_ratio": "distance",
}
_PARTS = {
    "scc": "SCC",
    "mig": "MIG",
    "sap": "SAP",
    "modularity": "modularity",
    "modularity_all": "of all codes",
    "disentanglement": "DCI: D",
    "completeness": "C",
    "informativeness": "I",
}
_NONE = Estimate(float("nan"), float("nan"), float("nan"))


def results_of(judged: Judged, names: Sequence[str]) -> dict[str, Estimate]:
    """Every figure of one subject, with its interval over seeds where it has one.

    Args:
        judged: A subject.
        names: The descriptors.
    """
    found: dict[str, Estimate] = {}
    for kind, scores in judged.scores.items():
        tables = [s.results(names) for s in scores]
        for metric in tables[0]:
            found[f"{kind}.{metric}"] = bootstrap([t[metric] for t in tables])
        found[f"{kind}.chance"] = bootstrap(judged.chance[kind])
    for part in _PARTS:
        found[f"held_out.{part}"] = bootstrap([getattr(judged.held_out, part)])
    for part in ("scc", "modularity"):
        found[f"turned.{part}"] = bootstrap([getattr(judged.turned, part)])
    for figure in ("inverse_error", "to_latent_ms", "to_control_ms"):
        found[figure] = bootstrap([getattr(judged, figure)])
    found["fit_seconds"] = bootstrap([judged.subject.fit_seconds])
    return found


def all_results(judged: Sequence[Judged], names: Sequence[str]) -> dict[str, dict[str, Estimate]]:
    """Figures of all subjects by title; leaks also as a share of the linear directions' leak."""
    found = {j.subject.title: results_of(j, names) for j in judged}
    plain = found.get(BASELINE)
    for figures in found.values():
        for key in [f"{kind}{count}.leak" for kind in KINDS for count in PEARSON]:
            if plain is None or key not in figures or not plain[key].mean > 0:
                continue
            e, base = figures[key], plain[key].mean
            figures[f"{key}_ratio"] = Estimate(e.mean / base, e.low / base, e.high / base)
    return found


def flat(prefix: str, found: dict[str, dict[str, Estimate]]) -> dict[str, float]:
    """For a JSON file: the mean under the figure's name, the interval beside it."""
    results: dict[str, float] = {}
    for title, figures in found.items():
        for name, estimate in figures.items():
            key = f"{prefix}.{title}.{name}"
            results[key] = estimate.mean
            if estimate.low != estimate.high:
                results[f"{key}_low"], results[f"{key}_high"] = estimate.low, estimate.high
    return results


def add_reference(
    found: dict[str, dict[str, Estimate]], reference: Disentanglement
) -> dict[str, dict[str, Estimate]]:
    """The figures together with those of the descriptors themselves as codes."""
    own = {f"held_out.{part}": bootstrap([getattr(reference, part)]) for part in _PARTS}
    return {**found, "the descriptors": own}


def show(model: str, found: dict[str, dict[str, Estimate]], held: Sequence[str]) -> None:
    """Print what was found.

    Args:
        model: Its name.
        found: From :func:`all_results`.
        held: Titles of the subjects that are held against the bars.
    """
    for kind, what in ((CHANGED, "control"), (SWAP, "control, all from one other clip")):
        rows = _control_rows(kind, found)
        columns = ("", *_COLUMNS.values())
        print_table(f"\n{model}: {what}, mean over seeds [95 %]", columns, rows)
    _show_disentanglement(model, found)
    for title in held:
        rows: list[tuple[str, ...]] = [
            (name, number(found[title][name].mean), *verdict((bar, found[title][name].mean)))
            for name, bar in BARS.items()
            if name in found[title] and np.isfinite(found[title][name].mean)
        ]
        print_table(f"\n{model}: {title} against the bars", ("", "figure", "bar", "reached"), rows)


def _control_rows(kind: str, found: dict[str, dict[str, Estimate]]) -> list[tuple[str, ...]]:
    """One for each number of descriptors changed and each subject."""
    rows: list[tuple[str, ...]] = []
    for count in PEARSON:
        tasks = f"{kind}{count}"
        for title, figures in found.items():
            if f"{tasks}.pearson" in figures:
                cells = [interval(figures[f"{tasks}.{m}"]) for m in _COLUMNS]
                rows.append((f"{count} changed: {title}", *cells))
        chance = [f[f"{tasks}.chance"] for f in found.values() if f"{tasks}.chance" in f]
        if chance:
            rows.append((f"{count} changed: chance", number(chance[0].mean), *[""] * 7))
    return rows


def _show_disentanglement(model: str, found: dict[str, dict[str, Estimate]]) -> None:
    rows: list[tuple[str, ...]] = []
    for title, figures in found.items():
        alone = [figures.get(f"turned.{p}", _NONE).mean for p in ("scc", "modularity")]
        values = [*(figures[f"held_out.{p}"].mean for p in _PARTS), *alone]
        rows.append((title, *map(number, values)))
    columns = ("", *_PARTS.values(), "turned: SCC", "modularity")
    print_table(f"\n{model}: disentanglement on held-out frames", columns, rows)


def interval(estimate: Estimate) -> str:
    """Such as ``0.93 [0.92, 0.94]``; the mean alone where there is one seed."""
    if not np.isfinite(estimate.mean):
        return "-"
    if estimate.low == estimate.high:
        return number(estimate.mean)
    return f"{number(estimate.mean)} [{number(estimate.low)}, {number(estimate.high)}]"


def number(value: float) -> str:
    """Three decimals, or two significant digits where those would all be zero.

    >>> number(0.93512), number(0.0000012), number(float("nan"))
    ('0.935', '1.2e-06', '-')
    """
    if not np.isfinite(value):
        return "-"
    return f"{value:.2g}" if 0 < abs(value) < 0.001 else f"{value:.3f}"
