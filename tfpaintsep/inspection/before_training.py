"""What a training says before it begins: the few things that spoil a result, and are soon seen."""

import numpy as np

from tfpaintsep.images import ElementStack, Photograph, Radiograph
from tfpaintsep.inspection.borders import find_border
from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.pairs import on_maps_and_photograph
from tfpaintsep.inspection.registration import Pair, registration
from tfpaintsep.inspection.values import border_findings, stripe_findings


def before_separation(radiograph: Radiograph, photograph: Photograph) -> list[str]:
    """Warnings on a radiograph and a photograph of its size, in words, and if register is untold.

    Borders, stripes and register; what `tfpaintsep.images.findings` says is not repeated.
    """
    names = _names(radiograph, photograph)
    border = find_border(radiograph.values)
    resolution = radiograph.resolution or photograph.resolution
    pixel = resolution.pixel_size_mm if resolution else None
    found = [
        *border_findings(names.picture, border, "radiograph"),
        *stripe_findings(names.picture, border.inside(radiograph.values), "radiograph"),
        *registration(
            names, radiograph.values, photograph.values, float(np.mean(pixel)) if pixel else None
        ),
    ]
    return [one.in_words() for one in found if _is_said(one)]


def before_super_resolution(maps: ElementStack, photograph: Photograph) -> list[str]:
    """Warnings on element maps and a photograph of a fitting size, in words, likewise.

    Borders, stripes and register; what `ScannedPainting.findings` says is not repeated.
    """
    names = _names(maps, photograph)
    border = find_border(maps.values)
    inside = border.inside(maps.values)
    together = on_maps_and_photograph(names, maps, photograph)
    found = [
        *border_findings(names.picture, border, "maps"),
        *stripe_findings(names.picture, inside, "maps"),
        *stripe_findings(names.picture, np.swapaxes(inside, 0, 1), "maps", line="column"),
        *(one for one in together if one.key == "registration"),
    ]
    return [one.in_words() for one in found if _is_said(one)]


def _is_said(finding: Finding) -> bool:
    """A report without a word on register would be read as if the two were."""
    untold = finding.severity is Severity.NOTE and finding.key == "registration"
    return untold or finding.severity is Severity.WARNING


def _names(picture: Radiograph | ElementStack, photograph: Photograph) -> Pair:
    return Pair(str(picture.source or "the radiograph"), str(photograph.source or "the photograph"))
