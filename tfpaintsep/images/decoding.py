"""From a file to samples: TIFF, PNG and JPEG, told apart by their content.

This room knows file formats; what makes a valid radiograph or photograph is decided in
`tfpaintsep.images.tiff`. A file that is damaged anywhere is refused, never read in part.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from tifffile import COMPRESSION, PHOTOMETRIC

from tfpaintsep.errors import InputError
from tfpaintsep.images.painting import Resolution

MAGIC = {
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",  # BigTIFF
    b"MM\0+": "tiff",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
}
KINDS = "a TIFF, PNG or JPEG image"
SAVE_PLAIN = "Save it as 8-bit or 16-bit greyscale (radiograph) or RGB (photograph) TIFF."
SAVE_DEPTH = "Save it as unsigned 8-bit or 16-bit, or as floating point."
EXPORT_AGAIN = "Copy or export the file again."
ORIENTATION_TAG, X_RESOLUTION_TAG = 274, 282


@dataclass(frozen=True, eq=False)
class Decoded:
    """Samples of one image: (h, w) or (h, w, c), uint8, uint16 or float, black is zero.

    c is 2 or 4 where the last channel is an alpha channel, 3 for RGB.
    """

    samples: np.ndarray
    resolution: Resolution | None
    notes: tuple[str, ...] = ()


def decode(path: Path) -> Decoded:
    """Read the one full-size image of a file.

    Raises:
        InputError: The file is missing, empty, damaged or truncated, of another kind, or holds
            samples other than unsigned 8-bit or 16-bit integers or floats.
    """
    kind = identify(path)
    with refusing_damage(path, kind):
        if kind == "tiff":
            return _decode_tiff(path)
        return _decode_png(path) if kind == "png" else _decode_jpeg(path)


@contextmanager
def refusing_damage(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a library raises while it reads a file into an `InputError`."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # the libraries raise anything from IndexError to SyntaxError
        raise InputError(
            path,
            expected=f"a complete {kind.upper()} file",
            found=f"a damaged, truncated or unsupported one ({error})",
            advice=EXPORT_AGAIN,
        ) from error


def identify(
    path: Path,
    magic_numbers: Mapping[bytes, str] = MAGIC,
    expected: str = KINDS,
    advice: str = "Export the image as TIFF.",
    beginnings: Mapping[re.Pattern[bytes], str] | None = None,
) -> str:
    """The kind of file, by its first bytes: a name ending means nothing.

    Args:
        path: The file.
        magic_numbers: How a file of each kind begins.
        expected: Those kinds in words.
        advice: What to do with a file of another kind.
        beginnings: Patterns that match the beginning of files of kinds without a magic number.

    Raises:
        InputError: The file is missing, a folder, empty or of another kind.
    """
    if path.is_dir():
        raise InputError(path, expected=expected, found="a folder", advice="Name one file.")
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except FileNotFoundError:
        raise InputError(
            path, expected=expected, found="no such file", advice="Check the name and the folder."
        ) from None
    except OSError as error:
        found = f"a file that cannot be opened ({error.strerror})"
        raise InputError(
            path, expected=expected, found=found, advice="Check its rights."
        ) from error
    if not head:
        raise InputError(path, expected=expected, found="an empty file", advice=EXPORT_AGAIN)
    for magic, kind in magic_numbers.items():
        if head.startswith(magic):
            return kind
    for pattern, kind in (beginnings or {}).items():
        if pattern.match(head):
            return kind
    is_text = b"\0" not in head and all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
    found = "a text file" if is_text else "another kind of file, whatever its name says"
    raise InputError(path, expected=expected, found=found, advice=advice)


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
        _check_layout(path, page)
        check_complete(page, path.stat().st_size)
        yield page, notes


def _decode_tiff(path: Path) -> Decoded:
    with full_size_page(path) as (page, notes):
        samples = page.asarray()
        orientation = page.tags.valueof(ORIENTATION_TAG, default=1)
        resolution = tiff_resolution(page)
    if page.axes == "SYX":
        samples = np.moveaxis(samples, 0, -1)
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        samples = np.iinfo(samples.dtype).max - samples
        notes += ("stored as white-is-zero; read as it is displayed, black is zero",)
    return upright(Decoded(samples, resolution, notes), int(orientation))


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
            advice="Save the page you mean as a file of its own.",
        )
    smaller = len(pages) - 1
    return main, (f"{smaller} smaller copies in the file ignored",) if smaller else ()


def _check_layout(path: Path, page: tifffile.TiffPage) -> None:
    """Refuse sample types and colour models that have no plain meaning as grey or RGB."""
    bits, dtype = page.bitspersample, page.dtype
    if page.photometric == PHOTOMETRIC.PALETTE:
        raise _refuse_layout(path, "indexed (palette) colour")
    if dtype is None or not (
        (dtype.kind == "u" and bits in (8, 16)) or (dtype.kind == "f" and bits in (16, 32, 64))
    ):
        kinds = {"b": "bit", "u": "bit unsigned integer", "i": "bit signed integer"}
        kind = kinds.get(dtype.kind if dtype is not None else "", "bit")
        raise _refuse_layout(path, f"{bits}-{kind} samples", SAVE_DEPTH)
    if page.axes not in ("YX", "YXS", "SYX"):
        raise _refuse_layout(path, f"an image with axes {page.axes}")
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
        raise _refuse_layout(path, f"{channels} channel(s) of colour model {model}, {dtype}")


def _refuse_layout(path: Path, found: str, advice: str = SAVE_PLAIN) -> InputError:
    return InputError(path, expected="a greyscale or RGB image", found=found, advice=advice)


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
    return _resolution(x, y, unit)


def _resolution(x: float, y: float, unit: str) -> Resolution | None:
    """A resolution, or None where the tags say nothing (1 x 1 without a unit is a filler)."""
    if not (np.isfinite(x) and np.isfinite(y) and x > 0 and y > 0):
        return None
    return None if unit == "none" and x == y == 1 else Resolution(float(x), float(y), unit)


def _decode_png(path: Path) -> Decoded:
    with PngImageFile(path) as header:
        if header.mode in ("1", "P") or "transparency" in header.info:
            raise _refuse_layout(path, f"PNG of mode {header.mode} (1-bit, indexed or keyed)")
        resolution = _pillow_resolution(header)
        header.verify()  # every chunk's checksum, to the end of the file
    return Decoded(imagecodecs.png_decode(path.read_bytes()), resolution)


def _decode_jpeg(path: Path) -> Decoded:
    # by Pillow, since it refuses a truncated JPEG where imagecodecs fills up with grey
    with JpegImageFile(path) as image:
        if image.mode not in ("L", "RGB"):
            raise _refuse_layout(path, f"JPEG of colour model {image.mode}")
        exif = image.getexif()
        # Pillow makes up 72 dpi where an EXIF block gives none
        is_stated = image.info.get("jfif_unit") in (1, 2) or X_RESOLUTION_TAG in exif
        decoded = Decoded(np.asarray(image), _pillow_resolution(image) if is_stated else None)
        orientation = exif.get(ORIENTATION_TAG, 1)
    return upright(decoded, int(orientation))


def _pillow_resolution(image: ImageFile.ImageFile) -> Resolution | None:
    dpi = image.info.get("dpi")
    return None if dpi is None else _resolution(dpi[0], dpi[1], "inch")


def upright(image: Decoded, orientation: int) -> Decoded:
    """Turn and mirror the samples as the file's orientation tag (1 to 8) asks viewers to do."""
    if orientation not in range(2, 9):
        return image
    samples, resolution = image.samples, image.resolution
    if orientation in (3, 4, 6, 7):
        samples = samples[::-1]
    if orientation in (2, 3, 7, 8):
        samples = samples[:, ::-1]
    if orientation >= 5:
        samples = np.swapaxes(samples, 0, 1)
        if resolution is not None:
            resolution = replace(resolution, x=resolution.y, y=resolution.x)
    note = f"turned upright as the file's orientation tag ({orientation}) asks"
    return Decoded(samples, resolution, (*image.notes, note))
