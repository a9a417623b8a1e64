"""Radiographs, photographs and computed layers to TIFF, whole or not at all."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from tfpaintsep import __version__
from tfpaintsep.files import replacing
from tfpaintsep.images.painting import Photograph, Radiograph, Resolution


def write_layer(
    path: str | os.PathLike[str],
    values: np.ndarray,
    *,
    resolution: Resolution | None = None,
    description: str,
) -> None:
    """Write a computed image as an uncompressed float32 TIFF (BigTIFF above 4 GB).

    Args:
        path: In a folder that exists; an older file is replaced only when the new one is whole.
        values: (h, w), written as they are, in the input's own units.
        resolution: That of the input.
        description: What the image is and what made it, for the ImageDescription tag.
    """
    _write(path, np.asarray(values, dtype=np.float32), resolution, description)


def write_8bit(
    path: str | os.PathLike[str],
    values: np.ndarray,
    resolution: Resolution | None = None,
    description: str = "",
) -> None:
    """Write (h, w) or (h, w, 3) uint8 as TIFF; atomic as `write_layer`."""
    _write(path, _of_type(values, np.uint8), resolution, description)


def write_16bit(
    path: str | os.PathLike[str],
    values: np.ndarray,
    resolution: Resolution | None = None,
    description: str = "",
) -> None:
    """Write (h, w) or (h, w, 3) uint16 as TIFF; atomic as `write_layer`."""
    _write(path, _of_type(values, np.uint16), resolution, description)


def write_radiograph(path: str | os.PathLike[str], radiograph: Radiograph) -> None:
    """Write a radiograph as it was stored: integers of its type, or float32; atomic."""
    stored = radiograph.stored_dtype if radiograph.stored_dtype.kind == "u" else np.float32
    _write(path, radiograph.values.astype(stored), radiograph.resolution, "")


def write_photograph(path: str | os.PathLike[str], photograph: Photograph) -> None:
    """Write a photograph in 8 bits if that holds it, or else in 16; atomic."""
    levels = np.rint(255 * photograph.values)
    if np.allclose(levels, 255 * photograph.values, rtol=0, atol=1e-3):
        write_8bit(path, levels.astype(np.uint8), photograph.resolution)
    else:
        levels = np.rint(65535 * photograph.values)
        write_16bit(path, levels.astype(np.uint16), photograph.resolution)


def _of_type(values: np.ndarray, dtype: type[np.generic]) -> np.ndarray:
    if values.dtype != dtype:  # a silent cast would wrap around
        raise TypeError(f"values must be {np.dtype(dtype)}. Received: {values.dtype}")
    return values


def _write(
    path: str | os.PathLike[str],
    values: np.ndarray,
    resolution: Resolution | None,
    description: str,
) -> None:
    if values.ndim != 2 and values.shape[2:] != (3,):
        raise ValueError(f"values must be (h, w) or (h, w, 3). Received: {values.shape}")
    path = Path(path)
    with replacing(path) as part:
        tifffile.imwrite(
            part,
            values,
            photometric="minisblack" if values.ndim == 2 else "rgb",
            **own_tags(resolution, description),
        )


def own_tags(resolution: Resolution | None, description: str) -> dict[str, Any]:
    """The tags of a file that we write, as arguments of `tifffile.imwrite`."""
    return {
        "resolution": None if resolution is None else (resolution.x, resolution.y),
        "resolutionunit": None if resolution is None else resolution.unit.upper(),
        "description": description.encode(),
        "software": f"tfpaintsep {__version__}",
        "metadata": None,  # no JSON of tifffile's: the description is the caller's alone
    }
