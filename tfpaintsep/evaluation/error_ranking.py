"""How well a disagreement tells where the error is large, where the truth is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

TOP = 0.1
"""The share of pixels looked at first."""


@dataclass(frozen=True)
class ErrorRanking:
    """How the order of a disagreement compares with that of the error.

    Attributes:
        correlation: Spearman's, in [-1, 1]: 1 for the same order, 0 for none in common. NaN where
            one of the two is the same everywhere.
        top: Mean error of the tenth of the pixels that disagrees most, over that of all; 1 is
            chance.
        best_top: What `top` would be for the true order.
        sparsification: Area between the sparsification curve (mean error of what remains when
            more and more of the most disagreeing pixels are left out) and that of the true order,
            over the same area for chance: 0 perfect, 1 chance, above it worse than chance.
        size: Root mean square of the disagreement over that of the error: what an error bar
            would have near 1.

    Reference:
        Ilg et al., Uncertainty estimates and multi-hypotheses networks for optical flow, ECCV
        2018 (sparsification).
    """

    correlation: float
    top: float
    best_top: float
    sparsification: float
    size: float


def rank_errors(disagreement: NDArray[np.floating], error: NDArray[np.floating]) -> ErrorRanking:
    """Compare a disagreement with an error of the same shape.

    Args:
        disagreement: Any shape; pixels that are equal count as in random order.
        error: Differences from the truth, with sign or without.

    Returns:
        The figures; NaN where the error is 0 everywhere.

    Raises:
        ValueError: If the shapes differ.
    """
    if disagreement.shape != error.shape:
        raise ValueError(f"shapes must agree. Received: {disagreement.shape}, {error.shape}")
    d, e = disagreement.ravel().astype(np.float64), np.abs(error).ravel().astype(np.float64)
    if not e.any():
        return ErrorRanking(*[float("nan")] * 5)
    by_disagreement, by_error = _sorted_by(d, e), np.sort(e)[::-1]
    first = max(1, round(TOP * e.size))
    chance, least = e.mean(), _mean_of_rest(by_error).mean()
    return ErrorRanking(
        correlation=_spearman(d, e),
        top=float(by_disagreement[:first].mean() / chance),
        best_top=float(by_error[:first].mean() / chance),
        sparsification=float(
            (_mean_of_rest(by_disagreement).mean() - least) / (chance - least)
            if chance > least
            else float("nan")
        ),
        size=float(np.sqrt(np.mean(d**2) / np.mean(e**2))),
    )


def _spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _sorted_by(key: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values by descending key; those of equal keys each become their mean."""
    _, group = np.unique(-key, return_inverse=True)
    means = np.bincount(group, values) / np.bincount(group)
    return np.asarray(means[np.sort(group)])


def _mean_of_rest(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of what remains after 0, 1, ... n - 1 of the first are left out."""
    return np.asarray(np.cumsum(ordered[::-1]) / np.arange(1, ordered.size + 1))[::-1]
