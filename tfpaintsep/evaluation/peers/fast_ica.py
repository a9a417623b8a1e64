"""Independent components of radiograph and photograph, pixel by pixel.

Reference: A. Hyvärinen and E. Oja, "Independent component analysis: algorithms and applications",
Neural Networks 13(4-5), 2000.
"""

import numpy as np

from tfpaintsep.evaluation.methods import Budget, Image, Layers

from .extra import benchmark_library

_SMALLEST = 1e-3
"""Share of the largest standard deviation below which a direction of colour is left out: the
channels of a grey photograph coincide."""


def fast_ica(xray: Image, rgb: Image, budget: Budget) -> Layers:
    """Take the independent component that the photograph shows least for the concealed design.

    The four channels x, r, g, b are mixtures of at most four independent sources of unit variance.
    Each source adds to x what least squares gives it there. The source with the smallest share
    in the variance of the three colours makes up the concealed layer, the others the surface;
    each layer has half of the mixture's mean.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Gives the seed of the start.

    Raises:
        InputError: If scikit-learn is not installed.
    """
    decomposition = benchmark_library("sklearn.decomposition")
    mean = float(xray.mean(dtype=np.float64))
    channels = _channels(xray, rgb)
    if channels.shape[1] == 1:  # a photograph of one colour tells nothing
        concealed = xray - np.float32(mean / 2)
        return Layers(xray - concealed, concealed)
    ica = decomposition.FastICA(
        whiten="unit-variance", max_iter=1000, tol=1e-5, random_state=budget.seed
    )
    sources = ica.fit_transform(channels)
    shares = ica.mixing_**2  # (channels, sources); every row adds up to the channel's variance
    least_shown = int(np.argmin(shares[1:].sum(axis=0)))
    part = ica.mixing_[0, least_shown] * xray.std(dtype=np.float64) * sources[:, least_shown]
    concealed = (mean / 2 + part).reshape(xray.shape).astype(np.float32)
    return Layers(xray - concealed, concealed)


def _channels(xray: Image, rgb: Image) -> np.ndarray:
    """x, and the colours along the axes in which they vary, all of zero mean: (h w, 1 + axes)."""
    x = xray.reshape(-1).astype(np.float64)
    colours = rgb.reshape(-1, 3).astype(np.float64)
    colours -= colours.mean(axis=0)
    deviations, axes = np.linalg.eigh(colours.T @ colours / len(colours))
    deviations = np.sqrt(np.maximum(deviations, 0))
    kept = deviations > max(_SMALLEST * deviations.max(), 1e-6)
    x = (x - x.mean()) / max(float(x.std()), np.finfo(np.float64).tiny)
    return np.column_stack([x, colours @ axes[:, kept]])
