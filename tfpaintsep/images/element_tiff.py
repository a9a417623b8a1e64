"""Stacks of element maps from TIFF: plain pages, ImageJ, OME and PyMca's.

What says which axis counts the maps and what they are called:

| kind | axes | names | pixel size |
| --- | --- | --- | --- |
| ImageJ | its own, one of channels, slices, frames | `Labels` | resolution tags and `unit` |
| OME | its own | `Channel.Name` | `PhysicalSizeX`, `PhysicalSizeY` and their units |
| PyMca | pages | `Title=` in each page's description | resolution tags |
| plain | pages, or samples of one page | the pages' `PageName` | resolution tags |
"""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

from tfpaintsep.errors import InputError
from tfpaintsep.images.decoding import Decoded, upright
from tfpaintsep.images.element_axes import BANDS_FIRST, BANDS_LAST, page_axes
from tfpaintsep.images.element_stack import RawMaps
from tfpaintsep.images.painting import Resolution
from tfpaintsep.images.pixel_size import resolution_from_density, resolution_from_pixel_size
from tfpaintsep.images.tiff_pages import (
    ORIENTATION_TAG,
    WHITE_IS_ZERO,
    check_complete,
    quiet_tifffile,
    tiff_resolution,
)

PAGE_NAME_TAG = 285
METADATA_TAGS = (270, 282, 283, PAGE_NAME_TAG, 50838, 50839)
"""Description, resolution, page name, ImageJ's: a file cut behind its samples lacks them."""
TITLE = "Title="
_STRAIGHT_LINE, _UNCALIBRATED = 0, 20
"""ImageJ's numbers of calibration functions (ij/measure/Calibration.java)."""
PAGES = "IQ"
"""tifffile's letters for pages of which nothing says what they are."""
SAVE_STACK = "Save the maps as a greyscale stack with one page for each element."


def read_tiff_stack(path: Path, names_given: int | None = None, axes: str | None = None) -> RawMaps:
    """Read every map of a TIFF file.

    Args:
        path: The file.
        names_given: For how many maps the user gives names; None for none.
        axes: `"CYX"` or `"YXC"` where the user says what plain pages are.

    Raises:
        InputError: The file holds a colour photograph, several stacks, or more axes than a stack
            of maps has, or does not tell which axis counts the maps.
        Exception: Whatever tifffile raises on a damaged or truncated file.
    """
    with quiet_tifffile() as errors, tifffile.TiffFile(path) as tif:
        series, notes = _main_series(path, tif)
        broken = [tag for tag in errors.tags if any(f"TiffTag {n} " in tag for n in METADATA_TAGS)]
        if found := errors.messages + broken:
            raise ValueError(found[0])
        page = series.keyframe
        is_imagej = bool(tif.is_imagej)
        _check_colour_model(path, page, is_imagej, names_given)
        _check_stack_complete(series, path.stat().st_size)
        names = _names(tif, series)
        resolution = _pixel_size(tif, page)
        samples = series.asarray()
        orientation = int(page.tags.valueof(ORIENTATION_TAG, default=1))
        value_unit = _imagej_value_unit(tif) or _ome_value_unit(tif.ome_metadata)
        samples, calibrated = _calibrated(path, tif.imagej_metadata or {}, samples)
        from_fit = page.description.startswith(TITLE)
    count = names_given if names_given is not None else len(names) if names else None
    band_axis, how = _band_axis(path, series, count, axes)
    values = samples[..., None] if band_axis is None else np.moveaxis(samples, band_axis, -1)
    notes += calibrated
    if page.photometric == PHOTOMETRIC.MINISWHITE and not is_imagej:  # of ImageJ a way to show it
        values = np.iinfo(values.dtype).max - values
        notes += (WHITE_IS_ZERO,)
    if names is not None and len(names) != values.shape[-1]:
        notes += (f"{len(names)} names for {values.shape[-1]} maps: not used",)
        names = None
    image = upright(Decoded(values, resolution, notes + how), orientation)
    return RawMaps(image.samples, names, image.resolution, value_unit, from_fit, image.notes)


def _main_series(
    path: Path, tif: tifffile.TiffFile
) -> tuple[tifffile.TiffPageSeries, tuple[str, ...]]:
    """The one series that is not a thumbnail, and a note on those that are."""

    def size(series: tifffile.TiffPageSeries) -> tuple[int, int]:
        return series.keyframe.imagelength, series.keyframe.imagewidth

    main = max(tif.series, key=lambda series: np.prod(size(series)))
    height, width = size(main)
    others = [series for series in tif.series if series is not main]
    for other in others:
        h, w = size(other)
        if not (other.keyframe.is_reduced or (2 * h <= height and 2 * w <= width)):
            raise InputError(
                path,
                expected="one stack of maps of the same size and type",
                found=f"images of {height} x {width} px {main.dtype} and of {h} x {w} px "
                f"{other.dtype}",
                advice="Save the maps that belong together as one stack.",
            )
    return main, (f"{len(others)} smaller images in the file ignored",) if others else ()


def _check_colour_model(
    path: Path, page: tifffile.TiffPage, is_imagej: bool, names_given: int | None
) -> None:
    """Refuse photographs and coded colours: they are no counts."""
    grey = {PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MINISWHITE}
    if is_imagej:
        grey.add(PHOTOMETRIC.PALETTE)  # a display colour over grey values
    if page.photometric == PHOTOMETRIC.RGB and names_given == page.samplesperpixel:
        return  # three or four maps that a program took for colours, and the user says so
    if page.photometric not in grey:
        model = getattr(page.photometric, "name", page.photometric)
        raise InputError(
            path,
            expected="a stack of element maps",
            found=f"an image of colour model {model}",
            advice=f"{SAVE_STACK} Where the channels are maps, give their names.",
        )
    is_inverted = page.photometric == PHOTOMETRIC.MINISWHITE and not is_imagej
    if is_inverted and np.dtype(page.dtype).kind != "u":
        raise InputError(
            path,
            expected="values that are dark where there is little of an element",
            found=f"white-is-zero (MINISWHITE) {page.dtype} values",
            advice=SAVE_STACK,
        )


