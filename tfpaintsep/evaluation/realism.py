"""How much of a radiograph its own photograph explains: is a simulation too easy?

On a real painting the photograph explains little of the radiograph. A simulated radiograph
that is a function of colour makes every method look perfect, a guided filter most of all.
These figures tell one from the other. On 400x400 crops:

| figure | real, three crops | "X-ray = function of colour" |
| --- | --- | --- |
| `global_r2` | 0.26-0.52 | 0.99 |
| `local_r2`, radius 10 / 30 / 60 px | 0.06-0.08 / 0.13-0.22 / 0.20-0.33 | 0.91 / 0.93 / 0.95 |
| `gradient_correlation`, sigma 0 / 2 / 5 px | -0.03..0.06 / 0.01..0.19 / 0.10..0.37 | 0.86 |
| `high_pass_share` | 0.24-0.34 | 0.18 |
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter

from .local_fit import fit_windows

RADII = (10, 30, 60)
SIGMAS = (0.0, 2.0, 5.0)

REAL = {
    "global R²": (0.26, 0.52),
    "local R², radius 10 px": (0.06, 0.08),
    "local R², radius 30 px": (0.13, 0.22),
    "local R², radius 60 px": (0.20, 0.33),
    "gradient correlation, unsmoothed": (-0.03, 0.06),
    "gradient correlation, sigma 2 px": (0.01, 0.19),
    "gradient correlation, sigma 5 px": (0.10, 0.37),
    "high-pass share": (0.24, 0.34),
}
"""Least and largest of three crops, 400 x 400 px, of one real painting's radiograph and its
registered photograph."""

_LUMINANCE = np.array([0.299, 0.587, 0.114])
# Variance below which a window's colour counts as constant: 8-bit steps, not paint.
_COLOUR_VARIANCE = 1e-5


@dataclass(frozen=True)
class RealismFigures:
    """How well the visible image explains a radiograph.

    Attributes:
        global_r2: R² of one quadratic in RGB for the whole image.
        local_r2: By window radius in px: R² of a colour-linear fit per window, beyond the
            window's own mean, pooled over all windows.
        gradient_correlation: By smoothing sigma in px: correlation of the gradient magnitudes
            of radiograph and luminance.
        high_pass_share: Standard deviation above a Gaussian of sigma 2 px, over the total.
    """

    global_r2: float
    local_r2: dict[int, float]
    gradient_correlation: dict[float, float]
    high_pass_share: float

    def named(self) -> dict[str, float]:
        """The figures by the names of `REAL`, in its order."""
        values = (
            self.global_r2,
            *self.local_r2.values(),
            *self.gradient_correlation.values(),
            self.high_pass_share,
        )
        return dict(zip(REAL, values, strict=True))


def explained_by_colour(radiograph: ArrayLike, rgb: ArrayLike) -> RealismFigures:
    """Measure how well a photograph explains the radiograph of the same painting.

    Args:
        radiograph: (h, w) in any unit; it must not be constant.
        rgb: (h, w, 3) in [0, 1].

    Returns:
        The figures, all without unit.

    Raises:
        ValueError: If the shapes do not fit or the radiograph is constant.
    """
    x, colour = np.asarray(radiograph, dtype=np.float64), np.asarray(rgb, dtype=np.float64)
    if x.ndim != 2 or colour.shape != (*x.shape, 3):
        raise ValueError(f"Expected (h, w) and (h, w, 3). Received: {x.shape}, {colour.shape}")
    if np.ptp(x) == 0:
        raise ValueError("Expected a radiograph with contrast. Received: a constant one")
    x = (x - x.mean()) / x.std()
    luminance = colour @ _LUMINANCE
    return RealismFigures(
        global_r2=_global_r2(x, colour),
        local_r2={radius: _local_r2(x, colour, radius) for radius in RADII},
        gradient_correlation={
            sigma: _correlation(_gradient(x, sigma), _gradient(luminance, sigma))
            for sigma in SIGMAS
        },
        high_pass_share=float(np.std(x - gaussian_filter(x, 2.0))),
    )


def _global_r2(x: NDArray[np.float64], rgb: NDArray[np.float64]) -> float:
    r, g, b = np.moveaxis(rgb, -1, 0)
    terms = [np.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, r * b, g * b]
    design = np.stack([term.ravel() for term in terms], axis=1)
    coefficients = np.linalg.lstsq(design, x.ravel(), rcond=None)[0]
    return float(1.0 - np.var(x.ravel() - design @ coefficients) / np.var(x))


def _local_r2(x: NDArray[np.float64], rgb: NDArray[np.float64], radius: int) -> float:
    """R² of linear regression on RGB in every window."""
    fit = fit_windows(x, rgb, radius, ridge=_COLOUR_VARIANCE)
    return float(np.sum(fit.explained) / np.sum(fit.variance))


def _gradient(image: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    smooth = gaussian_filter(image, sigma) if sigma > 0 else image
    return np.hypot(*np.gradient(smooth))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson correlation; 0 where one image is constant."""
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / norm) if norm > 0 else 0.0
