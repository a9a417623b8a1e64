"""What a coat of paint consists of, as far as X-rays see it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tfpaintsep.simulation.pigments import Pigment

ELEMENTS = ("Pb", "Hg", "Fe", "Cu", "Ca", "Zn", "Co")
"""The elements that a scan maps."""
MATTER = (*ELEMENTS, "rest")
"""All that a paint consists of; the rest (oil, oxygen, light elements) attenuates like oxygen."""

# A paint layer of usual thickness: 30 um, 35% of its volume pigment, the rest oil at 1 g/cm3.
_THICKNESS = 30e-4  # cm
_PIGMENT_VOLUME = 0.35
_MG_PER_G = 1000.0


def areal_masses(palette: Sequence[Pigment]) -> NDArray[np.float64]:
    """What a paint layer of usual thickness holds of each element.

    A pigment that is stronger on this palette than on the shelf holds so much more of everything.

    Args:
        palette: Pigments, of any strength.

    Returns:
        (pigments, `MATTER`) mg/cm2.
    """
    masses = np.zeros((len(palette), len(MATTER)))
    for row, pigment in zip(masses, palette, strict=True):
        solid = _MG_PER_G * _THICKNESS * _PIGMENT_VOLUME * pigment.density
        oil = _MG_PER_G * _THICKNESS * (1.0 - _PIGMENT_VOLUME)
        row[:-1] = [solid * pigment.fractions.get(element, 0.0) for element in ELEMENTS]
        row[-1] = solid * (1.0 - sum(pigment.fractions.values())) + oil
        row *= pigment.strength
    return masses
