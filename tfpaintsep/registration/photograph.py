"""A photograph with what is to be kept of its file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from tfpaintsep import __version__
from tfpaintsep.files import replacing
from tfpaintsep.images import Photograph, Resolution, read_photograph
from tfpaintsep.images.decoding import decode
from tfpaintsep.images.file_kinds import identify
from tfpaintsep.images.tiff_pages import quiet_tifffile

_ICC_TAG = 34675


@dataclass(frozen=True, eq=False)
class Original:
    """A photograph as it was given.

    Attributes:
        photograph: Values in [0, 1].
        dtype: Type of the samples in the file.
        profile: Its colour profile; None where it has none.
    """

    photograph: Photograph
    dtype: np.dtype
    profile: bytes | None


def read_original(path: Path) -> Original:
    """Read a photograph and what else its file says.

    Raises:
        InputError: As `tfpaintsep.images.read_photograph`.
    """
    photograph = read_photograph(path)
    return Original(photograph, decode(path).samples.dtype.newbyteorder("="), _profile(path))


def write_registered(
    path: Path,
    values: np.ndarray,
    original: Original,
    resolution: Resolution | None,
    description: str,
) -> None:
    """Write a registered photograph as TIFF, in the original's depth and with its profile.

    Args:
        path: In a folder that exists.
        values: (h, w, 3) in [0, 1].
        original: What it was made of.
        resolution: That of the new grid.
        description: What it is and what made it.
    """
    if original.dtype.kind == "u":
        values = np.rint(values * np.iinfo(original.dtype).max)
    with replacing(path) as part:
        tifffile.imwrite(
            part,
            values.astype(original.dtype),
            photometric="rgb",
            resolution=None if resolution is None else (resolution.x, resolution.y),
            resolutionunit=None if resolution is None else resolution.unit.upper(),
            iccprofile=original.profile,
            description=description.encode(),
            software=f"tfpaintsep {__version__}",
            metadata=None,
        )


def _profile(path: Path) -> bytes | None:
    if identify(path) == "tiff":
        with quiet_tifffile(), tifffile.TiffFile(path) as tif:
            largest = max(
                (page for page in tif.pages if isinstance(page, tifffile.TiffPage)),
                key=lambda page: page.imagelength * page.imagewidth,
            )
            value = largest.tags.valueof(_ICC_TAG)
            return bytes(value) if value else None
    file = PngImageFile if identify(path) == "png" else JpegImageFile
    with file(path) as image:  # unlike Image.open it does not take a large picture for an attack
        profile: bytes | None = image.info.get("icc_profile")
        return profile
