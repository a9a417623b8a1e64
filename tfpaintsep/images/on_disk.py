"""Pictures too large for memory: files that are read part by part.

Nothing is mapped into memory for longer than it takes to copy a part, so that a process stays as
small as its parts, whatever the size of the files.
"""

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

from tfpaintsep.errors import InputError
from tfpaintsep.images.disk_space import array_on_disk
from tfpaintsep.images.file_kinds import identify
from tfpaintsep.images.painting import Photograph, Polarity, Radiograph, Resolution
from tfpaintsep.images.patches import Slices
from tfpaintsep.images.reading import colour_samples, grey_samples
from tfpaintsep.images.refusals import check_colour_range, no_colour, no_content, refusing_damage
from tfpaintsep.images.tiff_pages import (
    ORIENTATION_TAG,
    WHITE_IS_ZERO,
    full_size_page,
    tiff_resolution,
)

LARGE = 32_000_000
"""Pixels from which on a picture is not read whole."""

_LOOKED_AT = 16_000_000
"""Pixels that are looked at at once when all values are checked."""

Track = Callable[[Sequence[slice], str, int], Iterable[slice]]
"""From items, a title and their number to the same items, while progress is shown."""


def _silently(items: Sequence[slice], title: str, total: int) -> Iterable[slice]:
    return items


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
        largest: The largest absolute value.
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
    largest: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.shape[1:] if self.planar else self.shape[:2]
        return height, width

    @property
    def channels(self) -> int:
        """How many values a pixel has."""
        return math.prod(self.shape) // math.prod(self.size)

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
def on_disk(
    path: Path, scratch: Path, channels: int, track: Track = _silently
) -> Iterator[PictureOnDisk]:
    """A picture to be read part by part, all of whose values can be used.

    What is compressed, turned by its tags or in another format than TIFF is decoded first, to a
    nameless file; TIFF strips and tiles one by one, anything else in memory.

    Args:
        path: The file.
        scratch: A folder with room for decoded samples.
        channels: Values that a pixel must have: 1 of a radiograph, 3 of a photograph.
        track: Shows how far the look at all values is; see `tfpaintsep.training.progress`.

    Raises:
        InputError: It is damaged, no picture of that kind, constant, or holds NaN, infinite or,
            as a photograph, float values outside [0, 1]; or there is no room to decode it.
    """
    kind = identify(path)
    # A file that nobody else can see, and that goes with the process, however it ends.
    with tempfile.TemporaryFile(dir=scratch) as decoded:
        picture = None
        if kind == "tiff":
            with refusing_damage(path, kind), full_size_page(path) as (page, notes):
                upright = page.tags.valueof(ORIENTATION_TAG, default=1) in (0, 1)
                if page.samplesperpixel == channels and upright:
                    picture = _open(path, page, notes, scratch, decoded)
        picture = picture or _decode(path, channels, scratch, decoded)
        yield replace(picture, largest=_check_values(picture, track))


def _open(
    path: Path,
    page: tifffile.TiffPage,
    notes: tuple[str, ...],
    scratch: Path,
    decoded: IO[bytes],
) -> PictureOnDisk:
    samples: Path | IO[bytes] = path
    offset, dtype = int(page.dataoffsets[0]), np.dtype(page.dtype)
    shape = tuple(int(length) for length in page.shape)
    if page.is_memmappable:
        dtype = dtype.newbyteorder(page.parent.byteorder)
        if offset + dtype.itemsize * math.prod(shape) > path.stat().st_size:
            raise ValueError("the image data end after the file")
    else:
        samples, offset = decoded, 0
        page.asarray(out=array_on_disk(decoded, scratch, dtype, shape))
    inverted = page.photometric == PHOTOMETRIC.MINISWHITE
    return PictureOnDisk(
        source=path,
        samples=samples,
        offset=offset,
        shape=shape,
        dtype=dtype,
        inverted=inverted,
        planar=page.axes == "SYX",
        resolution=tiff_resolution(page),
        notes=(*notes, WHITE_IS_ZERO) if inverted else notes,
    )


def _decode(path: Path, channels: int, scratch: Path, decoded: IO[bytes]) -> PictureOnDisk:
    values, resolution, notes = (grey_samples if channels == 1 else colour_samples)(path)
    dtype = values.dtype.newbyteorder("=")
    array_on_disk(decoded, scratch, dtype, values.shape)[:] = values
    return PictureOnDisk(path, decoded, 0, values.shape, dtype, False, False, resolution, notes)


def _check_values(picture: PictureOnDisk, track: Track) -> float:
    """Look at every value once, before hours of computing; the largest absolute value."""
    lowest, highest, coloured = np.inf, -np.inf, picture.channels == 1
    height, width = picture.size
    rows = max(1, _LOOKED_AT // width)
    bands = [slice(row, min(row + rows, height)) for row in range(0, height, rows)]
    for band in track(bands, f"Reading {picture.source.name}", len(bands)):
        values = picture.read((band, slice(0, width)))
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
        coloured = coloured or bool((values != values[..., :1]).any())
    if lowest == highest:
        raise no_content(picture.source, lowest)
    if not coloured:
        raise no_colour(picture.source)
    if picture.channels == 3 and picture.maximum is None:
        check_colour_range(picture.source, lowest, highest)
    return max(-lowest, highest)


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
        """A part, to be computed on as a radiograph of its own."""
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
        """A part, to be computed on as a photograph of its own."""
        picture = self.picture
        values = picture.read(part)
        if picture.maximum:
            values /= np.float32(picture.maximum)
        return Photograph(values, picture.resolution, picture.source, picture.notes)
