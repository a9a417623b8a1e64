"""Element maps in, from many kinds of file, and out, as a TIFF stack that ImageJ opens.

Every refusal is an `InputError` that names the file, and the element where it is one map's fault.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.files import replacing
from tfpaintsep.images import bruker_bcf, datamuncher, edf, element_table
from tfpaintsep.images.element_axes import BANDS_FIRST, array_axes
from tfpaintsep.images.element_checks import checked_stack, without_derived
from tfpaintsep.images.element_folder import TIFF_NUMBERS, read_map_folder
from tfpaintsep.images.element_stack import ElementStack, RawMaps
from tfpaintsep.images.element_tiff import read_tiff_stack
from tfpaintsep.images.file_kinds import identify
from tfpaintsep.images.pymca import read_fit_results
from tfpaintsep.images.refusals import refusing_damage

KINDS = (
    "element maps: a TIFF or EDF stack, PyMca's HDF5, .csv or .dat, Datamuncher's .dms, .npy, "
    ".npz, or a folder of single maps"
)
MAGIC_NUMBERS = TIFF_NUMBERS | {
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "npz",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    bruker_bcf.MAGIC_NUMBER: "bcf",
}
BEGINNINGS = {
    edf.BEGINNING: "edf",
    element_table.BEGINNING: "csv",
    datamuncher.BEGINNING: "dms",
}
HDF5_SEPARATOR = "::"
"""Between an HDF5 file and the group in it, as PyMca and silx write it."""
LARGEST_IMAGEJ = 2**32 - 2**25
"""Bytes; ImageJ's format is a classic TIFF, whose offsets end at 4 GB (less room for the tags)."""
IMAGEJ_UNITS = {"inch": "inch", "centimeter": "cm"}
OME_UNITS = {"inch": "in", "centimeter": "cm"}
SAVE_MAPS = "Save the maps as a TIFF stack, one page for each element."


def read_element_maps(
    path: str | os.PathLike[str],
    *,
    names: Sequence[str] | None = None,
    axes: str | None = None,
    allow_constant: bool = False,
) -> ElementStack:
    """Read a stack of element maps.

    | path | names of the maps |
    | --- | --- |
    | TIFF: plain, ImageJ, OME or PyMca's multi-page | see `tfpaintsep.images.element_tiff` |
    | `.npy` with an array (B, h, w), (h, w, B) or (h, w) | `names` |
    | `.npz` with `maps` as above | its array `names`; `axes` may be there too |
    | a folder of TIFF, EDF or text files, one map each | the files', in alphabetical order |
    | HDF5 of PyMca's batch fit, `file.h5` or `file.h5::/entry/process` | the fit's |
    | EDF with one image or several | the images' titles |
    | table of PyMca's batch fit (`.csv`, `.dat`), which XRF-Explorer takes too | the columns' |
    | Datamuncher's `.dms` | the file's |

    Bruker's `.bcf` holds spectra and no maps, and is refused. Only HDF5, TIFF (and so a folder of
    TIFFs) can state a pixel size.

    Names are spelled by the rule in `tfpaintsep.images.element_names`. Uncertainties, mass
    fractions, concentrations and chi squared are never loaded as maps. A stack without any name
    gets `band-1`, `band-2` ... and a note.

    Args:
        path: The file or folder.
        names: One for each map of a stack or array, in its order; they replace the file's own.
        axes: `"CYX"` (B, h, w) or `"YXC"` (h, w, B), for arrays and plain TIFF pages; None to
            find out from the file, the number of names or the shape.
        allow_constant: Whether a map that is the same value everywhere, as of an element that a
            detail lacks, is kept and noted. Nothing can be learned from one.

    Returns:
        Maps as (h, w, B) float32 in the file's own units, white-is-zero files as displayed.
        Negative counts are kept and noted.

    Raises:
        InputError: The file is missing, empty, damaged, truncated or of another kind; maps differ
            in size; names are missing or repeated; values are NaN, infinite or no numbers; a map
            is the same value everywhere and that is not allowed; or the axes cannot be told.
    """
    file, _, group = str(path).partition(HDF5_SEPARATOR)
    source = Path(file)
    if names is not None and (source.is_dir() or _is_hdf5(source)):
        raise InputError(
            source,
            expected="no names beside maps that are stored by name",
            found=", ".join(names),
            advice="Leave the names out.",
        )
    raw = read_map_folder(source) if source.is_dir() else _read_file(source, group, names, axes)
    if names is not None:
        raw = replace(raw, names=tuple(names), from_fit=False)
    elif raw.names is not None:
        raw = without_derived(source, raw)
    return checked_stack(source, raw, allow_constant=allow_constant)


