"""What the photograph's colours explain of the mixture in every neighbourhood.

Reference: K. He, J. Sun and X. Tang, "Guided image filtering", IEEE Transactions on Pattern
Analysis and Machine Intelligence 35(6), 2013, section 3.5 (colour guide).
"""

import numpy as np

from tfpaintsep.evaluation.local_fit import fit_windows, window_mean
from tfpaintsep.evaluation.methods import Budget, Image, Layers

RADIUS = 60
"""Of the windows, pixels: fixed beforehand, as wide as a part of a composition."""

RIDGE = 1e-4
"""epsilon of He et al., in units of full scale squared: contrasts below 1% are smoothed."""


def guided_filter(xray: Image, rgb: Image, budget: Budget) -> Layers:
    """Give the surface the filtered mixture, the concealed design what the filter took away.

    Each layer has half of the mixture's mean.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1]; the guide.
        budget: Not spent.
    """
    radius = min(RADIUS, min(xray.shape) // 2)
    fit = fit_windows(xray, rgb, radius, RIDGE)
    filtered = np.sum(window_mean(fit.slope, radius) * rgb, axis=-1)
    filtered += window_mean(fit.intercept, radius)
    surface = (filtered - xray.mean(dtype=np.float64) / 2).astype(np.float32)
    return Layers(surface, xray - surface)