def _check_stack_complete(series: tifffile.TiffPageSeries, file_size: int) -> None:
    """All of the samples are there: tifffile would fill some gaps with zeros in silence."""
    if series.dataoffset is not None:
        if (end := series.dataoffset + series.nbytes) > file_size:
            raise ValueError(f"the maps end at byte {end}, the file at byte {file_size}")
        return
    for page in series.pages:
        if page is None:
            raise ValueError("a page of the stack is missing")
        check_complete(page.aspage(), file_size)


def _band_axis(
    path: Path, series: tifffile.TiffPageSeries, count: int | None, axes: str | None
) -> tuple[int | None, tuple[str, ...]]:
    """The axis that counts the maps, None for a single map, and a note where it was chosen."""
    letters = series.axes
    if letters == "YX":
        return None, ()
    if len(letters) != 3 or not {"Y", "X"} <= set(letters):
        sizes = " x ".join(f"{n} {axis}" for n, axis in zip(series.shape, letters, strict=True))
        raise InputError(
            path,
            expected="a stack of maps: rows, columns and one axis for the elements",
            found=f"an image with axes {letters} ({sizes})",
            advice="In ImageJ, reduce it to one channel, one slice or one frame.",
        )
    if letters[0] in PAGES:
        chosen, notes = page_axes(path, series.shape, count, axes)
        return {BANDS_FIRST: 0, BANDS_LAST: 2}[chosen], notes
    return next(i for i, letter in enumerate(letters) if letter not in "YX"), ()


def _names(tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> tuple[str, ...] | None:
    """Names of the maps as the file gives them; None when it gives none at all."""
    if tif.is_imagej:
        labels = (tif.imagej_metadata or {}).get("Labels") or []
        names = [labels] if isinstance(labels, str) else [str(label or "") for label in labels]
    elif tif.is_ome:
        names = [c.get("Name", "") for c in _ome_elements(tif.ome_metadata, "Channel")]
    else:
        names = [_page_name(page.aspage()) for page in series.pages if page is not None]
    return tuple(names) if any(name.strip() for name in names) else None


def _page_name(page: tifffile.TiffPage) -> str:
    if page.description.startswith(TITLE):
        return page.description.removeprefix(TITLE)
    return str(page.tags.valueof(PAGE_NAME_TAG, default=""))


def _pixel_size(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Resolution | None:
    """From the program's own metadata, or else from the resolution tags."""
    stated = None
    unit = (tif.imagej_metadata or {}).get("unit")
    if unit and "XResolution" in page.tags and "YResolution" in page.tags:
        stated = resolution_from_density(*page.resolution, str(unit))
    elif tif.is_ome and (pixels := _ome_elements(tif.ome_metadata, "Pixels")):
        stated = _ome_pixel_size(pixels[0])
    return stated or tiff_resolution(page)


def _ome_pixel_size(pixels: ElementTree.Element) -> Resolution | None:
    width, height = pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeY")
    unit = pixels.get("PhysicalSizeXUnit", "µm")  # OME's default
    if width is None or height is None or pixels.get("PhysicalSizeYUnit", "µm") != unit:
        return None
    return resolution_from_pixel_size(float(width), float(height), unit)


def _calibrated(
    path: Path, metadata: dict[str, Any], samples: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The values that ImageJ shows for integer samples, and a note where they are others.

    Signed integers, which it cannot hold, it stores 32768 higher, with a straight line back.
    """
    function = metadata.get("cf", _UNCALIBRATED)
    if samples.dtype.kind not in "ui" or function == _UNCALIBRATED:
        return samples, ()
    if function != _STRAIGHT_LINE:
        raise InputError(
            path,
            expected="counts, or a straight line from the stored numbers to them",
            found="another calibration function of ImageJ",
            advice="In ImageJ make the image 32-bit, and save it again.",
        )
    start, slope = (float(metadata.get(name, value)) for name, value in (("c0", 0), ("c1", 1)))
    if (start, slope) == (0, 1):
        return samples, ()
    note = f"calibrated as in ImageJ: {start:g} + {slope:g} times the stored numbers"
    return (start + slope * samples.astype(np.float64)).astype(np.float32), (note,)


def _imagej_value_unit(tif: tifffile.TiffFile) -> str | None:
    """The unit that `write_element_maps` notes, in ASCII; others are taken as they are."""
    unit = (tif.imagej_metadata or {}).get("vunit")
    try:
        return None if unit is None else str(json.loads(f'"{unit}"'))
    except ValueError:
        return str(unit)


def _ome_value_unit(xml: str | None) -> str | None:
    """The unit that `write_element_maps` notes as an annotation."""
    units = [e.text for e in _ome_elements(xml, "M") if e.get("K") == "value_unit"]
    return units[0] if units else None


def _ome_elements(xml: str | None, tag: str) -> list[ElementTree.Element]:
    """Elements of a kind in the first image, annotations included, whatever OME's version."""
    if not xml:
        return []
    root = ElementTree.fromstring(xml)
    images = root.findall("{*}Image")
    for further in images[1:]:
        root.remove(further)
    return root.findall(f".//{{*}}{tag}")
