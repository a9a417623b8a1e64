"""Pictures too large for memory: TIFF files that are read and written part by part.

Nothing is mapped into memory for longer than it takes to copy a part, so that a process stays as
small as its parts, whatever the size of the files.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.files import replacing
from tfpaintsep.images.decoding import (
    ORIENTATION_TAG,
    full_size_page,
    identify,
    refusing_damage,
    tiff_resolution,
)
from tfpaintsep.images.painting import Photograph, Polarity, Radiograph, Resolution
from tfpaintsep.images.patches import Slices

LARGE = 32_000_000
"""Pixels from which on a picture is not read whole."""


@dataclass(frozen=True, eq=False)
class PictureOnDisk:
    """The samples of a picture, in its TIFF file or, decoded, in another.

    Attributes:
        source: The picture's file.
        samples: The file that holds them, row by row.
        offset: Where they begin there, bytes.
        shape: (h, w) or (h, w, c); (c, h, w) where `planar`.
        dtype: Of the samples, as stored.
        inverted: Whether zero is white.
        planar: Whether channels lie one behind the other.
        resolution: From the file's tags, None when it has none.
        notes: Remarks for the user on what was done while reading.
    """

    source: Path
    samples: Path | IO[bytes]
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype
    inverted: bool
    planar: bool
    resolution: Resolution | None
    notes: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.shape[1:] if self.planar else self.shape[:2]
        return height, width

    @property
    def channels(self) -> int:
        """How many values a pixel has."""
        return int(np.prod(self.shape)) // int(np.prod(self.size))

    @property
    def maximum(self) -> float | None:
        """The largest value of an integer type; None for floats."""
        return float(np.iinfo(self.dtype).max) if self.dtype.kind == "u" else None

    def read(self, part: Slices) -> np.ndarray:
        """The values of a part, float32 in the file's own units.

        Raises:
            InputError: If one is not finite.
        """
        stored = np.memmap(self.samples, self.dtype, "r", self.offset, self.shape)
        cut = np.moveaxis(stored[:, *part], 0, -1) if self.planar else stored[part]
        with np.errstate(over="ignore"):  # a float64 beyond float32 is not finite below
            values = np.array(cut, np.float32, order="C")
        if not np.isfinite(values).all():
            rows, columns = part
            raise InputError(
                self.source,
                expected="finite values",
                found=f"others between rows {rows.start} and {rows.stop}, columns "
                f"{columns.start} and {columns.stop}",
                advice="Crop to the valid part or fill the gaps, then save again.",
            )
        return np.float32(self.maximum or 0) - values if self.inverted else values


def check_room(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for: a mapped file ends the process there.

    Args:
        folder: Where files are to be.
        needed: Their bytes together.

    Raises:
        InputError: If less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            folder,
            expected=f"room for {needed / 1e9:.1f} GB",
            found=f"{free / 1e9:.1f} GB free",
            advice="Choose a folder on another disk, or make room.",
        )


def is_large(path: Path) -> bool:
    """Whether a file is a TIFF picture of at least `LARGE` pixels.

    Raises:
        InputError: It is missing, damaged or no picture that can be used.
    """
    if identify(path) != "tiff":
        return False
    with refusing_damage(path, "tiff"), full_size_page(path) as (page, _):
        return page.imagelength * page.imagewidth >= LARGE


@contextmanager
def on_disk(path: Path, scratch: Path, channels: int) -> Iterator[PictureOnDisk]:
    """A TIFF picture to be read part by part.

    Args:
        path: The file.
        scratch: A folder with room for the decoded samples of a compressed file, which lie
            there in a nameless file meanwhile.
        channels: Values that a pixel must have: 1 of a radiograph, 3 of a photograph.

    Raises:
        InputError: It is damaged, no picture that can be used, or turned by its tags; or there
            is no room to decode it.
    """
    # A file that nobody else can see, and that goes with the process, however it ends.
    with tempfile.TemporaryFile(dir=scratch) as decoded:
        with refusing_damage(path, "tiff"), full_size_page(path) as (page, notes):
            _check(path, page, channels)
            picture = _open(path, page, notes, scratch, decoded)
        yield picture


def _open(
    path: Path,
    page: tifffile.TiffPage,
    notes: tuple[str, ...],
    scratch: Path,
    decoded: IO[bytes],
) -> PictureOnDisk:
    samples: Path | IO[bytes] = path
    offset, dtype = int(page.dataoffsets[0]), np.dtype(page.dtype)
    if page.is_memmappable:
        dtype = dtype.newbyteorder(page.parent.byteorder)
    else:
        samples, offset = decoded, 0
        check_room(scratch, dtype.itemsize * int(np.prod(page.shape)))
        page.asarray(out=np.memmap(decoded, dtype, "w+", 0, page.shape))
    return PictureOnDisk(
        source=path,
        samples=samples,
        offset=offset,
        shape=tuple(int(length) for length in page.shape),
        dtype=dtype,
        inverted=page.photometric == PHOTOMETRIC.MINISWHITE,
        planar=page.axes == "SYX",
        resolution=tiff_resolution(page),
        notes=notes,
    )


def _check(path: Path, page: tifffile.TiffPage, channels: int) -> None:
    whole = f"of {LARGE / 1e6:g} megapixels or more, which is read part by part"
    if page.samplesperpixel != channels:
        raise InputError(
            path,
            expected=f"{'grey' if channels == 1 else 'RGB without alpha'}, as a picture {whole}",
            found=f"{page.samplesperpixel} values in a pixel",
            advice="Save it as 8-bit or 16-bit greyscale (radiograph) or RGB (photograph) TIFF.",
        )
    if page.tags.valueof(ORIENTATION_TAG, default=1) not in (0, 1):
        raise InputError(
            path,
            expected=f"an upright picture, as one {whole}",
            found="an orientation tag that asks for it to be turned",
            advice="Turn it upright in an image program and save it again.",
        )


@dataclass(frozen=True, eq=False)
class RadiographOnDisk:
    """A radiograph that is read part by part; attributes as of `Radiograph`."""

    picture: PictureOnDisk
    gain: float
    polarity: Polarity

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.picture.size

    def part(self, part: Slices) -> Radiograph:
        """A part, to be computed on as a radiograph of its own.

        Raises:
            InputError: If a value is not finite.
        """
        return Radiograph(
            self.picture.read(part),
            self.gain,
            self.picture.dtype.newbyteorder("="),
            self.polarity,
            self.picture.resolution,
            self.picture.source,
            self.picture.notes,
        )


@dataclass(frozen=True, eq=False)
class PhotographOnDisk:
    """A photograph that is read part by part."""

    picture: PictureOnDisk

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.picture.size

    def part(self, part: Slices) -> Photograph:
        """A part.

        Raises:
            InputError: If a value is not finite, or a float outside [0, 1].
        """
        picture = self.picture
        values = picture.read(part)
        if picture.maximum:
            values /= np.float32(picture.maximum)
        elif values.min() < 0 or values.max() > 1:
            raise InputError(
                picture.source,
                expected="float RGB between 0 and 1",
                found=f"values between {values.min():g} and {values.max():g}",
                advice="Divide by the image's white, or save as 8-bit or 16-bit.",
            )
        return Photograph(values, picture.resolution, picture.source, picture.notes)


@contextmanager
def growing_layer(
    path: Path, size: tuple[int, int], resolution: Resolution | None, description: str
) -> Iterator[Callable[[Slices, np.ndarray], None]]:
    """Write a computed image part by part, as `write_layer` writes a whole one.

    Args:
        path: In a folder that exists; it is there when all parts are.
        size: Height and width.
        resolution: That of the input.
        description: For the ImageDescription tag.

    Yields:
        A function that writes values, float32, to a part.
    """
    with replacing(path) as growing:
        tifffile.imwrite(
            growing,
            shape=size,
            dtype=np.float32,
            photometric="minisblack",
            resolution=None if resolution is None else (resolution.x, resolution.y),
            resolutionunit=None if resolution is None else resolution.unit.upper(),
            description=description.encode(),
            software=f"tfpaintsep {__version__}",
            metadata=None,
        )
        with tifffile.TiffFile(growing) as tif:
            page = tif.pages.first
            offset = page.dataoffsets[0]
            dtype = np.dtype(tif.byteorder + "f4")

        def write(part: Slices, values: np.ndarray) -> None:
            stored = np.memmap(growing, dtype, "r+", offset, size)
            stored[part] = values

        yield write
