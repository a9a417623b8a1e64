"""From a file to samples: TIFF, PNG and JPEG, told apart by their content.

What makes a valid radiograph or photograph is decided in `tfpaintsep.images.reading`. A file that
is damaged anywhere is refused, never read in part.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import ImageFile
from PIL.Image import Exif
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from tifffile import PHOTOMETRIC

from tfpaintsep.images.file_kinds import identify
from tfpaintsep.images.painting import Resolution
from tfpaintsep.images.refusals import no_plain_layout, refusing_damage
from tfpaintsep.images.tiff_pages import (
    ORIENTATION_TAG,
    WHITE_IS_ZERO,
    full_size_page,
    tiff_resolution,
)

X_RESOLUTION_TAG = 282


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


def _decode_tiff(path: Path) -> Decoded:
    with full_size_page(path) as (page, notes):
        samples = page.asarray()
        orientation = page.tags.valueof(ORIENTATION_TAG, default=1)
        resolution = tiff_resolution(page)
    if page.axes == "SYX":
        samples = np.moveaxis(samples, 0, -1)
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        samples = np.iinfo(samples.dtype).max - samples
        notes += (WHITE_IS_ZERO,)
    return upright(Decoded(samples, resolution, notes), int(orientation))


def _decode_png(path: Path) -> Decoded:
    with PngImageFile(path) as header:
        if header.mode in ("1", "P") or "transparency" in header.info:
            raise no_plain_layout(path, f"PNG of mode {header.mode} (1-bit, indexed or keyed)")
        resolution = _pillow_resolution(header)
        exif = Exif()
        exif.load(header.info.get("exif", b""))
        header.verify()  # every chunk's checksum, to the end of the file
    decoded = Decoded(imagecodecs.png_decode(path.read_bytes()), resolution)
    return upright(decoded, int(exif.get(ORIENTATION_TAG, 1)))


def _decode_jpeg(path: Path) -> Decoded:
    # by Pillow, since it refuses a truncated JPEG where imagecodecs fills up with grey
    with JpegImageFile(path) as image:
        if image.mode not in ("L", "RGB"):
            raise no_plain_layout(path, f"JPEG of colour model {image.mode}")
        exif = image.getexif()
        # Pillow makes up 72 dpi where an EXIF block gives none
        is_stated = image.info.get("jfif_unit") in (1, 2) or X_RESOLUTION_TAG in exif
        decoded = Decoded(np.asarray(image), _pillow_resolution(image) if is_stated else None)
        orientation = exif.get(ORIENTATION_TAG, 1)
    return upright(decoded, int(orientation))


def _pillow_resolution(image: ImageFile.ImageFile) -> Resolution | None:
    dpi = image.info.get("dpi")
    return None if dpi is None else Resolution.stated(dpi[0], dpi[1], "inch")


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
