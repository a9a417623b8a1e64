"""Coarse maps enlarged along the photograph's edges: the fast guided filter.

Each map is fitted as an affine function of colour in every window at the coarse scale, where both
are known; the coefficients, averaged over the windows a pixel is in, are enlarged and applied to
the fine photograph.

References:
    K. He, J. Sun and X. Tang, "Guided image filtering", IEEE Transactions on Pattern Analysis and
    Machine Intelligence 35(6), 2013, section 3.5 (colour guide).
    K. He and J. Sun, "Fast guided filter", arXiv:1505.00996, 2015.
"""

import numpy as np

from tfpaintsep.evaluation.local_fit import fit_windows, window_mean
from tfpaintsep.evaluation.methods import Budget, Image
from tfpaintsep.evaluation.peers.coupled_factorisation import span_and_low
from tfpaintsep.evaluation.peers.interpolation import bilinear
from tfpaintsep.evaluation.stack_metrics import block_mean

RADIUS = 1
"""Of the windows, coarse pixels: the smallest window there is, 3 x 3. Larger ones were worse on
both measured paintings: one colour means one thing nearby, and many things in a whole painting."""

RIDGE = 1e-5
"""epsilon of He et al., in units of full scale squared: contrasts below 0.3% are smoothed."""


def guided_filter(
    coarse: Image, rgb: Image, budget: Budget, *, radius: int = RADIUS, ridge: float = RIDGE
) -> Image:
    """Enlarge maps with the photograph as guide.

    Args:
        coarse: Maps (h, w, B), any units.
        rgb: Photograph (s h, s w, 3) in [0, 1].
        budget: Not spent.
        radius: Windows are squares of side 2 radius + 1 coarse pixels.
        ridge: Added to the variance of each colour.

    Returns:
        (s h, s w, B), in the maps' units; their block means are near the measured ones.
    """
    scale = rgb.shape[0] // coarse.shape[0]
    small = block_mean(rgb, scale)
    unit, low = span_and_low(coarse)
    fine = np.empty((*rgb.shape[:2], coarse.shape[2]), np.float32)
    for band in range(coarse.shape[2]):
        fit = fit_windows((coarse[..., band] - low[band]) / unit[band], small, radius, ridge)
        coefficients = np.concatenate([fit.slope, fit.intercept[..., None]], axis=-1)
        enlarged = bilinear(window_mean(coefficients, radius), scale)
        fine[..., band] = np.sum(enlarged[..., :3] * rgb, axis=-1) + enlarged[..., 3]
    return fine * unit + low
