"""Element maps: what a scanning X-ray fluorescence (MA-XRF) instrument would count.

Layers of paint lie one upon another, and each gives off its elements' lines. A layer is well
mixed from top to bottom, and one energy stands for all that the tube's spectrum loses on its way
in. The counts of a line are then (Sherman's equation for primary fluorescence, term by term)

    N = t S sum over the layers l of m_l exp(-sum of A above l) (1 - exp(-A_l)) / A_l
    A_l = sum over the matter j of (mu_j(tube) + mu_j(line) / sin 45) m_lj

with areal masses m, the dwell time t and the line's sensitivity S. So thin paint counts in
proportion, thick lead white saturates, and what lies beneath is seen through what lies above:
mercury through a glaze, calcium hardly at all through lead white.

Left out: ground and support, varnish, secondary fluorescence, vacancies that pass from one shell
to another, peak overlaps and the background that fitting subtracts, dead time, and the relief of
the surface. Photograph and maps are on one pixel grid without error.

Reference:
    J. Sherman, "The theoretical derivation of fluorescent X-ray intensities from mixtures",
    Spectrochimica Acta 7, 1955.
    Coefficients, edges and yields as in `attenuation`.
"""

from typing import NamedTuple

import numpy as np
import xraydb
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack, Resolution, degrade
from tfpaintsep.simulation.attenuation import (
    element_attenuation,
    mass_attenuation,
    tube_spectrum,
)
from tfpaintsep.simulation.chemistry import ELEMENTS

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

_TUBE = tube_spectrum(50.0, filtration={"Al": 0.027}, detector=None)  # 0.1 mm of aluminium
_AIR = 1.2e-3  # g/cm2: 1 cm, as nitrogen
_SILICON = 0.105  # g/cm2: a detector of 0.45 mm
_HEAVY = 50  # from this atomic number on the L lines are measured, not the K lines
_EV_PER_KEV = 1000.0
_G_PER_MG = 1e-3


class Line(NamedTuple):
    """An element's line, and how matter attenuates it.

    Attributes:
        name: As maps are called.
        energy: Of its strongest part, keV.
        sensitivity: Counts for a given areal mass of a thin layer, Pb-L = 1: photoelectric
            absorption in its shell times fluorescence yield, over the tube's spectrum; seen
            through air by silicon.
        attenuation: (`chemistry.MATTER`) mass attenuation coefficients at the line's energy,
            cm2/g.
    """

    name: str
    energy: float
    sensitivity: float
    attenuation: NDArray[np.float64]


def _line(element: str) -> Line:
    """An element's line, its sensitivity not yet relative to lead's."""
    heavy = xraydb.atomic_number(element) >= _HEAVY
    edges, energies = xraydb.xray_edges(element), _TUBE.energies
    excited = np.zeros_like(energies)
    inner = np.ones_like(energies)  # share of the absorption that is left for shells further out
    for shell in ("L1", "L2", "L3") if heavy else ("K",):
        jump = np.where(_EV_PER_KEV * energies > edges[shell].energy, edges[shell].jump_ratio, 1.0)
        excited += inner * (1.0 - 1.0 / jump) * edges[shell].fyield
        inner /= jump
    excited *= element_attenuation(element, energies, "photo")
    energy = xraydb.xray_lines(element)["La1" if heavy else "Ka1"].energy / _EV_PER_KEV
    through_air = np.exp(-_AIR * element_attenuation("N", energy)[0])
    stopped = -np.expm1(-_SILICON * element_attenuation("Si", energy)[0])
    sensitivity = float(_TUBE.numbers @ excited * through_air * stopped)
    name = f"{element}-{'L' if heavy else 'K'}"
    return Line(name, energy, sensitivity, mass_attenuation(energy)[0])


def _lines() -> tuple[Line, ...]:
    lead = _line("Pb").sensitivity
    lines = [_line(element) for element in ELEMENTS]
    return tuple(line._replace(sensitivity=line.sensitivity / lead) for line in lines)


LINES = _lines()
"""One for each of `chemistry.ELEMENTS`."""
TUBE_ATTENUATION = mass_attenuation(_TUBE.energies @ _TUBE.numbers)[0]
"""(`chemistry.MATTER`) coefficients for the tube's radiation at its spectrum's mean, 19 keV."""


def expected_counts(*layers: NDArray[np.floating], dwell: float = DWELL) -> NDArray[np.float64]:
    """Counts that a pixel gives on average, before the beam's width.

    Args:
        layers: Each (h, w, `chemistry.MATTER`) areal masses, mg/cm2, 0 or more; the visible paint
            first, the lowest layer last.
        dwell: Time that the beam stays on a pixel of the scan, s.

    Returns:
        (h, w, `LINES`).
    """
    counts = np.zeros((*layers[0].shape[:2], len(LINES)))
    for i, line in enumerate(LINES):
        path = _G_PER_MG * (TUBE_ATTENUATION + line.attenuation / _TAKE_OFF)
        above = np.zeros(layers[0].shape[:2])
        for layer in layers:
            own = layer @ path
            counts[..., i] += layer[..., i] * np.exp(-above) * _escaping(own)
            above += own
        counts[..., i] *= dwell * _COUNT_RATE * line.sensitivity
    return counts


def scan(
    rng: np.random.Generator,
    counts: NDArray[np.float64],
    pixels_per_cm: float,
    beam: float = BEAM,
) -> tuple[ElementStack, ElementStack]:
    """Scan a painting: coarse steps, counting noise.

    Args:
        rng: Source of randomness.
        counts: (h, w, `LINES`) expected counts, h and w multiples of `SCALE`.
        pixels_per_cm: Of the counts.
        beam: Standard deviation of the beam's footprint, in pixels of the counts, 0 or more.

    Returns:
        The measured maps, (h / `SCALE`, w / `SCALE`, B), Poisson distributed about their blocks'
        means; and the known maps, (h, w, B), what the same beam would count in the same time for
        each pixel of the photograph, without noise. Only elements that show above the noise.

    Raises:
        InputError: If none does.
    """
    blurred = gaussian_filter(counts, (beam, beam, 0.0), mode="nearest").astype(np.float32)
    names = tuple(line.name for line in LINES)
    resolution = Resolution(pixels_per_cm, pixels_per_cm, "centimeter")
    expected, known = degrade(ElementStack(blurred, names, "counts", resolution), SCALE)
    # A stream for each element: none changes another's noise by being there or not.
    means = np.moveaxis(expected.values, -1, 0)
    drawn = [own.poisson(mean) for own, mean in zip(rng.spawn(len(LINES)), means, strict=True)]
    noisy = np.stack(drawn, axis=-1).astype(np.float32)
    brightest = expected.values.max(axis=(0, 1))
    shown = brightest >= _FEWEST
    if not shown.any():
        raise InputError(
            "dwell time",
            expected=f"one in which an element gives {_FEWEST:g} counts in a pixel",
            found=f"at most {brightest.max():.3g}",
            advice="Let the beam stay longer.",
        )
    return _only(expected, noisy, shown), _only(known, known.values, shown)


def _only(stack: ElementStack, values: NDArray, shown: NDArray[np.bool_]) -> ElementStack:
    names = tuple(np.array(stack.names)[shown].tolist())
    return ElementStack(values[..., shown], names, stack.unit, stack.resolution)


def _escaping(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 - exp(-A)) / A: the part of a layer's fluorescence that leaves it; 1 for A = 0."""
    safe = np.maximum(path, 1e-12)
    return -np.expm1(-safe) / safe
