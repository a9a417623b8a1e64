"""From colours to paint: which pigments a composition may be painted with.

What the X-ray sees is no function of colour: a white may be lead white or chalk, a red vermilion
or madder lake. Which of the pigments of a colour was taken is decided region by region, and their
strength is jittered from painting to painting (binder, loading, adulteration).
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from tfpaintsep.simulation.fields import smooth_field

# Distance in Lab over which the share of a pigment falls: how freely the painter mixes.
_MIXING = 14.0
# How strongly a region prefers one pigment to another of the same colour.
_PREFERENCE = 1.5
# How far lightness thins paint with medium, or mixes lead white into it.
_MODELLING = 0.7
# Coats of lead white in what is twice as light as the middle tone.
_WHITE = 0.25


@dataclass(frozen=True)
class Pigment:
    """A pigment as the eye sees it, and what it consists of.

    Attributes:
        name: Its usual name.
        rgb: sRGB of an opaque paint layer, 0 to 255.
        density: g/cm3.
        fractions: Mass fractions of the elements that a scan maps.
        strength: How much of it is in the paint, 1 as usual.
    """

    name: str
    rgb: tuple[int, int, int]
    density: float
    fractions: dict[str, float] = field(hash=False)
    strength: float = 1.0


#: A studio's shelf. Mass fractions follow from the formulas (basic lead carbonate for lead white,
#: mercury sulphide for vermilion ...); those of earths, lakes, smalt and mixtures are round figures
#: for what varies from batch to batch. Tin, manganese and potassium are there and not mapped here.
PIGMENTS = (
    Pigment("lead white", (245, 242, 232), 6.8, {"Pb": 0.8}),
    Pigment("zinc white", (246, 246, 246), 5.6, {"Zn": 0.8}),
    Pigment("chalk", (235, 230, 215), 2.7, {"Ca": 0.4}),
    Pigment("lead-tin yellow", (240, 215, 110), 7.6, {"Pb": 0.69}),
    Pigment("yellow ochre", (200, 150, 70), 3.2, {"Fe": 0.3, "Ca": 0.02}),
    Pigment("yellow lake", (215, 180, 90), 2.2, {"Ca": 0.12}),
    Pigment("red lead", (225, 90, 50), 8.7, {"Pb": 0.91}),
    Pigment("vermilion", (205, 50, 40), 8.1, {"Hg": 0.86}),
    Pigment("red ochre", (150, 65, 45), 3.6, {"Fe": 0.45, "Ca": 0.01}),
    Pigment("madder lake", (150, 25, 45), 2.0, {"Ca": 0.02}),
    Pigment("lead white with ochre", (225, 185, 150), 6.2, {"Pb": 0.68, "Fe": 0.045}),
    Pigment("chalk with madder", (220, 170, 150), 2.5, {"Ca": 0.3}),
    Pigment("raw umber", (105, 80, 55), 3.3, {"Fe": 0.33, "Ca": 0.02}),
    Pigment("van Dyck brown", (80, 55, 40), 1.6, {"Fe": 0.03, "Ca": 0.02}),
    Pigment("lead white with black", (150, 148, 145), 5.9, {"Pb": 0.66, "Ca": 0.055}),
    Pigment("ash grey", (140, 138, 132), 2.4, {"Ca": 0.25, "Fe": 0.01}),
    Pigment("azurite", (50, 90, 150), 3.8, {"Cu": 0.55}),
    Pigment("ultramarine", (35, 45, 120), 2.4, {"Ca": 0.05, "Fe": 0.005}),
    Pigment("smalt", (75, 90, 135), 2.5, {"Co": 0.04, "Fe": 0.01}),
    Pigment("verdigris", (60, 130, 105), 1.9, {"Cu": 0.32}),
    Pigment("green earth", (110, 125, 90), 2.6, {"Fe": 0.18, "Ca": 0.01}),
    Pigment("bone black", (25, 22, 20), 2.3, {"Ca": 0.33}),
    Pigment("lead-dried black", (32, 30, 30), 3.5, {"Pb": 0.5, "Ca": 0.15}),
)


_ALWAYS = ("lead white", "lead white with ochre")


def choose_palette(rng: np.random.Generator) -> tuple[Pigment, ...]:
    """The pigments of one painter: half of the shelf, each with its own strength.

    Args:
        rng: Source of randomness.

    Returns:
        The palette, in the shelf's order; lead white and its flesh tint are always on it.
    """
    taken = rng.random(len(PIGMENTS)) < 0.5
    strength = np.exp(0.25 * rng.standard_normal(len(PIGMENTS)))
    return tuple(
        replace(pigment, strength=round(float(gain), 3))
        for pigment, here, gain in zip(PIGMENTS, taken, strength, strict=True)
        if here or pigment.name in _ALWAYS
    )


@dataclass(frozen=True, eq=False)
class Mixture:
    """Which pigments a composition is painted with, everywhere.

    Attributes:
        palette: The pigments at hand.
        share: (h, w, pigments) parts of each, which add up to 1.
        modelling: (h, w) lightness: above 1 lead white is mixed in, below 1 more medium.
    """

    palette: tuple[Pigment, ...]
    share: NDArray[np.float64]
    modelling: NDArray[np.float64]

    def contents(self, masses: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the paint holds of each kind of matter, per unit of thickness.

        Args:
            masses: (pigments, kinds) what a layer of usual thickness holds, any unit.

        Returns:
            (kinds, h, w) in that unit: lead white is mixed into the lights, and the shadows are
            thinned.
        """
        white = [pigment.name for pigment in self.palette].index("lead white")
        added = _WHITE * np.maximum(self.modelling - 1.0, 0.0)
        held = np.moveaxis(self.share @ masses, -1, 0)
        return held * np.minimum(self.modelling, 1.0) + np.multiply.outer(masses[white], added)


def choose_preferences(
    rng: np.random.Generator, palette: tuple[Pigment, ...], size: tuple[int, int], region: float
) -> NDArray[np.float64]:
    """Which pigments the painter preferred where.

    Args:
        rng: Source of randomness.
        palette: The pigments at hand.
        size: Height and width, px.
        region: Size of a region painted with one choice of pigments, px.

    Returns:
        (h, w, pigments), larger is preferred.
    """
    return np.stack([smooth_field(rng, size, region) for _ in palette], axis=-1)


def mix(
    rgb: NDArray[np.float64], palette: tuple[Pigment, ...], preference: NDArray[np.float64]
) -> Mixture:
    """Mix each colour from the palette's nearest pigments (in Lab), as the painter prefers.

    Args:
        rgb: (h, w, 3) the composition, in [0, 1].
        palette: The pigments at hand, lead white among them.
        preference: (h, w, pigments) from `choose_preferences`.

    Returns:
        The pigments everywhere.
    """
    lab = rgb2lab(rgb)
    swatches = rgb2lab(np.array([[pigment.rgb for pigment in palette]]) / 255.0)[0]
    # Minus half the squared distance, but for |lab|^2, which is the same for all pigments.
    nearness = lab @ swatches.T - 0.5 * np.sum(swatches**2, axis=-1)
    logits = _PREFERENCE * preference + nearness / _MIXING**2
    share = np.exp(logits - logits.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    # Lights are modelled with lead white mixed in, shadows thinned with medium.
    return Mixture(palette, share, 1.0 - _MODELLING + _MODELLING * lab[..., 0] / 50.0)
