"""From absorbance to the grey values of a 16-bit radiograph, layer by layer.

Two kinds of mixture. The additive one, `expose`: absorbances of the two layers add, and so do
their grey values, exactly. The physical one, `expose_exactly`: one beam passes both layers and
hardens on its way, is scattered, counted and drawn on film, whose density is no logarithm of
the exposure; the layers then are no longer parts of a sum.

What the film adds (grain, quantum noise) belongs to the surface layer by convention, as support
and ground do.

Reference:
    C. E. K. Mees, T. H. James, "The Theory of the Photographic Process", 3rd ed., 1966: one X-ray
    quantum makes a grain developable, so density is 1 - exp(-exposure) of its greatest.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tfpaintsep.simulation.attenuation import TubeSpectrum, absorbance

Response = Literal["logarithmic", "film"]

# Brightest value of the mixture: headroom below 65535, as a careful exposure leaves it.
_BRIGHTEST = 58_000.0
_WHITE = 65_535


@dataclass(frozen=True)
class Detector:
    """What records the beam behind a painting.

    Attributes:
        scatter: Share of the recorded beam that was scattered on its way, 0 to below 1.
        spread: Standard deviation of the scattered beam's blur, px.
        photons: Photons that a pixel records where there is no paint; 0: without quantum noise.
        grain: Standard deviation of the film's grain, in absorbance.
        response: Grey values in proportion to absorbance (a digital detector's logarithm), or as
            a film's density, which dense paint saturates.
        exposure: Of the bare film, in units of what blackens 63% of its grains.
    """

    scatter: float = 0.08
    spread: float = 20.0
    photons: float = 40_000.0
    grain: float = 0.01
    response: Response = "logarithmic"
    exposure: float = 0.7


DETECTOR = Detector()


def expose(
    surface: NDArray[np.float64], concealed: NDArray[np.float64]
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """Absorbances of two layers as grey values, dense paint bright.

    Absorbances add, and one gain serves both layers, so the radiograph is their sum; each
    layer is rounded first, so the sum holds exactly in integers.

    Args:
        surface: (h, w) absorbance of the surface layer, any unit; negative values become 0.
        concealed: (h, w) absorbance of the concealed layer, in the same unit.

    Returns:
        Surface, concealed and mixture = surface + concealed, uint16.
    """
    layers = np.clip(np.stack([surface, concealed]), 0.0, None)
    gain = _BRIGHTEST / _densest(surface, concealed)
    grey_surface, grey_concealed = np.rint(gain * layers).astype(np.uint16)
    return grey_surface, grey_concealed, grey_surface + grey_concealed


def expose_exactly(
    united: NDArray[np.float64],
    surface: NDArray[np.float64],
    concealed: NDArray[np.float64],
    detector: Detector = DETECTOR,
) -> NDArray[np.uint16]:
    """The grey values of one radiograph of both layers, on the gain of `expose`.

    Args:
        united: (h, w) absorbance of both layers together as recorded: `union`, then `recorded`.
        surface: (h, w) absorbance of the surface layer alone, as `expose` is given it.
        concealed: (h, w) of the concealed layer, likewise.
        detector: Its response is used.

    Returns:
        (h, w) uint16. With a logarithmic response and layers that add it is the mixture of
        `expose`; a film's curve agrees with it at no paint and at that mixture's densest point.
    """
    densest = _densest(surface, concealed)
    tone = _response(np.clip(united, 0.0, None), detector) / _response(np.array(densest), detector)
    return np.clip(np.rint(_BRIGHTEST * tone), 0, _WHITE).astype(np.uint16)


def union(
    surface_masses: NDArray[np.floating],
    concealed_masses: NDArray[np.floating],
    spectrum: TubeSpectrum,
) -> NDArray[np.float64]:
    """Absorbance of both layers of paint in one beam: less than the sum, for it hardens.

    Args:
        surface_masses: (h, w, `chemistry.MATTER`) mg/cm2.
        concealed_masses: (h, w, `chemistry.MATTER`) mg/cm2.
        spectrum: Of the beam.

    Returns:
        (h, w), before the detector; support and ground are to be added.
    """
    return absorbance(surface_masses + concealed_masses, spectrum)


def scattered(absorbed: NDArray[np.float64], detector: Detector = DETECTOR) -> NDArray[np.float64]:
    """Absorbance as it seems where a part of the transmitted beam is spread widely.

    Args:
        absorbed: (h, w) absorbance.
        detector: Its scatter and spread are used.

    Returns:
        (h, w), of less contrast.
    """
    if detector.scatter == 0:
        return absorbed
    beam = np.exp(-absorbed)
    stray = gaussian_filter(beam, detector.spread, mode="nearest")
    return -np.log((1.0 - detector.scatter) * beam + detector.scatter * stray)


def recorded(
    rng: np.random.Generator,
    absorbed: NDArray[np.float64],
    detector: Detector = DETECTOR,
    beneath: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """Absorbance as a detector records it: scatter, quantum noise, grain.

    For the additive mixture the surface layer alone bears the noise, which the whole painting's
    transmission decides: give what lies beneath, and apply `scattered` to that.

    Args:
        rng: Source of randomness.
        absorbed: (h, w) absorbance, 0 or more.
        detector: What records the beam.
        beneath: (h, w) absorbance that weakens the beam further.

    Returns:
        (h, w) the first layer's absorbance with all the noise; thin paint can get below 0.
    """
    seen = scattered(absorbed, detector)
    if detector.photons > 0:
        expected = detector.photons * np.exp(-(seen + beneath))
        counted = np.maximum(rng.poisson(expected), 0.5)  # half a photon: no infinite absorbance
        seen = seen - np.log(counted / expected)
    return seen + detector.grain * rng.standard_normal(seen.shape)


def _densest(surface: NDArray[np.float64], concealed: NDArray[np.float64]) -> float:
    total = np.clip(surface, 0.0, None) + np.clip(concealed, 0.0, None)
    return max(float(total.max()), 1e-12)


def _response(absorbed: NDArray[np.float64], detector: Detector) -> NDArray[np.float64]:
    """What a detector makes of an absorbance: 0 for 0, rising."""
    if detector.response == "logarithmic":
        return absorbed
    # The film is black where the beam comes through; as it is shown, it is inverted.
    return np.exp(-detector.exposure * np.exp(-absorbed)) - np.exp(-detector.exposure)
