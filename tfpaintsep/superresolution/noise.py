"""How noisy measured maps are, so that a test one scale down can be made as noisy.

Averaging s x s pixels takes most of the noise away. What is learned or tested on maps that were
downsampled once more therefore meets cleaner maps than it is meant for, and comes out too bold.
"""

import numpy as np
from scipy.optimize import nnls

_BINS = 16
_GAUSSIAN = 0.6745
"""Median absolute value of a normal variable of deviation 1."""


def noise_variance(maps: np.ndarray) -> np.ndarray:
    """Estimate the variance of the noise in every pixel, as an affine function of its value.

    As counts have it: a + b (value - minimum), neither negative. From the diagonal details of
    2 x 2 pixels, in which edges hardly show, by the median in each of sixteen ranges of value.

    Args:
        maps: (h, w, B), any units.

    Returns:
        (h, w, B), in the maps' units squared; zeros for maps below 2 x 2 pixels.
    """
    values = np.asarray(maps, np.float64)
    result = np.zeros(values.shape)
    if min(values.shape[:2]) < 2:
        return result
    a, b, c, d = values[:-1, :-1], values[:-1, 1:], values[1:, :-1], values[1:, 1:]
    details, levels = (a - b - c + d) / 2, (a + b + c + d) / 4
    for band in range(values.shape[-1]):
        low = values[..., band].min()
        order = np.argsort(levels[..., band], axis=None)
        parts = np.array_split(order, min(_BINS, order.size))
        level = np.array([levels[..., band].ravel()[part].mean() for part in parts])
        size = [np.median(np.abs(details[..., band].ravel()[part])) for part in parts]
        variance = (np.array(size) / _GAUSSIAN) ** 2
        terms = np.stack([np.ones_like(level), level - low], axis=1)
        # A relative error counts alike in dark and in bright parts.
        weight = 1 / np.maximum(variance, 1e-2 * variance.max() + np.finfo(float).tiny)
        (constant, slope), _ = nnls(terms * weight[:, None], variance * weight)
        result[..., band] = constant + slope * (values[..., band] - low)
    return result


def as_noisy(twice: np.ndarray, measured: np.ndarray, scale: int, seed: int) -> np.ndarray:
    """Add to block means the noise that the averaging took away.

    Args:
        twice: Block means of measured maps (h, w, B).
        measured: The measured maps, of any size, which say how noisy they are.
        scale: Side of a block.
        seed: Seed of the noise.

    Returns:
        Maps as noisy as the measured ones at the same values, (h, w, B) float32.
    """
    values = np.asarray(measured, np.float64)
    variance = noise_variance(values)
    low = values.min(axis=(0, 1))
    # The estimate is affine in the value: two of its points give it everywhere.
    span = np.ptp(values, axis=(0, 1))
    rise = np.ptp(variance, axis=(0, 1)) / np.where(span > 0, span, 1)
    here = np.maximum(variance.min(axis=(0, 1)) + rise * (twice - low), 0)
    lost = here * (1 - 1 / scale**2)
    draws = np.random.default_rng(seed).normal(size=twice.shape)
    return (twice + np.sqrt(lost) * draws).astype(np.float32)
