"""How matter weakens X-rays: tabulated coefficients, a tube's spectrum, absorbance of layers.

A beam of one energy follows Beer-Lambert's law, and layers add. A tube's beam loses its soft part
first, so each further layer absorbs less than the one before it (beam hardening): what lies
beneath thick lead white counts for less than it would alone.

Reference:
    W. T. Elam, B. D. Ravel, J. R. Sieber, "A new atomic database for X-ray spectroscopic
    calculations", Radiation Physics and Chemistry 63, 2002, as the package xraydb gives it.
    H. A. Kramers, "On the theory of X-ray absorption and of the continuous X-ray spectrum",
    Philosophical Magazine 46, 1923.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import xraydb
from numpy.typing import ArrayLike, NDArray

from tfpaintsep.simulation.chemistry import ELEMENTS

_EV_PER_KEV = 1000.0
_G_PER_MG = 1e-3
_SOFTEST = 4.0  # keV: nothing softer comes through air and a support
_BLOCK = 1 << 15  # pixels at a time: what is computed of them stays in the processor's cache

FILTRATION: Mapping[str, float] = {"Be": 0.18, "N": 0.09, "O": 0.10}
"""g/cm2 between anode and film that is no paint: a tube's beryllium window of 1 mm, 75 cm of air,
and canvas, size and the film's envelope."""
FILM: Mapping[str, float] = {"Ag": 1.4e-3, "Br": 1.0e-3}
"""g/cm2 of silver bromide in an industrial film, both coats."""

Kind = Literal["total", "photo"]


class TubeSpectrum(NamedTuple):
    """What of an X-ray tube's beam a detector records.

    Attributes:
        energies: (E,) keV.
        numbers: (E,) relative numbers of photons, each counted as much as it exposes the
            detector; their sum is 1.
        kilovolts: The tube's voltage, kV; the beam's energy, where there is but one.
    """

    energies: NDArray[np.float64]
    numbers: NDArray[np.float64]
    kilovolts: float


def element_attenuation(
    element: str, energies_kev: ArrayLike, kind: Kind = "total"
) -> NDArray[np.float64]:
    """An element's mass attenuation coefficients.

    Args:
        element: Its symbol.
        energies_kev: (E,) or one, keV, 0.1 or more.
        kind: With scattering, or photoelectric absorption alone.

    Returns:
        (E,) cm2/g.
    """
    energies = np.atleast_1d(np.asarray(energies_kev, np.float64))
    return np.array(_looked_up(element, tuple(energies.tolist()), kind))


def mass_attenuation(energies_kev: ArrayLike) -> NDArray[np.float64]:
    """Mass attenuation coefficients of all that paint consists of.

    Args:
        energies_kev: (E,) or one, keV.

    Returns:
        (E, `chemistry.MATTER`) cm2/g; the rest (oil, light elements) attenuates like oxygen.
    """
    columns = [element_attenuation(element, energies_kev) for element in (*ELEMENTS, "O")]
    return np.stack(columns, axis=-1)


def tube_spectrum(
    kilovolts: float = 35.0,
    filtration: Mapping[str, float] = FILTRATION,
    detector: Mapping[str, float] | None = FILM,
) -> TubeSpectrum:
    """The spectrum that a radiograph is taken with: Kramers' law, filtered, as the film sees it.

    The anode's own lines are left out: those of tungsten, at 8 to 11 keV, are filtered most.

    Args:
        kilovolts: Of the tube; paintings are taken with 20 to 40.
        filtration: g/cm2 by element between anode and detector, apart from paint.
        detector: g/cm2 by element of what records the beam, by the energy it absorbs; None: the
            photons themselves are counted.

    Returns:
        The spectrum, in bins of 1 keV.

    Raises:
        ValueError: If the voltage leaves no bin.
    """
    edges = np.arange(_SOFTEST, kilovolts + 1e-9)
    if edges.size < 2:
        raise ValueError(f"kilovolts must be {_SOFTEST + 1:g} or more, found {kilovolts:g}")
    energies = 0.5 * (edges[1:] + edges[:-1])
    emitted = kilovolts / energies - 1.0
    numbers = emitted * np.exp(-_path(filtration, energies))
    if detector is not None:
        numbers *= -np.expm1(-_path(detector, energies)) * energies
    return TubeSpectrum(energies, numbers / numbers.sum(), kilovolts)


def one_energy(energy_kev: float) -> TubeSpectrum:
    """A beam of one energy, for which absorbances of layers add exactly.

    Args:
        energy_kev: keV.

    Returns:
        The spectrum, one bin.
    """
    return TubeSpectrum(np.array([energy_kev]), np.ones(1), energy_kev)


def absorbance(masses: NDArray[np.floating], spectrum: TubeSpectrum) -> NDArray[np.float64]:
    """-ln of the part of the recorded beam that layers of paint let through.

    Args:
        masses: (h, w, `chemistry.MATTER`) areal masses, mg/cm2, 0 or more; for several layers
            their sum.
        spectrum: What of the beam is recorded where there is no paint.

    Returns:
        (h, w), 0 or more.
    """
    coefficients = _G_PER_MG * mass_attenuation(spectrum.energies).T
    pixels = masses.reshape(-1, masses.shape[-1])
    result = np.empty(len(pixels))
    for start in range(0, len(pixels), _BLOCK):
        paths = pixels[start : start + _BLOCK] @ coefficients
        least = paths.min(axis=-1)  # taken out first, so that the densest paint lets through > 0
        paths -= least[:, None]
        np.exp(np.negative(paths, out=paths), out=paths)
        result[start : start + _BLOCK] = least - np.log(paths @ spectrum.numbers)
    # rounding leaves -1e-16 of nothing
    return np.maximum(result, 0.0).reshape(masses.shape[:-1])


def _path(content: Mapping[str, float], energies: NDArray[np.float64]) -> NDArray[np.float64]:
    """(E,) attenuations of g/cm2 by element."""
    paths = [mass * element_attenuation(name, energies) for name, mass in content.items()]
    return np.sum(paths, axis=0) if paths else np.zeros_like(energies)


@cache
def _looked_up(element: str, energies_kev: tuple[float, ...], kind: Kind) -> tuple[float, ...]:
    energies = _EV_PER_KEV * np.array(energies_kev)
    return tuple(np.asarray(xraydb.mu_elam(element, energies, kind=kind)).tolist())
