"""How much a mixture is like one of two real radiographs, by how well colour explains it.

Mixtures drawn at random are mostly harder than real ones or, where the layers happen to go with the
photograph, easier. Regression on colour tells which: how it scores is known of real mixtures.
"""

import numpy as np

from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.images.blocks import block_means
from tfpaintsep.separation.start import fit_start, guess_image

from .paintings import KnownPainting

_LARGE = 4
"""Side of the large pixels on which the regression is fitted, pixels: what it gains is slow."""

_SIGMAS = (3 / _LARGE, 8 / _LARGE)
"""Gaussian scales of the smoothed colours among its features, in large pixels."""

_SPLIT = {"skill": (0.04, 0.18), "sdri": (1.0, 0.8), "siri": (3.5, 2.2)}
"""What regression scores whose remainder both layers share. On three mixtures of two real
radiographs, 400 x 400 px, it had a skill of -0.07 to 0.15, an SDRi of 0.7 to 1.3 dB and an SIRi of
1.8 to 5.2 dB. Here a middle and how far from it is near; wider, since three mixtures are few."""

_CONCEALED = {"sdri": (-0.85, 1.2)}
"""Likewise, if the concealed layer gets all that remains: -1.0 to -0.7 dB were measured."""


def likeness(mixture: KnownPainting) -> float:
    """From 0, where regression fares as on no real mixture, to 1.

    Args:
        mixture: At least 32 x 32 px; its layers' means and scale have no meaning.
    """
    rgb = block_means(mixture.rgb, _LARGE)
    surface, concealed = (
        block_means(layer - layer.mean(), _LARGE) for layer in (mixture.surface, mixture.concealed)
    )
    xray = surface + concealed
    split = guess_image(fit_start(xray, rgb, _SIGMAS), xray, rgb)
    distance = 0.0
    for guess, typical in ((split, _SPLIT), (2 * split - xray, _CONCEALED)):
        scores = mean_scores(score_layers(guess, xray - guess, surface, concealed, xray))
        for name, (middle, near) in typical.items():
            score = getattr(scores, name)
            distance += np.inf if score is None else ((score - middle) / near) ** 2
    return float(np.exp(-distance / 2))
