"""What radiograph and photograph share, patch by patch, and the rest: low rank plus sparse.

Robust principal components were preferred to morphological components because a kept library
has them and because they have a use for the photograph.

Reference: E. J. Candès, X. Li, Y. Ma and J. Wright, "Robust principal component analysis?",
Journal of the ACM 58(3), 2011.
"""

import numpy as np
from numpy.typing import NDArray

from tfpaintsep.evaluation.methods import Budget, Image, Layers

from .extra import benchmark_library

PATCH = 8
"""Side of a patch, pixels."""

ITERATIONS = 40
"""Of the augmented Lagrangian."""

GROWTH = 1.3
"""Of the weight of its constraint, in each iteration."""

Matrix = NDArray[np.float64]


def robust_pca(xray: Image, rgb: Image, budget: Budget) -> Layers:
    """Take what patches of radiograph and photograph have in common for the surface.

    A row of the matrix holds a patch of x beside the same patch of each colour, all of unit
    variance and zero mean. Its low-rank part, in x, is the surface layer: what few joint patterns
    explain. The sparse part is the concealed design. Each layer has half of the mixture's mean.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Not spent.

    Raises:
        InputError: If TensorLy is not installed.
    """
    images = np.concatenate([xray[..., None], rgb], axis=-1).astype(np.float64)
    mean, deviation = images.mean(axis=(0, 1)), images.std(axis=(0, 1))
    scaled = (images - mean) / np.where(deviation > 0, deviation, 1)
    shared = np.zeros(xray.shape)
    shifts = (0, PATCH // 2)  # two grids, whose borders fade when they are averaged
    for shift in shifts:
        shared += _shared_by_patches(scaled, shift)[..., 0] / len(shifts)
    surface = (mean[0] / 2 + deviation[0] * shared).astype(np.float32)
    return Layers(surface, xray - surface)


def low_rank_plus_sparse(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Principal component pursuit: min |L|_* + |S|_1 / sqrt(n) with L + S = matrix.

    Args:
        matrix: (n, m), or its transpose; n >= m.

    Returns:
        L and S.

    Raises:
        InputError: If TensorLy is not installed.

    Reference:
        Candès et al. 2011, eq. (1.1), with the weight of their theorem 1.1.
    """
    decomposition = benchmark_library("tensorly.decomposition")
    # TensorLy counts the nuclear norm of both unfoldings, which are a matrix and its transpose.
    low_rank, _ = decomposition.robust_pca(
        matrix.astype(np.float32),  # twice as fast, and exact enough
        reg_E=2 / np.sqrt(max(matrix.shape)),
        mu_init=1.25 / np.linalg.norm(matrix, 2),
        learning_rate=GROWTH,
        n_iter_max=ITERATIONS,
        tol=1e-6 * np.linalg.norm(matrix),
        verbose=0,
    )
    return low_rank, matrix - low_rank


def _shared_by_patches(images: Matrix, shift: int) -> Matrix:
    """The low-rank part of images (h, w, 4), whose grid of patches begins at -shift."""
    height, width, channels = images.shape
    margins = [(shift, -(length + shift) % PATCH) for length in (height, width)]
    extended = np.pad(images, [*margins, (0, 0)], mode="symmetric")
    grid = (extended.shape[0] // PATCH, PATCH, extended.shape[1] // PATCH, PATCH, channels)
    patches = extended.reshape(grid).swapaxes(1, 2)
    shared, _ = low_rank_plus_sparse(patches.reshape(grid[0] * grid[2], -1))
    whole = shared.reshape(patches.shape).swapaxes(1, 2).reshape(extended.shape)
    return whole[shift : shift + height, shift : shift + width]
