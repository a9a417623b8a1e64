"""Two paintings on one support: how much of what lies where, and what a beam leaves in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfpaintsep.simulation.attenuation import TubeSpectrum, absorbance
from tfpaintsep.simulation.chemistry import MATTER
from tfpaintsep.simulation.damage import Damage
from tfpaintsep.simulation.fields import smooth_field
from tfpaintsep.simulation.layers import PaintedLayer
from tfpaintsep.simulation.manner import Manner
from tfpaintsep.simulation.support import canvas, cradle, stretcher, wood

PIXELS_PER_CM = 40.0

_LEAST_CONTRAST, _MOST_COATS = 0.1, 4.0  # standard deviation of the absorbance
_DEPTH = (0.7, 1.1)  # contrast of the concealed layer, in units of the surface layer's
_WOOD = 1.2  # of a stretcher or cradle, in units of the relief's standard deviation
_PUTTY = 6.0  # mg/cm2 of calcium and as much again of the rest in a filled loss


@dataclass(frozen=True, eq=False)
class Stack:
    """All layers of a painting.

    Attributes:
        surface: (h, w, `chemistry.MATTER`) areal masses of the visible paint, mg/cm2.
        concealed: (h, w, `chemistry.MATTER`) of the paint beneath it.
        paint: (h, w) absorbance of the visible paint.
        beneath: (h, w) absorbance of the concealed paint.
        ground: (h, w) absorbance of ground and support, whose hollows the ground fills, and of
            the wood behind.
        relief: (h, w) of canvas or panel, about 0.
        facts: What was drawn, as JSON values.
    """

    surface: NDArray[np.float64]
    concealed: NDArray[np.float64]
    paint: NDArray[np.float64]
    beneath: NDArray[np.float64]
    ground: NDArray[np.float64]
    relief: NDArray[np.float64]
    facts: dict[str, Any]


def pile_up(
    rng: np.random.Generator,
    visible: PaintedLayer,
    hidden: PaintedLayer,
    wear: Damage,
    manner: Manner,
    spectrum: TubeSpectrum,
) -> Stack:
    """Lay a painting over another, on ground and support.

    Args:
        rng: Source of randomness: support, ground, thickness.
        visible: The surface painting.
        hidden: The concealed one; as thick as its contrast asks for.
        wear: What became of them; cracks go through both.
        manner: How much of the ground and the support shows.
        spectrum: Of the beam that contrasts are meant for.

    Returns:
        The layers.
    """
    size = wear.loss.shape
    # A picture without lights, painted once, would leave next to nothing on a film.
    coats = float(np.clip(_LEAST_CONTRAST / _contrast(visible, spectrum), 1.0, _MOST_COATS))
    surface = coats * visible.matter * wear.sound[..., None] + _putty(wear)
    paint = absorbance(surface, spectrum)
    contrast = float(paint.std())
    relief, behind, support = _support(rng, size)
    paintwork = (paint - paint.mean()) / max(contrast, 1e-12)
    texture = manner.ground * smooth_field(rng, size, 0.7 * max(size))
    coupled = np.clip(1.0 + manner.coupling * paintwork, 0.0, 2.0)
    texture += manner.weave * (coupled * relief + _WOOD * behind)
    texture *= contrast
    depth = float(rng.uniform(*_DEPTH))
    thicker = depth * float((paint + texture).std()) / _contrast(hidden, spectrum)
    concealed = thicker * hidden.matter * (1.0 - wear.cracks[..., None])
    return Stack(
        surface,
        concealed,
        paint,
        absorbance(concealed, spectrum),
        # The ground's own absorbance carries the texture above zero, thin paint included.
        texture - min(float((paint + texture).min()), 0.0),
        relief,
        {
            "surface_coats": round(coats, 4),
            "concealed_contrast": round(depth, 4),
            "concealed_coats": round(thicker, 4),
            "support": support,
        },
    )


def _contrast(layer: PaintedLayer, spectrum: TubeSpectrum) -> float:
    return max(float(absorbance(layer.matter, spectrum).std()), 1e-12)


def _putty(wear: Damage) -> NDArray[np.float64]:
    """Chalk and glue that fill losses: (h, w, `chemistry.MATTER`) mg/cm2."""
    kinds = np.zeros(len(MATTER))
    kinds[MATTER.index("Ca")] = kinds[MATTER.index("rest")] = _PUTTY
    return wear.fill[..., None] * kinds


def _support(
    rng: np.random.Generator, size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
    """The relief of canvas or panel, the thickness of the wood behind it, and what it is."""
    bar = float(rng.uniform(0.08, 0.14)) * max(size)
    strengthened = bool(rng.random() < 0.35)
    behind = np.zeros(size)
    if rng.random() < 0.75:
        counts, irregularity = rng.uniform(10.0, 14.0, 2), float(rng.uniform(0.5, 1.5))
        relief = canvas(rng, size, tuple(PIXELS_PER_CM / counts), irregularity)
        if strengthened:
            behind = stretcher(rng, size, bar)
        return (
            relief,
            behind,
            {
                "kind": "canvas",
                "threads_per_cm": [round(float(count), 2) for count in counts],
                "irregularity": round(irregularity, 2),
                "stretcher": strengthened,
            },
        )
    ring = float(rng.uniform(0.1, 0.2))
    relief = wood(rng, size, ring * PIXELS_PER_CM)
    if strengthened:
        behind = cradle(rng, size, (2, 3), bar)
    return relief, behind, {"kind": "panel", "ring_cm": round(ring, 3), "cradle": strengthened}
