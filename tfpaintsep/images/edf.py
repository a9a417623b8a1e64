"""Element maps in the ESRF data format (EDF), read by fabio.

A file holds one image or several, each behind a header of `Key = value ;` in braces. PyMca's batch
fit writes `Title = Fe_K ;` into it, in one file for each map or in one for all. The format has no
key for the pixel size of a scan (`PSize_1` is that of a detector), and none for a unit.

Reference:
    P. Boesecke, "Keywords for SAXS Data in EDF Files" (ESRF); E. B. Knudsen et al., "FabIO: easy
    access to two-dimensional X-ray detector images in Python", J. Appl. Cryst. 46 (2013);
    PyMca 5.9 (github.com/vasole/pymca), `PyMca5/PyMcaIO/EdfFile.py`.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.element_names import names_an_element
from tfpaintsep.images.element_stack import RawMaps

BEGINNING = re.compile(rb"\s*\{\s*\w+[^=;{}\"]*=")


def read_edf(path: Path) -> RawMaps:
    """Read every image of an EDF file.

    Raises:
        InputError: fabio is not installed, or the images differ in size or are no images.
        Exception: What fabio raises on a damaged file; ValueError for one that is cut off.
    """
    image_class = _reader(path)
    with _quiet_fabio():
        image = image_class().read(str(path))
        try:
            frames = list(image.frames())
            _check_complete(path, frames)
            _check_images(path, frames)
            titles = tuple(str(frame.header.get("Title", "")) for frame in frames)
            values = np.stack([frame.data for frame in frames], axis=-1)
        finally:
            image.close()
    if not any(titles):
        return RawMaps(values)
    return RawMaps(values, titles, from_fit=names_an_element(titles))


def _reader(path: Path) -> Any:
    try:
        from fabio.edfimage import EdfImage  # brings much with it: only where it is needed
    except ModuleNotFoundError as error:
        raise InputError(
            path,
            expected="the library fabio, which reads EDF",
            found=str(error),
            advice='Install it: pip install "tfpaintsep[edf]"; or save the maps as TIFF.',
        ) from error
    return EdfImage


@contextmanager
def _quiet_fabio() -> Iterator[None]:
    """Keep fabio's log off the user's screen: what matters of it is checked here."""
    logger = logging.getLogger("fabio")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check_complete(path: Path, frames: list[Any]) -> None:
    """All bytes are there: fabio would fill a gap with zeros and leave out half a header."""
    size = path.stat().st_size
    for frame in frames:
        inside = frame.bfname is None
        if inside and frame.start + frame.blobsize > size:
            raise ValueError(f"an image ends at byte {frame.start + frame.blobsize} of {size}")
        stored = frame.blobsize if inside else frame.bfsize
        if frame.header.get("Compression", "None").lower() == "none" and frame.size > stored:
            raise ValueError(f"{stored} bytes stored of an image of {frame.size}")
    with path.open("rb") as file:
        file.seek(max((f.start + f.blobsize for f in frames if f.bfname is None), default=size))
        if b"{" in file.read():
            raise ValueError("the last image has no complete header")


def _check_images(path: Path, frames: list[Any]) -> None:
    for frame in frames:
        if len(frame.shape) != 2 or frame.shape != frames[0].shape:
            raise InputError(
                path,
                expected="images (rows, columns) of one size",
                found=f"images of {' and of '.join(str(f.shape) for f in (frames[0], frame))}",
                advice="Save the maps that belong together as one stack.",
            )
