"""What the pigments consist of, as far as X-ray fluorescence sees it.

Mass fractions follow from the pigments' formulas (basic lead carbonate for lead white, mercury
sulphide for vermilion ...); those of earths, lakes, smalt and mixtures are round figures for what
varies from batch to batch. Tin, manganese and potassium are there in paint and not mapped here:
they count as the rest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tfpaintsep.simulation.pigments import PIGMENTS, Pigment

ELEMENTS = ("Pb", "Hg", "Fe", "Cu", "Ca", "Zn", "Co")
"""The elements that a scan maps."""
MATTER = (*ELEMENTS, "rest")
"""All that a paint consists of; the rest (oil, oxygen, light elements) attenuates like oxygen."""

# A paint layer of usual thickness: 30 um, 35% of its volume pigment, the rest oil at 1 g/cm3.
_THICKNESS = 30e-4  # cm
_PIGMENT_VOLUME = 0.35
_MG_PER_G = 1000.0

# By pigment its density, g/cm3, and mass fractions of the elements.
_CONTENT: dict[str, tuple[float, dict[str, float]]] = {
    "lead white": (6.8, {"Pb": 0.80}),
    "zinc white": (5.6, {"Zn": 0.80}),
    "chalk": (2.7, {"Ca": 0.40}),
    "lead-tin yellow": (7.6, {"Pb": 0.69}),
    "yellow ochre": (3.2, {"Fe": 0.30, "Ca": 0.02}),
    "yellow lake": (2.2, {"Ca": 0.12}),
    "red lead": (8.7, {"Pb": 0.91}),
    "vermilion": (8.1, {"Hg": 0.86}),
    "red ochre": (3.6, {"Fe": 0.45, "Ca": 0.01}),
    "madder lake": (2.0, {"Ca": 0.02}),
    "lead white with ochre": (6.2, {"Pb": 0.68, "Fe": 0.045}),
    "chalk with madder": (2.5, {"Ca": 0.30}),
    "raw umber": (3.3, {"Fe": 0.33, "Ca": 0.02}),
    "van Dyck brown": (1.6, {"Fe": 0.03, "Ca": 0.02}),
    "lead white with black": (5.9, {"Pb": 0.66, "Ca": 0.055}),
    "ash grey": (2.4, {"Ca": 0.25, "Fe": 0.01}),
    "azurite": (3.8, {"Cu": 0.55}),
    "ultramarine": (2.4, {"Ca": 0.05, "Fe": 0.005}),
    "smalt": (2.5, {"Co": 0.04, "Fe": 0.01}),
    "verdigris": (1.9, {"Cu": 0.32}),
    "green earth": (2.6, {"Fe": 0.18, "Ca": 0.01}),
    "bone black": (2.3, {"Ca": 0.33}),
    "lead-dried black": (3.5, {"Pb": 0.50, "Ca": 0.15}),
}


def areal_masses(palette: Sequence[Pigment]) -> NDArray[np.float64]:
    """What a paint layer of usual thickness holds of each element.

    A pigment that is stronger on this palette than on the shelf, as the radiograph sees it, holds
    so much more of everything.

    Args:
        palette: Pigments of the shelf, of any strength.

    Returns:
        (pigments, `MATTER`) mg/cm2.
    """
    usual = {pigment.name: pigment.absorbance for pigment in PIGMENTS}
    masses = np.zeros((len(palette), len(MATTER)))
    for row, pigment in zip(masses, palette, strict=True):
        density, fractions = _CONTENT[pigment.name]
        solid = _MG_PER_G * _THICKNESS * _PIGMENT_VOLUME * density
        oil = _MG_PER_G * _THICKNESS * (1.0 - _PIGMENT_VOLUME)
        row[:-1] = [solid * fractions.get(element, 0.0) for element in ELEMENTS]
        row[-1] = solid * (1.0 - sum(fractions.values())) + oil
        row *= pigment.absorbance / usual[pigment.name]
    return masses
