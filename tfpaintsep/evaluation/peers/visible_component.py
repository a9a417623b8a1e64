"""Super-resolution of what the photograph shows, and of the rest without it.

The fine maps are a visible part E A, whose materials' abundances also make the photograph, C A, and
an invisible part. The first takes its detail from the photograph; the second, which is what the
measured maps hold beside it, is enlarged with least total variation.

Reference: Q. Dai, E. Pouyet, O. Cossairt, M. Walton and A. K. Katsaggelos, "Spatial-spectral
representation for X-ray fluorescence image super-resolution", IEEE Transactions on Computational
Imaging 3(3), 2017.
"""

import numpy as np
from numpy.typing import NDArray
from skimage.restoration import denoise_tv_chambolle

from tfpaintsep.evaluation.methods import Budget, Image
from tfpaintsep.evaluation.peers.coupled_factorisation import from_blocks, span_and_low, unmix
from tfpaintsep.evaluation.peers.interpolation import bicubic, project
from tfpaintsep.evaluation.stack_metrics import block_mean

VISIBLE = 32
"""Materials that maps and photograph share; each element has one more of its own."""
TOTAL_VARIATION = 0.01
"""Weight of the total variation, the maps' range being 1."""
STEPS = 10
"""Proximal gradient steps of the enlargement with least total variation."""


def ssr(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """Super-resolve the visible and the invisible part of maps, each in its own way.

    Args:
        coarse: Maps (h, w, B), any units.
        rgb: Photograph (s h, s w, 3) in [0, 1].
        budget: Time and seed of the factorisation.

    Returns:
        (s h, s w, B), in the maps' units; their block means are the measured ones.
    """
    scale = rgb.shape[0] // coarse.shape[0]
    unit, low = span_and_low(coarse)
    scaled = (coarse - low) / unit
    factors = unmix(scaled, rgb, budget, VISIBLE, unique=coarse.shape[2])
    visible = from_blocks(factors.maps(factors.common), scale, len(coarse)).astype(np.float64)
    rest = scaled - block_mean(visible, scale)
    fine = (visible + least_variation(rest, scale, TOTAL_VARIATION)) * unit + low
    return project(fine, coarse, scale).astype(np.float32)


def least_variation(coarse: NDArray[np.float64], scale: int, weight: float) -> NDArray[np.float64]:
    """Enlarge maps: min s^2 / 2 |X U - coarse|^2 + weight TV(X), by proximal gradients.

    A gradient step of length 1 is the projection on the maps that agree, because U U' = I / s^2.

    Args:
        coarse: (h, w, B), any sign.
        scale: s.
        weight: Of each map's total variation.

    Returns:
        (s h, s w, B).
    """
    fine = bicubic(coarse, scale)
    for _ in range(STEPS):
        fine = _smooth(project(fine, coarse, scale), weight)
    return fine


def _smooth(maps: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """The proximal operator of each map's total variation, to 20 iterations."""
    bands = np.moveaxis(maps, -1, 0)
    smooth = [denoise_tv_chambolle(band, weight=weight, max_num_iter=20) for band in bands]
    return np.stack(smooth, axis=-1)
