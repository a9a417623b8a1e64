"""Whether a photograph lies over its radiograph or element maps, in words."""

from typing import NamedTuple

import numpy as np

from tfpaintsep.inspection.displacement import REACH, Displacement, estimate_displacement
from tfpaintsep.inspection.finding import Finding, Severity

OFF = 2.0
"""Pixels of displacement from which it is a warning: simulated paintings, perfectly in register but
lit from the side and displaced in their underpainting, reach 1.6."""
REGISTER = "Bring them into register first: tfpaintsep register, by itself or by control points."


class Pair(NamedTuple):
    """Names of two files in messages: the picture and its photograph."""

    picture: str
    photograph: str


def registration(
    names: Pair, picture: np.ndarray, rgb: np.ndarray, pixel_mm: float | None, *, scale: int = 1
) -> list[Finding]:
    """How far the photograph lies beside the picture.

    Args:
        names: The two files.
        picture: (h, w) radiograph, or (h, w, B) maps.
        rgb: (h, w, 3) photograph, averaged down to the picture's pixels.
        pixel_mm: Side of a pixel of the photograph; None where unknown.
        scale: Pixels of the photograph along one of the picture.
    """
    shift = estimate_displacement(picture, rgb)
    if shift.is_uneven:
        return [
            Finding(
                Severity.WARNING,
                "registration",
                names,
                "they do not lie over each other: parts of the photograph would have to move by "
                f"up to {_far(scale * shift.unevenness, pixel_mm)} against each other, so it is "
                "turned, warped or of another scale",
                "features would be explained by what lies beside them",
                REGISTER,
            )
        ]
    if not shift.is_clear:
        return [
            Finding(
                Severity.NOTE,
                "registration",
                names,
                "cannot tell whether they are in register: no displacement stands out",
                "the two have too little fine structure in common, or are turned, warped or far "
                f"off ({_far(scale * REACH * min(picture.shape[:2]), pixel_mm)} is looked for)",
                "Compare contours and cracks by eye, one laid over the other.",
            )
        ]
    return [_displaced(names, shift, scale, pixel_mm)]


def _displaced(names: Pair, shift: Displacement, scale: int, pixel_mm: float | None) -> Finding:
    length = scale * shift.length
    if length < max(OFF, scale / 2):
        return Finding(
            Severity.GOOD,
            "registration",
            names,
            f"in register: no displacement beyond {_far(max(length, 0.5), pixel_mm)} of the "
            "photograph",
        )
    way = ", ".join(
        f"{abs(scale * value):.1f} px {positive if value > 0 else negative}"
        for value, positive, negative in (
            (shift.down, "down", "up"),
            (shift.right, "to the right", "to the left"),
        )
        if abs(scale * value) >= 0.05
    )
    return Finding(
        Severity.WARNING,
        "registration",
        names,
        f"the photograph lies {_far(length, pixel_mm)} off: it would have to move {way}",
        "features would be explained by what lies beside them",
        REGISTER,
    )


def _far(pixels: float, pixel_mm: float | None) -> str:
    return f"{pixels:.1f} px" + ("" if pixel_mm is None else f" ({pixels * pixel_mm:.2g} mm)")
