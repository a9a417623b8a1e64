"""A painting's pictures, on disk and in memory: reading, checking, cutting, writing."""

from tfpaintsep.images.checks import check_pair, check_same_size, findings
from tfpaintsep.images.degradation import degrade
from tfpaintsep.images.element_maps import read_element_maps, write_element_maps
from tfpaintsep.images.element_stack import ElementStack
from tfpaintsep.images.painting import Photograph, Polarity, Radiograph, Resolution
from tfpaintsep.images.patches import OverlapAverage, Tile, patch_grid, patch_origins, tiles
from tfpaintsep.images.reading import read_grey, read_photograph, read_radiograph
from tfpaintsep.images.writing import (
    write_8bit,
    write_16bit,
    write_layer,
    write_photograph,
    write_radiograph,
)

__all__ = [
    "ElementStack",
    "OverlapAverage",
    "Photograph",
    "Polarity",
    "Radiograph",
    "Resolution",
    "Tile",
    "check_pair",
    "check_same_size",
    "degrade",
    "findings",
    "patch_grid",
    "patch_origins",
    "read_element_maps",
    "read_grey",
    "read_photograph",
    "read_radiograph",
    "tiles",
    "write_8bit",
    "write_16bit",
    "write_element_maps",
    "write_layer",
    "write_photograph",
    "write_radiograph",
]
