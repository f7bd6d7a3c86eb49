"""How well single codes stand for single attributes: SCC, MIG, SAP, modularity and DCI.

All take codes ``(frames, D)`` and attributes ``(frames, K)``. Rows with a code that is not finite
are left out; an attribute that is not finite (undefined) counts in no score of its own row. An
attribute that is constant, or defined in fewer than :data:`LEAST` rows, has no score (NaN) and is
left out of means; a constant code knows nothing.

**Discretisation.** Mutual information is estimated from counts in :data:`BINS` bins of equal
frequency by each variable's own ranks (equal values share a bin), so that no score depends on
units or on a monotone change of scale. The bias of the estimate is taken off (Miller & Madow
1955), which matters where a code knows nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.training.disentanglement_dci import Dci, dci

__all__ = [
    "BINS",
    "LEAST",
    "Dci",
    "Disentanglement",
    "dci",
    "mig",
    "modularity",
    "mutual_information",
    "sap",
    "scc",
    "score",
    "spearman",
]

BINS = 20
"""Bins of equal frequency, for codes and attributes alike."""

LEAST = 40
"""Rows in which an attribute must be defined."""

_EMPTY = 0.01  # nats; a code that knows less of every attribute belongs to no module

Table = NDArray[np.floating[Any]]
"""Numbers of shape ``(frames, columns)``."""


@dataclass(frozen=True)
class Disentanglement:
    """All scores of one set of codes; 1 is best, NaN where nothing could be measured.

    Args:
        scc: Mean of :func:`scc`.
        mig: Mean of :func:`mig`.
        sap: Mean of :func:`sap`.
        modularity: Of the named codes, see :func:`modularity`.
        modularity_all: Of all codes.
        disentanglement: D of DCI.
        completeness: C of DCI.
        informativeness: I of DCI, as held-out R squared.
    """

    scc: float
    mig: float
    sap: float
    modularity: float
    modularity_all: float
    disentanglement: float
    completeness: float
    informativeness: float


def score(codes: Table, attributes: Table, named: Sequence[int]) -> Disentanglement:
    """Every score at once.

    Args:
        codes: Shape ``(frames, D)``.
        attributes: Shape ``(frames, K)``.
        named: Which code is meant for each attribute, K indices.

    Raises:
        CheironError: If the shapes do not fit or fewer than :data:`LEAST` rows are finite.

    >>> a = np.random.default_rng(0).normal(size=(2000, 2))
    >>> found = score(a, a, (0, 1))
    >>> round(found.scc, 2), round(found.modularity, 2), found.mig > 0.9
    (1.0, 1.0, True)
    """
    codes, attributes = _checked(codes, attributes)
    known = mutual_information(codes, attributes)
    parts = dci(codes, attributes)
    return Disentanglement(
        mean_known(scc(codes, attributes, named)),
        mean_known(mig(codes, attributes, known)),
        mean_known(sap(codes, attributes)),
        modularity(known[list(named)]),
        modularity(known),
        parts.disentanglement,
        parts.completeness,
        parts.informativeness,
    )


def scc(codes: Table, attributes: Table, named: Sequence[int]) -> NDArray[np.float64]:
    """Spearman correlation of each attribute with the code that is meant for it.

    As in AR-VAE (Pati & Lerch 2020, arXiv 2004.05485), but signed and of the regularised code, not
    the largest magnitude over all codes: turning a knob up must raise what it is called.

    Args:
        codes: Shape ``(frames, D)``.
        attributes: Shape ``(frames, K)``.
        named: K indices of codes.

    Returns:
        Shape ``(K,)``, in [-1, 1]; 0 for a constant code.
    """
    codes, attributes = _checked(codes, attributes)
    found = [spearman(codes[:, i], attributes[:, k]) for k, i in enumerate(named)]
    defined = np.array([_scored(column) for column in attributes.T])
    return np.where(defined, np.nan_to_num(found), np.nan)


def spearman(x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]) -> float:
    """Spearman's rank correlation over the rows where both are finite; ties share a mean rank.

    Args:
        x: Shape ``(frames,)``.
        y: Shape ``(frames,)``.

    Returns:
        In [-1, 1]; NaN if either is constant there or fewer than 3 rows are left.

    >>> spearman(np.array([1.0, 2.0, 9.0, np.nan]), np.array([3.0, 4.0, 5.0, 0.0]))
    1.0
    """
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3:
        return float("nan")
    a, b = _ranks(x[both]), _ranks(y[both])
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else float("nan")


def mutual_information(codes: Table, attributes: Table) -> NDArray[np.float64]:
    """Nats that each code knows of each attribute.

    Returns:
        Shape ``(D, K)``, at least 0; NaN in the columns of attributes without a score.
    """
    codes, attributes = _checked(codes, attributes)
    found = np.full((codes.shape[1], attributes.shape[1]), np.nan)
    for k, column in enumerate(attributes.T):
        if not _scored(column):
            continue
        rows = np.isfinite(column)
        target = _bins(column[rows])
        for i, code in enumerate(codes.T):
            found[i, k] = _information(_bins(code[rows]), target)
    return found


def mig(
    codes: Table, attributes: Table, known: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Mutual information gap (Chen et al. 2018, arXiv 1802.04942).

    The information of the code that knows most of an attribute, less that of the next, as a share
    of the attribute's entropy.

    Args:
        codes: Shape ``(frames, D)``.
        attributes: Shape ``(frames, K)``.
        known: What :func:`mutual_information` says of them, if that is computed already.

    Returns:
        Shape ``(K,)``, in [0, 1].
    """
    codes, attributes = _checked(codes, attributes)
    known = mutual_information(codes, attributes) if known is None else known
    entropy = [_entropy(column) for column in attributes.T]
    return np.clip(_gaps(known) / np.array(entropy), 0.0, 1.0)


