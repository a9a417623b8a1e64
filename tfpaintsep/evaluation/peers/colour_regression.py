"""What the photograph's colours explain of the mixture, by one regression for the whole image.

Features are the colours, their squares and products, and the colours smoothed at two scales.
"""

import numpy as np

from tfpaintsep.evaluation.methods import Budget, Image, Layers
from tfpaintsep.separation.start import fit_start, guess_image

SIGMAS = (3.0, 8.0)
"""Gaussian scales of the smoothed colours, pixels."""


def explained_by_colour(xray: Image, rgb: Image) -> Image:
    """The regression's prediction, less half of the mixture's mean.

    Nothing tells whose the mean is, so each layer has half of it.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].

    Returns:
        (h, w), in units of the gain.
    """
    start = fit_start(xray, rgb, SIGMAS)
    # g1 is half the mean, plus what is explained beyond it, plus half of what is not.
    return 2 * guess_image(start, xray, rgb) - xray + np.float32(start.mean / 2)


def remainder_concealed(xray: Image, rgb: Image, budget: Budget) -> Layers:
    """Give the surface what colour explains, the concealed design all that it does not.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Not spent.
    """
    surface = explained_by_colour(xray, rgb)
    return Layers(surface, xray - surface)


def remainder_split(xray: Image, rgb: Image, budget: Budget) -> Layers:
    """Give the surface what colour explains, and each layer half of what it does not.

    This is the first guess g1 of `start.kind: auto`, and x - g1.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Not spent.
    """
    surface = guess_image(fit_start(xray, rgb, SIGMAS), xray, rgb)
    return Layers(surface, xray - surface)
