"""Between a pixel size in some unit of length and the resolution of TIFF's tags."""

import math

from tfpaintsep.images.painting import Resolution

TIFF_UNITS = {
    **dict.fromkeys(("inch", "inches", "in"), ("inch", 1.0)),
    **dict.fromkeys(("cm", "centimeter", "centimetre"), ("centimeter", 1.0)),
    **dict.fromkeys(("mm", "millimeter", "millimetre"), ("centimeter", 10.0)),
    **dict.fromkeys(
        ("µm", "μm", "um", "\\u00b5m", "micron", "microns", "micrometer", "micrometre"),
        ("centimeter", 1e4),
    ),
    **dict.fromkeys(("nm", "nanometer", "nanometre"), ("centimeter", 1e7)),
    **dict.fromkeys(("m", "meter", "metre"), ("centimeter", 0.01)),
}
"""TIFF's unit of resolution for each name of a unit, and how many of the unit it holds."""


def resolution_from_density(x: float, y: float, unit: str) -> Resolution | None:
    """The resolution for so many pixels per unit of length along a row and along a column.

    Returns:
        None for a unit that is no length ("pixel") and for densities that are not positive.
    """
    known = TIFF_UNITS.get(unit.strip().lower())
    if known is None or not all(math.isfinite(d) and d > 0 for d in (x, y)):
        return None
    tiff_unit, per = known
    return Resolution(x * per, y * per, tiff_unit)


def resolution_from_pixel_size(width: float, height: float, unit: str) -> Resolution | None:
    """The resolution for pixels of so many units of length; None as `resolution_from_density`."""
    if not (width > 0 and height > 0):
        return None
    return resolution_from_density(1 / width, 1 / height, unit)
