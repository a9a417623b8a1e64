"""How one painting was painted, and what became of it: drawn anew for every painting.

The ranges are calibrated with `benchmarks/realism.py` against real radiographs; they are no
physical constants. One painter covers thinly, another loads the brush; one canvas shows through,
another does not: real radiographs differ that much, so simulated ones must.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Manner:
    """What differs from painting to painting. Lengths are shares of the larger side.

    Attributes:
        redrawing: How far the body of paint strays from the visible contours.
        softness: Width over which the body of paint is blended (standard deviation).
        underpaint: Amount of a broad first lay-in beneath the body, in coats of it.
        strokes: Share of the body that shows its strokes.
        finish: Share of the paint that follows the visible composition exactly, of pigments
            without lead.
        areas: Spread of the paint's thickness from area to area (of its logarithm).
        thickness: Spread of its slow variation within areas, likewise.
        reserve: How much less paint (more, if negative) lies along the borders of areas.
        pentimento: Amount of paint of an abandoned version, where there is one; 0: none.
        ground: Slow variation of the ground, in units of the paint's contrast.
        weave: Relief of the support, likewise.
        coupling: How much more the support shows beneath thick paint than beneath thin.
        damage: Density of losses and fills, 0 to 1.
        cracks: Depth of the age cracks, 0 to 1.
    """

    redrawing: float
    softness: float
    underpaint: float
    strokes: float
    finish: float
    areas: float
    thickness: float
    reserve: float
    pentimento: float
    ground: float
    weave: float
    coupling: float
    damage: float
    cracks: float


_RANGES = {
    "redrawing": (0.022, 0.042),
    "softness": (0.02, 0.045),
    "underpaint": (0.5, 2.0),
    "strokes": (0.1, 0.3),
    "finish": (0.2, 0.7),
    "areas": (0.05, 0.3),
    "thickness": (0.05, 0.25),
    "reserve": (-0.1, 0.15),
    "pentimento": (-0.6, 0.6),
    "ground": (0.7, 3.0),
    "weave": (0.22, 0.7),
    "coupling": (-0.5, 0.5),
    "damage": (0.0, 1.0),
    "cracks": (-0.6, 0.7),
}


# Of the concealed painting: with more slow variation than this, colour regression separates
# simulated mixtures worse than it does mixtures of real radiographs.
_BENEATH = {"softness": (0.01, 0.02), "underpaint": (0.0, 0.2)}


def choose_manner(rng: np.random.Generator, *, beneath: bool = False) -> Manner:
    """Draw a painter's manner.

    Args:
        rng: Source of randomness.
        beneath: Whether of the concealed painting, which has no ground, support or damage of its
            own.

    Returns:
        The manner; about half of all paintings have a pentimento, and half have cracks.
    """
    ranges = {**_RANGES, **(_BENEATH if beneath else {})}
    drawn = {name: round(float(rng.uniform(*limits)), 4) for name, limits in ranges.items()}
    drawn["pentimento"] = max(0.0, drawn["pentimento"])
    drawn["cracks"] = max(0.0, drawn["cracks"])
    if beneath:
        drawn.update(dict.fromkeys(("ground", "weave", "coupling", "damage", "cracks"), 0.0))
    return Manner(**drawn)
