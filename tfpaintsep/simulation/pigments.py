"""From colours to X-ray absorbance, by way of the pigments a painter could have used.

Absorbance is not a function of colour: a white may be lead white or chalk, a red vermilion or
madder lake. Which of the pigments of a colour was taken is decided region by region, and their
strength is jittered from painting to painting (binder, loading, adulteration).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from tfpaintsep.simulation.fields import smooth_field

# Distance in Lab over which the share of a pigment falls: how freely the painter mixes.
_MIXING = 14.0
# How strongly a region prefers one pigment to another of the same colour.
_PREFERENCE = 1.5
# How far lightness, by lead white mixed in, goes into the absorbance of every pigment.
_MODELLING = 0.7


@dataclass(frozen=True)
class Pigment:
    """A pigment as the eye and as the X-ray film see it.

    Attributes:
        name: Its usual name.
        rgb: sRGB of an opaque paint layer, 0 to 255.
        absorbance: X-ray absorbance of a paint layer of usual thickness, relative to lead white.
    """

    name: str
    rgb: tuple[int, int, int]
    absorbance: float


#: A studio's shelf. The absorbances rank the pigments as a radiograph at about 30 kV does
#: (lead and mercury far above iron and copper, organic lakes and carbon near nothing).
PIGMENTS = (
    Pigment("lead white", (245, 242, 232), 1.00),
    Pigment("zinc white", (246, 246, 246), 0.45),
    Pigment("chalk", (235, 230, 215), 0.12),
    Pigment("lead-tin yellow", (240, 215, 110), 0.95),
    Pigment("yellow ochre", (200, 150, 70), 0.25),
    Pigment("yellow lake", (215, 180, 90), 0.05),
    Pigment("red lead", (225, 90, 50), 0.95),
    Pigment("vermilion", (205, 50, 40), 0.90),
    Pigment("red ochre", (150, 65, 45), 0.30),
    Pigment("madder lake", (150, 25, 45), 0.06),
    Pigment("lead white with ochre", (225, 185, 150), 0.80),
    Pigment("chalk with madder", (220, 170, 150), 0.15),
    Pigment("raw umber", (105, 80, 55), 0.35),
    Pigment("van Dyck brown", (80, 55, 40), 0.08),
    Pigment("lead white with black", (150, 148, 145), 0.70),
    Pigment("ash grey", (140, 138, 132), 0.15),
    Pigment("azurite", (50, 90, 150), 0.45),
    Pigment("ultramarine", (35, 45, 120), 0.10),
    Pigment("smalt", (75, 90, 135), 0.30),
    Pigment("verdigris", (60, 130, 105), 0.45),
    Pigment("green earth", (110, 125, 90), 0.18),
    Pigment("bone black", (25, 22, 20), 0.12),
    Pigment("lead-dried black", (32, 30, 30), 0.40),
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
        replace(pigment, absorbance=round(float(pigment.absorbance * gain), 3))
        for pigment, here, gain in zip(PIGMENTS, taken, strength, strict=True)
        if here or pigment.name in _ALWAYS
    )


@dataclass(frozen=True, eq=False)
class Mixture:
    """Which pigments a composition is painted with, everywhere.

    Attributes:
        palette: The pigments at hand.
        share: (h, w, pigments) parts of each, which add up to 1.
        modelling: (h, w) factor on the absorbance by lightness: above 1 by lead white mixed
            in, below 1 by more medium.
    """

    palette: tuple[Pigment, ...]
    share: NDArray[np.float64]
    modelling: NDArray[np.float64]

    @property
    def absorbance(self) -> NDArray[np.float64]:
        """(h, w) per unit of paint thickness, relative to lead white at usual thickness."""
        return self._body * self.modelling

    def contents(self, masses: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the paint holds of each kind of matter, per unit of thickness.

        Args:
            masses: (pigments, kinds) what a layer of usual thickness holds, any unit.

        Returns:
            (kinds, h, w) in that unit: as much lead white is mixed in as absorbs what the
            lights absorb more, and the shadows are thinned.
        """
        white = [pigment.name for pigment in self.palette].index("lead white")
        added = np.maximum(self.modelling - 1.0, 0.0) * self._body / self.palette[white].absorbance
        held = np.moveaxis(self.share @ masses, -1, 0)
        return held * np.minimum(self.modelling, 1.0) + np.multiply.outer(masses[white], added)

    @property
    def _body(self) -> NDArray[np.float64]:
        return self.share @ np.array([pigment.absorbance for pigment in self.palette])


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
    distance = np.stack([np.sum((lab - swatch) ** 2, axis=-1) for swatch in swatches], axis=-1)
    logits = _PREFERENCE * preference - 0.5 * distance / _MIXING**2
    share = np.exp(logits - logits.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    # Lights are modelled with lead white mixed in, shadows thinned with medium.
    return Mixture(palette, share, 1.0 - _MODELLING + _MODELLING * lab[..., 0] / 50.0)
