"""How noisy measured maps are, so that a test one scale down can be made as noisy.

Averaging s x s pixels takes most of the noise away. What is learned or tested on maps that were
downsampled once more therefore meets cleaner maps than it is meant for, and comes out too bold.
"""

from typing import NamedTuple, Self

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.optimize import nnls

_BINS = 16
_WINDOW = 2.0
"""Standard deviation of the window in which colours explain a map, pixels: wide enough that the
few coefficients take little of the noise with them."""
_RIDGE = 1e-6
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
    def of(cls, maps: np.ndarray, colours: np.ndarray | None = None) -> Self:
        """Estimate it from the diagonal details of 2 x 2 pixels, in which edges hardly show.

        By their median in each of sixteen ranges of value. What a photograph shows too is no noise:
        with colours it is also estimated from what they do not explain, and the lesser counts.

        Args:
            maps: (h, w, B), any units; below 2 x 2 pixels no noise is found.
            colours: The photograph at the maps' size, (h, w, b).
        """
        values = np.asarray(maps, np.float64)
        lowest = values.min(axis=(0, 1))
        if min(values.shape[:2]) < 2:
            return cls(lowest, np.zeros_like(lowest), np.zeros_like(lowest))
        levels = _means(values) - lowest
        model = cls(lowest, *_fitted(_details(values), levels))
        if colours is None:
            return model
        rest = values - _explained(values, np.asarray(colours, np.float64))
        other = cls(lowest, *_fitted(_details(rest), levels))
        lesser = other.variance(values).mean((0, 1)) < model.variance(values).mean((0, 1))
        return cls(*(np.where(lesser, b, a) for a, b in zip(model, other, strict=True)))

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


def _details(values: np.ndarray) -> np.ndarray:
    return (values[:-1, :-1] - values[:-1, 1:] - values[1:, :-1] + values[1:, 1:]) / 2


def _means(values: np.ndarray) -> np.ndarray:
    return (values[:-1, :-1] + values[:-1, 1:] + values[1:, :-1] + values[1:, 1:]) / 4


def _explained(maps: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The affine function of colour that fits best around each pixel, (h, w, B)."""

    def mean(image: np.ndarray) -> np.ndarray:
        return gaussian_filter(image, (_WINDOW, _WINDOW, *(0,) * (image.ndim - 2)), mode="nearest")

    middle, level = mean(colours), mean(maps)
    covariance = mean(colours[..., :, None] * colours[..., None, :])
    covariance += _RIDGE * np.eye(colours.shape[-1]) - middle[..., :, None] * middle[..., None, :]
    mixed = mean(colours[..., :, None] * maps[..., None, :])
    slopes = np.linalg.solve(covariance, mixed - middle[..., :, None] * level[..., None, :])
    return level + np.einsum("hwi,hwij->hwj", colours - middle, slopes)


def _fitted(details: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Constant and slope of each map's noise, (2, B)."""
    bands = range(details.shape[-1])
    lines = [_affine_variance(details[..., i].ravel(), levels[..., i].ravel()) for i in bands]
    return np.transpose(lines)


def _affine_variance(details: np.ndarray, levels: np.ndarray) -> tuple[float, float]:
    """Constant and slope of the details' variance over their levels, neither negative."""
    order = np.argsort(levels)
    parts = np.array_split(order, min(_BINS, order.size))
    level = np.array([levels[part].mean() for part in parts])
    deviation = np.array([_deviation(np.abs(details[part])) for part in parts])
    variance = deviation**2
    if not variance.any():  # a few edges, and nothing between them
        return 0.0, 0.0
    # A relative error counts alike in dark and in bright parts.
    weight = 1 / np.maximum(variance, 1e-2 * variance.max())
    terms = np.stack([np.ones_like(level), level], axis=1)
    (constant, slope), _ = nnls(terms * weight[:, None], variance * weight)
    return float(constant), float(slope)


def _deviation(sizes: np.ndarray) -> float:
    """Standard deviation of details of these sizes, few of which may be edges."""
    middle = float(np.median(sizes))
    if middle > 0:
        return middle / _GAUSSIAN
    # Most pixels of a rare element count nothing: the median sees only these.
    usual = np.sort(sizes)[: max(1, int(0.99 * sizes.size))]
    return float(np.sqrt(np.mean(usual**2)))
