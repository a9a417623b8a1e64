"""How noisy measured maps are, so that a test one scale down can be made as noisy.

Averaging s x s pixels takes most of the noise away. What is learned or tested on maps that were
downsampled once more therefore meets cleaner maps than it is meant for, and comes out too bold.
"""

from typing import NamedTuple, Self

import numpy as np
from scipy.optimize import nnls

_BINS = 16
_GAUSSIAN = 0.6745
"""Median absolute value of a normal variable of deviation 1."""


class NoiseModel(NamedTuple):
    """The variance of each map's noise, an affine function of its value, as counts have it.

    Attributes:
        lowest: Each map's smallest value, (B,).
        constant: The variance there, (B,), in the maps' units squared, 0 or more.
        slope: Its rise with the value, (B,), 0 or more.
    """

    lowest: np.ndarray
    constant: np.ndarray
    slope: np.ndarray

    @classmethod
    def of(cls, maps: np.ndarray) -> Self:
        """Estimate it from the diagonal details of 2 x 2 pixels, in which edges hardly show.

        By their median in each of sixteen ranges of value.

        Args:
            maps: (h, w, B), any units; below 2 x 2 pixels no noise is found.
        """
        values = np.asarray(maps, np.float64)
        lowest = values.min(axis=(0, 1))
        if min(values.shape[:2]) < 2:
            return cls(lowest, np.zeros_like(lowest), np.zeros_like(lowest))
        a, b, c, d = values[:-1, :-1], values[:-1, 1:], values[1:, :-1], values[1:, 1:]
        details, levels = (a - b - c + d) / 2, (a + b + c + d) / 4 - lowest
        bands = range(values.shape[-1])
        lines = [_affine_variance(details[..., i].ravel(), levels[..., i].ravel()) for i in bands]
        constant, slope = np.transpose(lines)
        return cls(lowest, constant, slope)

    def variance(self, values: np.ndarray) -> np.ndarray:
        """Variance of the noise of pixels of these values, (..., B)."""
        return self.constant + self.slope * np.maximum(values - self.lowest, 0)

    def lost(self, means: np.ndarray, scale: int, seed: int) -> np.ndarray:
        """Noise that an average over scale x scale pixels lacks beside a single pixel.

        Args:
            means: The averages, (..., B).
            scale: Side of a block.
            seed: Seed of the draw.

        Returns:
            Of the shape of `means`, float32, to be added to them.
        """
        deviation = np.sqrt(self.variance(means) * (1 - 1 / scale**2))
        draws = np.random.default_rng(seed).normal(size=means.shape)
        return (deviation * draws).astype(np.float32)


def _affine_variance(details: np.ndarray, levels: np.ndarray) -> tuple[float, float]:
    """Constant and slope of the details' variance over their levels, neither negative."""
    order = np.argsort(levels)
    parts = np.array_split(order, min(_BINS, order.size))
    level = np.array([levels[part].mean() for part in parts])
    deviation = np.array([np.median(np.abs(details[part])) for part in parts]) / _GAUSSIAN
    variance = deviation**2
    # A relative error counts alike in dark and in bright parts.
    weight = 1 / np.maximum(variance, 1e-2 * variance.max() + np.finfo(float).tiny)
    terms = np.stack([np.ones_like(level), level], axis=1)
    (constant, slope), _ = nnls(terms * weight[:, None], variance * weight)
    return float(constant), float(slope)
