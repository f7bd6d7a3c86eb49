"""Disentanglement, completeness and informativeness (Eastwood & Williams, ICLR 2018)."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCKS = 20  # frames of one sound are alike, so whole stretches are held out
_LASSO = 0.01  # share of the variance of a normal score
_SWEEPS = 200
_LEAST = 40


@dataclass(frozen=True)
class Dci:
    """The three scores.

    Args:
        disentanglement: 1 if each code matters for one attribute only.
        completeness: 1 if one code alone matters for each attribute.
        informativeness: Mean R squared of the prediction on held-out frames, at least 0.
        importance: Of each code for each attribute, shape ``(D, K)``.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: NDArray[np.float64]


def dci(codes: NDArray[np.floating[Any]], attributes: NDArray[np.floating[Any]]) -> Dci:
    """Predict every attribute from all codes, and see which codes that needs.

    As in the paper a lasso predicts, and the magnitudes of its weights are the importances. Codes
    and attributes are turned into normal scores (by rank) before, so that monotone relations count
    as well as linear ones, and the lasso's penalty is 0.01 of that unit variance. Every other
    twentieth of the frames is held out to measure R squared.

    Args:
        codes: Shape ``(frames, D)``; rows that are not finite are left out.
        attributes: Shape ``(frames, K)``; NaN where undefined.

    Returns:
        The scores; NaN where no attribute varies.

    >>> a = np.random.default_rng(0).normal(size=(1000, 3))
    >>> found = dci(a, a)
    >>> round(found.disentanglement, 2), round(found.completeness, 2)
    (1.0, 1.0)
    """
    rows = np.isfinite(codes).all(axis=1)
    codes, attributes = codes[rows], attributes[rows]
    importance = np.zeros((codes.shape[1], attributes.shape[1]))
    explained: list[float] = []
    for k, column in enumerate(attributes.T):
        known = np.isfinite(column)
        if known.sum() < _LEAST or np.ptp(column[known]) == 0:
            importance[:, k] = np.nan
            continue
        x, y = normal_scores(codes[known]), normal_scores(column[known][:, None])[:, 0]
        held = (np.arange(len(y)) * _BLOCKS // len(y)) % 2 == 1
        weights = _lasso(x[~held], y[~held])
        importance[:, k] = np.abs(weights)
        rest = y[held] - x[held] @ weights
        explained.append(max(0.0, 1.0 - float(rest.var() / max(y[held].var(), 1e-12))))
    scored = importance[:, np.isfinite(importance).all(axis=0)]
    if not scored.shape[1]:
        nan = float("nan")
        return Dci(nan, nan, nan, importance)
    by_code, by_attribute = _purity(scored), _purity(scored.T)
    weight = scored.sum(axis=1)
    total = float(weight.sum())
    disentanglement = float(weight @ by_code) / total if total > 0 else 0.0
    return Dci(disentanglement, float(by_attribute.mean()), float(np.mean(explained)), importance)


def normal_scores(x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Each column by rank as a standard normal; a constant one becomes 0. Equal values are alike.

    >>> normal_scores(np.array([[1.0], [5.0], [90.0]])).round(2).ravel().tolist()
    [-0.97, 0.0, 0.97]
    """
    table = np.array([NormalDist().inv_cdf((i + 0.5) / 4096) for i in range(4096)])
    out = np.empty(x.shape)
    for i, column in enumerate(x.T):
        _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
        place = (np.cumsum(counts) - 0.5 * counts) / len(column)
        out[:, i] = np.interp(place * 4096 - 0.5, np.arange(4096), table)[inverse]
    return out


def _lasso(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that minimise ``|y - x w|² / 2n + penalty |w|``, by coordinate descent."""
    n = len(y)
    gram, target = x.T @ x / n, x.T @ y / n
    weights = np.zeros(x.shape[1])
    for _ in range(_SWEEPS):
        change = 0.0
        for i in range(len(weights)):
            if gram[i, i] <= 1e-12:
                continue
            pull = target[i] - gram[i] @ weights + gram[i, i] * weights[i]
            new = np.sign(pull) * max(abs(pull) - _LASSO, 0.0) / gram[i, i]
            change = max(change, abs(new - weights[i]))
            weights[i] = new
        if change < 1e-6:
            break
    return weights


def _purity(importance: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 less the entropy of each row's shares, over the largest it could be; 0 for empty rows."""
    width = importance.shape[1]
    totals = importance.sum(axis=1, keepdims=True)
    if width < 2:
        return np.where(totals[:, 0] > 0, 1.0, 0.0)
    share = importance / np.where(totals > 0, totals, 1.0)
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1) / np.log(width)
    return np.where(totals[:, 0] > 0, 1.0 - entropy, 0.0)
