"""Smooth random fields: what varies slowly over a painting, whatever is painted there."""

import numpy as np
from numpy.typing import NDArray

# Width of the Gaussian that joins the grid's values, in grid steps: wide enough that the grid
# does not show, and 4 steps reach all of it.
_WIDTH, _REACH = 0.8, 4


def smooth_field(
    rng: np.random.Generator, size: tuple[int, int], scale: float
) -> NDArray[np.float64]:
    """A random field that varies over about `scale` pixels.

    Independent normal values on a coarse grid, joined by a Gaussian kernel: two small matrix
    products, whatever the scale.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        scale: Distance between grid points, px, above 0.

    Returns:
        (height, width), each value normal with mean 0 and variance 1.
    """
    rows, columns = (_kernel(extent, scale) for extent in size)
    return rows @ rng.standard_normal((rows.shape[1], columns.shape[1])) @ columns.T


def _kernel(extent: int, scale: float) -> NDArray[np.float64]:
    """Weights (extent, grid points), each row of unit energy so that variance is kept."""
    position = np.arange(extent) / scale
    grid = np.arange(-_REACH, int(np.ceil(position[-1])) + _REACH + 1)
    weights = np.exp(-0.5 * ((position[:, None] - grid) / _WIDTH) ** 2)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)
