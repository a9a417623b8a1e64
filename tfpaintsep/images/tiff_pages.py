"""The page of a TIFF file that holds its image, and what its tags say."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC

from tfpaintsep.errors import InputError
from tfpaintsep.images.painting import Resolution
from tfpaintsep.images.refusals import SAVE_DEPTH, no_plain_layout

ORIENTATION_TAG = 274
WHITE_IS_ZERO = "stored as white-is-zero; read as it is displayed, black is zero"


class _LoggedErrors(logging.Handler):
    """Collects what tifffile logs, and does not raise, about a broken file.

    Attributes:
        messages: On the list of pages.
        tags: On tags of a page that cannot be read, of which an image needs few.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []
        self.tags: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message on the list of pages or on a tag."""
        message = record.getMessage()
        if message.startswith("<tifffile.TiffPages"):
            self.messages.append(message)
        elif "TiffTag" in message:
            self.tags.append(message)


@contextmanager
def quiet_tifffile() -> Iterator[_LoggedErrors]:
    """Keep tifffile's log off the user's screen while a file is read."""
    logger, errors = logging.getLogger("tifffile"), _LoggedErrors()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(errors)
    try:
        yield errors
    finally:
        logger.removeHandler(errors)
        logger.propagate = propagate


@contextmanager
def full_size_page(path: Path) -> Iterator[tuple[tifffile.TiffPage, tuple[str, ...]]]:
    """The page of a TIFF file that holds its image, once all that the tags tell is checked.

    Yields:
        The page, and notes for the user.

    Raises:
        InputError: It holds several images, or samples or colours of another kind.
        ValueError: It is damaged or truncated.
    """
    with quiet_tifffile() as errors, tifffile.TiffFile(path) as tif:
        page, notes = _full_size_page(path, tif)
        if errors.messages:
            raise ValueError(errors.messages[0])
        if not page.imagelength * page.imagewidth:
            raise ValueError("it has no width or no height")
        _check_layout(path, page)
        check_complete(page, path.stat().st_size)
        yield page, notes


def is_colour_composite(tif: tifffile.TiffFile) -> bool:
    """Whether it is a photograph that ImageJ keeps as three images, as it does with 48 bits."""
    labels = (tif.imagej_metadata or {}).get("Labels", ())
    return [str(label).lower() for label in labels] == ["red", "green", "blue"]


def _full_size_page(
    path: Path, tif: tifffile.TiffFile
) -> tuple[tifffile.TiffPage, tuple[str, ...]]:
    """The one page that is not a thumbnail or a level of a pyramid, and a note on the others."""
    pages = [page for page in tif.pages if isinstance(page, tifffile.TiffPage)]
    main = max(pages, key=lambda page: page.imagelength * page.imagewidth)
    full_size = [
        page
        for page in pages
        if page is main
        or not (
            page.is_reduced
            or (2 * page.imagelength <= main.imagelength and 2 * page.imagewidth <= main.imagewidth)
        )
    ]
    planes = len(full_size)
    if tif.is_imagej and len(pages) == 1:  # a large stack: one page, further planes behind it
        planes = tif.series[0].size // main.size
    if planes > 1:
        raise InputError(
            path,
            expected="one image, with smaller copies of it at most",
            found=f"a file of {planes} images",
            advice="They are red, green and blue: in ImageJ choose Image > Type > RGB Color, or "
            "save 16-bit colours with another program."
            if is_colour_composite(tif)
            else "Save the page you mean as a file of its own.",
        )
    smaller = len(pages) - 1
    return main, (f"{smaller} smaller copies in the file ignored",) if smaller else ()


def _check_layout(path: Path, page: tifffile.TiffPage) -> None:
    """Refuse sample types and colour models that have no plain meaning as grey or RGB."""
    bits, dtype = page.bitspersample, page.dtype
    if page.photometric == PHOTOMETRIC.PALETTE:
        raise no_plain_layout(path, "indexed (palette) colour")
    if dtype is None or not (
        (dtype.kind == "u" and bits in (8, 16)) or (dtype.kind == "f" and bits in (16, 32, 64))
    ):
        kinds = {"b": "bit", "u": "bit unsigned integer", "i": "bit signed integer"}
        kind = kinds.get(dtype.kind if dtype is not None else "", "bit")
        raise no_plain_layout(path, f"{bits}-{kind} samples", SAVE_DEPTH)
    if page.axes not in ("YX", "YXS", "SYX"):
        raise no_plain_layout(path, f"an image with axes {page.axes}")
    channels = page.samplesperpixel
    is_rgb = page.photometric == PHOTOMETRIC.RGB or (
        # tifffile's JPEG decoder turns YCbCr into RGB, that of plain samples does not
        page.photometric == PHOTOMETRIC.YCBCR and page.compression == COMPRESSION.JPEG
    )
    is_grey = page.photometric == PHOTOMETRIC.MINISBLACK or (
        page.photometric == PHOTOMETRIC.MINISWHITE and dtype.kind == "u" and channels == 1
    )
    if not ((is_rgb and channels in (3, 4)) or (is_grey and channels in (1, 2))):
        model = getattr(page.photometric, "name", page.photometric)
        raise no_plain_layout(path, f"{channels} channel(s) of colour model {model}, {dtype}")


def check_complete(page: tifffile.TiffPage, file_size: int) -> None:
    """Every strip or tile is there: tifffile would fill some gaps with zeros in silence."""
    expected = int(np.prod(page.chunked))
    present = sum(count > 0 for count in page.databytecounts)
    ends = (
        start + count for start, count in zip(page.dataoffsets, page.databytecounts, strict=False)
    )
    if present < expected:
        raise ValueError(f"{present} of {expected} strips or tiles present")
    if (end := max(ends)) > file_size:
        raise ValueError(f"the image data end at byte {end}, the file at byte {file_size}")


def tiff_resolution(page: tifffile.TiffPage) -> Resolution | None:
    """The resolution that a page's tags state; None where they say nothing."""
    if "XResolution" not in page.tags or "YResolution" not in page.tags:
        return None
    x, y = page.resolution
    unit = {2: "inch", 3: "centimeter"}.get(int(page.resolutionunit), "none")
    return Resolution.stated(x, y, unit)