def write_element_maps(
    path: str | os.PathLike[str], stack: ElementStack, *, description: str
) -> None:
    """Write maps as an uncompressed float32 TIFF stack, one page for each element.

    Up to 4 GB it is an ImageJ hyperstack with the names as `Labels`, the pixel size in the
    resolution tags, the display range of each map, and the description under Image > Show Info.
    Above that, where ImageJ's format ends, it is an OME-TIFF with the names as `Channel.Name` and
    the pixel size as `PhysicalSizeX`, which Fiji opens by Bio-Formats. `read_element_maps` reads
    names, values, their unit and the resolution back from either.

    Args:
        path: In a folder that exists; an older file is replaced only when the new one is whole.
        stack: The maps, written as they are.
        description: What the maps are and what made them.
    """
    planes = np.ascontiguousarray(np.moveaxis(stack.values, -1, 0))
    options = _imagej(stack, description) if planes.nbytes <= LARGEST_IMAGEJ else _ome(stack)
    if "ome" in options:
        options["metadata"]["Description"] = description
    resolution = stack.resolution
    path = Path(path)
    with replacing(path) as part:
        tifffile.imwrite(
            part,
            planes,
            photometric="minisblack",
            resolution=None if resolution is None else (resolution.x, resolution.y),
            resolutionunit=None if resolution is None else resolution.unit.upper(),
            software=f"tfpaintsep {__version__}",
            **options,
        )


def _is_hdf5(path: Path) -> bool:
    return path.is_file() and _kind(path) == "hdf5"


def _kind(path: Path) -> str:
    return identify(path, MAGIC_NUMBERS, KINDS, SAVE_MAPS, BEGINNINGS)


def _read_file(path: Path, group: str, names: Sequence[str] | None, axes: str | None) -> RawMaps:
    kind = _kind(path)
    count = None if names is None else len(names)
    with refusing_damage(path, kind):
        if kind == "tiff":
            return read_tiff_stack(path, count, axes)
        if kind == "hdf5":
            return read_fit_results(path, group)
        if kind == "bcf":
            raise bruker_bcf.no_maps_in_hypermap(path)
        if kind in _READERS:
            return _READERS[kind](path)
        return _read_npy(path, count, axes) if kind == "npy" else _read_npz(path, count, axes)


_READERS: dict[str, Callable[[Path], RawMaps]] = {
    "edf": edf.read_edf,
    "csv": element_table.read_element_table,
    "dms": datamuncher.read_datamuncher,
}


def _read_npy(path: Path, count: int | None, axes: str | None) -> RawMaps:
    with path.open("rb") as file:  # NumPy leaves a file that it cannot read open
        return _from_array(path, np.load(file, allow_pickle=False), count, axes)


def _read_npz(path: Path, count: int | None, axes: str | None) -> RawMaps:
    needed = ["maps"] if count is not None else ["maps", "names"]
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        found = list(archive)
        if not set(needed) <= set(found):
            raise InputError(
                path,
                expected="arrays `maps` and `names`",
                found=", ".join(found[:5]) or "nothing",
                advice="Save with numpy.savez(file, maps=maps, names=names).",
            )
        maps, stored = archive["maps"], None
        if count is None:
            stored = tuple(np.ravel(archive["names"]).astype(str).tolist())
            count = len(stored)
        if axes is None and "axes" in found:
            axes = str(archive["axes"])
    return replace(_from_array(path, maps, count, axes), names=stored)


def _from_array(path: Path, array: np.ndarray, count: int | None, axes: str | None) -> RawMaps:
    if array.ndim == 2:
        return RawMaps(array[..., None])
    if array.ndim != 3:
        raise InputError(
            path,
            expected="an array (B, h, w), (h, w, B) or (h, w)",
            found=f"an array of shape {array.shape}",
            advice=SAVE_MAPS,
        )
    order, notes = array_axes(path, array.shape, count, axes)
    return RawMaps(np.moveaxis(array, 0, -1) if order == BANDS_FIRST else array, notes=notes)


def _imagej(stack: ElementStack, description: str) -> dict[str, Any]:
    values = stack.values
    ranges = np.stack([values.min(axis=(0, 1)), values.max(axis=(0, 1))], axis=-1)
    metadata: dict[str, Any] = {
        "axes": "CYX",
        "Labels": list(stack.names),
        "Ranges": tuple(ranges.ravel().tolist()),
        "Info": description,
    }
    if stack.resolution is not None and stack.resolution.unit in IMAGEJ_UNITS:
        metadata["unit"] = IMAGEJ_UNITS[stack.resolution.unit]
    if stack.unit is not None:
        metadata["vunit"] = json.dumps(stack.unit)[1:-1]  # ASCII, as ImageJ's description must be
    return {"imagej": True, "metadata": metadata}


def _ome(stack: ElementStack) -> dict[str, Any]:
    metadata: dict[str, Any] = {"axes": "CYX", "Channel": {"Name": list(stack.names)}}
    if stack.resolution is not None and stack.resolution.unit in OME_UNITS:
        for axis, density in (("X", stack.resolution.x), ("Y", stack.resolution.y)):
            metadata[f"PhysicalSize{axis}"] = 1 / density
            metadata[f"PhysicalSize{axis}Unit"] = OME_UNITS[stack.resolution.unit]
    if stack.unit is not None:
        metadata["MapAnnotation"] = {"Namespace": "tfpaintsep", "value_unit": stack.unit}
    return {"ome": True, "bigtiff": True, "metadata": metadata}
