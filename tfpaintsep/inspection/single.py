"""Findings on one radiograph or photograph by itself."""

import numpy as np

from tfpaintsep.images import Photograph, Radiograph, Resolution
from tfpaintsep.inspection.borders import find_border
from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.reading import Storage
from tfpaintsep.inspection.values import (
    border_findings,
    clipping_findings,
    depth_findings,
    stripe_findings,
)

SMALL = 112
"""Pixels; a side below this is shorter than a training patch of the `fast` preset."""
_LARGE = 100e6
_CLIPPED_COLOURS = 0.1
"""Share of a photograph's values; a black coat or a white collar is no fault."""
_COLOURLESS = 0.01
_SQUARE = 0.01


def on_radiograph(name: str, radiograph: Radiograph) -> list[Finding]:
    """Size, depth, clipping, borders, stripes and resolution of a radiograph."""
    values = radiograph.values
    border = find_border(values)
    inside = border.inside(values)
    full = radiograph.gain if radiograph.stored_dtype.kind == "u" else None
    return [
        *_size(name, radiograph.size, "radiograph"),
        *depth_findings(name, values, radiograph.stored_dtype, "radiograph"),
        *clipping_findings(name, border.recorded(values), full, "radiograph"),
        *border_findings(name, border, "radiograph"),
        *stripe_findings(name, inside, "radiograph"),
        *resolution_findings(name, radiograph.resolution),
    ]


def on_photograph(name: str, photograph: Photograph, storage: Storage) -> list[Finding]:
    """Size, depth, clipping, borders, colour and resolution of a photograph."""
    values = photograph.values
    border = find_border(values)
    recorded = border.recorded(values)
    found = [
        *_size(name, photograph.size, "photograph"),
        *clipping_findings(name, recorded, 1.0, "photograph", _CLIPPED_COLOURS),
        *border_findings(name, border, "photograph"),
    ]
    if storage.dtype == "uint16":
        samples = np.round(values * np.float32(65535))
        found += depth_findings(name, samples, np.dtype(np.uint16), "photograph")
    profile = storage.profile
    if profile and not _is_srgb(profile):
        found.append(
            Finding(
                Severity.NOTE,
                "profile",
                (name,),
                f"the photograph has the colour profile {profile!r}, which is not sRGB",
                "its numbers are used as they are, and pages show them as if they were sRGB: "
                "colours look off there; computing hardly suffers",
                "Convert it to sRGB if the pages are to show true colours.",
            )
        )
    spread = float(np.mean(np.std(recorded if recorded.size else values, axis=-1)))
    if spread < _COLOURLESS:
        found.append(
            Finding(
                Severity.WARNING,
                "colour",
                (name,),
                f"the photograph has hardly any colour: its channels differ by {spread:.1%} of "
                "full scale",
                "colours are what tells pigments, and so layers and elements, apart",
                "Use a photograph in colour of the surface as it is today.",
            )
        )
    return found + resolution_findings(name, photograph.resolution)


def reading_findings(name: str, notes: tuple[str, ...]) -> list[Finding]:
    """What the reader of a file remarked."""
    return [Finding(Severity.NOTE, "reading", (name,), note) for note in notes]


def _size(name: str, size: tuple[int, int], what: str) -> list[Finding]:
    height, width = size
    found = []
    if min(size) < SMALL:
        found.append(
            Finding(
                Severity.NOTE,
                "size",
                (name,),
                f"the {what} is only {height} x {width} px",
                f"patches of {SMALL} px, with which training is fastest, do not fit, and there is "
                "little to learn from",
                "Give a larger part of the picture, if there is one.",
            )
        )
    if height * width > _LARGE:
        found.append(
            Finding(
                Severity.NOTE,
                "size",
                (name,),
                f"the {what} has {height * width / 1e6:.0f} million pixels",
                "training looks at parts of it, and applying the model takes long",
                "Try the settings on a part of it first.",
            )
        )
    return found


def resolution_findings(name: str, resolution: Resolution | None) -> list[Finding]:
    """Whether a file says how large its pixels are, and that they are square."""
    size = resolution.pixel_size_mm if resolution else None
    if size is None:
        return [
            Finding(
                Severity.NOTE,
                "resolution",
                (name,),
                "the file does not say how large its pixels are",
                "results will have no scale bar, and no displacement is known in millimetres",
                "Set the resolution in ImageJ (Image > Properties), or when exporting.",
            )
        ]
    if abs(size[0] / size[1] - 1) > _SQUARE:
        return [
            Finding(
                Severity.WARNING,
                "resolution",
                (name,),
                f"its pixels are not square by its tags: {size[0]:.4g} x {size[1]:.4g} mm",
                "pictures of one object fit each other only if they are stretched alike",
                "Check the scan's steps, or correct the tags.",
            )
        ]
    return []


def lossy_finding(name: str) -> Finding:
    """A radiograph that is compressed with loss."""
    return Finding(
        Severity.NOTE,
        "compression",
        (name,),
        "the radiograph is compressed with loss, as JPEG",
        "its blocks of 8 px are false detail, and fine contrast is gone",
        "Use the scan itself, as TIFF.",
    )


def _is_srgb(profile: str) -> bool:
    return "srgb" in profile.lower().replace(" ", "").replace("-", "")
