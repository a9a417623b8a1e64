"""Whether the photograph covers the radiograph, and what to do where it does not."""

from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError

ALLOWED = 1.0
"""Percent of the result that may lie outside the photograph."""


def check_covered(inside: np.ndarray, allowed: float, rgb: Path, fixed: Path, pixel: int) -> None:
    """Refuse a photograph that shows too little.

    Args:
        inside: (h, w) where the result has values.
        allowed: Percent that may be missing.
        rgb: The photograph.
        fixed: The radiograph or maps.
        pixel: Pixels of the result along one of those.

    Raises:
        InputError: If more is missing; says how to crop the other picture.
    """
    missing = 100 * float(1 - inside.mean())
    if missing <= allowed:
        return
    crop = covered_rectangle(inside)
    advice = "Give a photograph that shows all of it"
    if crop is not None:
        top, bottom, left, right = (
            -(-crop[0] // pixel),
            crop[1] // pixel,
            -(-crop[2] // pixel),
            crop[3] // pixel,
        )
        if top < bottom and left < right:  # there may be no whole pixel of a coarse map
            advice += (
                f", or crop {fixed.name} to rows {top} to {bottom - 1} and columns {left} to "
                f"{right - 1}, which it shows"
            )
    raise InputError(
        rgb,
        expected=f"a photograph that shows all of {fixed.name}, up to {allowed:g}%",
        found=f"that {missing:.1f}% lie outside of it, and would be black",
        advice=f"{advice}; or allow it by --max-outside {np.ceil(missing):.0f}.",
    )


def covered_rectangle(inside: np.ndarray) -> tuple[int, int, int, int] | None:
    """A rectangle (top, bottom, left, right), ends excluded, wholly inside; None if none is found.

    Sides that miss most are cut first; it need not be the largest one.
    """
    top, left = 0, 0
    bottom, right = inside.shape
    while bottom - top > 1 and right - left > 1:
        part = inside[top:bottom, left:right]
        missing = [float(1 - side.mean()) for side in (part[0], part[-1], part[:, 0], part[:, -1])]
        worst = int(np.argmax(missing))
        if missing[worst] == 0:
            return (top, bottom, left, right) if part.all() else None
        top += worst == 0
        bottom -= worst == 1
        left += worst == 2
        right -= worst == 3
    return None