def sap(codes: Table, attributes: Table) -> NDArray[np.float64]:
    """Separated attribute predictability (Kumar et al. 2018, arXiv 1711.00848).

    For continuous attributes as in the paper: R squared of the linear regression on the one code
    that predicts an attribute best, less that of the next.

    Returns:
        Shape ``(K,)``, in [0, 1].
    """
    codes, attributes = _checked(codes, attributes)
    found = np.full((codes.shape[1], attributes.shape[1]), np.nan)
    for k, column in enumerate(attributes.T):
        if not _scored(column):
            continue
        rows = np.isfinite(column)
        y = column[rows] - column[rows].mean()
        x = codes[rows] - codes[rows].mean(axis=0)
        sizes = (x * x).sum(axis=0)
        product = x.T @ y
        found[:, k] = np.where(sizes > 0, product**2 / np.where(sizes > 0, sizes, 1.0), 0.0)
        found[:, k] /= float(y @ y)
    return _gaps(found)


def modularity(known: NDArray[np.float64]) -> float:
    """How much each code knows of one attribute only (Ridgeway & Mozer 2018, arXiv 1802.05312).

    The mean over codes of ``1 - sum of I² for the others / (I² of the best * (K - 1))``. A code
    that knows next to nothing of any attribute is left out.

    Args:
        known: Shape ``(codes, K)``, from :func:`mutual_information`.

    Returns:
        In [0, 1]; NaN if no code knows anything or fewer than two attributes have a score.
    """
    known = known[:, np.isfinite(known).all(axis=0)]
    if known.shape[1] < 2:
        return float("nan")
    best = known.max(axis=1)
    knowing = known[best > _EMPTY]
    if not len(knowing):
        return float("nan")
    squares = (knowing / knowing.max(axis=1, keepdims=True)) ** 2
    return float(np.mean(1.0 - (squares.sum(axis=1) - 1.0) / (known.shape[1] - 1)))


def mean_known(values: NDArray[np.float64]) -> float:
    """The mean of what is finite; NaN if nothing is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def _checked(codes: Table, attributes: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both in double precision, without the rows whose codes are not finite."""
    if codes.ndim != 2 or attributes.ndim != 2 or len(codes) != len(attributes):
        raise CheironError(
            f"codes of the shape {codes.shape} and attributes of the shape {attributes.shape} "
            "cannot be compared; expected (frames, D) and (frames, K)."
        )
    rows = np.isfinite(codes).all(axis=1)
    if rows.sum() < LEAST:
        raise CheironError(
            f"only {rows.sum()} frames have finite codes, too few to measure disentanglement; "
            f"expected at least {LEAST}, so give longer or more clips."
        )
    return codes[rows].astype(np.float64), attributes[rows].astype(np.float64)


def _scored(column: NDArray[np.float64]) -> bool:
    finite = column[np.isfinite(column)]
    return len(finite) >= LEAST and float(np.ptp(finite)) > 0


def _ranks(x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Ranks from 0, equal values share their mean."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - 0.5 * (counts + 1.0))[inverse]


def _bins(x: NDArray[np.float64]) -> NDArray[np.int64]:
    return (_ranks(x) * (BINS / len(x))).astype(np.int64)


def _information(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Mutual information of two binned variables, less its bias."""
    table = np.bincount(a * BINS + b, minlength=BINS * BINS).reshape(BINS, BINS).astype(np.float64)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    total = table.sum()
    full = table > 0
    expected = np.outer(rows, columns)
    plain = float((table[full] * np.log(table[full] * total / expected[full])).sum() / total)
    # As many cells as can hold anything, not as many as do: with few frames most stay empty.
    free = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1)
    filled = np.count_nonzero(full) - np.count_nonzero(rows) - np.count_nonzero(columns) + 1
    return max(0.0, plain - max(0, min(free, filled)) / (2 * total))


def _entropy(column: NDArray[np.float64]) -> float:
    if not _scored(column):
        return float("nan")
    counts = np.bincount(_bins(column[np.isfinite(column)])).astype(np.float64)
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _gaps(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest less second largest of each column; the largest itself where there is one row."""
    if len(found) == 1:
        return found[0]
    ordered = np.sort(found, axis=0)
    return ordered[-1] - ordered[-2]
