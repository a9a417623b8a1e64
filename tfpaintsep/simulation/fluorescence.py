"""Element maps: what a scanning X-ray fluorescence (MA-XRF) instrument would count.

Each of two layers of paint, the visible one above the concealed one, gives off its elements'
lines. A layer is well mixed from top to bottom, and one energy stands for all that the tube's
spectrum loses on its way in. The counts of a line are then (Sherman's equation for primary
fluorescence, term by term)

    N = t S [m (1 - exp(-A)) / A + m' exp(-A) (1 - exp(-A')) / A']
    A = sum over the matter j of (mu_j(tube) + mu_j(line) / sin 45) m_j

with areal masses m above and m' beneath, the dwell time t and the line's sensitivity S. So thin
paint counts in proportion, thick lead white saturates, and what lies beneath is seen through
what lies above: mercury through a glaze, calcium hardly at all through lead white.

Left out: ground and support, varnish, secondary fluorescence, peak overlaps and the background
that fitting subtracts, dead time, and the relief of the surface. Photograph and maps are on one
pixel grid without error.

Reference:
    J. Sherman, "The theoretical derivation of fluorescent X-ray intensities from mixtures",
    Spectrochimica Acta 7, 1955.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tfpaintsep.images import ElementStack, Resolution, degrade

SCALE = 4
"""Pixels of the photograph along one step of the scan."""
DWELL = 0.1
"""Seconds that the beam stays on a pixel of the scan."""
BEAM = 0.75
"""Standard deviation of the beam's footprint, in pixels of the photograph."""

# Counts a second for 1 mg/cm2 of lead in a thin layer: about 15,000 from a coat of lead white.
_COUNT_RATE = 5000.0
# A map whose brightest pixel has fewer counts shows noise; nobody would publish it.
_FEWEST = 25.0
_TAKE_OFF = np.sin(np.radians(45.0))  # the beam is upright, the detector looks from the side


class Line(NamedTuple):
    """An element's line, and how matter attenuates it.

    Attributes:
        name: As maps are called.
        sensitivity: Counts for a given areal mass of a thin layer, Pb-L = 1: photoelectric
            absorption in its shell times fluorescence yield, over Kramers' spectrum of a tube at
            50 kV behind 0.1 mm of aluminium; seen through 1 cm of air by 0.45 mm of silicon.
        attenuation: Mass attenuation coefficients of `chemistry.MATTER` at the line's energy,
            cm2/g.
    """

    name: str
    sensitivity: float
    attenuation: tuple[float, ...]


#: One for each of `chemistry.ELEMENTS`. Coefficients of Elam, Ravel and Sieber, Radiation
#: Physics and Chemistry 63, 2002, as the Python package xraydb gives them.
LINES = (
    Line("Pb-L", 1.00, (114.1, 106.6, 147.9, 189.3, 80.5, 204.2, 160.0, 5.1)),  # 10.55 keV
    Line("Hg-L", 1.06, (131.0, 122.4, 171.1, 216.5, 93.7, 233.7, 184.6, 6.0)),  # 9.99 keV
    Line("Fe-K", 1.64, (397.8, 373.3, 71.0, 96.8, 314.2, 108.1, 78.5, 22.8)),  # 6.40 keV
    Line("Cu-K", 1.93, (225.1, 210.7, 300.9, 51.7, 169.8, 57.7, 319.9, 11.4)),  # 8.05 keV
    Line("Ca-K", 0.40, (1450.2, 1425.6, 319.0, 430.7, 151.8, 479.1, 351.4, 118.3)),  # 3.69 keV
    Line("Zn-K", 1.94, (188.4, 176.3, 251.1, 42.5, 139.9, 47.6, 268.2, 9.2)),  # 8.64 keV
    Line("Co-K", 1.77, (326.5, 306.0, 57.1, 77.8, 254.1, 86.9, 63.1, 17.9)),  # 6.93 keV
)
#: The same of the tube's radiation, at 18 keV, about the mean of its spectrum.
TUBE_ATTENUATION = (112.6, 106.0, 34.5, 45.1, 17.7, 49.6, 37.5, 1.1)

_G_PER_MG = 1e-3


def expected_counts(
    surface: NDArray[np.float64], concealed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Counts that a pixel gives on average in `DWELL`, before the beam's width.

    Args:
        surface: (h, w, `chemistry.MATTER`) areal masses of the visible paint, mg/cm2, 0 or more.
        concealed: (h, w, `chemistry.MATTER`) of the paint beneath.

    Returns:
        (h, w, `LINES`).
    """
    tube = np.array(TUBE_ATTENUATION)
    counts = np.empty((*surface.shape[:2], len(LINES)))
    for i, line in enumerate(LINES):
        path = _G_PER_MG * (tube + np.array(line.attenuation) / _TAKE_OFF)
        above, beneath = surface @ path, concealed @ path
        seen = surface[..., i] * _escaping(above)
        seen += concealed[..., i] * np.exp(-above) * _escaping(beneath)
        counts[..., i] = DWELL * _COUNT_RATE * line.sensitivity * seen
    return counts


def scan(
    rng: np.random.Generator, counts: NDArray[np.float64], pixels_per_cm: float
) -> tuple[ElementStack, ElementStack]:
    """Scan a painting: coarse steps, counting noise.

    Args:
        rng: Source of randomness.
        counts: (h, w, `LINES`) expected counts, h and w multiples of `SCALE`.
        pixels_per_cm: Of the counts.

    Returns:
        The measured maps, (h / `SCALE`, w / `SCALE`, B), Poisson distributed about their blocks'
        means; and the known maps, (h, w, B), what the same beam would count in the same time for
        each pixel of the photograph, without noise. Only elements that show above the noise.
    """
    blurred = gaussian_filter(counts, (BEAM, BEAM, 0.0), mode="nearest").astype(np.float32)
    names = tuple(line.name for line in LINES)
    resolution = Resolution(pixels_per_cm, pixels_per_cm, "centimeter")
    expected, known = degrade(ElementStack(blurred, names, "counts", resolution), SCALE)
    # A stream for each element: none changes another's noise by being there or not.
    means = np.moveaxis(expected.values, -1, 0)
    drawn = [own.poisson(mean) for own, mean in zip(rng.spawn(len(LINES)), means, strict=True)]
    noisy = np.stack(drawn, axis=-1).astype(np.float32)
    shown = expected.values.max(axis=(0, 1)) >= _FEWEST
    return _only(expected, noisy, shown), _only(known, known.values, shown)


def _only(stack: ElementStack, values: NDArray, shown: NDArray[np.bool_]) -> ElementStack:
    names = tuple(np.array(stack.names)[shown].tolist())
    return ElementStack(values[..., shown], names, stack.unit, stack.resolution)


def _escaping(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 - exp(-A)) / A: the part of a layer's fluorescence that leaves it; 1 for A = 0."""
    safe = np.maximum(path, 1e-12)
    return -np.expm1(-safe) / safe
