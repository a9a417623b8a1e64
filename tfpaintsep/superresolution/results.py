"""The super-resolved maps on disk, stamped as the hypothesis they are."""

from dataclasses import replace
from typing import Any

import numpy as np

from tfpaintsep.images.element_maps import write_element_maps
from tfpaintsep.images.element_stack import ElementStack
from tfpaintsep.images.painting import Resolution
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import stamp


def write_maps(
    folder: RunFolder,
    maps: np.ndarray,
    coarse: ElementStack,
    scale: int,
    provenance: dict[str, Any],
) -> None:
    """Write `maps.tif` with the coarse maps' names and unit and the finer pixel size.

    Args:
        folder: Where to.
        maps: (s h, s w, B) float32, in the coarse maps' units.
        coarse: What they were made from.
        scale: s.
        provenance: The record that the stamp abridges.
    """
    r = coarse.resolution
    finer = None if r is None else Resolution(scale * r.x, scale * r.y, r.unit)
    write_element_maps(
        folder.picture("maps"),
        replace(coarse, values=maps, resolution=finer, source=None, notes=()),
        description=stamp(
            f"element maps super-resolved {scale} times, guided by a photograph", provenance
        ),
    )
